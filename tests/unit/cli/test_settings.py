"""Command line, variables and pip's configuration files become settings in pip's order."""

import os

import pytest

from xpip.cli.settings import DEFAULT_INDEX, OutputOptions, load_settings, with_sources
from xpip.errors import UsageError
from xpip.model.options import Credential
from xpip.model.requirement import RequirementSources

PROJECT_FILES = ("/here/xpip.toml", "/here/pyproject.toml", "/xpip.toml", "/pyproject.toml")


@pytest.fixture
def machine(tmp_path):
    """A machine with nothing on it: `file` writes a configuration file, `load` gives settings."""

    class Machine:
        home = tmp_path / "home"
        prefix = tmp_path / "prefix"

        def __init__(self):
            self.places = {
                "xdg-global": tmp_path / "xdg" / "pip" / "pip.conf",
                "global": tmp_path / "etc" / "pip.conf",
                "legacy": self.home / ".pip" / "pip.conf",
                "user": self.home / ".config" / "pip" / "pip.conf",
                "site": self.prefix / "pip.conf",
                "venv": tmp_path / "venv" / "pip.conf",
                "named": tmp_path / "named.conf",
            }

        def file(self, place, content):
            path = self.places[place]
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content)
            return str(path)

        def load(self, line="install x", **variables):
            environ = {"HOME": str(self.home), "XDG_CONFIG_DIRS": str(tmp_path / "xdg")}
            environ.update(variables)
            return load_settings(
                line.split(), environ, "/here", 5.0, str(self.prefix), str(self.places["global"])
            )

    return Machine()


def test_the_defaults(machine):
    settings = machine.load()
    assert settings.command == "install"
    assert settings.options.wanted.arguments == ("x",)
    assert not settings.options.compile
    assert settings.index_options.indexes == (DEFAULT_INDEX,)
    assert settings.index_options.strategy == "first-index"
    assert settings.network.timeout == 15
    assert settings.network.retries == 5
    assert settings.output == OutputOptions()
    assert settings.store.root == f"{machine.home}/.cache/xpip"
    assert (settings.cwd, settings.now, settings.warnings) == ("/here", 5.0, ())


