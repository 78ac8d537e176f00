"""What is told of an interpreter is what it would tell itself."""

import json
import os
import shutil
import stat
import sys
from pathlib import Path

import packaging
import pytest

from tests.unit.environment.pythons import interpreters, run
from xpip.environment import interpreter as module
from xpip.environment.create import CreateOptions, create_environment
from xpip.environment.interpreter import query_interpreter
from xpip.errors import EnvironmentFault
from xpip.store.interpreters import read_interpreter
from xpip.store.layout import open_store

TRUTH = """
import json, sys
try:
    sys.path.insert(0, sys.argv[1])
    from packaging import markers, tags
    exact = True
except Exception:
    del sys.path[0]
    for name in [name for name in sys.modules if name.split(".")[0] == "packaging"]:
        del sys.modules[name]
    try:
        from pip._vendor.packaging import markers, tags
    except ImportError:
        print("null")
        sys.exit()
    exact = False
print(json.dumps([exact, [str(tag) for tag in tags.sys_tags()], markers.default_environment()]))
"""


@pytest.fixture
def store(tmp_path):
    return open_store(str(tmp_path / "cache"))


def script(path: Path, text: str) -> Path:
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return path


@pytest.mark.parametrize("version", sorted(interpreters()))
def test_tags_and_markers_are_those_that_packaging_sees_inside(version):
    path = interpreters()[version]
    folder = str(Path(packaging.__file__).parents[1])
    truth = json.loads(run(path, "-c", TRUTH, folder))
    if truth is None:
        pytest.skip("neither packaging nor pip works there")
    exact, tags, markers = truth
    target = query_interpreter(path, None).target
    assert dict(target.markers) == markers
    if exact:
        assert list(target.tags) == tags
    else:
        # Older releases of packaging put `linux_*` last and did not know `cp38-none-any`.
        assert set(target.tags) - set(tags) <= {f"cp{version.replace('.', '')}-none-any"}
        assert set(tags) <= set(target.tags)


@pytest.mark.parametrize("version", sorted(interpreters()))
def test_facts_of_a_virtual_environment_need_no_process_and_are_right(version, tmp_path, store):
    base = query_interpreter(interpreters()[version], store)
    folder = str(tmp_path / "env")
    create_environment(folder, base, CreateOptions())
    derived = query_interpreter(f"{folder}/bin/python", store)
    asked = module._ask(f"{folder}/bin/python")
    assert derived.base_executable == base.base_executable
    assert os.path.realpath(asked.base_executable) == os.path.realpath(base.base_executable)
    assert derived == asked._replace(base_executable=derived.base_executable)
    assert derived.prefix == folder
    assert derived.layout.headers == f"{folder}/include/site/python{version}"


def test_a_known_interpreter_is_not_started_again(tmp_path, store):
    counter = tmp_path / "starts"
    path = Path(sys._base_executable)
    first = query_interpreter(str(path), store)
    status = path.resolve().stat()
    known = read_interpreter(store, str(path.resolve()), status.st_size, status.st_mtime_ns)
    assert known is not None
    assert known.target == first.target
    assert not counter.exists()


def test_a_link_to_a_known_interpreter_keeps_its_own_name(tmp_path, store):
    query_interpreter(sys._base_executable, store)
    link = tmp_path / "mypython"
    link.symlink_to(sys._base_executable)
    assert query_interpreter(str(link), store).executable == str(link)


def test_a_script_that_starts_an_interpreter_is_asked_each_time(tmp_path, store):
    """pyenv's shims start another Python when a file in the folder says so."""
    starts = tmp_path / "starts"
    shim = script(tmp_path / "python", f'echo x >> "{starts}"\nexec "{sys._base_executable}" "$@"')
    for _ in range(2):
        found = query_interpreter(str(shim), store)
        assert os.path.realpath(found.executable) == os.path.realpath(sys._base_executable)
    assert starts.read_text().split() == ["x", "x"]


def test_what_a_sitecustomize_prints_does_not_matter(tmp_path):
    shim = script(
        tmp_path / "python",
        f'echo "hello {{}}"; "{sys._base_executable}" "$@"; echo "bye <xpip"',
    )
    assert query_interpreter(str(shim), None).prefix == sys.base_prefix


