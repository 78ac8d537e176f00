"""What `xpip.toml` and `[tool.xpip]` say, and how strong it is."""

import os

import pytest

from xpip.cli.settings import load_settings
from xpip.errors import UsageError, XpipError


@pytest.fixture
def project(tmp_path):
    class Project:
        folder = tmp_path / "project"

        def write(self, name, text):
            path = self.folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
            return path

        def load(self, *argv, cwd="", **variables):
            environ = {"HOME": str(tmp_path / "home"), "XDG_CONFIG_DIRS": "/none", **variables}
            start = str(self.folder / cwd) if cwd else str(self.folder)
            os.makedirs(start, exist_ok=True)
            argv = argv or ("install", "x")
            return load_settings(argv, environ, start, 5.0, "/none", str(tmp_path / "etc.conf"))

    made = Project()
    made.folder.mkdir()
    return made


def test_settings_of_both_files(project):
    project.write(
        "pyproject.toml", '[tool.xpip]\ntimeout = 7\nindex-strategy = "unsafe-best-match"\n'
    )
    settings = project.load()
    assert settings.network.timeout == 7
    assert settings.index_options.strategy == "unsafe-best-match"
    project.write("xpip.toml", "retries = 2\n")
    settings = project.load()
    assert (settings.network.timeout, settings.network.retries) == (15, 2)


def test_a_table_of_a_command_is_stronger_and_for_it_alone(project):
    project.write("xpip.toml", "timeout = 1\nlink_mode = 'copy'\n[install]\ntimeout = 2\n")
    assert project.load().network.timeout == 2
    assert project.load().options.apply.link_mode == "copy"
    assert project.load("list").network.timeout == 1


def test_precedence(project):
    named = project.write("named.conf", "[global]\ntimeout = 1\nretries = 1\n")
    project.write("xpip.toml", "timeout = 2\n")
    assert project.load(PIP_CONFIG_FILE=str(named)).network[:3:2] == (2, 1)
    assert project.load(PIP_TIMEOUT="3").network.timeout == 3
    assert project.load(PIP_TIMEOUT="3", XPIP_TIMEOUT="4").network.timeout == 4
    assert project.load("install", "x", "--timeout", "5", PIP_TIMEOUT="3").network.timeout == 5


def test_the_nearest_folder_counts_alone(project):
    project.write("xpip.toml", "timeout = 2\nretries = 2\n")
    project.write("inner/pyproject.toml", "[project]\nname = 'xpip-plugin'\n")
    assert project.load(cwd="inner/deep").network.timeout == 2
    project.write("inner/pyproject.toml", "[tool.xpip]\ntimeout = 3\n")
    assert project.load(cwd="inner/deep").network[:3:2] == (3, 5)


def test_paths_start_from_the_file_and_lists_keep_blanks(project):
    project.write(
        "xpip.toml",
        'find-links = ["my wheels", "https://l.example/x"]\nconstraint = ["limits.txt"]\n'
        'cert = "ca.pem"\nextra-index-url = ["./index", "https://e.example/s"]\n',
    )
    settings = project.load(cwd="inner")
    assert settings.index_options.find_links == (
        f"{project.folder}/my wheels", "https://l.example/x",
    )  # fmt: skip
    assert settings.options.wanted.constraint_files == (f"{project.folder}/limits.txt",)
    assert settings.network.certificates == f"{project.folder}/ca.pem"
    assert settings.index_sources.extra_index_urls[0] == f"{project.folder}/index"


def test_flags_mean_what_they_say(project):
    project.write("xpip.toml", "no-compile = false\nno-cache-dir = false\nupgrade = true\n")
    settings = project.load()
    assert settings.options.compile
    assert settings.options.upgrade
    assert settings.store.root


@pytest.mark.parametrize(
    ("text", "fragment"),
    [
        ("indx-url = 'x'\n", "`indx-url` of"),
        ("[instal]\ntimeout = 1\n", "the table `instal` of"),
        ("[list]\nonly-deps = true\n", "`list.only-deps` of"),
        ("timeout = [1]\n", "is not a list of texts"),
        ("timeout = 2026-01-01\n", "is neither a text"),
        ("timeout = 'abc'\n", "`abc` is not a number of seconds for `timeout` of"),
        ("timeout = 1\ntime_out = 1\n", "`time_out` of"),
        ("find-links = ['a']\nfind_links = ['b']\n", "`find_links` of"),
        ("timeout\n", "is not valid TOML"),
    ],
)
def test_mistakes_are_told_with_key_and_file(project, text, fragment):
    path = project.write("xpip.toml", text)
    with pytest.raises(UsageError) as caught:
        project.load()
    assert fragment in caught.value.summary
    assert str(path) in caught.value.summary


def test_keys_of_other_commands_are_fine(project):
    project.write("xpip.toml", "generate-hashes = true\n[compile]\nno-header = true\n")
    assert project.load("list").command == "list"


def test_a_named_file_takes_the_place_of_the_projects(project):
    project.write("xpip.toml", "timeout = 2\n")
    other = project.write("other/ci.toml", "retries = 9\n")
    for load in (
        lambda: project.load("install", "x", "--config-file", "other/ci.toml"),
        lambda: project.load(XPIP_CONFIG_FILE=str(other)),
    ):
        assert load().network[:3:2] == (15, 9)
    with pytest.raises(XpipError, match="does not exist"):
        project.load("install", "x", "--config-file", "absent.toml")
    # pip's variable names a file of pip's.
    assert project.load(PIP_CONFIG_FILE=str(other / "absent")).network.timeout == 2


@pytest.mark.parametrize(
    ("argv", "variables"),
    [
        (("install", "x", "--no-config"), {}),
        (("install", "x", "--isolated"), {}),
        (("install", "x"), {"XPIP_NO_CONFIG": "1"}),
    ],
)
def test_the_projects_settings_can_be_left_out(project, argv, variables):
    project.write("xpip.toml", "timeout = 2\n")
    assert project.load(*argv, **variables).network.timeout == 15


def test_the_search_can_begin_elsewhere(project):
    project.write("xpip.toml", "timeout = 2\n")
    project.write("a/xpip.toml", "timeout = 3\n")
    assert project.load("install", "x", "--project", "a").network.timeout == 3
    moved = project.load("install", "x", "--directory", "a")
    assert (moved.network.timeout, moved.cwd, moved.is_moved) == (3, f"{project.folder}/a", True)
    assert project.load(XPIP_PROJECT="a").network.timeout == 3
    with pytest.raises(UsageError, match="`nowhere` is not a folder"):
        project.load("install", "x", "--project", "nowhere")


def test_every_place_looked_at_is_known(project):
    consulted = project.load(cwd="inner").consulted
    assert f"{project.folder}/inner/xpip.toml" in consulted
    assert f"{project.folder}/pyproject.toml" in consulted


@pytest.mark.skipif(os.geteuid() != 0, reason="files of other users can only be made by root")
def test_a_file_of_somebody_else_above_does_not_count(project):
    path = project.write("xpip.toml", "timeout = 2\n")
    os.chown(path, 4242, 4242)
    settings = project.load(cwd="inner")
    assert settings.network.timeout == 15
    assert "belongs to another user" in settings.warnings[0]
    # In the current folder it is the user's own choice to be there.
    assert project.load().network.timeout == 2
