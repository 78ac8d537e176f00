"""Wheels get into the store whole and verified, or not at all."""

import base64
import hashlib
import os
import threading
from pathlib import Path
from random import Random

import pytest

from tests.kit.wheels import Entry, WheelBuilder, record_row
from xpip.errors import IntegrityError, StoreFault, XpipError
from xpip.model.link import Digest
from xpip.store import archive as archive_module
from xpip.store.layout import BLOB_MTIME, open_store
from xpip.store.unpack import add_wheel, wheel_writer
from xpip.store.wheels import read_wheel

LONG = "x = 'long enough to be a blob of its own and not a part of the manifest'\n"


@pytest.fixture
def store(tmp_path):
    return open_store(str(tmp_path / "cache"))


def listing(store) -> dict[str, tuple[int, int]]:
    return {
        os.path.join(folder, name): (os.lstat(os.path.join(folder, name)).st_ino, os.lstat(os.path.join(folder, name)).st_size)
        for folder, _, names in os.walk(store.root)
        for name in names
    }  # fmt: skip


def add(store, builder: WheelBuilder, tmp_path, expected=(), **options):
    path = builder.build(tmp_path / "wheels")
    return add_wheel(store, str(path), path.name, expected, **options)


def contents_of(store, wheel) -> dict[tuple[str, str], bytes]:
    found = {}
    for folder in wheel.folders:
        for file in folder.files:
            path = f"{folder.path}/{file.name}" if folder.path else file.name
            if file.content is None:
                with open(f"{store.root}/files-v1/{file.blob}", "rb") as blob:
                    found[folder.scheme, path] = blob.read()
            else:
                found[folder.scheme, path] = file.content
    return found


def test_every_file_is_there_with_its_bytes_and_the_manifest_says_what_the_wheel_does(
    store, tmp_path
):
    builder = WheelBuilder(
        "My-App", "1.0",
        {"my_app/__init__.py": "", "my_app/sub/deep/module.py": LONG, "top.py": LONG + "# top"},
        requires=["lib>=1"], entry_points={"console_scripts": {"tool": "my_app:main"}},
        data={"scripts/run": "#!python\n" + LONG, "scripts/plain": "#!/bin/sh\n", "data/share/app/file": "text"},
    )  # fmt: skip
    wheel = add(store, builder, tmp_path)
    expected = {
        ("library", path): content
        for path, content in builder.contents().items()
        if ".data/" not in path
    }
    for path, content in builder.contents().items():
        if ".data/" in path:
            scheme, _, rest = path.partition(".data/")[2].partition("/")
            expected[scheme, rest] = content
    assert contents_of(store, wheel) == expected
    assert wheel.key == hashlib.sha256(builder.bytes()).hexdigest()
    assert (wheel.name, wheel.version, wheel.filename) == ("My-App", "1.0", builder.wheel_name())
    assert wheel.info_folder == "My_App-1.0.dist-info"
    assert wheel.console_scripts == (("tool", "my_app:main"),)
    assert wheel.rewrite_scripts == ("run",)
    assert wheel.metadata[2] == ("lib>=1",)
    assert wheel.size == sum(map(len, expected.values()))
    assert read_wheel(store, wheel.key) == wheel


def test_folders_come_parents_first_and_every_one_is_listed(store, tmp_path):
    wheel = add(
        store,
        WheelBuilder("app", "1.0", {"b/c/d/x.py": "", "a-b.py": ""}, data={"data/etc/x/y": ""}),
        tmp_path,
    )
    assert [(folder.scheme, folder.path) for folder in wheel.folders] == [
        ("library", ""), ("library", "app-1.0.dist-info"), ("library", "b"), ("library", "b/c"),
        ("library", "b/c/d"), ("data", ""), ("data", "etc"), ("data", "etc/x"),
    ]  # fmt: skip


def test_record_rows_are_those_of_the_library_in_install_order(store, tmp_path):
    builder = WheelBuilder("app", "1.0", {"b/x,y.py": LONG, "a.py": "a"}, data={"scripts/run": "x"})
    wheel = add(store, builder, tmp_path)
    contents = builder.contents()
    order = [
        f"{folder.path}/{file.name}" if folder.path else file.name
        for folder in wheel.folders if folder.scheme == "library" for file in folder.files
    ]  # fmt: skip
    assert wheel.record.splitlines() == [record_row(path, contents[path]) for path in order]
    assert set(order) == {path for path in contents if ".data/" not in path}


