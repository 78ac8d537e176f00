"""What `compile`, `lock`, `install` and `sync` say to files that cannot be used.

One error that names file and line, an exit code, and neither files nor the environment changed.
"""

import hashlib

import pytest

from tests.kit.invariants import snapshot
from tests.kit.servers import Answer, FaultyServer
from tests.kit.world import World

OUTPUT = "# by hand\nalpha==1.0\n"
MERGED = "<<<<<<< ours\nalpha==1.0\n=======\nalpha==2.0\n>>>>>>> theirs\n"


@pytest.fixture
def shop(world):
    """Two projects on the index, one of them installed, and outputs of earlier days."""
    for version in ("1.0", "2.0"):
        world.wheel("alpha", version)
    world.wheel("beta", "1.0")
    assert world.install("alpha==1.0").code == 0
    world.write("out.txt", OUTPUT)
    return world


def commands(world: World, *files: str) -> dict[str, list[str]]:
    """Return the command lines that read these files of requirements."""
    listed = [word for file in files for word in ("-r", file)]
    return {
        "compile": ["compile", *files, "-o", "out.txt"],
        "lock": ["lock", *files],
        "install": ["install", *listed],
        "sync": ["sync", *files],
    }


def ensure_refused(world: World, words: list[str], fragments, code: int = 1) -> None:
    environment, files = snapshot(world.environment), files_of(world)
    done = world.xpip(words[0], "--index-url", world.index.simple, *words[1:])
    assert done.code == code, (words, done)
    assert done.err.count("error: ") == 1, (words, done)
    assert "Traceback" not in done.err + done.out, (words, done)
    for fragment in fragments:
        assert fragment in done.err, (words, done)
    assert snapshot(world.environment) == environment, words
    assert files_of(world) == files, words


def files_of(world: World) -> dict[str, bytes]:
    names = ("out.txt", "pylock.toml", "a.txt", "b.txt", "pylock.out.toml")
    paths = [world.folder / name for name in names]
    return {path.name: path.read_bytes() for path in paths if path.is_file()}


# --- requirements files ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("texts", "fragments"),
    [
        (("alpha==1.0\n", "\nalpha==2.0\n"), ("a.txt:1", "b.txt:2", "alpha")),
        (("-r b.txt\n", "-r a.txt\n"), ("`a.txt` includes itself", "`b.txt` includes `a.txt`")),
        (("beta==1.0\n-r c.txt\n", ""), ("c.txt", "does not exist", "included by `a.txt`")),
        (("alpha==1.0\n\n" + MERGED, ""), ("a.txt:3:1",)),
        (("alpha==1.0\nbeta @@ 1\n", ""), ("a.txt:2", "beta")),
        (("alpha==1.0 --hash=sha256:12\n", ""), ("a.txt:1", "sha256")),
        (("alpha==1.0\n--no-such-option\n", ""), ("a.txt:2", "--no-such-option")),
    ],
    ids=["conflict", "cycle", "missing", "merge", "grammar", "hash", "option"],
)
def test_requirements_that_cannot_be_used(shop, texts, fragments):
    for name, text in zip(("a.txt", "b.txt"), texts, strict=True):
        shop.write(name, text)
    for words in commands(shop, "a.txt", "b.txt").values():
        ensure_refused(shop, words, fragments)


def test_bytes_and_folders_are_no_requirements(shop):
    (shop.folder / "a.txt").write_bytes(b"alpha==1.0\n\x00\xff\xfe\x80\n")
    (shop.folder / "folder.txt").mkdir()
    for words in commands(shop, "a.txt").values():
        ensure_refused(shop, words, ("a.txt:2",))
    for words in commands(shop, "folder.txt").values():
        what = "is a folder without `pyproject.toml`" if words[0] == "lock" else "is a folder"
        ensure_refused(shop, words, ("folder.txt", what))
    for words in commands(shop, "nowhere.txt").values():
        ensure_refused(shop, words, ("nowhere.txt", "does not exist"))


def test_hashes_that_do_not_fit(shop):
    """`compile` and `lock` install nothing, but what they pin must be what was vouched for."""
    shop.write("a.txt", f"\nalpha==2.0 --hash=sha256:{'0' * 64}\n")
    for words in commands(shop, "a.txt").values():
        ensure_refused(shop, words, ("a.txt:2", "alpha", "0" * 64))
    # A folder of files states no hashes: that one is wrong comes out when it is read.
    local = ["--no-index", "--find-links", str(shop.index.folder)]
    for command in ("install -r", "sync", "download -r"):
        name, *option = command.split()
        words = [name, *local, *option, "a.txt"]
        ensure_refused(shop, words, ("a.txt:2", "alpha-2.0-py3-none-any.whl", "0" * 64))


