"""Hand-built environments are what they claim to be."""

import subprocess

from tests.kit.environments import FakeEnvironment


def test_its_interpreter_imports_what_was_added(tmp_path):
    environment = FakeEnvironment(tmp_path / "environment")
    environment.add("Some-Project", "1.0", files={"some_project/__init__.py": "VALUE = 7\n"})
    code = "import some_project, importlib.metadata as m; print(some_project.VALUE, m.version('some-project'))"
    done = subprocess.run(
        [environment.scripts / "python", "-c", code], check=True, capture_output=True, text=True
    )
    assert done.stdout == "7 1.0\n"


def test_an_aged_environment_was_changed_long_ago(tmp_path):
    environment = FakeEnvironment(tmp_path / "environment")
    info = environment.add("a", "1.0")
    before = info.stat().st_mtime
    environment.age(1000)
    assert before - info.stat().st_mtime > 900
    assert before - environment.library.stat().st_mtime > 900
