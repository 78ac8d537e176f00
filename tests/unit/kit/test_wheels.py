"""The wheels that other tests are built on are what they claim to be."""

import csv
import io
import zipfile

import pytest

from tests.kit.wheels import Entry, WheelBuilder, ZipBuilder, record_row


def opened(builder) -> zipfile.ZipFile:
    return zipfile.ZipFile(io.BytesIO(builder.bytes()))


def test_an_ordinary_wheel_is_a_sound_archive_with_a_complete_record(tmp_path):
    builder = WheelBuilder(
        "my-app", "1.0", {"my_app/__init__.py": "x = 1\n", "my_app/ä.txt": b"\0\1"},
        requires=["lib>=1", 'speed; extra == "fast"'], provides_extra=["fast"],
        entry_points={"console_scripts": {"tool": "my_app:main"}}, data={"scripts/run": "#!python\n"},
        modes={"my_app/__init__.py": 0o755}, folders=["my_app"], requires_python=">=3.8",
    )  # fmt: skip
    path = builder.build(tmp_path)
    assert path.name == "my_app-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        names = archive.namelist()
        rows = list(csv.reader(archive.read("my_app-1.0.dist-info/RECORD").decode().splitlines()))
        for name, digest, size in rows[:-1]:
            assert record_row(name, archive.read(name)) == f"{name},{digest},{size}"
        assert archive.getinfo("my_app/__init__.py").external_attr >> 16 == 0o100755
        metadata = archive.read("my_app-1.0.dist-info/METADATA").decode()
    assert rows[-1] == ["my_app-1.0.dist-info/RECORD", "", ""]
    assert sorted(row[0] for row in rows) == sorted(
        name for name in names if not name.endswith("/")
    )
    assert "my_app-1.0.data/scripts/run" in names
    assert 'Requires-Dist: speed; extra == "fast"' in metadata
    assert "Requires-Python: >=3.8" in metadata


def test_equal_arguments_give_equal_bytes():
    first, second = (WheelBuilder("app", "1.0", requires=["x"]).bytes() for _ in range(2))
    assert first == second


def test_parts_can_be_left_out_and_replaced():
    builder = WheelBuilder("app", "1.0", leave_out=["WHEEL"], record="anything\n", metadata=b"\xff")
    with opened(builder) as archive:
        assert "app-1.0.dist-info/WHEEL" not in archive.namelist()
        assert archive.read("app-1.0.dist-info/RECORD") == b"anything\n"
        assert archive.read("app-1.0.dist-info/METADATA") == b"\xff"


def test_record_lines_and_entries_can_be_edited():
    builder = WheelBuilder(
        "app", "1.0",
        edit_record=lambda lines: lines[1:],
        edit_entries=lambda entries: [*entries, Entry("late.py", b"late")],
    )  # fmt: skip
    with opened(builder) as archive:
        assert archive.read("late.py") == b"late"
        assert b"app.py" not in archive.read("app-1.0.dist-info/RECORD")


@pytest.mark.parametrize("options", [{"descriptor": True}, {"zip64": True}, {"method": 0}])
def test_other_ways_to_write_a_sound_entry(options):
    with opened(ZipBuilder([Entry("a", b"content", **options)], zip64_end=True)) as archive:
        assert archive.read("a") == b"content"


def test_an_entry_can_lie():
    with (
        opened(ZipBuilder([Entry("a", b"content", crc=1)])) as archive,
        pytest.raises(zipfile.BadZipFile),
    ):
        archive.read("a")
    with (
        opened(ZipBuilder([Entry("a", b"content", local_name="b")])) as archive,
        pytest.raises(zipfile.BadZipFile),
    ):
        archive.read("a")
