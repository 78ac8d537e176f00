"""Every flag of `pip install` and uv's: it works, is refused with what to do instead, or is a no-op.

And what the flags do, compared with the real pip where pip has them.
"""

import json
import os
import sys
from pathlib import Path

import pytest

from tests.kit.command import interpreters, run, xpip
from tests.kit.trees import describe_tree, differences

WORKS, REFUSED, NO_OP = "works", "refused", "no-op"

# Rows of the feature inventory, sections 1.0 and 1.1: option with a value -> what becomes of it.
FLAGS = {
    "--verbose": WORKS, "-q": WORKS, "--no-input": WORKS, "--timeout 5": WORKS,
    "--default-timeout 5": WORKS, "--retries 1": WORKS, "--proxy ": WORKS,
    "--trusted-host h.example": WORKS, "--cert {cert}": WORKS, "--cache-dir {folder}/c": WORKS,
    "--no-cache-dir": WORKS, "--no-cache": WORKS, "--disable-pip-version-check": NO_OP,
    "--no-color": WORKS, "--color never": WORKS, "--require-virtualenv": WORKS,
    "--require-venv": WORKS, "--isolated": WORKS, "--log {folder}/log": WORKS,
    "--log-file {folder}/log": WORKS, "--local-log {folder}/log": WORKS,
    "--use-feature fast-deps": NO_OP, "--exists-action w": NO_OP,
    "--use-deprecated legacy-resolver": REFUSED, "--use-deprecated legacy-certs": REFUSED,
    "--debug": WORKS, "--no-python-version-warning": NO_OP, "--offline": WORKS,
    "--no-progress": WORKS, "--directory {folder}": WORKS, "--project {folder}": WORKS,
    "--config-file {folder}/empty.toml": WORKS, "--no-config": WORKS,
    "--managed-python": REFUSED, "--no-managed-python": REFUSED, "--no-python-downloads": REFUSED,
    "--python-preference system": REFUSED, "--preview": REFUSED, "--preview-features x": REFUSED,
    "--no-installer-metadata": REFUSED, "--show-settings": REFUSED, "--no-ind": WORKS,
    "--index-url {links}": WORKS, "--pypi-url {links}": WORKS, "-i {links}": WORKS,
    "--extra-index-url {links}": WORKS, "--no-index": WORKS, "-f {links}": WORKS,
    "--find-links {links}": WORKS, "--index mine={links}": WORKS, "--default-index {links}": WORKS,
    "--index-strategy unsafe-best-match": WORKS, "--uploaded-prior-to 2099-01-01": WORKS,
    "--exclude-newer 2099-01-01": WORKS, "--exclude-newer-package app=false": WORKS,
    "--refresh-package app": WORKS, "--refresh": WORKS,
    "--pre": WORKS, "--no-binary :none:": WORKS, "--only-binary :all:": WORKS,
    "--prefer-binary": WORKS, "--all-releases app": WORKS, "--only-final app": WORKS,
    "--prerelease allow": WORKS, "--prerelease-package app=allow": WORKS, "--no-build": WORKS,
    "--no-build-isolation": WORKS, "--build-constraint {folder}/empty.txt": WORKS,
    "--config-settings a=b": WORKS, "-C a=b": WORKS, "--use-pep517": NO_OP,
    "--no-use-pep517": REFUSED, "--global-option x": REFUSED, "--build-option x": REFUSED,
    "--check-build-dependencies": WORKS, "--no-clean": WORKS, "--src {folder}/src": WORKS,
    "--source-dir {folder}/src": WORKS, "--ignore-requires-python": WORKS, "--compile": WORKS,
    "--no-compile": WORKS, "--no-require-hashes": WORKS, "--no-verify-hashes": REFUSED,
    "--platform linux_x86_64 --dry-run": WORKS, "--python-version 3.12 --dry-run": WORKS,
    "--implementation cp --dry-run": WORKS, "--abi none --dry-run": WORKS,
    "--python-platform linux --dry-run": WORKS, "--link-mode copy": WORKS,
    "--resolution lowest": WORKS, "--override {folder}/empty.txt": WORKS, "--exclude x": WORKS,
    "--fork-strategy x": REFUSED, "--torch-backend cpu": REFUSED, "-P app": WORKS,
    "--upgrade-package app": WORKS, "--upgrade-group x": REFUSED, "--no-sources": NO_OP,
    "--no-sources-package x": NO_OP,
    "-r {folder}/requirements.txt": WORKS, "--requirement {folder}/requirements.txt": WORKS,
    "-c {folder}/empty.txt": WORKS, "--constraint {folder}/empty.txt": WORKS,
    "--group {folder}/pyproject.toml:test": WORKS,
    "-r {folder}/pyproject.toml --extra more": WORKS,
    "-r {folder}/pyproject.toml --all-extras": WORKS,
    "--requirements-from-script {folder}/script.py": WORKS, "--no-deps": WORKS,
    "--no-dependencies": WORKS, "--only-deps": WORKS, "--dry-run": WORKS,
    "--report {folder}/report.json": WORKS, "-U": WORKS, "--upgrade": WORKS,
    "-U --upgrade-strategy eager": WORKS, "--force-reinstall": WORKS, "--reinstall": WORKS,
    "--reinstall-package app": WORKS, "-I": WORKS, "--ignore-installed": WORKS,
    "-t {folder}/target": WORKS, "--prefix {folder}/prefix": WORKS, "--root {folder}/root": WORKS,
    "--user": REFUSED, "--no-user": WORKS, "--break-system-packages": WORKS,
    "--root-user-action ignore": NO_OP, "--no-warn-script-location": NO_OP,
    "--no-warn-conflicts": WORKS, "--progress-bar off": WORKS, "--progress-bar raw": WORKS,
    "--exact": REFUSED, "--inexact": NO_OP, "--strict": REFUSED, "--check": REFUSED,
    "--no-editable": REFUSED, "--no-editable-package app": REFUSED, "--output-format json": REFUSED,
    "--egg": REFUSED,
}  # fmt: skip


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    """A folder with wheels and files that the rows name, made once."""
    from tests.kit.wheels import WheelBuilder

    folder = tmp_path_factory.mktemp("shop")
    links = folder / "links"
    for name in ("app", "library"):
        (links / name).mkdir(parents=True)
    for place in (links, links / "app"):
        WheelBuilder("app", "1.0", requires=["library"]).build(place)
    for place in (links, links / "library"):
        WheelBuilder("library", "1.0").build(place)
    (folder / "empty.txt").write_text("")
    (folder / "empty.toml").write_text("")
    (folder / "requirements.txt").write_text("app\n")
    (folder / "script.py").write_text('# /// script\n# dependencies = ["app"]\n# ///\n')
    (folder / "pyproject.toml").write_text(
        '[project]\nname = "p"\nversion = "1"\ndependencies = ["app"]\n'
        '[project.optional-dependencies]\nmore = ["library"]\n[dependency-groups]\ntest = ["app"]\n'
    )
    (folder / "cert.pem").write_bytes(b"")
    return folder


