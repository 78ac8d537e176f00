"""Source archives are unpacked whole and safely, or refused with nothing left behind."""

import bz2
import gzip
import hashlib
import io
import lzma
import os
import random
import stat
import tarfile

import pytest

from tests.kit.hostile_sdists import TOP, good_sdist, hostile_sdists
from xpip.errors import IntegrityError, XpipError
from xpip.formats.sdist_archive import SourceLimits
from xpip.model.link import Digest
from xpip.store.layout import Store
from xpip.store.sources import add_source, read_source, source_writer

LIMITS = SourceLimits(members=200, never_too_large=4 << 20, ratio=2)
OUTSIDE = "/var/empty-for-tests"
CASES = hostile_sdists(OUTSIDE)


@pytest.fixture
def store(tmp_path):
    return Store(str(tmp_path / "cache"))


def write(folder, filename, data):
    path = folder / filename
    path.write_bytes(data)
    return str(path)


def everything(folder):
    return sorted(
        os.path.relpath(os.path.join(here, name), folder)
        for here, folders, files in os.walk(folder)
        for name in (*folders, *files)
    )


@pytest.mark.parametrize("case", CASES, ids=[case.title for case in CASES])
def test_hostile_archives_get_their_verdict_and_leave_nothing(store, tmp_path, case):
    path = write(tmp_path, case.filename, case.data)
    before = everything(tmp_path)
    if not case.verdict:
        stored = add_source(store, path, case.filename, (), limits=LIMITS)
        check_harmless(stored.path)
        return
    with pytest.raises(IntegrityError) as caught:
        add_source(store, path, case.filename, (), limits=LIMITS)
    assert case.verdict in caught.value.summary
    assert "wheel" not in caught.value.summary
    assert caught.value.summary.isprintable()
    left = [name for name in everything(tmp_path) if name not in before]
    assert left in ([], ["cache", "cache/tmp"])


def check_harmless(root):
    """No link leads outside, no file has a special mode or kind."""
    real = os.path.realpath(root)
    for here, folders, files in os.walk(root):
        for name in (*folders, *files):
            path = os.path.join(here, name)
            mode = os.lstat(path).st_mode
            assert os.path.realpath(path).startswith(real)
            assert stat.S_ISREG(mode) or stat.S_ISDIR(mode) or stat.S_ISLNK(mode)
            assert not mode & 0o6000
            if stat.S_ISREG(mode):
                assert os.lstat(path).st_nlink == 1


@pytest.mark.parametrize(
    ("suffix", "compress"),
    [(".tar.gz", gzip.compress), (".tgz", gzip.compress), (".tar.bz2", bz2.compress),
     (".tar.xz", lzma.compress), (".tar", bytes),
     (".tar.lzma", lambda data: lzma.compress(data, lzma.FORMAT_ALONE))],
)  # fmt: skip
def test_all_ways_to_pack_give_the_same_files(store, tmp_path, suffix, compress):
    files = {"PKG-INFO": b"text", "src/" + "a" * 120 + "/ü.py": b"x" * 100_000, "empty": b""}
    data = compress(gzip.decompress(good_sdist(files)))
    stored = add_source(store, write(tmp_path, f"x{suffix}", data), f"x{suffix}", ())
    assert stored.key == hashlib.sha256(data).hexdigest()
    assert os.path.basename(stored.path) == TOP
    for name, content in files.items():
        path = os.path.join(stored.path, name)
        with open(path, "rb") as file:
            assert file.read() == content
        assert os.stat(path).st_mtime == 1_500_000_000


