"""Sources are brought to hand: verified, cached, in place, and inside their root."""

import hashlib
import json
import os
import shutil
import subprocess

import pytest

from tests.kit.hostile_sdists import TOP, good_sdist
from tests.kit.servers import Answer, FaultyServer
from xpip.errors import IndexAccessError, IntegrityError, XpipError
from xpip.formats.source_location import read_reference
from xpip.model.link import Digest, IndexFile
from xpip.model.options import NetworkOptions
from xpip.model.reporter import SilentReporter
from xpip.model.source import CheckoutOptions
from xpip.network.client import Client
from xpip.network.loop import scheduler
from xpip.operations.obtain import SourceAccess, obtain, obtain_sdist, static_name
from xpip.store.layout import Store

PYPROJECT = b'[project]\nname = "Demo"\nversion = "1.0"\n'
DATA = good_sdist({"PKG-INFO": b"", "pyproject.toml": PYPROJECT, "sub/setup.py": b""})
SHA256 = hashlib.sha256(DATA).hexdigest()
NAME = f"{TOP}.tar.gz"


@pytest.fixture
def server():
    with FaultyServer().serving() as running:
        yield running


class Desk:
    """Obtains things into one store."""

    def __init__(self, folder):
        self.folder = folder
        self.store = Store(str(folder / "cache"))

    def do(self, work, offline=False):
        checkouts = CheckoutOptions({"PATH": os.environ["PATH"]}, str(self.folder / "src"))

        async def connected():
            if offline:
                return await work(SourceAccess(self.store, None, SilentReporter(), checkouts))
            async with Client(NetworkOptions(retries=0), SilentReporter()) as network:
                return await work(SourceAccess(self.store, network, SilentReporter(), checkouts))

        return scheduler.run(connected())

    def obtain(self, written, expected=(), offline=False, editable=False):
        location = read_reference(written, str(self.folder), editable).source
        return self.do(lambda access: obtain(location, access, expected), offline)


@pytest.fixture
def desk(tmp_path):
    return Desk(tmp_path)


def test_an_archive_is_fetched_once_and_says_where_it_is_from(desk, server):
    url = server.on(f"/{NAME}", Answer(200, DATA))
    tree = desk.obtain(url)
    assert (tree.identity, os.path.basename(tree.path)) == (SHA256, TOP)
    assert tree.path == tree.root
    assert json.loads(tree.direct_url)["archive_info"]["hashes"] == {"sha256": SHA256}
    assert static_name(tree) == "Demo"
    assert desk.obtain(url, offline=True).path == tree.path
    assert len(server.requests) == 1


def test_an_archive_without_a_suffix_is_known_by_its_bytes(desk, server):
    url = server.on("/download/main", Answer(200, DATA))
    assert desk.obtain(url).identity == SHA256


def test_digests_of_url_and_user_must_both_hold(desk, server):
    url = server.on(f"/{NAME}", Answer(200, DATA))
    wrong = "0" * 64
    with pytest.raises(IntegrityError, match="is not the expected one"):
        desk.obtain(f"{url}#sha256={wrong}")
    with pytest.raises(IntegrityError, match="is not the expected one"):
        desk.obtain(url, expected=(Digest("sha256", wrong),))
    good = desk.obtain(f"{url}#sha256={SHA256}", expected=(Digest("sha256", SHA256),))
    assert good.identity == SHA256
    # What is in the cache is checked as well.
    with pytest.raises(IntegrityError, match="is not the expected one"):
        desk.obtain(url, expected=(Digest("sha256", wrong),))


def test_a_page_in_place_of_an_archive_is_told(desk, server):
    url = server.on(f"/{NAME}", Answer(200, b"<!DOCTYPE html><title>log in</title>"))
    with pytest.raises(IntegrityError, match="is not a source archive but a web page"):
        desk.obtain(url)
    with pytest.raises(IndexAccessError):
        desk.obtain(f"{url}.missing.zip")
    assert not os.path.isdir(desk.folder / "cache" / "tmp") or not os.listdir(
        desk.folder / "cache" / "tmp"
    )


