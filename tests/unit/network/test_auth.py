"""Which login goes where, before and after a server asks for one."""

from xpip.model.options import Credential, NetworkOptions
from xpip.model.reporter import SilentReporter
from xpip.network.auth import Credentials, Login
from xpip.network.urls import parse_url

HERE = "https://index.example/team/simple/app/"


class Listening(SilentReporter):
    def __init__(self):
        self.warnings = []

    def warning(self, text):
        self.warnings.append(text)


class Answers:
    """Offers logins and notes who asked and what was taken."""

    def __init__(self, *logins):
        self.logins = logins
        self.asked = []
        self.taken = []

    def candidates(self, url, host, username):
        self.asked.append((url, host, username))
        yield from self.logins

    def accepted(self, host, login):
        self.taken.append((host, login.username))


def credential(path="/", username="me", password="pw", port=443):
    return Credential("https", "index.example", port, path, username, password)


def credentials(*known, source=None, **options):
    return Credentials(NetworkOptions(credentials=known, **options), source, SilentReporter())


def found(credentials, url=HERE):
    login = credentials.find(parse_url(url))
    return None if login is None else (login.username, login.password)


class TestBeforeAnybodyAsks:
    def test_the_url_is_stronger_than_its_index(self):
        known = credentials(credential())
        assert found(known, "https://you:no@index.example/x") == ("you", "no")
        assert found(known) == ("me", "pw")

    def test_the_longest_common_path_wins(self):
        known = credentials(
            credential("/other/simple", "other"), credential("/team/simple", "team")
        )
        assert found(known, "https://index.example/team/files/x")[0] == "team"
        assert found(known, "https://index.example/other/x")[0] == "other"

    def test_another_port_scheme_or_host_gets_nothing(self):
        known = credentials(credential())
        for url in ("https://index.example:8443/", "http://index.example/", "https://x.example/"):
            assert found(known, url) is None

    def test_netrc_is_for_whom_nobody_else_knows(self, tmp_path):
        path = tmp_path / "netrc"
        path.write_text("machine index.example login you password no\n")
        assert found(credentials(netrc=str(path))) == ("you", "no")
        assert found(credentials(credential(), netrc=str(path))) == ("me", "pw")

    def test_a_netrc_that_cannot_be_read_is_told_once(self, tmp_path):
        listening = Listening()
        known = Credentials(NetworkOptions(netrc=str(tmp_path)), None, listening)
        assert (found(known), found(known)) == (None, None)
        assert len(listening.warnings) == 1
        assert str(tmp_path) in listening.warnings[0]


class TestAfterARefusal:
    def test_each_candidate_is_tried_in_turn(self):
        source = Answers(Login("a", "1", "x"), Login("b", "2", "x"))
        known = credentials(source=source)
        address = parse_url(HERE)
        first = known.another(address, None)
        second = known.another(address, first)
        assert (first.username, second.username) == ("a", "b")
        assert known.another(address, second) is None
        assert source.asked == [(HERE, "index.example", "")]

    def test_what_was_taken_is_used_from_then_on(self):
        source = Answers(Login("a", "1", "x"))
        known = credentials(source=source)
        address = parse_url(HERE)
        login = known.another(address, None)
        known.accepted(address.origin, login)
        known.accepted(address.origin, login)
        assert found(known, "https://index.example/other") == ("a", "1")
        assert found(known, "https://index.example:8443/") is None
        assert source.taken == [("index.example", "a")]

    def test_requests_under_way_get_what_another_one_found(self):
        source = Answers(Login("a", "1", "x"), Login("b", "2", "x"))
        known = credentials(source=source)
        address = parse_url(HERE)
        login = known.another(address, None)
        assert known.another(address, None) == login
        assert len(source.asked) == 1

    def test_a_user_name_alone_is_tried_and_then_completed(self):
        source = Answers(Login("me", "1", "x"))
        known = credentials(credential(password=""), source=source)
        address = parse_url(HERE)
        sent = known.find(address)
        assert (sent.username, sent.password) == ("me", "")
        assert known.another(address, sent).password == "1"
        assert source.asked[0][2] == "me"
        assert found(known) == ("me", "1")

    def test_a_stated_password_is_not_replaced(self):
        source = Answers(Login("a", "1", "x"))
        known = credentials(credential(), source=source)
        address = parse_url(HERE)
        assert known.another(address, known.find(address)) is None
        assert source.asked == []

    def test_the_same_login_is_not_sent_twice(self, tmp_path):
        path = tmp_path / "netrc"
        path.write_text("machine index.example login you password no\n")
        source = Answers(Login("you", "no", "x"), Login("a", "1", "x"))
        known = credentials(source=source, netrc=str(path))
        address = parse_url(HERE)
        assert known.another(address, Login("you", "no", "x")).username == "a"

    def test_nothing_shows_the_password(self):
        assert "S3CR3T" not in repr(Login("me", "S3CR3T", "x"))
        assert "S3CR3T" not in repr(credential(password="S3CR3T"))