@pytest.mark.parametrize("row", sorted(FLAGS))
def test_a_row_of_the_inventory(row, shop, template, tmp_path):
    """In this process, down to what the command would do; the environment is only looked at."""
    from tests.kit.environments import run_main

    verdict = FLAGS[row]
    environment = template
    words = [
        word.format(links=shop / "links", folder=shop, cert=shop / "cert.pem")
        for word in row.split(" ")
    ]
    places = ("index", "-i", "--pypi-url", "--default-index")
    local = (
        [] if any(words[0].strip("-").startswith(p.strip("-")) for p in places) else ["--no-index"]
    )
    argv = [
        "install", "--python", str(environment), *words, *local, "-f", str(shop / "links"),
        "--cache-dir", str(shop / "cache"), "--dry-run", "app",
    ]  # fmt: skip
    if words[0] in ("-r", "--requirement", "--group", "--requirements-from-script", "--only-deps"):
        argv = [*argv[:-1], *(["app"] if words[0] == "--only-deps" else [])]
    done = run_main(*argv)
    assert "Traceback" not in done.err, done
    assert "xpip has a bug" not in done.err, done
    if verdict == REFUSED:
        assert done.code in (1, 2), done
        assert done.out == ""
        assert done.err.startswith("error: "), done
        assert "\nhint: " in done.err, done
    else:
        assert done.code == 0, done
        assert "unknown" not in done.err, done