def test_blobs_have_one_time_their_mode_and_no_trace_is_left_in_tmp(store, tmp_path):
    builder = WheelBuilder(
        "app", "1.0", {"plain.py": LONG, "tool.so": LONG + "1", "same.so": LONG}, data={"scripts/s": LONG + "2"},
        modes={"tool.so": 0o755, "same.so": 0o100711, "plain.py": 0o600},
    )  # fmt: skip
    wheel = add(store, builder, tmp_path)
    umask = os.umask(0)
    os.umask(umask)
    files = {file.name: file for folder in wheel.folders for file in folder.files if file.blob}
    for name, executable in (
        ("plain.py", False),
        ("tool.so", True),
        ("same.so", True),
        ("s", True),
    ):
        file = files[name]
        status = os.stat(f"{store.root}/files-v1/{file.blob}")
        assert file.executable == file.blob.endswith("-x") == executable
        assert status.st_mtime == BLOB_MTIME
        assert status.st_size == file.size
        assert status.st_mode & 0o777 == (0o777 & ~umask | 0o111 if executable else 0o666 & ~umask)
    assert files["plain.py"].blob + "-x" == files["same.so"].blob
    assert os.listdir(f"{store.root}/tmp") == []


def test_a_type_less_or_special_mode_gives_no_executable(store, tmp_path):
    """As in pip: only regular files that say so."""

    def edit(entries):
        entries[0].mode = 0o755
        entries[1].mode = 0o120777

    wheel = add(
        store,
        WheelBuilder("app", "1.0", {"a.py": LONG, "b.py": LONG + "b"}, edit_entries=edit),
        tmp_path,
    )
    assert not any(file.executable for folder in wheel.folders for file in folder.files)


def test_equal_content_is_one_blob_whatever_its_name_and_wheel(store, tmp_path):
    add(store, WheelBuilder("app", "1.0", {"a.py": LONG, "b.py": LONG}), tmp_path)
    before = listing(store)
    wheel = add(store, WheelBuilder("app", "1.0", {"c.py": LONG}, build_tag="1"), tmp_path)
    blob = next(
        file.blob for folder in wheel.folders for file in folder.files if file.name == "c.py"
    )
    path = f"{store.root}/files-v1/{blob}"
    assert before[path] == listing(store)[path]


def test_an_edited_blob_is_replaced_by_renaming_and_the_edited_inode_lives_on(store, tmp_path):
    builder = WheelBuilder("app", "1.0", {"a.py": LONG})
    wheel = add(store, builder, tmp_path)
    blob = next(
        file.blob for folder in wheel.folders for file in folder.files if file.name == "a.py"
    )
    path = f"{store.root}/files-v1/{blob}"
    os.link(path, tmp_path / "installed")
    with open(path, "r+") as file:
        file.write("y")
    assert add(store, builder, tmp_path) == wheel
    assert Path(path).read_text() == LONG
    assert (tmp_path / "installed").read_text() == "y" + LONG[1:]


@pytest.mark.parametrize("descriptor", [False, True])
@pytest.mark.parametrize("method", [0, 8])
@pytest.mark.parametrize("algorithm", ["sha256", "sha384", "sha512"])
def test_large_files_are_read_in_pieces(store, tmp_path, method, descriptor, algorithm):
    content = hashlib.shake_128(b"seed").digest(3_000_000) + b"\0" * 7_000_000

    def edit(entries):
        entries[0].descriptor = descriptor and method == 8

    wheel = add(
        store,
        WheelBuilder(
            "app", "1.0", {"big.bin": content}, method=method, edit_entries=edit,
            edit_record=lambda lines: [record_row("big.bin", content, algorithm), *lines[1:]],
        ),
        tmp_path,
    )  # fmt: skip
    assert contents_of(store, wheel)["library", "big.bin"] == content
    assert os.listdir(f"{store.root}/tmp") == []