EARLIER = f"# by hand\n\nalpha==1.0 \\\n    --hash=sha256:{'0' * 64}\n"


def test_an_earlier_output_with_hashes_that_nothing_has_any_more(shop):
    """The version stayed and all of its files were replaced: that is for a person to judge."""
    shop.write("a.txt", "alpha\nbeta\n")
    shop.write("out.txt", EARLIER)
    words = ["compile", "a.txt", "-o", "out.txt", "--generate-hashes"]
    ensure_refused(shop, words, ("out.txt:3", "`alpha==1.0`", "`--upgrade-package alpha`"))
    shop.write("pylock.toml", lock_text(shop, sha256="0" * 64))
    for words in (["lock", "a.txt"], ["compile", "a.txt", "-o", "pylock.toml"]):
        ensure_refused(shop, words, ("pylock.toml:5", "`alpha==2.0`", "`--upgrade-package alpha`"))


@pytest.mark.parametrize("words", [["-P", "alpha==1.0"], ["--upgrade"]], ids=["one", "all"])
def test_new_hashes_are_taken_for_what_may_move(shop, words):
    shop.write("a.txt", "alpha==1.0\n")
    shop.write("out.txt", EARLIER)
    done = shop.xpip("compile", "--index-url", shop.index.simple, "a.txt", "-o", "out.txt",
                     "--generate-hashes", *words)  # fmt: skip
    assert done.code == 0, done
    wheel = (shop.index.folder / "alpha-1.0-py3-none-any.whl").read_bytes()
    text = (shop.folder / "out.txt").read_text()
    assert f"--hash=sha256:{hashlib.sha256(wheel).hexdigest()}" in text
    assert "0" * 64 not in text


def test_hashes_of_an_earlier_output_may_grow(shop):
    """A wheel for one more platform was uploaded, or one was taken away."""
    shop.write("a.txt", "alpha==1.0\n")
    wheel = (shop.index.folder / "alpha-1.0-py3-none-any.whl").read_bytes()
    known = f" \\\n    --hash=sha256:{hashlib.sha256(wheel).hexdigest()}\n"
    shop.write("out.txt", EARLIER.rstrip() + known)
    done = shop.xpip("compile", "--index-url", shop.index.simple, "a.txt", "-o", "out.txt",
                     "--generate-hashes")  # fmt: skip
    assert done.code == 0, done
    assert "0" * 64 not in (shop.folder / "out.txt").read_text()


CUT_OFF = {
    "merge": (f"beta==1.0\n{MERGED}", ("out.txt:2",)),
    "hash": ("beta==1.0\nalpha==1.0 \\\n    --hash=sha256:0123", ("out.txt:3:5", "64")),
    "option": ("beta==1.0\nalpha==1.0 --ha", ("out.txt:2:12", "--ha")),
    "nul": ("beta==1.0\n\x00\x00\x00", ("out.txt:2:1", "NUL")),
}
"""An output that was not written to its end, or is in the middle of a merge."""


@pytest.mark.parametrize("name", sorted(CUT_OFF))
def test_outputs_that_are_spoilt(shop, name):
    text, fragments = CUT_OFF[name]
    shop.write("a.txt", "alpha\n")
    shop.write("out.txt", text)
    for words in (["compile", "a.txt", "-o", "out.txt"], ["sync", "out.txt"],
                  ["install", "-r", "out.txt"]):  # fmt: skip
        ensure_refused(shop, words, fragments)


def test_only_pins_can_be_synchronised(shop):
    shop.write("a.txt", "alpha==1.0\nbeta\n")
    ensure_refused(shop, ["sync", "a.txt"], ("a.txt:2: `beta` is not pinned", "xpip compile"))
    shop.write("requirements.in", "alpha==1.0\n")
    ensure_refused(
        shop, ["sync", "requirements.in"], ("`requirements.in`", "`requirements.txt`"), code=2
    )


def test_a_file_where_a_requirement_should_be(shop):
    """`requirements.txt` could be a project of somebody who waits for this mistake."""
    shop.write("a.txt", "alpha==2.0\n")
    ensure_refused(shop, ["install", "a.txt"], ("`a.txt` is a file", "`-r a.txt` reads"))
    ensure_refused(shop, ["sync", "-r", "a.txt"], ("name files without it",), code=2)


# --- lock files ------------------------------------------------------------------------------------


def lock_text(world: World, **changes) -> str:
    wheel = world.index.folder / "alpha-2.0-py3-none-any.whl"
    facts = {
        "version": "1.0",
        "size": wheel.stat().st_size,
        "sha256": hashlib.sha256(wheel.read_bytes()).hexdigest(),
        "place": f'url = "{world.index.url}/files/{wheel.name}"',
        **changes,
    }
    return (
        'lock-version = "{version}"\ncreated-by = "hand"\n\n[[packages]]\nname = "alpha"\n'
        'version = "2.0"\n[[packages.wheels]]\n{place}\nsize = {size}\n'
        'hashes = {{ sha256 = "{sha256}" }}\n'
    ).format(**facts)


