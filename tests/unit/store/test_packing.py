"""A stored value is read back, or it is a miss; it is never half of one."""

import os

import pytest

from xpip.errors import StoreFault
from xpip.store.layout import open_store
from xpip.store.packing import keep_packed, pack, read_packed, unpack, write_packed

VALUE = (("a", "ü", b"\0\xff"), 1, 2.5, None, True, 1 << 80, ("a", ("a",)))


@pytest.fixture
def store(tmp_path):
    return open_store(str(tmp_path / "cache"))


def test_a_value_is_read_back(store):
    path = store.path("pages-v2", "x")
    assert read_packed(path) is None
    write_packed(store, path, VALUE)
    assert read_packed(path) == VALUE
    write_packed(store, path, (1,))
    assert read_packed(path) == (1,)
    assert os.listdir(f"{store.root}/tmp") == []


def test_every_cut_every_flipped_byte_and_every_tail_is_a_miss():
    data = pack(VALUE)
    assert unpack(data) == VALUE
    for size in range(len(data)):
        assert unpack(data[:size]) is None
        flipped = bytearray(data)
        flipped[size] ^= 0x55
        assert unpack(bytes(flipped)) is None
    assert unpack(data + b"\0") is None


@pytest.mark.parametrize("data", [b"", b"\0" * 100, b"xpip", b"{}", b"xpip\1\0" + b"\0" * 10])
def test_foreign_and_zeroed_bytes_are_a_miss(data):
    assert unpack(data) is None


def test_a_payload_that_marshal_cannot_read_is_a_miss():
    from binascii import crc32

    payload = b"\xffnonsense"
    header = b"xpip\1\0" + len(payload).to_bytes(6, "little") + crc32(payload).to_bytes(4, "little")
    assert unpack(header + payload) is None


def test_a_folder_in_place_of_a_file_is_a_miss(store, tmp_path):
    assert read_packed(str(tmp_path)) is None


def test_what_must_be_written_is_a_fault_and_what_may_be_lost_is_not(store):
    with open(f"{store.root}/tmp", "w"):
        pass
    path = store.path("pages-v2", "x")
    with pytest.raises(StoreFault) as caught:
        write_packed(store, path, VALUE)
    assert path in caught.value.summary
    keep_packed(store, path, VALUE)
    assert read_packed(path) is None
    assert not os.path.exists(path)


def test_a_link_in_place_of_an_entry_is_replaced_and_its_target_untouched(store, tmp_path):
    victim = tmp_path / "victim"
    victim.write_text("mine")
    path = store.path("pages-v2", "x")
    os.mkdir(os.path.dirname(path))
    os.symlink(victim, path)
    write_packed(store, path, VALUE)
    assert victim.read_text() == "mine"
    assert read_packed(path) == VALUE
