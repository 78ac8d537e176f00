"""`xpip venv`, as a user types it."""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.kit.command import run, xpip
from tests.kit.wheels import WheelBuilder


def prefix_of(environment: Path) -> str:
    return run(environment / "bin/python", "-c", "import sys; print(sys.prefix)").out.strip()


def test_a_name_is_enough(tmp_path):
    done = xpip("venv", "env", cwd=tmp_path)
    assert done.code == 0, done
    assert done.out == ""
    assert f"Made the environment at {tmp_path}/env" in done.err
    assert f". {tmp_path}/env/bin/activate" in done.err
    assert prefix_of(tmp_path / "env") == f"{tmp_path}/env"
    assert os.listdir(tmp_path) == ["env"]


def test_without_a_name_it_is_dot_venv_called_by_its_project_and_is_then_found(tmp_path):
    project = tmp_path / "project"
    project.mkdir()
    assert xpip("venv", "--quiet", cwd=project) == (0, "", "")
    activated = f'. "{project}/.venv/bin/activate"; echo "$VIRTUAL_ENV_PROMPT"'
    assert run("sh", "-c", activated).out == "project\n"
    assert xpip("list", "--format", "json", cwd=project).out.strip() == "[]"


def test_an_interpreter_is_chosen_by_path(tmp_path):
    done = xpip("venv", "--python", sys._base_executable, "env", cwd=tmp_path)
    assert done.code == 0, done
    assert os.path.realpath(tmp_path / "env/bin/python") == os.path.realpath(sys._base_executable)
    done = xpip("venv", "--python", "/absent/python", "other", cwd=tmp_path)
    assert done.code == 1
    assert "/absent/python" in done.err
    assert not (tmp_path / "other").exists()


def test_what_is_there_is_kept_until_told_otherwise(tmp_path):
    assert xpip("venv", "env", cwd=tmp_path).code == 0
    (tmp_path / "env/mine").touch()
    refused = xpip("venv", "env", cwd=tmp_path)
    assert refused.code == 1
    assert "is there already" in refused.err
    assert "`--clear`" in refused.err
    assert xpip("venv", "--allow-existing", "env", cwd=tmp_path).code == 0
    assert (tmp_path / "env/mine").exists()
    assert xpip("venv", "--clear", "env", cwd=tmp_path).code == 0
    assert not (tmp_path / "env/mine").exists()
    assert xpip("venv", "--clear", "--allow-existing", "env", cwd=tmp_path).code == 2


def test_a_folder_with_other_things_is_not_cleared(tmp_path):
    (tmp_path / "work").mkdir()
    (tmp_path / "work/thesis.txt").touch()
    assert xpip("venv", "--clear", "work", cwd=tmp_path).code == 1
    assert os.listdir(tmp_path / "work") == ["thesis.txt"]


def test_options_reach_the_environment(tmp_path):
    done = xpip("venv", "--prompt", "my own", "--system-site-packages", "env", cwd=tmp_path)
    assert done.code == 0, done
    text = (tmp_path / "env/pyvenv.cfg").read_text()
    assert "include-system-site-packages = true\n" in text
    assert "prompt = 'my own'\n" in text


def test_a_path_that_needs_quotes_is_shown_with_them(tmp_path):
    done = xpip("venv", "a b", cwd=tmp_path)
    assert f". '{tmp_path}/a b/bin/activate'" in done.err


def test_seeds_are_installed_from_the_index_that_is_set(tmp_path):
    wheels = tmp_path / "wheels"
    wheels.mkdir()
    for name in ("pip", "setuptools", "wheel"):
        WheelBuilder(name, "9.9").build(wheels)
    done = xpip("venv", "--seed", "--no-index", "--find-links", wheels, "env", cwd=tmp_path)
    assert done.code == 0, done
    listed = xpip("list", "--format", "freeze", "--python", "env", cwd=tmp_path)
    assert "pip==9.9" in listed.out.splitlines()