class TestPrecedence:
    ORDER = ("xdg-global", "global", "legacy", "user", "site")

    @pytest.mark.parametrize("strongest", range(len(ORDER)))
    def test_stronger_files_win(self, machine, strongest):
        for number, place in enumerate(self.ORDER[: strongest + 1]):
            machine.file(place, f"[global]\ntimeout = {number + 1}\n")
        assert machine.load().network.timeout == strongest + 1

    def test_the_active_environment_replaces_that_of_xpip(self, machine):
        machine.file("site", "[global]\ntimeout = 1\n")
        machine.file("venv", "[global]\ntimeout = 2\n")
        venv = os.path.dirname(machine.places["venv"])
        assert machine.load(VIRTUAL_ENV=venv).network.timeout == 2

    def test_a_named_file_is_stronger_than_all_and_replaces_the_users(self, machine):
        machine.file("user", "[global]\nretries = 9\n")
        machine.file("global", "[global]\nproxy = http://g:1\ntimeout = 1\n")
        named = machine.file("named", "[global]\ntimeout = 3\n")
        network = machine.load(PIP_CONFIG_FILE=named).network
        assert (network.timeout, network.retries, network.https_proxy) == (3, 5, "http://g:1")

    def test_a_named_file_that_does_not_exist_replaces_nothing_and_is_told(self, machine):
        machine.file("user", "[global]\nretries = 9\n")
        settings = machine.load(PIP_CONFIG_FILE="lost.conf")
        assert settings.network.retries == 9
        assert settings.warnings == (
            "`PIP_CONFIG_FILE` names `/here/lost.conf`, which does not exist",
        )

    def test_the_null_device_switches_all_files_off(self, machine):
        machine.file("global", "[global]\ntimeout = 1\n")
        settings = machine.load(PIP_CONFIG_FILE=os.devnull)
        assert settings.network.timeout == 15
        assert settings.consulted == PROJECT_FILES

    def test_the_section_of_the_command_is_stronger_than_any_global_section(self, machine):
        machine.file("global", "[install]\ntimeout = 1\n[freeze]\ntimeout = 9\n")
        machine.file("user", "[global]\ntimeout = 2\n")
        assert machine.load().network.timeout == 1
        assert machine.load("freeze").network.timeout == 9
        assert machine.load("list").network.timeout == 2

    def test_variables_are_stronger_than_files_and_xpips_than_pips(self, machine):
        machine.file("user", "[install]\ntimeout = 1\n")
        assert machine.load(PIP_TIMEOUT="2").network.timeout == 2
        assert machine.load(PIP_TIMEOUT="2", XPIP_TIMEOUT="3").network.timeout == 3
        line = "install x --timeout 4"
        assert machine.load(line, PIP_TIMEOUT="2", XPIP_TIMEOUT="3").network.timeout == 4

    def test_isolated_leaves_out_variables_and_the_users_files(self, machine):
        machine.file("user", "[global]\ntimeout = 1\n")
        machine.file("global", "[global]\nretries = 2\n")
        for line, variables in (
            ("install x --isolated", {}),
            ("--isolated install x", {}),
            ("install x", {"XPIP_ISOLATED": "1"}),
        ):
            network = machine.load(
                line, PIP_TIMEOUT="9", XPIP_PROXY="http://p", **variables
            ).network
            assert (network.timeout, network.retries, network.https_proxy) == (15, 2, "")

    def test_pips_own_variable_for_isolation_isolates_nothing(self, machine):
        """pip looks for the option before it reads variables."""
        assert machine.load(PIP_ISOLATED="1", PIP_TIMEOUT="9").network.timeout == 9

    def test_an_empty_value_counts_as_none(self, machine):
        machine.file("global", "[global]\ntimeout = 3\nretries = 7\n")
        machine.file("user", "[global]\nretries =\n")
        network = machine.load(PIP_TIMEOUT="", XPIP_TIMEOUT="").network
        assert (network.timeout, network.retries) == (3, 5)

    def test_lists_replace_each_other_and_the_command_line_extends_them(self, machine):
        machine.file("user", "[global]\nfind-links =\n    /a\n    /b\n")
        assert machine.load().index_options.find_links == ("/a", "/b")
        settings = machine.load("install x -f d -f /c", PIP_FIND_LINKS="/c https://h/l")
        assert settings.index_options.find_links == ("/c", "https://h/l", "/here/d")

    def test_counts_add_up(self, machine):
        assert machine.load("install x -vv", PIP_VERBOSE="1").output.verbosity == 3
        assert machine.load("install x -v", PIP_QUIET="2").output.verbosity == -1
        assert machine.load("install x", PIP_QUIET="true").output.verbosity == -1
        assert machine.load("-qqqqq install x").output.verbosity == -3