@pytest.mark.parametrize("form", [tarfile.PAX_FORMAT, tarfile.GNU_FORMAT, tarfile.USTAR_FORMAT])
def test_what_other_writers_make_is_read_as_they_do(store, tmp_path, form):
    names = [f"{TOP}/{'d' * 60}/{'e' * 60}/f.txt", f"{TOP}/x.sh", f"{TOP}/deep/a/b/c"]
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w:gz", format=form) as archive:
        for name in names:
            info = tarfile.TarInfo(name)
            info.size, info.mode = 3, 0o700 if name.endswith("sh") else 0o600
            info.uname = "jürgen" if form == tarfile.PAX_FORMAT else "j"
            archive.addfile(info, io.BytesIO(b"abc"))
    stored = add_source(store, write(tmp_path, "x.tar.gz", data.getvalue()), "x.tar.gz", ())
    found = [name for name in everything(stored.path) if os.path.isfile(f"{stored.path}/{name}")]
    assert found == sorted(name.removeprefix(f"{TOP}/") for name in names)
    assert os.stat(f"{stored.path}/x.sh").st_mode & 0o111
    assert not os.stat(f"{stored.path}/deep/a/b/c").st_mode & 0o111


def test_an_archive_is_unpacked_once_and_found_by_its_digest(store, tmp_path):
    path = write(tmp_path, "x.tar.gz", good_sdist({"a": b"1"}))
    stored = add_source(store, path, "x.tar.gz", ())
    inode = os.stat(stored.path).st_ino
    assert add_source(store, path, "x.tar.gz", ()) == stored
    assert os.stat(stored.path).st_ino == inode
    assert read_source(store, stored.key) == stored
    assert read_source(store, "0" * 64) is None
    assert read_source(store, "../../x") is None


@pytest.mark.parametrize("change", ["edit", "add", "remove", "link"])
def test_a_changed_tree_is_not_used_and_made_anew(store, tmp_path, change):
    path = write(tmp_path, "x.tar.gz", good_sdist({"a": b"1", "b": b"2"}))
    stored = add_source(store, path, "x.tar.gz", ())
    target = os.path.join(stored.path, "a")
    if change == "edit":
        with open(target, "wb") as file:
            file.write(b"9")
    elif change == "add":
        open(f"{target}.py", "wb").close()
    else:
        os.unlink(target)
        if change == "link":
            os.symlink("b", target)
    assert read_source(store, stored.key) is None
    again = add_source(store, path, "x.tar.gz", ())
    with open(os.path.join(again.path, "a"), "rb") as file:
        assert file.read() == b"1"


def test_every_group_of_digests_must_hold(store, tmp_path):
    data = good_sdist({"a": b"1"})
    path = write(tmp_path, "x.tar.gz", data)
    right = Digest("sha256", hashlib.sha256(data).hexdigest())
    also = Digest("sha512", hashlib.sha512(data).hexdigest())
    wrong = Digest("sha256", "0" * 64)
    for groups in (((wrong,),), ((right,), (wrong,)), ((also, wrong),)):
        with pytest.raises(IntegrityError, match="is not the expected one"):
            add_source(store, path, "x.tar.gz", groups)
    assert everything(store.root) == []
    assert add_source(store, path, "x.tar.gz", ((right, wrong), (also,))).key == right.value


def test_a_download_ends_at_its_limit(store):
    writer = source_writer(store, (), 10)
    try:
        writer.write(b"12345678")
        with pytest.raises(IntegrityError, match="larger than 10 bytes"):
            writer.write(b"901")
    finally:
        writer.discard()


def test_damaged_archives_never_end_in_another_error(store, tmp_path):
    """Bytes changed, dropped and doubled at random places, in plain and packed archives."""
    generator = random.Random(3)
    plain = gzip.decompress(good_sdist({"PKG-INFO": b"text" * 300, "src/" + "x" * 150: b"y"}))
    for number in range(250):
        data = bytearray(plain)
        for _ in range(generator.randrange(1, 4)):
            place = generator.randrange(len(data))
            act = generator.randrange(3)
            if act == 0:
                data[place] = generator.randrange(256)
            elif act == 1:
                del data[place : place + generator.randrange(600)]
            else:
                data[place:place] = data[place : place + 512]
        filename = "x.tar" if number % 2 else "x.tar.gz"
        packed = bytes(data) if number % 2 else gzip.compress(bytes(data), 1)
        path = write(tmp_path, filename, packed)
        try:
            check_harmless(add_source(store, path, filename, ()).path)
        except XpipError:
            continue