@pytest.mark.parametrize("algorithm", ["sha384", "sha512"])
def test_other_safe_hashes_of_record_are_verified(store, tmp_path, algorithm):
    builder = WheelBuilder(
        "app",
        "1.0",
        {"a.py": LONG},
        edit_record=lambda lines: [record_row("a.py", LONG.encode(), algorithm), *lines[1:]],
    )
    assert contents_of(store, add(store, builder, tmp_path))["library", "a.py"] == LONG.encode()
    bad = WheelBuilder(
        "app",
        "1.0",
        {"a.py": LONG},
        edit_record=lambda lines: [
            record_row("a.py", LONG.upper().encode(), algorithm),
            *lines[1:],
        ],
    )
    with pytest.raises(IntegrityError, match="not what RECORD says"):
        add(store, bad, tmp_path)


def test_repeated_entries_with_equal_content_are_told(store, tmp_path):
    builder = WheelBuilder(
        "app",
        "1.0",
        {"a.py": LONG},
        edit_entries=lambda entries: [*entries, Entry("a.py", LONG.encode())],
    )
    told = []
    add(store, builder, tmp_path, warn=told.append)
    assert told == ["`a.py` is in `app-1.0-py3-none-any.whl` twice with equal content"]


# --- what is refused -------------------------------------------------------------------------------


def entry_edit(index: int, **changes):
    def edit(entries):
        for name, value in changes.items():
            setattr(entries[index], name, value)

    return edit


def refused(store, path, filename, *fragments: str, expected=()) -> XpipError:
    """One error that names the file, and a store as before."""
    before = listing(store)
    with pytest.raises(XpipError) as caught:
        add_wheel(store, str(path), filename, expected)
    text = "\n".join((caught.value.summary, *caught.value.details, *caught.value.hints))
    for fragment in fragments:
        assert fragment in text
    assert listing(store) == before
    assert not os.path.exists(f"{store.root}/tmp") or os.listdir(f"{store.root}/tmp") == []
    assert not os.path.exists(f"{store.root}/files-v1") or before
    return caught.value


WRONG = hashlib.sha256(b"something else").digest()
WRONG_ROW = f"app.py,sha256={base64.urlsafe_b64encode(WRONG).rstrip(b'=').decode()},16"

HOSTILE = [
    ({"edit_entries": entry_edit(0, crc=1, local_crc=1)}, "`app.py`: its CRC is wrong"),
    ({"edit_entries": entry_edit(-1, crc=1, local_crc=1)}, "RECORD`: its CRC is wrong"),
    ({"edit_entries": entry_edit(0, compressed=b"\xff" * 20)}, "`app.py`: its compressed bytes are damaged"),
    ({"edit_entries": entry_edit(0, compressed=b"\x03\x00", size=16)}, "`app.py`: it has fewer"),
    ({"edit_entries": entry_edit(0, size=3, crc=1), "edit_record": lambda lines: [lines[0].rpartition(",")[0] + ",3", *lines[1:]]},
     "`app.py`: it has more"),
    ({"edit_entries": entry_edit(0, local_name="other.py")}, "`app.py`: its header has another name"),
    ({"edit_entries": lambda entries: [*entries, Entry("app.py", b"different")]}, "twice with different content"),
    ({"edit_entries": entry_edit(0, method=14)}, "`lzma`"),
    ({"edit_entries": entry_edit(0, flags=1)}, "encrypted"),
    ({"archive": {"suffix": b"TRAIL"}}, "behind its end"),
    ({"archive": {"prefix": b"#!/bin/sh\n"}}, "not where its end record says"),
    ({"info_folder": "nothing"}, "no dist-info folder"),
    ({"info_folder": "other-1.0.dist-info"}, "of another release"),
    ({"leave_out": ["WHEEL"]}, "no `app-1.0.dist-info/WHEEL`"),
    ({"leave_out": ["METADATA"]}, "no `app-1.0.dist-info/METADATA`"),
    ({"leave_out": ["RECORD"]}, "no `app-1.0.dist-info/RECORD`"),
    ({"wheel_version": "2.0"}, "Wheel-Version 2.0"),
    ({"metadata": "Metadata-Version: 2.1\nName: app\nVersion: 2.0\n"}, "METADATA names the version `2.0`"),
    ({"metadata": "Metadata-Version: 2.1\nName: other\nVersion: 1.0\n"}, "METADATA names the project `other`"),
    ({"metadata": ""}, "METADATA"),
    ({"record": "garbage\n"}, "line 1 of `app-1.0-py3-none-any.whl: RECORD`"),
    ({"record": b"\xff\xfe\n"}, "not valid UTF-8"),
    ({"edit_record": lambda lines: [WRONG_ROW, *lines[1:]]}, "`app.py` is not what RECORD says"),
    ({"edit_record": lambda lines: ["gone.py,sha256=AAAA,1", *lines]}, "`gone.py`"),
    ({"edit_record": lambda lines: ["../../keep.txt,,", *lines]}, "`../../keep.txt`"),
    ({"edit_record": lambda lines: lines[1:]}, "`app.py`: RECORD does not list it"),
    ({"files": {"../../escaped.py": "x"}}, "`../../escaped.py`: its path leads outside"),
    ({"files": {"/tmp/escaped.py": "x"}}, "`/tmp/escaped.py`: its path is absolute"),
    ({"files": {"m/Foo.py": "1", "m/foo.py": "2"}}, "different content"),
    ({"files": {"m/x": "1", "m/x/y.py": "2"}}, "a file and a folder at once"),
    ({"data": {"unknown/x": ""}}, "none of the data folders"),
    ({"data": {"data/pyvenv.cfg": ""}}, "would replace"),
    ({"data": {"scripts/python": ""}}, "would replace"),
    ({"entry_points": {"console_scripts": {"python": "m:f"}}}, "`python` would replace"),
    ({"entry_points": {"gui_scripts": {"Pip3.EXE": "m:f"}}}, "`Pip3.EXE` would replace"),
    ({"entry_points": {"console_scripts": {"../x": "m:f"}}}, "`../x`"),
    ({"entry_points": {"console_scripts": {"x": "m:f;import os"}}}, "module:object"),
    ({"entry_points": b"[console_scripts]\nx = \xff:f\n"}, "not valid UTF-8"),
    ({"info_files": {"INSTALLER": "x"}, "edit_entries": entry_edit(3, crc=1, local_crc=1)}, "INSTALLER`: its CRC"),
]  # fmt: skip