class TestNames:
    @pytest.mark.parametrize(
        "name", ["PIP_TIMEOUT", "PIP_DEFAULT_TIMEOUT", "XPIP_TIMEOUT", "XPIP_DEFAULT_TIMEOUT"]
    )
    def test_synonyms_are_known(self, machine, name):
        assert machine.load(**{name: "180"}).network.timeout == 180

    def test_of_two_spellings_the_later_one_counts(self, machine):
        settings = machine.load(PIP_INDEX_URL="https://a/s", PIP_PYPI_URL="https://b/s")
        assert settings.index_options.indexes == ("https://b/s",)

    @pytest.mark.parametrize("key", ["default-timeout", "DEFAULT_TIMEOUT", "--timeout"])
    def test_keys_of_files_are_normalised(self, machine, key):
        machine.file("user", f"[global]\n{key} = 7\n")
        assert machine.load().network.timeout == 7

    def test_unknown_keys_and_those_of_other_commands_are_ignored(self, machine):
        machine.file("user", "[global]\nnonsense = 1\nno-deps = 1\n[other]\ntimeout = x\n")
        settings = machine.load("check", PIP_NONSENSE="1", PIP_REQUIRE_HASHES="perhaps")
        assert settings.command == "check"

    def test_options_of_the_command_can_be_configured(self, machine):
        options = machine.load(
            "install", PIP_REQUIREMENT="a.txt b.txt", PIP_CONSTRAINT="c.txt", PIP_UPGRADE="1",
            PIP_UPGRADE_STRATEGY="eager", PIP_TARGET="~/t", PIP_PYTHON="3.12", XPIP_LINK_MODE="clone",
            PIP_BREAK_SYSTEM_PACKAGES="yes", PIP_REQUIRE_VIRTUALENV="true",
        ).options  # fmt: skip
        assert options.wanted.requirement_files == ("a.txt", "b.txt")
        assert options.wanted.constraint_files == ("c.txt",)
        assert (options.upgrade, options.eager, options.apply.link_mode) == (True, True, "reflink")
        assert options.environment == (
            "3.12", f"{machine.home}/t", "", False, True, True, None, "", "",
        )  # fmt: skip


class TestBooleans:
    @pytest.mark.parametrize("value", ["1", "true", "Yes", "on", "T", "y"])
    def test_true(self, machine, value):
        assert machine.load(PIP_NO_DEPS=value).options.no_deps
        assert machine.load(XPIP_NO_DEPS=value).options.no_deps

    @pytest.mark.parametrize("value", ["0", "false", "No", "off", "F", "n"])
    def test_false(self, machine, value):
        assert not machine.load(PIP_NO_DEPS=value).options.no_deps
        assert not machine.load(PIP_NO_DEPS="1", XPIP_NO_DEPS=value).options.no_deps

    def test_pips_rule_for_no_compile_is_that_of_compile(self, machine):
        assert machine.load(PIP_NO_COMPILE="1").options.compile
        assert not machine.load(PIP_NO_COMPILE="0").options.compile
        assert not machine.load(PIP_COMPILE="0").options.compile

    def test_xpips_variables_mean_what_they_say(self, machine):
        assert not machine.load(XPIP_NO_COMPILE="1").options.compile
        assert machine.load(XPIP_NO_COMPILE="0").options.compile
        assert not machine.load(XPIP_COMPILE="no").options.compile

    @pytest.mark.parametrize("value", ["1", "0", "off", "true"])
    def test_pips_no_cache_dir_switches_the_cache_off_with_any_boolean(self, machine, value):
        assert machine.load(PIP_NO_CACHE_DIR=value).store.root == ""
        assert machine.load(PIP_NO_CACHE_DIR=value, PIP_CACHE_DIR="/c").store.root == ""

    def test_xpips_no_cache_dir_does_not(self, machine):
        assert machine.load(XPIP_NO_CACHE_DIR="0").store.root
        assert machine.load(XPIP_NO_CACHE="1").store.root == ""


