"""Files that two distributions bring: refused, or the later one wins where a user allows it."""

import csv

import pytest

from tests.kit.environments import FakeEnvironment
from tests.kit.invariants import snapshot, violations
from tests.kit.wheels import WheelBuilder

ALLOWED = "--allow-file-collisions"
SHARED = "tests/__init__.py"


@pytest.fixture
def environment(tmp_path):
    return FakeEnvironment(tmp_path / "environment")


@pytest.fixture
def install(environment, tmp_path):
    """Install wheels, or fail with what xpip said."""

    def run(*wheels, words=(), code=0):
        paths = [wheel.build(tmp_path / "wheels") for wheel in wheels]
        before = snapshot(environment.folder)
        done = environment.main("install", "--no-index", "--no-deps", *words, *paths)
        assert done.code == code, done
        assert violations(environment.folder) == []
        if code:
            assert snapshot(environment.folder) == before
        return done

    return run


def wheel(name: str, shared: str, version: str = "1.0", **more) -> WheelBuilder:
    return WheelBuilder(name, version, {f"{name}.py": name, SHARED: shared}, **more)


def recorded_sizes(environment, name: str) -> dict[str, str]:
    (info,) = environment.library.glob(f"{name}-*.dist-info")
    with (info / "RECORD").open(newline="") as file:
        return {row[0]: row[2] for row in csv.reader(file)}


def test_two_wheels_with_different_files_are_refused_with_the_option_that_allows_it(install):
    done = install(wheel("first", "1"), wheel("second", "22"), code=1)
    assert "`first` and `second`" in done.err
    assert SHARED in done.err
    assert ALLOWED in done.err


def test_an_installed_owner_is_named_with_the_option_that_allows_it(install):
    install(wheel("first", "1"))
    done = install(wheel("second", "22"), code=1)
    assert "belongs to `first`" in done.err
    assert ALLOWED in done.err


def test_small_files_with_equal_content_are_accepted(install, environment):
    """Tiny files have blobs of their own per wheel, which must not make them differ."""
    done = install(wheel("first", "# equal"), wheel("second", "# equal"))
    assert done.err == ""
    environment.main("uninstall", "-y", "first")
    assert (environment.library / SHARED).read_text() == "# equal"
    assert violations(environment.folder) == []


def test_equal_content_may_be_executable_in_one_wheel_only(install):
    modes = {SHARED: 0o755}
    install(wheel("first", "# equal" * 900), wheel("second", "# equal" * 900, modes=modes))


def test_the_later_of_two_wheels_wins_where_allowed(install, environment):
    done = install(wheel("first", "1"), wheel("second", "22"), words=[ALLOWED])
    assert (environment.library / SHARED).read_text() == "22"
    assert "`second` replaces a file of `first`" in done.err
    assert SHARED in done.err
    # Each RECORD says what is there, so that the file stays while it has an owner.
    assert {recorded_sizes(environment, name)[SHARED] for name in ("first", "second")} == {"2"}


@pytest.mark.parametrize("order", [("first", "second"), ("second", "first")])
def test_a_shared_file_leaves_with_its_last_owner(install, environment, order):
    install(wheel("first", "1"), wheel("second", "22"), words=[ALLOWED])
    for name in order:
        assert (environment.library / SHARED).exists()
        assert environment.main("uninstall", "-y", name).code == 0
        assert violations(environment.folder) == []
    assert not (environment.library / "tests").exists()


def test_the_last_of_three_wins_and_equal_ones_need_no_mention(install, environment):
    done = install(wheel("alpha", "1"), wheel("beta", "22"), wheel("gamma", "22"), words=[ALLOWED])
    assert (environment.library / SHARED).read_text() == "22"
    assert "`gamma` replaces a file of `alpha`" in done.err
    assert "beta" not in done.err


def test_a_dependent_wins_over_what_it_depends_on(install, environment, tmp_path):
    base = wheel("zbase", "base").build(tmp_path / "wheels")
    top = wheel("atop", "top", requires=["zbase"]).build(tmp_path / "wheels")
    done = environment.main("install", "--no-index", ALLOWED, top, base)
    assert done.code == 0, done
    assert (environment.library / SHARED).read_text() == "top"


def test_an_installed_file_is_replaced_where_allowed(install, environment):
    install(wheel("first", "1"))
    done = install(wheel("second", "22"), words=[ALLOWED])
    assert "`second` replaces a file of `first`" in done.err
    assert (environment.library / SHARED).read_text() == "22"
    assert recorded_sizes(environment, "first")[SHARED] == "2"
    environment.main("uninstall", "-y", "second")
    assert violations(environment.folder) == []
    assert (environment.library / SHARED).exists()


def test_all_installed_owners_get_to_know_the_new_content(install, environment):
    install(wheel("first", "1"), wheel("second", "1"))
    install(wheel("third", "333"), words=[ALLOWED])
    assert {recorded_sizes(environment, name)[SHARED] for name in ("first", "second")} == {"3"}


def test_an_owner_may_be_upgraded_again_only_where_allowed(install, environment):
    install(wheel("first", "1"), wheel("second", "22"), words=[ALLOWED])
    install(wheel("second", "4444", version="2.0"), words=["--upgrade"], code=1)
    install(wheel("second", "4444", version="2.0"), words=["--upgrade", ALLOWED])
    assert recorded_sizes(environment, "first")[SHARED] == "4"