BAD_LOCKS = {
    "truncated": (lambda text: text[: text.index("{ sha256") + 20], ("pylock.toml:10", "ends in")),
    "merge": (
        lambda text: text.replace("name", "<<<<<<< ours\nname", 1),
        ("pylock.toml:5", "merge"),
    ),
    "toml": (lambda text: text.replace("[[packages]]", "[[packages"), ("pylock.toml:4", "TOML")),
    "version": (lambda text: text.replace('"1.0"', '"2.0"', 1), ("pylock.toml:1: `lock-version`",)),
    "no version": (lambda text: text.partition("\n")[2], ("pylock.toml", "lock-version")),
    "types": (lambda text: text.replace('"alpha"', "7"), ("pylock.toml:4", "name")),
    "bytes": (lambda text: "\x00\udcff\udcfe" + text, ("pylock.toml:1",)),
}
"""What is wrong with a lock file: how it gets so, and what the error says."""


@pytest.mark.parametrize("name", sorted(BAD_LOCKS))
def test_lock_files_that_cannot_be_read(shop, name):
    change, fragments = BAD_LOCKS[name]
    text = change(lock_text(shop))
    (shop.folder / "pylock.toml").write_bytes(text.encode("utf-8", "surrogateescape"))
    shop.write("a.txt", "alpha\n")
    ensure_refused(shop, ["install", "-r", "pylock.toml"], fragments)
    ensure_refused(shop, ["sync"], fragments)
    # As the earlier output, whose versions are to be kept.
    ensure_refused(shop, ["lock", "a.txt"], fragments)
    ensure_refused(shop, ["compile", "a.txt", "-o", "pylock.toml"], fragments)


@pytest.mark.parametrize(
    ("changes", "fragments"),
    [
        ({"sha256": "0" * 64}, ("pylock.toml:8", "alpha-2.0-py3-none-any.whl", "0" * 64)),
        ({"size": 7}, ("pylock.toml:8", "alpha-2.0-py3-none-any.whl", "7 bytes")),
        (
            {"place": 'path = "nowhere/alpha-2.0-py3-none-any.whl"'},
            ("pylock.toml:8", "nowhere/alpha-2.0"),
        ),
    ],
    ids=["hash", "size", "path"],
)
@pytest.mark.parametrize("cached", [False, True], ids=["cold", "warm"])
def test_files_that_are_not_what_the_lock_says(shop, changes, fragments, cached):
    if cached:
        assert shop.install("alpha==2.0", "--target", shop.folder / "elsewhere").code == 0
    shop.write("pylock.toml", lock_text(shop, **changes))
    if cached and "place" in changes:
        # A file whose hash is known need not be where the lock says.
        assert shop.xpip("sync").code == 0
        return
    ensure_refused(shop, ["install", "-r", "pylock.toml"], fragments)
    ensure_refused(shop, ["sync"], fragments)


def test_locks_that_contradict_each_other(shop):
    shop.write("pylock.toml", lock_text(shop))
    shop.write("a.txt", "beta==1.0\nalpha==1.0\n")
    ensure_refused(shop, ["sync", "pylock.toml", "a.txt"], ("`alpha`", "a.txt:2", "pylock.toml"))


def test_a_folder_is_no_lock_file(shop):
    (shop.folder / "pylock.toml").mkdir()
    shop.write("a.txt", "alpha\n")
    for words in (["install", "-r", "pylock.toml"], ["sync"], ["lock", "a.txt"]):
        ensure_refused(shop, words, ("pylock.toml", "is a folder" if words[0] != "lock" else ""))


def test_a_lock_from_a_server_must_not_use_what_is_on_this_machine(shop):
    with FaultyServer().serving() as server:
        name = "alpha-2.0-py3-none-any.whl"
        for place in (f'path = "/etc/{name}"', f'url = "file:///etc/{name}"'):
            text = lock_text(shop, place=place)
            server.routes["/locks/pylock.toml"] = [Answer(200, text.encode())]
            url = f"{server.url}/locks/pylock.toml"
            for words in (["install", "-r", url], ["sync", url]):
                ensure_refused(shop, words, (f"error: {url}:4", "on this machine"))


def test_a_lock_from_a_server_whose_file_is_another_one(shop):
    with FaultyServer().serving() as server:
        server.routes["/locks/pylock.toml"] = [Answer(200, lock_text(shop, size=7).encode())]
        url = f"{server.url}/locks/pylock.toml"
        for words in (["install", "-r", url], ["sync", url]):
            ensure_refused(shop, words, (f"listed in {url}", "7 bytes"))