@pytest.mark.parametrize(
    ("variables", "content", "summary"),
    [
        ({"XPIP_TIMEOUT": "abc"}, "",
         "`abc` is not a number of seconds for the variable `XPIP_TIMEOUT`"),
        ({"PIP_TIMEOUT": "-1"}, "", "`-1` is not a number of seconds for the variable `PIP_TIMEOUT`"),
        ({"PIP_TIMEOUT": "nan"}, "", "`nan` is not a number of seconds for the variable `PIP_TIMEOUT`"),
        ({"PIP_RETRIES": "1.5"}, "", "`1.5` is not a whole number, as the variable `PIP_RETRIES` needs"),
        ({"PIP_NO_DEPS": "maybe"}, "", "`maybe` is not a boolean value for the variable `PIP_NO_DEPS`"),
        ({"PIP_NO_CACHE_DIR": "x"}, "",
         "`x` is not a boolean value for the variable `PIP_NO_CACHE_DIR`"),
        ({"PIP_VERBOSE": "x"}, "", "`x` is not a number or boolean value for the variable `PIP_VERBOSE`"),
        ({"XPIP_LINK_MODE": "magic"}, "", ("`magic` is not a value of the variable `XPIP_LINK_MODE`: "
         "`auto`, `reflink`, `clone`, `hardlink`, `copy`")),
        ({"XPIP_CACHE_DIR": ""}, "", "the variable `XPIP_CACHE_DIR` is empty"),
        ({"PIP_INDEX_URL": "ftp://h/s"}, "", "`ftp://h/s` is not an http, https or file URL"),
        ({"PIP_ONLY_BINARY": "a b,c d/e"}, "",
         "the variable `PIP_ONLY_BINARY` takes names of projects, `:all:` or `:none:`, not `d/e`"),
        ({}, "[global]\ntimeout = soon\n",
         "`soon` is not a number of seconds for `timeout` in section `[global]` of `{path}`"),
        ({}, "[install]\nno_deps = x\n",
         "`x` is not a boolean value for `no-deps` in section `[install]` of `{path}`"),
        ({}, "timeout = 1\n", "{path}:1: a value stands before the first section"),
    ],
)  # fmt: skip
def test_a_bad_value_is_a_usage_error_that_names_its_place(machine, variables, content, summary):
    path = machine.file("user", content)
    with pytest.raises(UsageError) as caught:
        machine.load(**variables)
    assert caught.value.exit_code == 2
    assert caught.value.summary == summary.replace("{path}", path)


@pytest.mark.parametrize(
    ("line", "summary"),
    [
        ("install x --timeout 0", "`0` is not a number of seconds for `--timeout`"),
        ("install x --index-url=", "`--index-url` needs a value"),
        ("install x --cache-dir=", "`--cache-dir` needs a value"),
        ("install x -P y<3", "`--upgrade-package` takes the name of a project, not `y<3`"),
        ("install x --trusted-host a@b", "`a@b` is not a host, as `--trusted-host` needs"),
        (
            "install x --only-binary --pre",
            "`--only-binary` takes names of projects, `:all:` or `:none:`, not `--pre`",
        ),
        ("venv a b", "`venv` makes one environment at a time"),
        ("venv --clear --allow-existing", "`--clear` and `--allow-existing` contradict each other"),
        ("freeze x", "`freeze` takes no argument `x`"),
        (
            "cache",
            "`cache` needs one of `dir`, `info`, `size`, `list`, `remove`, `purge`, `clean`, `prune`, `verify`",
        ),
        ("cache sise", "`cache` cannot `sise`"),
        ("cache dir x", "`cache dir` takes no argument `x`"),
        ("cache size --deep", "`--deep` belongs to `cache verify`"),
        ("help a b", "`help` explains one command at a time"),
    ],
)
def test_a_bad_command_line_is_a_usage_error(machine, line, summary):
    with pytest.raises(UsageError) as caught:
        machine.load(line)
    assert caught.value.summary == summary


def test_a_configuration_file_that_is_not_utf_8_is_named_with_its_line(machine):
    path = machine.file("user", "")
    with open(path, "wb") as file:
        file.write(b"[global]\nproxy = \xe9\n")
    with pytest.raises(UsageError, match=":2: the configuration file is not UTF-8"):
        machine.load()


def test_a_configuration_file_that_cannot_be_read_is_a_warning(machine):
    machine.places["user"].mkdir(parents=True)
    (warning,) = machine.load().warnings
    assert warning.startswith(f"the configuration file `{machine.places['user']}` cannot be read")