def test_other_facts_of_the_platform_make_remembered_ones_void(tmp_path, store):
    from xpip.store.interpreters import write_interpreter

    path = Path(sys._base_executable).resolve()
    fresh = query_interpreter(str(path), store)
    status = path.stat()
    elsewhere = fresh._replace(platform_key="Linux s390x", bytecode_tag="wrong")
    write_interpreter(store, str(path), status.st_size, status.st_mtime_ns, elsewhere)
    assert query_interpreter(str(path), store).bytecode_tag == fresh.bytecode_tag


def test_markers_follow_the_kernel_that_runs_now(tmp_path, store):
    from xpip.store.interpreters import write_interpreter

    path = Path(sys._base_executable).resolve()
    fresh = query_interpreter(str(path), store)
    status = path.stat()
    markers = {**dict(fresh.target.markers), "platform_release": "1.0-old"}
    old = fresh._replace(target=fresh.target._replace(markers=tuple(sorted(markers.items()))))
    write_interpreter(store, str(path), status.st_size, status.st_mtime_ns, old)
    assert query_interpreter(str(path), store).target == fresh.target


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("echo kaputt >&2; exit 3", "kaputt"),
        ("exit 0", ""),
        ("echo '<xpip-facts>{not json</xpip-facts>'", "not json"),
    ],
)
def test_a_broken_interpreter_is_shown_with_what_it_said(tmp_path, text, said):
    path = script(tmp_path / "python", text)
    with pytest.raises(EnvironmentFault) as caught:
        query_interpreter(str(path), None)
    assert str(path) in caught.value.summary
    assert said in " ".join(caught.value.details)


def test_a_file_that_is_no_program_is_an_error(tmp_path):
    path = tmp_path / "python"
    path.write_bytes(b"\x7fELF" + b"\0" * 100)
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    with pytest.raises(EnvironmentFault, match="does not work"):
        query_interpreter(str(path), None)
    with pytest.raises(EnvironmentFault, match="no interpreter"):
        query_interpreter(str(tmp_path / "absent"), None)


def test_an_old_python_is_refused_by_its_version(tmp_path):
    path = script(tmp_path / "python", """echo '<xpip-facts>{"too_old": "3.6.1"}</xpip-facts>'""")
    with pytest.raises(EnvironmentFault, match=r"Python 3\.6\.1"):
        query_interpreter(str(path), None)


def test_an_environment_whose_interpreter_is_gone_says_so(tmp_path):
    (tmp_path / "env/bin").mkdir(parents=True)
    (tmp_path / "env/pyvenv.cfg").write_text("home = /nowhere/bin\n")
    (tmp_path / "env/bin/python").symlink_to("/nowhere/bin/python3")
    with pytest.raises(EnvironmentFault, match="is gone") as caught:
        query_interpreter(str(tmp_path / "env/bin/python"), None)
    assert "/nowhere/bin/python3" in caught.value.summary


def test_an_environment_with_a_copied_interpreter_is_described_from_its_home(tmp_path, store):
    base = Path(sys._base_executable)
    folder = tmp_path / "env"
    create_environment(str(folder), query_interpreter(str(base), store), CreateOptions())
    (folder / "bin/python").unlink()
    shutil.copy2(base.resolve(), folder / "bin/python")
    found = query_interpreter(str(folder / "bin/python"), store)
    assert found.prefix == str(folder)
    assert os.path.realpath(found.base_executable) == str(base.resolve())


def test_a_manylinux_module_in_the_environment_is_obeyed(tmp_path, store):
    folder = tmp_path / "env"
    create_environment(str(folder), query_interpreter(sys._base_executable, store), CreateOptions())
    library = next(folder.glob("lib/python*/site-packages"))
    (library / "_manylinux.py").write_text("def manylinux_compatible(*_): return False\n")
    tags = query_interpreter(str(folder / "bin/python"), store).target.tags
    assert not any("manylinux" in tag for tag in tags)
