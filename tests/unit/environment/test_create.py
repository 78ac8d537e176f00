"""Environments are what the standard library would make, appear at once, and execute no names."""

import os
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.unit.environment.pythons import interpreters, run
from xpip.environment.activate import activation_scripts
from xpip.environment.create import (
    Created,
    CreateOptions,
    create_environment,
    default_prompt,
    seed_requirements,
)
from xpip.environment.interpreter import query_interpreter
from xpip.environment.pyvenv import read_configuration
from xpip.errors import EnvironmentFault, UsageError

HOSTILE_NAMES = (
    "a b",
    "it's",
    'say "x"',
    "$(touch pwn)",
    "`touch pwn`",
    "; touch pwn ;",
    "&& touch pwn &",
    "x'; touch pwn; '",
    'x"; touch pwn; "',
    "$HOME ${HOME} \\ %n !! !x @@path@@",
    "-n",
    "*?[a]{b,c}~",
    "(touch pwn)",
    "é\u2019; touch pwn",
)


@pytest.fixture(scope="module")
def base():
    return query_interpreter(sys._base_executable, None)


def tree(folder):
    """Return every path below a folder with the target of each link."""
    root = Path(folder)
    return {
        str(path.relative_to(root)): os.readlink(path) if path.is_symlink() else None
        for path in sorted(root.rglob("*"))
    }


@pytest.mark.parametrize("version", sorted(interpreters()))
def test_an_environment_works_for_each_python(version, tmp_path):
    interpreter = query_interpreter(interpreters()[version], None)
    folder = tmp_path / "env"
    created = create_environment(str(folder), interpreter, CreateOptions())
    assert created[:4] == Created(str(folder), f"{folder}/bin/python")[:4]
    for name in ("python", "python3", f"python{version}"):
        assert run(folder / "bin" / name, "-c", "import sys; print(sys.prefix)") == str(folder)
    said = run(
        folder / "bin/python", "-c", "import sys; print(sys.base_prefix, sys.version_info[1])"
    )
    assert said == f"{interpreter.base_prefix} {version[2:]}"
    library = folder / f"lib/python{version}/site-packages"
    (library / "xpip_probe.py").write_text("print('imported')")
    assert run(folder / "bin/python", "-c", "import xpip_probe") == "imported"
    assert str(library) in run(folder / "bin/python", "-m", "site")
    missing = subprocess.run([folder / "bin/python", "-m", "pip"], capture_output=True, check=False)
    assert missing.returncode == 1
    assert b"No module named pip" in missing.stderr


def test_the_parts_are_those_that_the_standard_library_makes(tmp_path, base):
    run(base.executable, "-m", "venv", "--without-pip", tmp_path / "stdlib")
    create_environment(str(tmp_path / "ours"), base, CreateOptions())
    ours, theirs = tree(tmp_path / "ours"), tree(tmp_path / "stdlib")
    # Newer standard libraries put a folder below `include`; nothing uses it.
    wanted = {name for name in theirs if not name.startswith("include/")}
    assert wanted <= set(ours)
    assert set(ours) - wanted <= {".gitignore", "bin/activate.nu", "bin/activate_this.py"}
    assert ours["lib64"] == theirs["lib64"] == "lib"
    assert ours["bin/python3"] == "python"
    configuration = read_configuration(str(tmp_path / "ours"))
    expected = read_configuration(str(tmp_path / "stdlib"))
    for key in ("home", "include-system-site-packages", "version"):
        assert configuration[key] == expected[key]


def test_ensurepip_works_inside(tmp_path, base):
    create_environment(str(tmp_path / "env"), base, CreateOptions())
    python = tmp_path / "env/bin/python"
    has_it = subprocess.run([python, "-c", "import ensurepip"], capture_output=True, check=False)
    if has_it.returncode:
        pytest.skip("this Python has no ensurepip")
    run(python, "-m", "ensurepip", "--default-pip")
    assert str(tmp_path / "env") in run(python, "-m", "pip", "--version")