class TestIndexes:
    def test_extra_indexes_come_before_the_index(self, machine):
        line = (
            "install x -i https://i/s --extra-index-url https://a/s --extra-index-url https://b/s"
        )
        assert machine.load(line).index_options.indexes == (
            "https://a/s", "https://b/s", "https://i/s",
        )  # fmt: skip

    def test_no_index_leaves_links_only(self, machine):
        options = machine.load("install x --no-index -f w", PIP_EXTRA_INDEX_URL="https://a/s")
        assert options.index_options.indexes == ()
        assert options.index_options.find_links == ("/here/w",)

    def test_folders_become_absolute(self, machine):
        options = machine.load("install x -i ../index -f ~/w -f file:///links").index_options
        assert options.indexes == ("/index",)
        assert options.find_links == (f"{machine.home}/w", "file:///links")

    def test_credentials_leave_every_url(self, machine):
        settings = machine.load(
            "install x -f https://f:3@h/links",
            PIP_INDEX_URL="https://user%40x:p%2Fw@i.example/simple",
            PIP_EXTRA_INDEX_URL="http://token@e.example:81/s",
        )
        assert settings.index_options.indexes == (
            "http://e.example:81/s",
            "https://i.example/simple",
        )
        assert settings.network.credentials == (
            Credential("https", "i.example", 443, "/simple", "user@x", "p/w"),
            Credential("http", "e.example", 81, "/s", "token", ""),
            Credential("https", "h", 443, "/links", "f", "3"),
        )
        assert "p/w" not in repr(settings._replace(environ={}))

    def test_a_password_that_breaks_the_url_is_not_shown(self, machine):
        with pytest.raises(UsageError) as caught:
            machine.load(PIP_INDEX_URL="https://user:S3/CR3T@h/simple")
        error = caught.value
        assert error.details == ("given by the variable `PIP_INDEX_URL`",)
        assert "CR3T" not in error.summary
        assert "S3" not in error.summary


