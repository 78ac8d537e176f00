"""The environment is found in a fixed order, and every way to fail names its way out."""

import json
import os
import sys
from pathlib import Path

import pytest

from tests.unit.environment.pythons import interpreters
from xpip.environment import discover as module
from xpip.environment.create import CreateOptions, create_environment
from xpip.environment.discover import EnvironmentRequest, discover, find_environment
from xpip.environment.interpreter import query_interpreter
from xpip.environment.managed import external_management
from xpip.errors import EnvironmentFault, UsageError, VirtualEnvironmentRequired
from xpip.store.layout import open_store

BASE = sys._base_executable
ANY = EnvironmentRequest()


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    return open_store(str(tmp_path_factory.mktemp("cache") / "cache"))


@pytest.fixture
def outside(monkeypatch):
    """Run as if xpip were installed in no virtual environment."""
    monkeypatch.setattr(sys, "executable", BASE)


@pytest.fixture
def looked_after(monkeypatch, tmp_path, store):
    """Run as if xpip were installed in a Python of the system."""
    stdlib = query_interpreter(BASE, store).stdlib
    mark = tmp_path / "stdlib" / "EXTERNALLY-MANAGED"
    mark.parent.mkdir()
    mark.write_text("[externally-managed]\nError=Use apt.\n")
    python = tmp_path / "usr" / "python3"
    python.parent.mkdir()
    python.write_text(
        f"#!{BASE} -I\nimport subprocess, sys\n"
        f"done = subprocess.run([{BASE!r}, *sys.argv[1:]], stdout=subprocess.PIPE)\n"
        f"told = done.stdout.decode().replace({json.dumps(stdlib)!r}, {json.dumps(str(mark.parent))!r})\n"
        "sys.stdout.write(told)\n"
    )
    python.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(python))


@pytest.fixture
def make(store):
    def one(path, **options) -> str:
        create_environment(str(path), query_interpreter(BASE, store), CreateOptions(**options))
        return str(path)

    return one


@pytest.fixture
def find(store, tmp_path):
    def found(request=ANY, cwd=tmp_path, **variables):
        return find_environment(request, variables, str(cwd), store)

    return found


def on_path(folder: Path, **programs: str) -> str:
    """Return a folder for `PATH` that holds links to programs, or scripts."""
    folder.mkdir(parents=True)
    for name, target in programs.items():
        path = folder / name.replace("_", ".")
        if target.startswith("/"):
            path.symlink_to(target)
        else:
            path.write_text(f"#!/bin/sh\n{target}\n")
            path.chmod(0o755)
    return str(folder)


def test_what_is_named_is_stronger_than_what_is_active(find, make, tmp_path):
    one, two, three = (make(tmp_path / name) for name in ("one", "two", "three"))
    make(tmp_path / ".venv")
    variables = {"VIRTUAL_ENV": two, "CONDA_PREFIX": three}
    found = find(EnvironmentRequest(python=one), **variables)
    assert (found.layout.prefix, found.origin) == (one, "--python")
    found = find(**variables)
    assert (found.layout.prefix, found.origin) == (two, "VIRTUAL_ENV")
    found = find(CONDA_PREFIX=three)
    assert (found.layout.prefix, found.origin) == (three, "CONDA_PREFIX")
    found = find()
    assert (found.layout.prefix, found.origin) == (f"{tmp_path}/.venv", ".venv")
    assert found.is_virtual


def test_an_environment_is_found_above(find, make, tmp_path):
    make(tmp_path / ".venv")
    (tmp_path / "a/b").mkdir(parents=True)
    assert find(cwd=tmp_path / "a/b").layout.prefix == f"{tmp_path}/.venv"
    make(tmp_path / "a/.venv")
    assert find(cwd=tmp_path / "a/b").layout.prefix == f"{tmp_path}/a/.venv"


def test_the_environment_that_xpip_runs_in_is_the_last(find, make, tmp_path, monkeypatch):
    own = make(tmp_path / "own")
    monkeypatch.setattr(sys, "executable", f"{own}/bin/python")
    (tmp_path / "elsewhere").mkdir()
    found = find(cwd=tmp_path / "elsewhere")
    assert (found.layout.prefix, found.origin) == (own, "current")


@pytest.mark.usefixtures("outside")
def test_the_python_that_xpip_runs_on_will_do_where_nobody_looks_after_it(find):
    found = find()
    assert (found.origin, found.is_virtual) == ("current", False)
    assert found.interpreter.prefix == sys.base_prefix


def test_without_any_both_ways_out_are_shown(find, tmp_path, looked_after):
    with pytest.raises(EnvironmentFault) as caught:
        find()
    assert "no virtual environment" in caught.value.summary
    hints = " ".join(caught.value.hints)
    assert "`xpip venv`" in hints
    assert "`--system`" in hints