def test_every_option_of_the_real_pip_is_known_in_all_its_beginnings():
    """A beginning that means one option to `pip install` means the same here."""
    code = (
        "import json\nfrom pip._internal.commands import create_command\n"
        "parser = create_command('install').parser\n"
        "print(json.dumps([[o._long_opts, o._short_opts, o.takes_value()]"
        " for o in parser.option_list_all]))"
    )
    done = run(sys.executable, "-c", code, PYTHONPATH="")
    assert done.code == 0, done
    options = json.loads(done.out)
    from xpip.cli.options import install
    from xpip.cli.options.shared import SHARED
    from xpip.cli.pip_spellings import PIP_SPELLINGS
    from xpip.formats.option_table import BadOption, OptionTable

    table = OptionTable((*install.GROUPS, *SHARED), PIP_SPELLINGS)
    names = [name for longs, _, _ in options for name in longs]
    for longs, shorts, takes_value in options:
        for name in [*longs, *shorts]:
            option = table.find(name)
            assert option is not None, name
            assert option.takes_value == takes_value, name
        for name in longs:
            for end in range(4, len(name)):
                beginning = name[:end]
                fitting = [one for one in names if one.startswith(beginning)]
                if table.find(beginning) is not None or len(fitting) > 1:
                    continue
                try:
                    read = table.read([beginning, *(["x"] if takes_value else [])])
                except BadOption as error:
                    pytest.fail(f"{beginning} for {name}: {error.summary}")
                assert name in read.given[0].option.names, beginning


# --- the report ------------------------------------------------------------------------------------


def pip(world, *words, **variables):
    return run(
        sys.executable, "-m", "pip", "--python", world.environment / "bin" / "python",
        "--disable-pip-version-check", *words, cwd=world.folder,
        **{"PYTHONPATH": "", "PIP_NO_CACHE_DIR": "1", **variables},
    )  # fmt: skip


def comparable(report: dict) -> dict:
    found = json.loads(json.dumps(report))
    del found["pip_version"]
    found["install"].sort(key=lambda item: item["metadata"]["name"])
    return found


@pytest.fixture
def stocked(world):
    world.wheel(
        "app", "1.0", requires=["library>=1", 'more; extra == "x"'], provides_extra=["x"],
        requires_python=">=3.8",
    )  # fmt: skip
    world.wheel("library", "1.0")
    world.wheel("more", "1.0")
    world.index.yanked[world.wheel("pulled", "1.0").name] = "bad"
    return world


@pytest.mark.parametrize("mode", ["dry", "real"])
def test_the_report_is_the_one_that_pip_writes(stocked, mode):
    words = ["install", "--index-url", stocked.index.simple, "app[x]", "pulled==1.0", "-q"]
    theirs_path = stocked.folder / "theirs.json"
    theirs = pip(stocked, *words, "--dry-run", "--report", theirs_path)
    assert theirs.code == 0, theirs
    extra = ["--dry-run"] if mode == "dry" else []
    ours = stocked.install("app[x]", "pulled==1.0", "-q", "--report", "ours.json", *extra)
    assert ours.code == 0, ours
    assert ours.out == ""
    report = json.loads((stocked.folder / "ours.json").read_text())
    assert comparable(report) == comparable(json.loads(theirs_path.read_text()))
    assert report["version"] == "1"
    assert len(stocked.installed()) == (0 if mode == "dry" else 4)