@pytest.mark.parametrize(("options", "fragment"), HOSTILE)
def test_a_hostile_wheel_leaves_the_store_as_it_was(store, tmp_path, options, fragment):
    add(store, WheelBuilder("safe", "1.0", {"a.py": LONG}), tmp_path)
    path = WheelBuilder("app", "1.0", **options).build(tmp_path / "wheels")
    error = refused(store, path, path.name, fragment, path.name)
    assert isinstance(error, IntegrityError)
    assert error.summary.isprintable()


def test_both_digests_are_told_when_record_is_wrong(store, tmp_path):
    path = WheelBuilder("app", "1.0", edit_record=lambda lines: [WRONG_ROW, *lines[1:]]).build(
        tmp_path
    )
    content = hashlib.sha256(b"VERSION = '1.0'\n").hexdigest()
    refused(store, path, path.name, f"RECORD: sha256:{WRONG.hex()}", f"found:  sha256:{content}")


@pytest.mark.parametrize("kept", [0, 10, 0.5, 0.9, -1, -30])
def test_a_cut_off_wheel_is_refused(store, tmp_path, kept):
    path = WheelBuilder("app", "1.0", {"a.py": LONG * 50}).build(tmp_path)
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * kept) if 0 < kept < 1 else kept])
    refused(store, path, path.name, path.name)


def test_a_login_page_is_called_one(store, tmp_path):
    path = tmp_path / "app-1.0-py3-none-any.whl"
    path.write_text("<!DOCTYPE html>\n<html>please log in</html>")
    refused(store, path, path.name, "looks like HTML")
    refused(store, path, path.name, "looks like HTML", expected=[Digest("sha256", "0" * 64)])


def test_a_file_with_another_digest_is_refused_with_both(store, tmp_path):
    path = WheelBuilder("app", "1.0").build(tmp_path)
    value = hashlib.sha256(path.read_bytes()).hexdigest()
    refused(store, path, path.name, "0" * 64, value, expected=[Digest("sha256", "0" * 64)])
    refused(
        store,
        path,
        path.name,
        "sha512",
        expected=[Digest("sha256", value), Digest("sha512", "0" * 128)],
    )
    refused(store, path, path.name, "not known", expected=[Digest("sha257", value)])