def test_an_active_environment_that_is_gone_is_an_error(find, tmp_path):
    with pytest.raises(EnvironmentFault, match="VIRTUAL_ENV"):
        find(VIRTUAL_ENV=str(tmp_path / "gone"))


def test_a_conda_environment_without_python_is_passed_over(find, make, tmp_path):
    (tmp_path / "conda").mkdir()
    make(tmp_path / ".venv")
    assert find(CONDA_PREFIX=f"{tmp_path}/conda").origin == ".venv"


@pytest.mark.parametrize(
    ("prepare", "said"),
    [
        (lambda path: path.touch(), "is a file"),
        (lambda path: path.symlink_to("nowhere"), "gone"),
        (lambda path: path.mkdir(), "no `pyvenv.cfg`"),
        (lambda path: path.symlink_to(path), "gone"),
    ],
)
def test_a_project_environment_that_is_none_is_an_error(find, tmp_path, prepare, said):
    prepare(tmp_path / ".venv")
    with pytest.raises(EnvironmentFault, match=said) as caught:
        find()
    assert f"{tmp_path}/.venv" in caught.value.summary
    assert caught.value.hints


def test_a_project_environment_without_interpreter_is_an_error(find, make, tmp_path):
    make(tmp_path / ".venv")
    for name in ("python", "python3"):
        (tmp_path / f".venv/bin/{name}").unlink()
    with pytest.raises(EnvironmentFault, match="bin/python"):
        find()


def test_a_link_to_an_environment_is_that_environment_by_its_name(find, make, tmp_path):
    make(tmp_path / "real")
    (tmp_path / ".venv").symlink_to("real")
    assert find().layout.prefix == f"{tmp_path}/.venv"


def test_an_interpreter_is_named_by_path_name_and_relative_folder(find, make, tmp_path):
    make(tmp_path / "env")
    path = on_path(tmp_path / "bin", mypython=BASE)
    for text in ("env", "./env", "env/bin/python", f"{tmp_path}/env", "~/env"):
        found = find(EnvironmentRequest(python=text), HOME=str(tmp_path))
        assert found.layout.prefix == f"{tmp_path}/env"
    found = find(EnvironmentRequest(python="mypython"), PATH=path)
    assert found.interpreter.executable == f"{path}/mypython"
    assert not found.is_virtual
    for text in ("absent", "./absent", "/absent/python"):
        with pytest.raises(EnvironmentFault, match="no interpreter"):
            find(EnvironmentRequest(python=text), PATH=path)


def test_an_interpreter_is_named_by_version(find, tmp_path):
    found = interpreters()
    programs = {f"python{version.replace('.', '_')}": path for version, path in found.items()}
    path = on_path(tmp_path / "bin", python3="exit 1", python=BASE, **programs)
    for version in found:
        for text in (version, f"python{version}", f"=={version}.*"):
            interpreter = find(EnvironmentRequest(python=text), PATH=path).interpreter
            assert interpreter.target.python_version.startswith(f"{version}.")
    exact = ".".join(map(str, sys.version_info[:3]))
    request = EnvironmentRequest(python=exact)
    assert find(request, PATH=path).interpreter.target.python_version == exact
    assert find(EnvironmentRequest(python=">=3.8"), PATH=path)
    assert find(EnvironmentRequest(python="3"), PATH=path)


def test_a_version_that_is_not_there_lists_what_is(find, tmp_path):
    path = on_path(tmp_path / "bin", python3=BASE)
    with pytest.raises(EnvironmentFault, match=r"3\.99") as caught:
        find(EnvironmentRequest(python="3.99"), PATH=path)
    assert any(f"{path}/python3" in line for line in caught.value.details)
    with pytest.raises(UsageError, match="specifier"):
        find(EnvironmentRequest(python=">=three"), PATH=path)


def test_shims_are_seen_through(find, tmp_path):
    """pyenv's `python3.12` fails in folders for which another version was chosen."""
    version, path = next(iter(interpreters().items()))
    name = f"python{version}"
    on_path(tmp_path / f"pyenv/versions/{version}.1/bin", **{name.replace(".", "_"): path})
    shims = on_path(tmp_path / "pyenv/shims", **{name.replace(".", "_"): "exit 127"})
    found = find(EnvironmentRequest(python=version), PATH=shims)
    assert found.interpreter.target.python_version.startswith(f"{version}.")


def test_system_is_the_first_python_on_path_that_is_in_no_environment(find, make, tmp_path):
    env = make(tmp_path / "env")
    broken = on_path(tmp_path / "broken", python3="exit 1")
    path = on_path(tmp_path / "bin", python=BASE)
    found = find(
        EnvironmentRequest(system=True),
        PATH=f"{env}/bin:{broken}:relative::{path}",
        VIRTUAL_ENV=env,
    )
    assert found.interpreter.executable == f"{path}/python"
    assert (found.origin, found.is_virtual) == ("--system", False)
    found = find(EnvironmentRequest(system=True), PATH="")
    assert found.interpreter.prefix == sys.base_prefix


