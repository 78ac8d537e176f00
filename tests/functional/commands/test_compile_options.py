"""`xpip compile` with what pip-compile, pip-tools' configuration and other formats bring."""

import pytest

from tests.functional.commands.test_compile import World, refused
from tests.kit.index import IndexServer
from tests.kit.wheels import WheelBuilder

BACKEND = """
def get_requires_for_build_wheel(settings=None):
    return ["tool"]
def get_requires_for_build_editable(settings=None):
    return []
def get_requires_for_build_sdist(settings=None):
    return ["library"]
def prepare_metadata_for_build_wheel(folder, settings=None):
    import os
    os.mkdir(folder + "/demo-1.dist-info")
    with open(folder + "/demo-1.dist-info/METADATA", "w") as file:
        file.write("Metadata-Version: 2.1\\nName: demo\\nVersion: 1\\nRequires-Dist: app\\n"
                   "Provides-Extra: more\\nRequires-Dist: extra-one; extra == 'more'\\n")
    return "demo-1.dist-info"
def build_wheel(folder, settings=None, metadata=None):
    raise SystemExit("not needed")
"""
DYNAMIC = """
[build-system]
requires = []
build-backend = "backend"
backend-path = ["."]
[project]
name = "demo"
dynamic = ["version", "dependencies", "optional-dependencies"]
[dependency-groups]
dev = ["library"]
"""


@pytest.fixture
def world(tmp_path):
    (tmp_path / "files").mkdir()
    with IndexServer(tmp_path / "files").serving() as index:
        world = World(tmp_path, index)
        world.wheel("app", "1.0", requires=["library"])
        for name, version in (("library", "1.0"), ("library", "2.0"), ("tool", "3.0")):
            world.wheel(name, version)
        world.wheel("extra-one", "1.0")
        yield world


def pins(done):
    assert done.code == 0, done
    return [line for line in done.out.splitlines() if line[:1].isalnum()]


# --- text --------------------------------------------------------------------------------------------


def test_the_index_of_each_pin_can_be_told(world):
    world.write("requirements.in", "app\n")
    done = world.compile("requirements.in", "--emit-index-annotation")
    index = f"    # from {world.index.simple}\n"
    assert done.out == (
        f"app==1.0\n    # via -r requirements.in\n{index}library==2.0\n    # via app\n{index}"
    )


@pytest.mark.parametrize(
    ("words", "before", "source", "crlf"),
    [
        ((), "", "app\n", False),
        ((), "", "app\r\n", True),
        ((), "library==1.0\r\n", "app\n", True),
        ((), "library==1.0\n", "app\r\n", False),
        (("--newline", "LF"), "library==1.0\r\n", "app\n", False),
        (("--newline", "CRLF"), "", "app\n", True),
        (("--newline", "native"), "library==1.0\r\n", "app\n", False),
    ],
)
def test_lines_end_as_they_did_or_as_asked_for(world, words, before, source, crlf):
    (world.folder / "requirements.in").write_bytes(source.encode())
    if before:
        (world.folder / "out.txt").write_bytes(before.encode())
    done = world.compile("requirements.in", "-o", "out.txt", *words)
    assert done.code == 0, done
    data = (world.folder / "out.txt").read_bytes()
    assert data.count(b"\r\n") == (data.count(b"\n") if crlf else 0)
    assert (b"library==1.0" in data) == bool(before)
    again = world.compile("requirements.in", "-o", "out.txt", *words)
    assert "nothing changes" in again.err


def test_versions_of_a_group_can_be_upgraded(world):
    world.write("pyproject.toml", '[dependency-groups]\ndev = ["library"]\n')
    world.write("requirements.in", "app\ntool\n")
    world.write("out.txt", "library==1.0\ntool==3.0\n")
    world.wheel("tool", "4.0")
    done = world.compile("requirements.in", "-o", "out.txt", "--upgrade-group", "dev")
    assert done.code == 0, done
    assert "library==2.0" in world.read("out.txt")
    assert "tool==3.0" in world.read("out.txt")
    assert "--upgrade-group" not in (world.folder / "out.txt").read_text(), "that was for once"