def test_an_environment_made_of_an_environment_is_one_of_its_base(tmp_path, base):
    create_environment(str(tmp_path / "first"), base, CreateOptions())
    inner = query_interpreter(f"{tmp_path}/first/bin/python", None)
    create_environment(str(tmp_path / "second"), inner, CreateOptions())
    link = os.readlink(tmp_path / "second/bin/python")
    assert os.path.realpath(link) == os.path.realpath(base.base_executable)
    assert str(tmp_path) not in link
    shutil.rmtree(tmp_path / "first")
    said = run(tmp_path / "second/bin/python", "-c", "import sys; print(sys.prefix)")
    assert said == f"{tmp_path}/second"


def test_an_interpreter_behind_a_chain_of_links_is_found(tmp_path):
    (tmp_path / "one").symlink_to(sys._base_executable)
    (tmp_path / "two").symlink_to("one")
    interpreter = query_interpreter(f"{tmp_path}/two", None)
    create_environment(f"{tmp_path}/env", interpreter, CreateOptions())
    code = "import sys, json; print(sys.prefix)"
    assert run(tmp_path / "env/bin/python", "-c", code) == f"{tmp_path}/env"


def test_system_packages_can_be_let_in(tmp_path, base):
    create_environment(f"{tmp_path}/env", base, CreateOptions(system_site_packages=True))
    paths = run(tmp_path / "env/bin/python", "-c", "import sys; print(*sys.path, sep='\\n')")
    existing = [folder for folder in base.library_folders if os.path.isdir(folder)]
    assert set(existing) <= set(paths.splitlines())


def test_the_prompt_is_the_name_of_the_folder_unless_asked_otherwise(tmp_path, base):
    create_environment(f"{tmp_path}/env", base, CreateOptions())
    assert "prompt" not in read_configuration(f"{tmp_path}/env")
    assert "'(env) '" in (tmp_path / "env/bin/activate").read_text()
    create_environment(f"{tmp_path}/other", base, CreateOptions(prompt="it's me"))
    assert read_configuration(f"{tmp_path}/other")["prompt"] == '"it\'s me"'
    assert default_prompt("/x/env", "/home/project", ".") == "project"
    assert default_prompt("/x/env", "/home/project", "") == "env"
    assert default_prompt("/x/site/.venv", "/home/project", "") == "site"
    assert default_prompt("/.venv", "/home/project", "") == ".venv"


def test_a_hidden_file_keeps_an_environment_out_of_version_control(tmp_path, base):
    create_environment(f"{tmp_path}/env", base, CreateOptions())
    assert (tmp_path / "env/.gitignore").read_text().splitlines()[-1] == "*"


