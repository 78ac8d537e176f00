"""The keyring and the person, in pip's order."""

import pytest

from xpip.model.options import NetworkOptions
from xpip.model.reporter import SilentReporter
from xpip.operations.credentials import Logins, index_for

INDEX = "https://index.example/team/simple"


class Person:
    """Answers from a list, and notes what was asked."""

    def __init__(self, *answers, saving=False):
        self.answers = list(answers)
        self.questions = []
        self.saving = saving

    def ask_username(self, host):
        self.questions.append(("username", host))
        return self.answers.pop(0)

    def ask_password(self, host, username):
        self.questions.append(("password", host, username))
        return self.answers.pop(0)

    def wants_saving(self):
        return self.saving


def logins(person, provider="disabled"):
    options = NetworkOptions(keyring_provider=provider, interactive=True)
    return Logins(options, (INDEX,), {"PATH": ""}, person, SilentReporter())


def tried(found, username=""):
    return [
        (login.username, login.password)
        for login in found.candidates(f"{INDEX}/app/", "index.example", username)
    ]


def test_a_person_is_asked_three_times_at_most():
    person = Person("a", "1", "b", "2", "c", "3")
    assert tried(logins(person)) == [("a", "1"), ("b", "2"), ("c", "3")]
    assert person.questions[:2] == [
        ("username", "index.example"),
        ("password", "index.example", "a"),
    ]


def test_a_known_user_name_is_not_asked_for():
    person = Person("1", None)
    assert tried(logins(person), "me") == [("me", "1")]
    assert person.questions[0] == ("password", "index.example", "me")


@pytest.mark.parametrize("answers", [("",), (None,), ("me", None)])
def test_no_answer_ends_it(answers):
    assert tried(logins(Person(*answers))) == []


def test_nobody_is_asked_where_nobody_is():
    assert tried(logins(None)) == []


def test_what_was_accepted_is_tried_first_by_the_next_connection():
    person = Person("a", "1")
    found = logins(person)
    login = next(found.candidates(f"{INDEX}/app/", "index.example", ""))
    found.accepted("index.example", login)
    assert next(found.candidates(f"{INDEX}/lib/", "index.example", "")) == login
    assert len(person.questions) == 2


@pytest.mark.parametrize(
    ("url", "index"),
    [
        (f"{INDEX}/app/", INDEX),
        ("https://index.example/team/files/x.whl", INDEX),
        ("https://index.example:443/other/simple/x/", "https://index.example/other/simple"),
        ("https://INDEX.example/", INDEX),
        ("https://index.example:8443/team/simple/", ""),
        ("http://index.example/team/simple/", ""),
        ("https://x.example/team/simple/", ""),
    ],
)
def test_the_index_of_a_url_shares_its_host_and_most_of_its_path(url, index):
    assert index_for(url, (INDEX, "https://index.example/other/simple")) == index