def test_seeds_that_cannot_be_had_leave_an_environment_and_say_how_to_go_on(tmp_path):
    done = xpip("venv", "--seed", "--no-index", "env", cwd=tmp_path)
    assert done.code == 1
    assert "--allow-existing" in done.err
    assert prefix_of(tmp_path / "env") == f"{tmp_path}/env"


def test_processes_that_make_one_environment_at_once_all_succeed_or_say_it_is_there(tmp_path):
    with ThreadPoolExecutor(8) as pool:
        runs = list(pool.map(lambda _: xpip("venv", "env", cwd=tmp_path), range(8)))
    assert [done.code for done in runs].count(0) >= 1
    assert all(done.code == 0 or "is there already" in done.err for done in runs)
    assert os.listdir(tmp_path) == ["env"]
    assert prefix_of(tmp_path / "env") == f"{tmp_path}/env"


def test_killed_at_any_moment_it_leaves_no_half_environment(tmp_path):
    argv = [sys.executable, "-m", "xpip", "venv", "--clear", "env"]
    for number in range(12):
        process = subprocess.Popen(
            argv,
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[3] / "src")},
            stderr=subprocess.DEVNULL,
        )
        try:
            process.wait(0.02 + number * 0.006)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        if (tmp_path / "env").exists():
            assert prefix_of(tmp_path / "env") == f"{tmp_path}/env"
            assert (tmp_path / "env/bin/activate").exists()


def test_nothing_heavy_is_imported(tmp_path):
    assert xpip("venv", "first", cwd=tmp_path).code == 0
    code = (
        "import sys; from xpip.cli.main import main;"
        "code = main(['venv', 'env']); print(*sys.modules); sys.exit(code)"
    )
    source = str(Path(__file__).parents[3] / "src")
    done = run(sys.executable, "-c", code, cwd=tmp_path, PYTHONPATH=source)
    assert done.code == 0, done
    heavy = {"asyncio", "httpx", "rich", "packaging", "subprocess", "json", "pathlib", "argparse"}
    # What the interpreter itself and `site` import is not counted.
    bare = set(run(sys.executable, "-c", "import sys; print(*sys.modules)").out.split())
    assert not heavy & set(done.out.split()) - bare


def test_the_same_again_is_the_same_again(tmp_path):
    """The second time the files are written from a stamp; nobody can tell."""

    def made(folder):
        return {
            str(path.relative_to(folder)): (
                path.lstat().st_mode,
                path.is_symlink() and os.readlink(path),
            )
            if path.is_symlink() or path.is_dir()
            else (path.lstat().st_mode, path.read_text())
            for path in sorted(folder.rglob("*"))
        }

    words = ("venv", "--cache-dir", tmp_path / "cache", "--prompt", "it's", "env")
    first = xpip(*words, cwd=tmp_path)
    content = made(tmp_path / "env")
    assert len(os.listdir(tmp_path / "cache" / "unchanged-v1")) == 1
    (tmp_path / "env").rename(tmp_path / "old")
    second = xpip(*words, cwd=tmp_path)
    assert second == first
    assert made(tmp_path / "env") == content
    assert prefix_of(tmp_path / "env") == f"{tmp_path}/env"
    third = xpip(*words, cwd=tmp_path)
    assert third.code == 1
    assert "is there already" in third.err


def test_another_configuration_is_another_environment(tmp_path):
    (tmp_path / "pip.conf").write_text("[global]\n")
    words = ("venv", "--cache-dir", tmp_path / "cache", "env")
    settings = {"PIP_CONFIG_FILE": str(tmp_path / "pip.conf")}
    assert xpip(*words, cwd=tmp_path, **settings).code == 0
    (tmp_path / "env").rename(tmp_path / "old")
    (tmp_path / "pip.conf").write_text("[venv]\nprompt = other\n")
    assert xpip(*words, cwd=tmp_path, **settings).code == 0
    assert "prompt" not in (tmp_path / "old/pyvenv.cfg").read_text()
    assert "prompt = 'other'" in (tmp_path / "env/pyvenv.cfg").read_text()