def test_folders_archives_and_repositories_stay_as_they_are(world):
    world.write("lib/pyproject.toml", DYNAMIC)
    world.write("lib/backend.py", BACKEND)
    world.write("requirements.in", "./lib\n")
    done = world.compile("requirements.in", "--no-annotate")
    assert pins(done) == ["app==1.0", f"demo @ file://{world.folder}/lib", "library==2.0"]


def test_there_is_one_output_for_each_platform(world):
    world.write("requirements.in", "app\n")
    refused(world.compile("requirements.in", "--universal"), "--python-platform", code=2)


@pytest.mark.parametrize(
    ("words", "version"),
    [
        (("--platform", "win_amd64"), "2.0"),
        (("--platform", "manylinux2014_x86_64", "--abi", "cp39", "--python-version", "3.9"), "1.0"),
        (("--implementation", "pp", "--python-version", "3.9"), "0.5"),
    ],
)
def test_other_targets_decide_which_versions_there_are(world, words, version):
    for tag, number in (
        ("py3-none-win_amd64", "2.0"), ("cp39-cp39-manylinux2014_x86_64", "1.0"),
        ("py3-none-any", "0.5"),
    ):  # fmt: skip
        WheelBuilder("some", number, tag=tag, files={"some.py": ""}).build(world.index.folder)
    world.write("requirements.in", "some\n")
    assert pins(world.compile("requirements.in", "--no-annotate", *words)) == [f"some=={version}"]


# --- projects ----------------------------------------------------------------------------------------


def test_dependencies_that_only_a_backend_knows_are_asked_for(world):
    world.write("pyproject.toml", DYNAMIC)
    world.write("backend.py", BACKEND)
    done = world.compile("pyproject.toml", "--extra", "more")
    assert done.code == 0, done
    assert done.out == (
        "app==1.0\n    # via demo (pyproject.toml)\n"
        "extra-one==1.0\n    # via demo (pyproject.toml)\n"
        "library==2.0\n    # via app\n"
    )
    refused(world.compile("pyproject.toml", "--extra", "no"), "no extra `no`; it has `more`")


def test_what_builds_need_can_be_pinned_too(world):
    world.write("pyproject.toml", DYNAMIC.replace("requires = []", 'requires = ["extra-one"]'))
    world.write("backend.py", BACKEND)
    done = world.compile("pyproject.toml", "--build-deps-for", "wheel")
    assert done.code == 0, done
    assert "tool==3.0\n    # via demo (pyproject.toml::build-system.backend::wheel)" in done.out
    assert "extra-one==1.0\n    # via demo (pyproject.toml::build-system.requires)" in done.out
    only = world.compile("pyproject.toml", "--only-build-deps", "--all-build-deps", "--no-annotate")
    assert pins(only) == ["extra-one==1.0", "library==2.0", "tool==3.0"]
    alone = world.compile("pyproject.toml", "--only-build-deps")
    refused(alone, "needs `--build-deps-for` or `--all-build-deps`", code=2)
    world.write("requirements.in", "app\n")
    other = world.compile("requirements.in", "--all-build-deps")
    refused(other, "need a project as a source", code=2)


def test_a_setup_cfg_is_read_without_running_anything(world):
    text = (
        "[metadata]\nname = demo\n[options]\ninstall_requires =\n  app  # why\n  tool>1\n"
        "[options.extras_require]\nMore = extra-one\n"
    )
    world.write("setup.cfg", text)
    done = world.compile("setup.cfg", "--no-annotate", "--extra", "more")
    assert pins(done) == ["app==1.0", "extra-one==1.0", "library==2.0", "tool==3.0"]
    world.write("setup.cfg", "[options]\ninstall_requires = file: list.txt\n")
    refused(world.compile("setup.cfg"), "known only to a build")


# --- configuration of pip-tools ----------------------------------------------------------------------