def test_files_that_another_tool_recorded_with_line_ends_of_windows_are_found(install, environment):
    info = environment.add("first", "1.0", files={SHARED: "1"}, extra_files={"INSTALLER": "uv"})
    record = info / "RECORD"
    record.write_bytes(record.read_bytes().replace(b"\n", b"\r\n"))
    install(wheel("second", "22"), words=[ALLOWED])
    assert recorded_sizes(environment, "first")[SHARED] == "2"
    assert b"\r\n" in record.read_bytes()


def test_commands_of_one_name_follow_the_same_rule(install, environment):
    first = wheel("first", "", entry_points={"console_scripts": {"tool": "first:main"}})
    second = wheel("second", "", entry_points={"console_scripts": {"tool": "second:main"}})
    install(first, second, code=1)
    done = install(first, second, words=[ALLOWED])
    assert "`second` replaces a file of `first`" in done.err
    assert "from second import main" in (environment.scripts / "tool").read_text()
    environment.main("uninstall", "-y", "second")
    assert violations(environment.folder) == []


def test_nothing_of_it_stays_when_the_change_fails(install, environment):
    """The RECORD of what stays is edited in the transaction, and comes back with it."""
    install(wheel("first", "1"))
    (environment.library / "second.py").mkdir()
    (environment.library / "second.py" / "mine").write_text("mine")
    before = snapshot(environment.folder)
    path = wheel("second", "22").build(environment.folder.parent / "wheels")
    done = environment.main("install", "--no-index", "--no-deps", ALLOWED, path)
    assert done.code == 1
    assert snapshot(environment.folder) == before


@pytest.mark.parametrize("words", [(), (ALLOWED,)])
@pytest.mark.parametrize("paths", [("m/x", "m/x/y.py"), ("m/x/y/z.py", "m/x")])
def test_a_file_and_a_folder_of_one_name_never_go_together(install, paths, words):
    one, other = (
        WheelBuilder(name, "1.0", {path: name})
        for name, path in zip(("first", "second"), paths, strict=True)
    )
    done = install(one, other, words=words, code=1)
    assert "brings a folder" in done.err


def test_a_file_of_another_is_known_by_any_way_that_leads_to_it(install, environment):
    """`lib64` of a virtual environment leads to `lib`."""
    (environment.folder / "lib64").symlink_to("lib")
    install(wheel("first", "1"))
    python = environment.library.parent.name
    other = WheelBuilder(
        "second", "1.0", data={f"data/lib64/{python}/site-packages/{SHARED}": "22"}
    )
    done = install(other, code=1)
    assert "belongs to `first`" in done.err


def test_the_variable_and_the_project_file_allow_it_too(environment, tmp_path, monkeypatch):
    paths = [one.build(tmp_path / "wheels") for one in (wheel("first", "1"), wheel("second", "22"))]
    monkeypatch.setenv("XPIP_ALLOW_FILE_COLLISIONS", "1")
    done = environment.main("install", "--no-index", "--no-deps", "--dry-run", *paths)
    assert done.code == 0, done
    done = environment.main("install", "--no-index", "--no-deps", *paths)
    assert done.code == 0, done
    monkeypatch.delenv("XPIP_ALLOW_FILE_COLLISIONS")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "xpip.toml").write_text("allow-file-collisions = true\n")
    done = environment.main("install", "--no-index", "--no-deps", "--force-reinstall", *paths)
    assert done.code == 0, done
    assert violations(environment.folder) == []


def test_sync_takes_the_option(environment, tmp_path):
    paths = [one.build(tmp_path / "wheels") for one in (wheel("first", "1"), wheel("second", "22"))]
    pins = tmp_path / "pins.txt"
    pins.write_text("".join(f"{path}\n" for path in paths))
    done = environment.main("sync", "--no-index", pins)
    assert done.code == 1, done
    assert ALLOWED in done.err
    done = environment.main("sync", "--no-index", ALLOWED, pins)
    assert done.code == 0, done
    assert violations(environment.folder) == []


@pytest.mark.parametrize("owner", ["pip", "xpip", "victim"])
@pytest.mark.parametrize(
    "brings",
    [
        lambda owner: {"files": {f"{owner}/__init__.py": "evil"}},
        lambda owner: {"data": {f"purelib/{owner}/__init__.py": "evil"}},
        lambda owner: {"data": {f"scripts/{owner}-run": "evil"}},
        lambda owner: {"entry_points": {"console_scripts": {f"{owner}-run": "evil:main"}}},
    ],
    ids=["library", "purelib", "script", "entry point"],
)
def test_no_wheel_overwrites_files_of_an_installed_project(environment, tmp_path, owner, brings):
    environment.add(
        owner, "1.0", files={f"{owner}/__init__.py": "", f"../../../bin/{owner}-run": ""}
    )
    before = snapshot(environment.folder)
    path = WheelBuilder("evil", "1.0", **brings(owner)).build(tmp_path / "wheels")
    done = environment.main("install", "--no-index", path)
    assert done.code == 1
    assert f"belongs to `{owner}`" in done.err
    assert snapshot(environment.folder) == before