def test_a_dry_run_with_a_report_loads_no_wheel_and_writes_pure_json(stocked):
    done = stocked.install("app", "--dry-run", "--report", "-", "-q")
    assert (done.code, done.err) == (0, ""), done
    names = [item["metadata"]["name"] for item in json.loads(done.out)["install"]]
    assert sorted(names) == ["app", "library"]
    assert not [path for path in stocked.index.downloads() if path.endswith(".whl")]
    assert stocked.installed() == {}


def test_the_report_of_a_direct_url_and_of_nothing_to_do(stocked):
    url = f"{stocked.index.url}/files/library-1.0-py3-none-any.whl"
    words = ["install", "--no-index", url, "-q"]
    theirs = pip(stocked, *words, "--dry-run", "--report", "-")
    ours = stocked.xpip("install", *words[1:], "--report", "-")
    assert (ours.code, theirs.code) == (0, 0), ours
    assert comparable(json.loads(ours.out)) == comparable(json.loads(theirs.out))
    again = stocked.install("library", "-q", "--report", "-")
    assert json.loads(again.out)["install"] == []
    assert (
        json.loads(pip(stocked, *words[:2], "library", "-q", "--report", "-").out)["install"] == []
    )


def test_the_report_of_a_repeated_run_is_written_each_time(stocked):
    """Tier 0 must not answer a run that has a file to write."""
    for _ in range(3):
        assert stocked.install("app", "--report", "r.json").code == 0
        assert (stocked.folder / "r.json").exists()
        (stocked.folder / "r.json").unlink()


def test_a_report_that_cannot_be_written_is_an_error(stocked):
    done = stocked.install("app", "--dry-run", "--report", "missing/r.json")
    assert (done.code, "missing/r.json` cannot be written" in done.err) == (1, True), done


# --- other places ----------------------------------------------------------------------------------


def tree(folder: Path) -> dict:
    return describe_tree(folder)


@pytest.fixture
def base():
    return interpreters()[f"{sys.version_info[0]}.{sys.version_info[1]}"]


def test_for_one_user_as_pip_does_it(stocked, base):
    home = stocked.folder / "home"
    home.mkdir()
    words = ("--index-url", stocked.index.simple, "--user", "--break-system-packages", "library")
    done = xpip(
        "install", "--python", base, "--cache-dir", stocked.cache, *words,
        cwd=stocked.folder, HOME=str(home),
    )  # fmt: skip
    assert done.code == 0, done
    minor = f"{sys.version_info[0]}.{sys.version_info[1]}"
    library = home / ".local" / "lib" / f"python{minor}" / "site-packages"
    assert (library / "library-1.0.dist-info" / "RECORD").exists()
    seen = run(base, "-c", "import library; print(library.__file__)", HOME=str(home), PYTHONPATH="")
    assert seen.out.strip() == str(library / "library" / "__init__.py")
    again = xpip(
        "install", "--python", base, "--cache-dir", stocked.cache, *words,
        cwd=stocked.folder, HOME=str(home),
    )  # fmt: skip
    assert "already satisfied: library" in again.out, again


@pytest.mark.parametrize(
    ("words", "variables", "fragment"),
    [
        (("--user",), {}, "does not see that"),
        (("--user", "--target", "t"), {}, "`--user` and `--target`"),
        (("--user", "--prefix", "p"), {}, "`--user` and `--prefix`"),
        ((), {"PIP_USER": "1"}, "does not see that"),
    ],
)
def test_where_a_user_cannot_install(stocked, words, variables, fragment):
    done = stocked.install("library", *words, **variables)
    assert done.code in (1, 2), done
    assert fragment in done.err
    assert stocked.installed() == {}