def test_target_and_prefix_have_a_layout_of_their_own(find, make, tmp_path):
    env = make(tmp_path / ".venv")
    found = find(EnvironmentRequest(target="lib"))
    assert found.layout.purelib == found.layout.platlib == f"{tmp_path}/lib"
    assert found.layout.scripts == f"{tmp_path}/lib/bin"
    assert found.layout.headers == f"{tmp_path}/lib/include"
    assert found.interpreter.prefix == env
    assert (found.origin, found.is_virtual) == ("--target", False)
    found = find(EnvironmentRequest(prefix="/opt/x"))
    minor = sys.version_info[1]
    assert found.layout.prefix == "/opt/x"
    assert found.layout.purelib == f"/opt/x/lib/python3.{minor}/site-packages"
    assert found.layout.scripts == "/opt/x/bin"
    assert found.origin == "--prefix"
    with pytest.raises(UsageError, match="together"):
        find(EnvironmentRequest(target="a", prefix="b"))


@pytest.mark.usefixtures("outside")
def test_a_target_needs_no_environment(find, tmp_path):
    found = find(EnvironmentRequest(target="lib"), PATH="")
    assert found.interpreter.prefix == sys.base_prefix


def test_a_virtual_environment_can_be_required(find, make, tmp_path):
    request = EnvironmentRequest(python=BASE, require_virtualenv=True)
    with pytest.raises(VirtualEnvironmentRequired) as caught:
        find(request)
    assert caught.value.exit_code == 3
    env = make(tmp_path / "env")
    assert find(request._replace(python=env)).is_virtual


def test_packages_of_the_base_shine_through_when_the_environment_lets_them(find, make, tmp_path):
    closed, opened = make(tmp_path / "a"), make(tmp_path / "b", system_site_packages=True)
    assert find(VIRTUAL_ENV=closed).read_also == ()
    found = find(VIRTUAL_ENV=opened)
    assert found.read_also == found.interpreter._replace().library_folders[:0] + tuple(
        query_interpreter(BASE, None).library_folders
    )


def managed_python(tmp_path, make, text):
    """Return an interpreter that says its standard library is in a folder with a notice."""
    interpreter = query_interpreter(BASE, None)
    stdlib = tmp_path / "stdlib"
    stdlib.mkdir()
    if text is not None:
        (stdlib / "EXTERNALLY-MANAGED").write_text(text)
    return interpreter._replace(stdlib=str(stdlib))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (None, None),
        (
            "[externally-managed]\nError=Use apt\n and be\n\n  happy.\n\nOther=x\n",
            "Use apt\nand be\n\nhappy.",
        ),
        ("[other]\nError=no\n[Externally-Managed]\nError-de=Nein\nerror : x\nError = Yes\n", "Yes"),
        ("", "managed by other means"),
        ("\0\xff", "managed by other means"),
    ],
)
def test_the_words_of_who_manages_an_installation_are_passed_on(tmp_path, make, text, said):
    found = external_management(managed_python(tmp_path, make, text))
    if said is None:
        assert found is None
    else:
        assert said in found


def test_management_holds_for_installations_only_and_can_be_overridden(tmp_path, make, store):
    managed = managed_python(tmp_path, make, "[externally-managed]\nError=Use apt\n")
    search = module.Search({}, str(tmp_path), store)

    def of(request, interpreter=managed):
        return module._environment(request, interpreter, "--python", search).externally_managed

    assert of(EnvironmentRequest()) == "Use apt"
    assert of(EnvironmentRequest(break_system_packages=True)) is None
    assert of(EnvironmentRequest(target="x")) is None
    assert of(EnvironmentRequest(prefix="x")) is None
    virtual = query_interpreter(make(tmp_path / "env") + "/bin/python", store)
    assert of(EnvironmentRequest(), virtual._replace(stdlib=managed.stdlib)) is None


def test_everything_that_was_looked_at_is_told(make, tmp_path, store):
    (tmp_path / "a").mkdir()
    make(tmp_path / ".venv")
    found = discover(EnvironmentRequest(), {}, str(tmp_path / "a"), store)
    assert set(found.consulted) >= {
        f"{tmp_path}/a/.venv",
        f"{tmp_path}/.venv/pyvenv.cfg",
        f"{tmp_path}/.venv/bin/python",
        os.path.realpath(BASE),
    }
    system = discover(EnvironmentRequest(system=True), {"PATH": "/nowhere"}, str(tmp_path), store)
    assert "/nowhere/python3" in system.consulted
    assert (
        os.path.join(system.environment.interpreter.stdlib, "EXTERNALLY-MANAGED")
        in system.consulted
    )
