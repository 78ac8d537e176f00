"""What xpip builds from source archives of PyPI is, file by file, what pip builds.

Compiled files count by name and mode, since they hold the paths they were built at.
"""

import ast
import os
import shutil
from pathlib import Path

import pytest

from tests.kit.command import run, xpip
from tests.kit.trees import describe_tree, differences

pytestmark = [pytest.mark.network, pytest.mark.long]

SDISTS = [
    # setuptools with C
    "markupsafe", "pyyaml", "wrapt", "simplejson", "psutil", "zstandard", "ujson",
    # setup.py alone
    "docopt", "pyperclip", "sgmllib3k", "odfpy", "toml", "six", "colorlog",
    # setuptools with pyproject.toml, some with plugins
    "pluggy", "zipp", "python-dateutil", "setuptools-scm", "wheel",
    # flit
    "flit-core", "typing-extensions", "packaging", "pathspec", "idna", "tomli",
    # hatchling
    "iniconfig", "attrs", "platformdirs", "hatchling",
    # poetry-core
    "poetry-core", "tomlkit", "rich",
    # pdm-backend
    "pdm-backend", "fastapi",
    # scikit-build-core, meson-python
    "nanobind", "meson-python",
]  # fmt: skip
WANTED = os.environ.get("XPIP_SDISTS", "").split() or SDISTS
COMPILED = (".so", ".o", ".a")


@pytest.fixture(scope="module", autouse=True)
def own_cache(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XPIP_CACHE_DIR", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture(scope="module")
def pip(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("pip")
    assert run("python3", "-m", "venv", folder).code == 0
    done = run(folder / "bin/python", "-m", "pip", "install", "-q", "--upgrade", "pip", timeout=300)
    assert done.code == 0, done
    return folder / "bin" / "python"


def described(environment: Path) -> dict[str, tuple[str, str]]:
    return {
        path: (mode, comparable(path, content))
        for path, (mode, content) in describe_tree(environment).items()
    }


def comparable(path: str, content: str) -> str:
    if path.endswith(COMPILED):
        return "compiled"
    if path.endswith("/RECORD"):
        rows = ast.literal_eval(content)
        return "\n".join(str(row[:1] if row[0].endswith(COMPILED) else row) for row in rows)
    return content


@pytest.mark.parametrize("project", WANTED)
def test_the_same_is_built(project, pip, tmp_path):
    environment, aside = tmp_path / "environment", tmp_path / "aside"
    assert xpip("venv", environment).code == 0
    done = run(
        pip, "-m", "pip", "--python", environment, "install", "--no-compile", "--no-deps",
        "--no-binary", project, "--no-cache-dir", "--disable-pip-version-check", project, timeout=900,
    )  # fmt: skip
    if done.code:
        pytest.skip(f"pip cannot build it here: {done.err.strip().splitlines()[-1:]}")
    theirs = described(environment)
    frozen = xpip("freeze", "--all", "--python", environment)
    shutil.move(environment, aside)
    assert xpip("venv", environment).code == 0
    done = xpip(
        "install", "--no-deps", "--no-binary", project, "--python", environment,
        frozen.out.strip(), timeout=900,
    )  # fmt: skip
    assert done.code == 0, done
    assert differences(theirs, described(environment)) == []


def test_a_second_environment_builds_nothing(tmp_path):
    names = ["six", "docopt", "iniconfig"]
    words = ["install", "--no-deps", *(word for name in names for word in ("--no-binary", name))]
    for number in range(2):
        environment = tmp_path / f"environment{number}"
        assert xpip("venv", environment).code == 0
        done = xpip(*words, *names, "--python", environment, "-v", timeout=600)
        assert done.code == 0, done
    assert "building" not in done.err


def test_without_its_compiler_a_project_is_refused_with_the_reason(tmp_path):
    """maturin needs Rust; where that is missing the log says so."""
    environment = tmp_path / "environment"
    assert xpip("venv", environment).code == 0
    done = xpip(
        "install", "--no-deps", "--no-binary", "rpds-py", "rpds-py", "--python", environment,
        timeout=600, PATH="/usr/bin:/bin", CARGO_HOME=str(tmp_path),
    )  # fmt: skip
    assert done.code == 1, done
    assert "`maturin`" in done.err
    assert "xpip has a bug" not in done.err


BACKENDS = {
    "setuptools": ('["setuptools>=64"]', "setuptools.build_meta", ""),
    "hatchling": ('["hatchling"]', "hatchling.build", ""),
    "flit": ('["flit-core>=3.9"]', "flit_core.buildapi", ""),
    "poetry": (
        '["poetry-core>=2"]', "poetry.core.masonry.api",
        '[tool.poetry]\npackages = [{include = "demo_kit", from = "src"}]\n',
    ),
    "pdm": ('["pdm-backend"]', "pdm.backend", ""),
}  # fmt: skip


@pytest.mark.parametrize("backend", BACKENDS)
def test_an_editable_project_is_imported_from_its_tree_and_pip_removes_it(backend, pip, tmp_path):
    requires, name, more = BACKENDS[backend]
    project = tmp_path / "project"
    (project / "src" / "demo_kit").mkdir(parents=True)
    (project / "src" / "demo_kit" / "__init__.py").write_text('"""Demo."""\n__version__ = "1.0"\n')
    (project / "pyproject.toml").write_text(
        f'[build-system]\nrequires = {requires}\nbuild-backend = "{name}"\n'
        '[project]\nname = "demo-kit"\nversion = "1.0"\ndescription = "Demo"\n'
        f'[project.scripts]\ndemo-kit = "demo_kit:main"\n{more}'
    )
    environment = tmp_path / "environment"
    assert xpip("venv", environment).code == 0
    before = describe_tree(environment)
    done = xpip("install", "-e", project, "--python", environment, timeout=600)
    assert done.code == 0, done
    found = run(
        environment / "bin/python", "-c", "import demo_kit; print(demo_kit.__file__)", cwd=tmp_path
    )
    assert found.out.strip() == str(project / "src" / "demo_kit" / "__init__.py")
    listed = run(pip, "-m", "pip", "--python", environment, "list", "--editable")
    assert str(project) in listed.out
    done = run(pip, "-m", "pip", "--python", environment, "uninstall", "-y", "demo-kit")
    assert done.code == 0, done
    assert differences(before, describe_tree(environment)) == []