@pytest.mark.parametrize("shell", ["sh", "bash", "dash", "zsh", "ksh", "busybox"])
@pytest.mark.parametrize("name", HOSTILE_NAMES)
def test_activation_runs_nothing_that_a_name_holds(shell, name, tmp_path, base):
    if shutil.which(shell) is None:
        pytest.skip(f"no {shell} here")
    folder = tmp_path / name
    create_environment(str(folder), base, CreateOptions())
    script = tmp_path / "script"
    script.write_text(
        'set -u; PS1="> "; before="$PATH"\n'
        ". ./env/bin/activate\n"
        'printf "%s\\n" "$VIRTUAL_ENV" "$VIRTUAL_ENV_PROMPT"\n'
        # Not `command -v`: ksh quotes what it prints.
        'python -c "import sys; print(sys.executable); print(sys.prefix)"\n'
        "deactivate\n"
        '[ "$before" = "$PATH" ] && [ "$PS1" = "> " ] && echo "restored ${VIRTUAL_ENV-unset}"\n'
    )
    (tmp_path / "env").symlink_to(name if not name.startswith("-") else f"./{name}")
    words = [shell, "sh"] if shell == "busybox" else [shell]
    done = subprocess.run(
        [*words, script], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.stderr == ""
    said = [str(folder), name, f"{folder}/bin/python", str(folder), "restored unset"]
    assert done.stdout.splitlines() == said
    assert not list(tmp_path.rglob("pwn"))


@pytest.mark.parametrize("shell", ["sh", "bash", "zsh", "ksh", "busybox", "tcsh"])
@pytest.mark.parametrize("name", HOSTILE_NAMES)
def test_a_prompt_runs_nothing_when_it_is_shown(shell, name, tmp_path, base):
    """Shells expand `PS1` each time they show it."""
    if shutil.which(shell) is None:
        pytest.skip(f"no {shell} here")
    create_environment(f"{tmp_path}/env", base, CreateOptions(prompt=name))
    typed = "PS1='> '\n. env/bin/activate\necho one\necho two\n"
    if shell == "tcsh":
        typed = "set prompt='> '\nsource env/bin/activate.csh\necho one\necho two\n"
    words = {
        "bash": ["bash", "--norc", "-i"], "zsh": ["zsh", "-f", "-i"], "tcsh": ["tcsh", "-f", "-i"],
        "busybox": ["busybox", "sh", "-i"],
    }.get(shell, [shell, "-i"])  # fmt: skip
    done = subprocess.run(
        words,
        input=typed,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        env={"PATH": os.environ["PATH"], "HOME": str(tmp_path), "TERM": "dumb", "ENV": ""},
        start_new_session=True,
        check=False,
    )
    assert "two" in done.stdout
    if name == "a b":
        assert "(a b) > " in done.stdout + done.stderr, "nothing was shown, so nothing was tested"
    assert not list(tmp_path.rglob("pwn"))


@pytest.mark.parametrize("name", HOSTILE_NAMES)
def test_csh_runs_nothing_that_a_name_holds(name, tmp_path, base):
    shell = shutil.which("tcsh") or shutil.which("csh")
    if shell is None:
        pytest.skip("no csh here")
    folder = tmp_path / name
    create_environment(str(folder), base, CreateOptions())
    (tmp_path / "env").symlink_to(f"./{name}")
    code = 'source env/bin/activate.csh; python -c "import sys; print(sys.prefix)"; deactivate; echo done'
    done = subprocess.run(
        [shell, "-f", "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.stdout.splitlines() == [str(folder), "done"]
    assert not list(tmp_path.rglob("pwn"))


@pytest.mark.parametrize("name", HOSTILE_NAMES)
def test_fish_runs_nothing_that_a_name_holds(name, tmp_path, base):
    if shutil.which("fish") is None:
        pytest.skip("no fish here")
    folder = tmp_path / name
    create_environment(str(folder), base, CreateOptions())
    (tmp_path / "env").symlink_to(f"./{name}")
    code = (
        "function fish_prompt; echo '> '; end; source env/bin/activate.fish; fish_prompt;"
        'python -c "import sys; print(sys.prefix)"; deactivate; fish_prompt; echo done'
    )
    done = subprocess.run(
        ["fish", "-N", "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    prompt, *rest = done.stdout.splitlines()
    assert f"({name}) " in prompt
    assert prompt.endswith("> ")
    assert rest == [str(folder), "> ", "done"]
    assert not list(tmp_path.rglob("pwn"))


def test_activation_from_python_makes_imports_come_from_the_environment(tmp_path, base):
    create_environment(f"{tmp_path}/env", base, CreateOptions(prompt="x\" + y'"))
    library = next((tmp_path / "env").glob("lib/python*/site-packages"))
    (library / "xpip_probe.py").write_text("")
    code = (
        "import runpy, sys, os; runpy.run_path(sys.argv[1]); import xpip_probe;"
        "print(sys.prefix, os.environ['PATH'].split(':')[0], os.environ['VIRTUAL_ENV_PROMPT'])"
    )
    said = run(base.executable, "-c", code, tmp_path / "env/bin/activate_this.py")
    assert said == f"{tmp_path}/env {tmp_path}/env/bin x\" + y'"


def test_names_are_quoted_by_the_rules_of_each_shell():
    scripts = dict(activation_scripts("/a'b\"c!\\d", "e\u2019f'g"))
    assert "VIRTUAL_ENV='/a'\"'\"'b\"c!\\d'\n" in scripts["activate"]
    assert "setenv VIRTUAL_ENV '/a'\"'\"'b\"c\\!\\d'\n" in scripts["activate.csh"]
    assert "VIRTUAL_ENV '/a\\'b\"c!\\\\d'\n" in scripts["activate.fish"]
    assert 'let virtual_env = "/a\'b\\"c!\\\\d"\n' in scripts["activate.nu"]
    assert "PROMPT = 'e\u2019\u2019f''g'\n" in scripts["Activate.ps1"]


@pytest.mark.parametrize("character", ["\n", "\r", ":"])
def test_a_path_that_no_shell_can_bear_is_refused(character, tmp_path, base):
    with pytest.raises(UsageError, match="must not hold"):
        create_environment(f"{tmp_path}/a{character}b", base, CreateOptions())
    assert os.listdir(tmp_path) == []


def test_a_prompt_with_a_newline_is_refused(tmp_path, base):
    with pytest.raises(UsageError, match="prompt"):
        create_environment(f"{tmp_path}/a", base, CreateOptions(prompt="a\nhome = /x"))


def test_an_empty_folder_is_filled_and_one_that_is_missing_is_made(tmp_path, base):
    (tmp_path / "empty").mkdir()
    create_environment(f"{tmp_path}/empty", base, CreateOptions())
    create_environment(f"{tmp_path}/a/b/c", base, CreateOptions())
    assert (tmp_path / "empty/pyvenv.cfg").exists()
    assert (tmp_path / "a/b/c/pyvenv.cfg").exists()
    assert sorted(os.listdir(tmp_path)) == ["a", "empty"]


def test_what_is_there_is_not_touched(tmp_path, base):
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder/work.txt").touch()
    (tmp_path / "file").touch()
    (tmp_path / "dangling").symlink_to("nowhere")
    create_environment(f"{tmp_path}/env", base, CreateOptions())
    before = tree(tmp_path)
    for name, said in (
        ("folder", "not empty"),
        ("file", "is a file"),
        ("dangling", "gone"),
        ("env", "a virtual environment"),
    ):
        with pytest.raises(EnvironmentFault, match=said):
            create_environment(f"{tmp_path}/{name}", base, CreateOptions())
    for name in ("folder", "file", "dangling"):
        with pytest.raises(EnvironmentFault):
            create_environment(f"{tmp_path}/{name}", base, CreateOptions(clear=True))
    assert tree(tmp_path) == before


def test_clear_replaces_an_environment_and_leaves_nothing_of_it(tmp_path, base):
    create_environment(f"{tmp_path}/env", base, CreateOptions())
    library = next((tmp_path / "env").glob("lib/python*/site-packages"))
    (library / "old.py").touch()
    created = create_environment(f"{tmp_path}/env", base, CreateOptions(clear=True))
    assert created.left_behind == ""
    assert not (library / "old.py").exists()
    assert os.listdir(tmp_path) == ["env"]


def test_clear_of_a_link_replaces_what_it_leads_to(tmp_path, base):
    create_environment(f"{tmp_path}/real", base, CreateOptions())
    (tmp_path / "real/old").touch()
    (tmp_path / "env").symlink_to("real")
    create_environment(f"{tmp_path}/env", base, CreateOptions(clear=True))
    assert os.readlink(tmp_path / "env") == "real"
    assert not (tmp_path / "real/old").exists()
    assert run(tmp_path / "env/bin/python", "-c", "print(1)") == "1"


def test_the_environment_that_xpip_runs_in_is_not_cleared(base):
    folder = os.path.dirname(os.path.dirname(sys.executable))
    if not os.path.exists(f"{folder}/pyvenv.cfg"):
        pytest.skip("the tests run in no environment")
    with pytest.raises(EnvironmentFault, match="runs in"):
        create_environment(folder, base, CreateOptions(clear=True))


def test_allow_existing_renews_and_keeps_what_is_installed(tmp_path, base):
    create_environment(f"{tmp_path}/env", base, CreateOptions())
    library = next((tmp_path / "env").glob("lib/python*/site-packages"))
    (library / "kept.py").touch()
    (tmp_path / "env/bin/python").unlink()
    (tmp_path / "env/bin/python").symlink_to("/nowhere")
    (tmp_path / "env/bin/activate").write_text("damaged")
    create_environment(f"{tmp_path}/env", base, CreateOptions(allow_existing=True, prompt="new"))
    assert (library / "kept.py").exists()
    assert run(tmp_path / "env/bin/python", "-c", "print(1)") == "1"
    assert "(new)" in (tmp_path / "env/bin/activate").read_text()
    assert not list((tmp_path / "env").rglob("*.xpip-*"))
    with pytest.raises(UsageError):
        create_environment(f"{tmp_path}/env", base, CreateOptions(clear=True, allow_existing=True))


def test_of_many_who_make_one_environment_all_get_it_and_none_sees_half(tmp_path, base):
    def make(_):
        return create_environment(f"{tmp_path}/env", base, CreateOptions())

    def watch(_):
        seen = set()
        for _ in range(300):
            if os.path.exists(f"{tmp_path}/env"):
                seen.add(tuple(sorted(tree(tmp_path / "env"))))
        return seen

    # `_look` finds a finished environment when it comes late; that is an error without a race.
    with ThreadPoolExecutor(9) as pool:
        watcher = pool.submit(watch, None)
        outcomes = [pool.submit(make, number) for number in range(8)]
        faults = [outcome.exception() for outcome in outcomes]
    made = [outcome.result() for outcome in outcomes if outcome.exception() is None]
    assert len([one for one in made if not one.reused]) == 1
    assert all("there already" in str(fault) for fault in faults if fault is not None)
    assert len(watcher.result() | {tuple(sorted(tree(tmp_path / "env")))}) == 1
    assert os.listdir(tmp_path) == ["env"]


def test_of_many_who_clear_one_environment_the_last_wins_and_nothing_stays(tmp_path, base):
    create_environment(f"{tmp_path}/env", base, CreateOptions())

    def make(_):
        return create_environment(f"{tmp_path}/env", base, CreateOptions(clear=True))

    with ThreadPoolExecutor(6) as pool:
        assert len(list(pool.map(make, range(6)))) == 6
    assert os.listdir(tmp_path) == ["env"]
    assert run(tmp_path / "env/bin/python", "-c", "print(1)") == "1"


def test_a_folder_that_cannot_be_written_is_an_error_with_its_path(tmp_path, base):
    (tmp_path / "file").touch()
    with pytest.raises(EnvironmentFault, match="cannot be made") as caught:
        create_environment(f"{tmp_path}/file/env", base, CreateOptions())
    assert f"{tmp_path}/file/env" in caught.value.summary


def test_a_long_name_is_no_trouble(tmp_path, base):
    path = f"{tmp_path}/{'n' * 200}"
    create_environment(path, base, CreateOptions())
    assert run(f"{path}/bin/python", "-c", "print(1)") == "1"


def test_a_name_that_is_not_unicode_is_no_trouble(tmp_path, base):
    path = os.fsdecode(os.fsencode(f"{tmp_path}/") + b"\xff\xfe")
    create_environment(path, base, CreateOptions())
    done = subprocess.run(
        [
            f"{path}/bin/python",
            "-c",
            "import sys, os; sys.stdout.buffer.write(os.fsencode(sys.prefix))",
        ],
        capture_output=True,
        check=True,
    )
    assert done.stdout == os.fsencode(path)


def test_seeds_are_what_virtualenv_brings(base):
    def of(version):
        return base._replace(target=base.target._replace(python_version=version))

    assert seed_requirements(of("3.11.2")) == ("pip", "setuptools", "wheel")
    assert seed_requirements(of("3.12.0")) == ("pip",)
    assert seed_requirements(of("3.14.0rc1")) == ("pip",)