class TestNetwork:
    def test_options(self, machine):
        network = machine.load(
            "install x --cert ~/ca.pem --client-cert c.pem --trusted-host A --trusted-host "
            "https://b:8443/x --proxy p:3128 --no-input --concurrent-downloads 0 --timeout 3"
        ).network
        assert network.certificates == f"{machine.home}/ca.pem"
        assert network.client_certificate == "c.pem"
        assert network.trusted_hosts == ("a", "b:8443")
        assert (network.http_proxy, network.https_proxy) == ("http://p:3128", "http://p:3128")
        assert (network.interactive, network.concurrent_downloads) == (False, 1)
        assert (network.timeout, network.connect_timeout) == (3, 3)

    @pytest.mark.parametrize(
        ("variables", "line", "plain", "secure"),
        [
            ({"https_proxy": "http://a", "HTTPS_PROXY": "http://b"}, "", "", "http://a"),
            ({"HTTPS_PROXY": "http://b", "all_proxy": "http://c"}, "", "http://c", "http://b"),
            ({"ALL_PROXY": "http://c"}, "", "http://c", "http://c"),
            ({"http_proxy": "d:1", "HTTPS_PROXY": "e:1"}, "", "http://d:1", "http://e:1"),
            ({"https_proxy": "", "HTTPS_PROXY": "http://b"}, "", "", ""),
            ({"https_proxy": "http://a"}, "--proxy=", "", ""),
            ({"https_proxy": "http://a"}, "--no-proxy-env", "", ""),
            ({"https_proxy": "http://a"}, "--no-proxy-env --proxy b", "http://b", "http://b"),
            ({"https_proxy": "http://a", "PIP_PROXY": "http://e"}, "", "http://e", "http://e"),
        ],
    )
    def test_the_proxy_is_the_options_else_that_for_the_scheme(
        self, machine, variables, line, plain, secure
    ):
        network = machine.load(f"install x {line}", **variables).network
        assert (network.http_proxy, network.https_proxy) == (plain, secure)

    def test_hosts_without_proxy_count_for_proxies_of_variables(self, machine):
        variables = {"no_proxy": "a", "https_proxy": "http://p"}
        assert machine.load(**variables).network.no_proxy == ("a",)
        assert machine.load("install x --proxy http://p", **variables).network.no_proxy == ()

    def test_patience_and_the_keyring(self, machine):
        network = machine.load("install x --resume-retries 7 --keyring-provider import").network
        assert (network.retries, network.resume_retries) == (5, 7)
        assert network.keyring_provider == "import"
        assert (
            machine.load(PIP_KEYRING_PROVIDER="subprocess").network.keyring_provider == "subprocess"
        )

    def test_a_named_index_has_its_login_in_variables(self, machine):
        settings = machine.load(
            "install x --index my-team.1=https://h:8443/a/simple --index https://k/simple",
            XPIP_INDEX_MY_TEAM_1_USERNAME="me",
            XPIP_INDEX_MY_TEAM_1_PASSWORD="S3CR3T",
        )
        assert settings.network.credentials == (
            Credential("https", "h", 8443, "/a/simple", "me", "S3CR3T"),
        )

    def test_the_login_in_the_url_is_stronger_than_that_of_variables(self, machine):
        settings = machine.load(
            "install x --index one=https://you:pw@h/simple", XPIP_INDEX_ONE_USERNAME="me"
        )
        assert settings.network.credentials[0].username == "you"

    def test_hosts_without_proxy(self, machine):
        assert machine.load(NO_PROXY="a, .b,10.0.0.0/8").network.no_proxy == (
            "a",
            ".b",
            "10.0.0.0/8",
        )

    def test_certificates_of_variables(self, machine, tmp_path):
        for name in ("a", "b", "c"):
            (tmp_path / name).write_text("")
        variables = {
            "SSL_CERT_FILE": f"{tmp_path}/a",
            "CURL_CA_BUNDLE": f"{tmp_path}/b",
            "REQUESTS_CA_BUNDLE": f"{tmp_path}/c",
        }
        assert machine.load(**variables).network.certificates == f"{tmp_path}/c"
        assert machine.load("install x --cert /x", **variables).network.certificates == "/x"
        variables["REQUESTS_CA_BUNDLE"] = f"{tmp_path}/lost"
        settings = machine.load(**variables)
        assert settings.network.certificates == f"{tmp_path}/b"
        assert "REQUESTS_CA_BUNDLE" in settings.warnings[0]

    def test_netrc(self, machine):
        assert machine.load().network.netrc == ""
        assert machine.load(NETRC="/n").network.netrc == "/n"
        machine.home.mkdir()
        (machine.home / ".netrc").write_text("")
        assert machine.load().network.netrc == f"{machine.home}/.netrc"

    def test_netrc_under_its_other_name(self, machine):
        machine.home.mkdir()
        (machine.home / "_netrc").write_text("")
        assert machine.load().network.netrc == f"{machine.home}/_netrc"

    def test_a_folder_of_certificates_beside_the_file_leaves_both_to_openssl(
        self, machine, tmp_path
    ):
        (tmp_path / "file").write_text("")
        variables = {"SSL_CERT_FILE": f"{tmp_path}/file", "SSL_CERT_DIR": str(tmp_path)}
        assert machine.load(**variables).network.certificates == ""
        variables["SSL_CERT_DIR"] = f"{tmp_path}/lost"
        assert "SSL_CERT_DIR" in machine.load(**variables).warnings[0]


class TestBinaryChoices:
    @pytest.mark.parametrize(
        ("line", "only", "no"),
        [
            ("--only-binary :all:", {":all:"}, set()),
            ("--no-build", {":all:"}, set()),
            ("--only-binary A_b,c --only-binary d", {"a-b", "c", "d"}, set()),
            ("--no-binary a --only-binary a", {"a"}, set()),
            ("--only-binary a --no-binary a", set(), {"a"}),
            ("--no-binary :all: --only-binary a", {"a"}, {":all:"}),
            ("--only-binary a --no-binary :all:", set(), {":all:"}),
            ("--only-binary a --only-binary :none:", set(), set()),
            ("--only-binary :all:,:none:,a", {"a"}, set()),
        ],
    )
    def test_the_later_choice_wins(self, machine, line, only, no):
        policy = machine.load(f"install x {line}").policy
        assert (policy.only_binary, policy.no_binary) == (only, no)

    def test_files_and_variables_add_up_as_in_pip(self, machine):
        machine.file("user", "[global]\nonly-binary = a\n")
        policy = machine.load("install x --no-binary a", PIP_ONLY_BINARY="b").policy
        assert (policy.only_binary, policy.no_binary) == ({"b"}, {"a"})