def test_an_sdist_of_an_index_has_no_direct_url(desk, server):
    url = server.on(f"/{NAME}", Answer(200, DATA))
    file = IndexFile(NAME, url, (Digest("sha256", SHA256),))
    tree = desk.do(lambda access: obtain_sdist(file, access))
    assert (tree.identity, tree.direct_url) == (SHA256, "")
    wrong = (Digest("sha256", "0" * 64),)
    with pytest.raises(IntegrityError):
        desk.do(lambda access: obtain_sdist(file, access, wrong))


def test_a_local_archive_that_changes_is_read_again(desk):
    path = desk.folder / NAME
    path.write_bytes(DATA)
    assert desk.obtain(f"./{NAME}").identity == SHA256
    other = good_sdist({"PKG-INFO": b"other"})
    path.write_bytes(other)
    assert desk.obtain(f"./{NAME}").identity == hashlib.sha256(other).hexdigest()


def test_a_folder_is_used_where_it_is(desk):
    folder = desk.folder / "project"
    folder.mkdir()
    tree = desk.obtain("./project")
    assert (tree.path, tree.identity) == (str(folder), "")
    assert json.loads(tree.direct_url) == {"url": f"file://{folder}", "dir_info": {}}
    editable = desk.obtain("./project", editable=True)
    assert json.loads(editable.direct_url)["dir_info"] == {"editable": True}


def test_a_subdirectory_must_be_there_and_inside(desk):
    path = desk.folder / NAME
    path.write_bytes(DATA)
    tree = desk.obtain(f"file:{NAME}#subdirectory=sub")
    assert os.path.relpath(tree.path, tree.root) == "sub"
    with pytest.raises(XpipError, match="has no folder `none`") as caught:
        desk.obtain(f"file:{NAME}#subdirectory=none")
    assert caught.value.details == ("its folders: sub",)
    folder = desk.folder / "project"
    folder.mkdir()
    (folder / "out").symlink_to("/")
    with pytest.raises(XpipError, match="leads outside"):
        desk.obtain("file:project#subdirectory=out")


@pytest.mark.parametrize(
    ("written", "problem"),
    [("./lost", "the folder `.*lost` does not exist"), ("./lost.zip", "the archive `.*` does not"),
     ("./file/", "is not a folder"), ("./folder.zip", "is a folder")],
)  # fmt: skip
def test_what_is_not_there_is_told(desk, written, problem):
    (desk.folder / "file").write_bytes(b"")
    (desk.folder / "folder.zip").mkdir()
    with pytest.raises(XpipError, match=problem):
        desk.obtain(written)


def test_no_hash_vouches_for_folders_and_repositories(desk):
    for written in (".", "git+https://h.example/r"):
        with pytest.raises(IntegrityError, match="no hash can vouch for"):
            desk.obtain(written, expected=(Digest("sha256", SHA256),))


@pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")
def test_a_repository_is_checked_out_at_its_commit(desk):
    repository = desk.folder / "r"
    for arguments in (
        ("init", "--quiet", str(repository)),
        ("-C", str(repository), "-c", "user.name=a", "-c", "user.email=a@x", "commit", "--quiet",
         "--allow-empty", "-m", "first"),
    ):  # fmt: skip
        subprocess.run(["git", *arguments], check=True)
    tree = desk.obtain(f"git+file://{repository}")
    said = json.loads(tree.direct_url)
    assert said == {
        "url": f"file://{repository}",
        "vcs_info": {"vcs": "git", "commit_id": tree.identity},
    }
    editable = desk.obtain(f"git+file://{repository}", editable=True)
    assert editable.path == str(desk.folder / "src" / "r")
    assert json.loads(editable.direct_url)["dir_info"] == {"editable": True}