def test_the_configuration_of_pip_tools_counts(world):
    world.write("sub/requirements.in", "app\n")
    world.write(
        "sub/pyproject.toml",
        "[tool.pip-tools]\nannotate = false\n[tool.pip-tools.compile]\ngenerate_hashes = true\n"
        "[tool.pip-tools.sync]\nunknown-to-compile = 1\n",
    )
    done = world.compile("sub/requirements.in")
    assert done.code == 0, done
    text = world.read("sub/requirements.txt")
    assert "via" not in text
    assert "--hash=sha256:" in text
    world.write("sub/.pip-tools.toml", "[tool.pip-tools]\nannotation-style = 'line'\n")
    assert world.compile("sub/requirements.in").code == 0
    assert "app==1.0                  # via -r sub/requirements.in" in world.read(
        "sub/requirements.txt"
    )


def test_the_command_line_outranks_it_and_it_can_be_left_out(world):
    world.write("requirements.in", "app\n")
    world.write(".pip-tools.toml", "[tool.pip-tools]\nannotate = false\nno-deps = true\n")
    assert world.compile("requirements.in", "-o-").out == "app==1.0\n"
    shown = world.compile("requirements.in", "-o-", "--annotate").out
    assert shown == "app==1.0\n    # via -r requirements.in\n"
    assert "library" in world.compile("requirements.in", "-o-", "--no-config").out
    world.write("other.toml", "[tool.pip-tools]\nannotate = false\n")
    done = world.compile("requirements.in", "-o-", "--config", "other.toml")
    assert done.out == "app==1.0\nlibrary==2.0\n"


def test_it_can_name_the_sources(world):
    world.write("deps/a.in", "app\n")
    world.write("pyproject.toml", "[tool.pip-tools]\nsrc-files = ['deps/a.in']\n")
    done = world.compile()
    assert done.code == 0, done
    assert "app==1.0" in world.read("deps/a.txt")


@pytest.mark.parametrize(
    ("text", "fragment"),
    [
        ("[tool.pip-tools]\nfoo = 1\n", "`foo` in `[tool.pip-tools]` of `.pip-tools.toml`"),
        ("[tool.pip-tools]\nextra = [1]\n", "`extra` of `.pip-tools.toml` is not"),
        ("[tool.pip-tools]\ncompile = 1\n", "is not a table"),
        ("[tool.pip-tools\n", "is not valid TOML"),
    ],
)
def test_mistakes_in_it_are_told(world, text, fragment):
    world.write("requirements.in", "app\n")
    world.write(".pip-tools.toml", text)
    done = world.compile("requirements.in")
    assert done.code in (1, 2), done
    assert fragment in done.err


# --- bad input ---------------------------------------------------------------------------------------


def test_conflicting_pins_name_both_places(world):
    world.write("a.in", "library==1.0\n-r b.in\n")
    world.write("b.in", "# comment\nlibrary==2.0\n")
    world.write("a.txt", "library==1.0\n")
    refused(world.compile("a.in", "-o", "a.txt"), "a.in:1", "b.in:2")
    assert world.read("a.txt") == "library==1.0\n"


def test_sources_that_are_no_text_are_named(world):
    (world.folder / "folder.in").mkdir()
    refused(world.compile("folder.in"), "folder.in` is a folder")
    (world.folder / "binary.in").write_bytes(b"\x7fELF\x80\n")
    refused(world.compile("binary.in"), "binary.in:1:5: byte `0x80` is not valid utf-8")
    world.write("one.in", "-r two.in\n")
    world.write("two.in", "-r one.in\n")
    refused(world.compile("one.in"), "`one.in` includes itself", "`two.in` includes `one.in`")


def test_a_backend_that_fails_changes_nothing(world):
    world.write("pyproject.toml", DYNAMIC)
    world.write(
        "backend.py", "def prepare_metadata_for_build_wheel(*_):\n    raise ValueError('no')\n"
    )
    world.write("requirements.txt", "app==1.0\n")
    done = world.compile("pyproject.toml", "-o", "requirements.txt")
    assert done.code == 1, done
    assert "Traceback" not in done.out
    assert world.read("requirements.txt") == "app==1.0\n"