class TestStore:
    @pytest.mark.parametrize(
        ("line", "variables", "root"),
        [
            ("", {"XDG_CACHE_HOME": "/xdg"}, "/xdg/xpip"),
            ("", {"XDG_CACHE_HOME": " "}, "{home}/.cache/xpip"),
            ("", {"PIP_CACHE_DIR": "/pip", "XDG_CACHE_HOME": "/xdg"}, "/pip"),
            ("", {"PIP_CACHE_DIR": "/pip", "XPIP_CACHE_DIR": "~/own"}, "{home}/own"),
            ("--cache-dir c", {"XPIP_CACHE_DIR": "/own"}, "/here/c"),
            ("--cache-dir c --no-cache-dir", {}, ""),
            ("--no-cache-dir --cache-dir c", {}, "/here/c"),
            ("--cache-dir c", {"PIP_NO_CACHE_DIR": "1"}, "/here/c"),
        ],
    )
    def test_where_the_cache_is(self, machine, line, variables, root):
        settings = machine.load(f"install x {line}", **variables)
        assert settings.store.root == root.replace("{home}", str(machine.home))
        assert settings.warnings == ()

    def test_without_a_home_nothing_is_kept(self, machine):
        settings = machine.load(HOME="")
        assert settings.store.root == ""
        assert settings.warnings == ("`HOME` is not set, so nothing is kept in a cache",)


class TestOutput:
    @pytest.mark.parametrize(
        ("line", "variables", "color"),
        [
            ("", {}, "auto"),
            ("", {"NO_COLOR": "1"}, "never"),
            ("", {"NO_COLOR": ""}, "auto"),
            ("--color always", {"NO_COLOR": "1"}, "always"),
            ("--no-color", {}, "never"),
            ("--color always", {"PIP_NO_COLOR": "1"}, "always"),
        ],
    )
    def test_colour(self, machine, line, variables, color):
        assert machine.load(f"install x {line}", **variables).output.color == color

    def test_progress(self, machine):
        assert machine.load("install x --no-progress").output.progress == "off"
        assert machine.load(PIP_PROGRESS_BAR="raw").output.progress == "raw"
        assert machine.load("list --progress-bar on", XPIP_NO_PROGRESS="1").output.progress == "on"


class TestWhatWasLookedAt:
    def test_files_that_were_read_or_not_there(self, machine):
        assert (
            machine.load().consulted
            == tuple(
                str(machine.places[place])
                for place in ("xdg-global", "global", "legacy", "user", "site")
            )
            + PROJECT_FILES
        )

    def test_variables_set_or_not(self, machine):
        names = machine.load(PIP_SOMETHING="1", OTHER="2").variables
        assert {"HOME", "PIP_SOMETHING", "https_proxy", "PIP_CONFIG_FILE", "NO_COLOR"} <= {*names}
        assert "OTHER" not in names


class TestHelp:
    @pytest.mark.parametrize(
        ("line", "topic"), [("", ""), ("help", ""), ("help venv", "venv"), ("list -h", "list")]
    )
    def test_help_needs_no_configuration(self, machine, line, topic):
        machine.file("user", "broken")
        settings = machine.load(line, PIP_TIMEOUT="abc")
        assert (settings.command, settings.options) == ("help", (topic,))

    def test_help_of_an_unknown_command(self, machine):
        with pytest.raises(UsageError, match="unknown command `instal`"):
            machine.load("help instal")

    def test_the_version_is_a_command(self, machine):
        assert machine.load("--version").command == "version"