def test_an_interpreter_without_user_folders_is_refused(stocked, base):
    done = xpip(
        "install", "--python", base, "--break-system-packages", "--user", "library",
        "--no-index", cwd=stocked.folder, PYTHONNOUSERSITE="1",
    )  # fmt: skip
    assert (done.code, "does not look into" in done.err) == (1, True), done


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_without_the_right_to_write_the_user_gets_it(stocked, base):
    done = xpip(
        "install", "--python", base, "--break-system-packages", "--dry-run", "library",
        "--index-url", stocked.index.simple, cwd=stocked.folder,
    )  # fmt: skip
    assert "Defaulting to user installation" in done.out, done


def test_below_another_root_as_pip_does_it(stocked):
    ours, theirs = stocked.folder / "ours", stocked.folder / "theirs"
    done = stocked.install("library", "--root", "ours")
    assert done.code == 0, done
    index = stocked.index.simple
    answer = pip(
        stocked, "install", "-q", "--no-compile", "--index-url", index, "--root", theirs, "library"
    )
    assert answer.code == 0, answer
    assert differences(describe_tree(theirs), describe_tree(ours)) == []
    assert stocked.installed() == {}
    stocked.wheel("tool", "1.0", entry_points={"console_scripts": {"tool": "tool:main"}})
    assert stocked.install("tool", "--root", "ours").code == 0
    script = next(ours.rglob("bin/tool"))
    assert str(ours) not in script.read_text()


def test_below_a_prefix_as_pip_does_it(stocked):
    done = stocked.install("library", "--prefix", "ours")
    assert done.code == 0, done
    index = stocked.index.simple
    answer = pip(
        stocked, "install", "-q", "--no-compile", "--index-url", index, "--prefix",
        stocked.folder / "theirs", "library",
    )  # fmt: skip
    assert answer.code == 0, answer
    ours, theirs = (describe_tree(stocked.folder / name) for name in ("ours", "theirs"))
    assert differences(theirs, ours) == []


def test_a_target_is_replaced_cleanly(stocked):
    stocked.wheel("library", "2.0", files={"library/__init__.py": "", "library/new.py": ""})
    assert stocked.install("library==1.0", "-t", "target").code == 0
    kept = stocked.install("library", "-t", "target")
    assert kept.code == 0
    assert "Specify --upgrade to force replacement" in kept.err
    assert (stocked.folder / "target" / "library-1.0.dist-info").exists()
    upgraded = stocked.install("-U", "library", "-t", "target")
    assert (upgraded.code, upgraded.err) == (0, ""), upgraded
    infos = [path.name for path in (stocked.folder / "target").glob("*.dist-info")]
    assert infos == ["library-2.0.dist-info"]
    pinned = stocked.install("library==1.0", "-t", "target")
    assert "which pip does with --upgrade only" in pinned.err, pinned
    assert not (stocked.folder / "target" / "library" / "new.py").exists()


# --- what is changed and what is told --------------------------------------------------------------


def test_only_what_the_requirements_need(stocked):
    done = stocked.install("--only-deps", "app[x]")
    assert done.code == 0, done
    assert stocked.installed() == {"library": "1.0", "more": "1.0"}
    for words in (("-r", "r.txt"), ("--group", "g"), ("--no-deps",)):
        refused = stocked.install("--only-deps", "app", *words)
        assert (refused.code, "cannot be used together" in refused.err) == (2, True), refused


def test_what_breaks_is_told_in_pips_words_and_is_no_failure(stocked):
    stocked.wheel("old", "1.0", requires=["library<2", "absent-too"])
    stocked.wheel("unrelated", "1.0", requires=["nothing"])
    stocked.wheel("library", "2.0")
    assert stocked.install("--no-deps", "old", "unrelated", "library==1.0").code == 0
    done = stocked.install("library==2.0")
    assert done.code == 0, done
    sentences = [line.strip() for line in done.err.splitlines()[1:]]
    assert sentences == [
        "old 1.0 requires absent-too, which is not installed.",
        "old 1.0 requires library<2, but you have library 2.0 which is incompatible.",
    ]
    answer = pip(
        stocked, "install", "--index-url", stocked.index.simple, "--force-reinstall", "library==2.0"
    )
    for sentence in sentences:
        assert sentence in answer.err.replace("\n", " "), answer
    for words in (("--no-warn-conflicts",), ("--no-deps",)):
        quiet = stocked.install("library==2.0", "--force-reinstall", *words)
        assert (quiet.code, quiet.err) == (0, ""), quiet