def test_any_of_several_allowed_digests_will_do(store, tmp_path):
    path = WheelBuilder("app", "1.0").build(tmp_path)
    value = hashlib.sha256(path.read_bytes()).hexdigest()
    allowed = [Digest("sha256", "0" * 64), Digest("sha256", value)]
    assert add_wheel(store, str(path), path.name, allowed).key == value


def test_a_name_that_is_no_wheel_and_a_missing_file_are_refused(store, tmp_path):
    path = WheelBuilder("app", "1.0").build(tmp_path)
    assert isinstance(
        refused(store, path, "app-1.0.tar.gz", "not the file name of a wheel"), IntegrityError
    )
    assert isinstance(refused(store, tmp_path / "none.whl", path.name, "none.whl"), StoreFault)


def test_an_unwritable_store_is_a_fault_that_names_a_path(store, tmp_path):
    path = WheelBuilder("app", "1.0", {"a.py": LONG}).build(tmp_path)
    Path(store.root, "tmp").touch()
    with pytest.raises(StoreFault, match="not a directory"):
        add_wheel(store, str(path), path.name, ())


# --- downloads and concurrency ---------------------------------------------------------------------


def test_a_download_is_hashed_as_it_comes_and_can_start_again(store, tmp_path):
    data = WheelBuilder("app", "1.0").bytes()
    writer = wheel_writer(store, ["sha512", "sha256"])
    writer.write(b"the first half of something else")
    writer.restart()
    assert writer.size == 0
    writer.write(data[:100])
    writer.write(data[100:])
    assert writer.size == len(data)
    assert writer.digests() == (
        Digest("sha256", hashlib.sha256(data).hexdigest()),
        Digest("sha512", hashlib.sha512(data).hexdigest()),
    )
    writer.close()
    wheel = add_wheel(store, writer.path, "app-1.0-py3-none-any.whl", (), writer.digests())
    assert wheel.key == hashlib.sha256(data).hexdigest()
    writer.discard()
    assert os.listdir(f"{store.root}/tmp") == []


def test_threads_may_add_the_same_and_other_wheels_at_once(store, tmp_path):
    paths = [
        WheelBuilder(f"app{number % 4}", "1.0", {f"m{number % 4}.py": LONG, "shared.py": LONG * 3}).build(tmp_path / str(number))
        for number in range(16)
    ]  # fmt: skip
    faults = []

    def work(path):
        try:
            add_wheel(store, str(path), path.name, ())
        except XpipError as error:
            faults.append(error)

    threads = [threading.Thread(target=work, args=(path,)) for path in paths]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    assert len(os.listdir(f"{store.root}/wheels-v2")) == 4
    assert os.listdir(f"{store.root}/tmp") == []


def test_a_directory_larger_than_the_first_read_is_found(store, tmp_path):
    files = {f"package/{'m' * 100}{number}.py": f"{number}" for number in range(2000)}
    wheel = add(store, WheelBuilder("app", "1.0", files, method=0), tmp_path)
    assert sum(len(folder.files) for folder in wheel.folders) == 2002
    assert archive_module._TAIL < 2000 * 160


def test_a_damaged_wheel_is_refused_or_gives_the_same_bytes_whatever_the_damage(store, tmp_path):
    """A fixed sample of a longer run (86,000 mutants): no other error, no other content."""
    random = Random(2)
    builder = WheelBuilder(
        "app",
        "1.0",
        {"a.py": LONG, "b/ü.py": LONG * 4},
        entry_points="[console_scripts]\nt = a:b\n",
    )
    contents = contents_of(store, add(store, builder, tmp_path))
    data = builder.bytes()
    path = tmp_path / "mutant"
    outcomes = set()
    for _ in range(400):
        position = random.randrange(len(data))
        mutant = bytearray(data)
        mutant[position : position + random.choice((0, 1, 1, 1, 7))] = random.randbytes(
            random.choice((0, 1, 1, 5))
        )
        path.write_bytes(mutant)
        try:
            wheel = add_wheel(store, str(path), builder.wheel_name(), ())
        except IntegrityError as error:
            outcomes.add("refused" if error.summary.isprintable() else "unprintable")
        else:
            outcomes.add("the same" if contents_of(store, wheel) == contents else "different")
    assert outcomes == {"refused", "the same"}
    assert os.listdir(f"{store.root}/tmp") == []