class TestSourcesOfFiles:
    def test_an_index_of_a_file_replaces_all_others(self, machine):
        settings = machine.load("install x -i https://cli/s --extra-index-url https://extra/s")
        found = with_sources(
            settings,
            RequirementSources((), index_url="https://file/s", extra_index_urls=("https://fx/s",)),
        )
        assert found.index_options.indexes == ("https://fx/s", "https://file/s")

    def test_extra_indexes_of_a_file_join_the_others(self, machine):
        settings = machine.load("install x --extra-index-url https://extra/s")
        found = with_sources(settings, RequirementSources((), extra_index_urls=("https://fx/s",)))
        assert found.index_options.indexes == ("https://extra/s", "https://fx/s", DEFAULT_INDEX)

    def test_no_index_of_a_file(self, machine):
        found = with_sources(machine.load(), RequirementSources((), no_index=True))
        assert found.index_options.indexes == ()

    def test_everything_else_adds_up(self, machine):
        credential = Credential("https", "h", 443, "/", "u", "p")
        settings = machine.load("install x -f /a --trusted-host a --only-binary a,b")
        found = with_sources(
            settings,
            RequirementSources(
                (), find_links=("/b", "/a"), pre=True, prefer_binary=True, trusted_hosts=("B",),
                binary_choices=(("no-binary", "a"),), credentials=(credential,),
            ),
        )  # fmt: skip
        assert found.index_options.find_links == ("/a", "/b")
        assert found.network.trusted_hosts == ("a", "b")
        assert found.network.credentials == (credential,)
        policy = found.policy
        assert (policy.pre, policy.prefer_binary) == (True, True)
        assert (policy.only_binary, policy.no_binary) == ({"b"}, {"a"})

    @pytest.mark.parametrize(
        ("line", "files", "expected"),
        [("", False, False), ("", True, True), ("--require-hashes", False, True),
         ("--no-require-hashes", True, False)],
    )  # fmt: skip
    def test_hashes_are_required_by_option_or_files(self, machine, line, files, expected):
        settings = machine.load(f"install x {line}")
        found = with_sources(settings, RequirementSources((), require_hashes=files))
        assert found.policy.require_hashes is expected


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("uninstall -y a B -r r.txt", (("a", "B"), ("r.txt",), True)),
        ("uninstall a", (("a",), (), False)),
    ],
)
def test_uninstall(machine, line, expected):
    options = machine.load(line).options
    assert (options.packages, options.requirement_files, options.yes) == expected


def test_freeze_list_show_check_venv_and_cache(machine):
    freeze = machine.load("freeze --all --path /p --exclude A_b --exclude-editable").options
    assert (freeze.all, freeze.exclude_editable, freeze.exclude) == (True, True, {"a-b"})
    assert machine.load("freeze -l").options.local
    listing = machine.load("list --format json --not-required -e --python 3.9").options
    assert (listing.format, listing.not_required, listing.editable) == ("json", True, True)
    assert listing.environment.python == "3.9"
    show = machine.load("show A b -f").options
    assert (show.names, show.files) == (("A", "b"), True)
    assert machine.load("check --system").options.environment.system
    venv = machine.load("venv -p 3.11 --seed --prompt p --system-site-packages d").options
    assert venv == ("d", "3.11", True, "p", False, False, True)
    assert machine.load("venv --seed --without-pip").options.seed is False
    assert machine.load("venv").options.path == ".venv"
    clean = machine.load("cache clean Foo_Bar").options
    assert (clean.action, clean.names, clean.deep) == ("clean", ("foo-bar",), False)
    purge = machine.load("cache purge").options
    assert (purge.action, purge.names) == ("purge", ())
    verify = machine.load("cache verify --deep").options
    assert (verify.action, verify.names, verify.deep) == ("verify", (), True)