def test_the_log_gets_everything_whatever_is_shown(stocked):
    for _ in range(2):
        done = stocked.install("library", "--force-reinstall", "-qqq", "--log", "log.txt")
        assert (done.code, done.out, done.err) == (0, "", "")
    failing = stocked.install(
        "absent",
        "--log",
        "log.txt",
        "--extra-index-url",
        "http://u:S3CR3T@127.0.0.1:1/s",
        "--retries",
        "0",
    )
    assert failing.code == 1
    text = (stocked.folder / "log.txt").read_text()
    assert text.count("Successfully installed library-1.0") == 2
    assert "resolved: " in text
    assert "error: " in text
    assert "S3CR3T" not in text
    assert stocked.install("library", "--log", "missing/log.txt").code == 2


def test_a_virtual_environment_can_be_required(stocked, base):
    for words, variables in (
        (("--require-virtualenv",), {}),
        ((), {"PIP_REQUIRE_VIRTUALENV": "1"}),
    ):
        done = xpip(
            "install", "--python", base, "--no-index", *words, "library", cwd=stocked.folder,
            **variables,
        )  # fmt: skip
        assert done.code == 3, done


def test_another_folder_and_another_project(stocked):
    stocked.write("work/requirements.txt", "library\n")
    stocked.write("work/xpip.toml", "no-deps = true\n")
    done = stocked.install("-r", "requirements.txt", "--directory", "work")
    assert done.code == 0, done
    assert stocked.installed() == {"library": "1.0"}
    assert stocked.install("app", "--project", "work", "--force-reinstall").code == 0
    assert stocked.installed() == {"library": "1.0", "app": "1.0"}
    refused = stocked.install("x", "--directory", "nowhere")
    assert (refused.code, "`nowhere` is not a folder" in refused.err) == (2, True), refused


def test_unknown_features_are_warned_of(stocked):
    done = stocked.install("library", "--use-feature", "telepathy", "--use-feature", "fast-deps")
    assert done.code == 0
    assert done.err.count("warning: ") == 1
    assert "`telepathy`" in done.err


# --- the surroundings ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "variables",
    [
        {"HOME": ""},
        {"TMPDIR": "/nonexistent"},
        {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
        {"LANG": "", "LC_ALL": ""},
    ],
)
def test_odd_surroundings(stocked, variables):
    done = stocked.install("library", **variables)
    assert done.code == 0, done
    assert stocked.installed() == {"library": "1.0"}


@pytest.mark.parametrize("closing", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
def test_closed_streams(stocked, closing):
    words = f"{sys.executable} -m xpip install --python {stocked.environment} --index-url"
    line = f"{words} {stocked.index.simple} --cache-dir {stocked.cache} library {closing}"
    done = run("/bin/sh", "-c", line, cwd=stocked.folder)
    assert done.code == 0, done
    assert stocked.installed() == {"library": "1.0"}


def test_a_narrow_umask_keeps_what_was_installed_readable_for_its_owner(stocked):
    words = f"umask 077; {sys.executable} -m xpip install --python {stocked.environment}"
    line = f"{words} --index-url {stocked.index.simple} --cache-dir {stocked.cache} library"
    done = run("/bin/sh", "-c", line, cwd=stocked.folder)
    assert done.code == 0, done
    assert stocked.runs("import library; print(library.VERSION)") == "1.0"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_current_folder_that_cannot_be_written(stocked):
    stocked.folder.chmod(0o555)
    try:
        assert stocked.install("library").code == 0
    finally:
        stocked.folder.chmod(0o755)
