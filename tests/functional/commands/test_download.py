"""`xpip download` brings files into a folder as they are on the index."""

import hashlib
import io
import os
import tarfile

import pytest


@pytest.fixture
def stocked(world):
    world.wheel("library", "1.0")
    world.wheel("library", "2.0")
    world.wheel("app", "1.0", requires=["library<2"])
    return world


def download(world, *words, **variables):
    return world.xpip("download", "--index-url", world.index.simple, *words, **variables)


def names(folder):
    return sorted(os.listdir(folder))


def sdist(world, name, version):
    """Put a source archive with static metadata on the index."""
    path = world.index.folder / f"{name}-{version}.tar.gz"
    text = f"Metadata-Version: 2.2\nName: {name}\nVersion: {version}\n".encode()
    with tarfile.open(path, "w:gz") as archive:
        for member in ("PKG-INFO", "pyproject.toml"):
            info = tarfile.TarInfo(f"{name}-{version}/{member}")
            data = text if member == "PKG-INFO" else b""
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return path


def test_files_are_those_of_the_index_byte_by_byte_and_nothing_is_installed(stocked):
    done = download(stocked, "-d", "wheels", "app")
    assert (done.code, done.err) == (0, "")
    assert done.out == (
        "Saved ./wheels/library-1.0-py3-none-any.whl\n"
        "Saved ./wheels/app-1.0-py3-none-any.whl\n"
        "Successfully downloaded library app\n"
    )
    folder = stocked.folder / "wheels"
    assert names(folder) == ["app-1.0-py3-none-any.whl", "library-1.0-py3-none-any.whl"]
    for name in names(folder):
        assert (folder / name).read_bytes() == (stocked.index.folder / name).read_bytes()
    assert stocked.installed() == {}


def test_what_was_downloaded_installs_without_an_index(stocked):
    assert download(stocked, "-d", "wheels", "app").code == 0
    done = stocked.xpip("install", "--no-index", "--find-links", "wheels", "app")
    assert done.code == 0, done
    assert stocked.installed() == {"app": "1.0", "library": "1.0"}


def test_a_file_that_is_there_is_not_fetched_again(stocked):
    assert download(stocked, "app").code == 0
    before = len(stocked.index.downloads())
    done = download(stocked, "app")
    assert (done.code, done.err) == (0, "")
    assert "File was already downloaded ./app-1.0-py3-none-any.whl\n" in done.out
    assert len(stocked.index.downloads()) == before


@pytest.mark.parametrize("content", [b"short", None])
def test_a_file_that_is_there_with_other_bytes_is_replaced(stocked, content):
    true = (stocked.index.folder / "app-1.0-py3-none-any.whl").read_bytes()
    place = stocked.folder / "app-1.0-py3-none-any.whl"
    place.write_bytes(content or true[:-1] + b"x")
    done = download(stocked, "--no-deps", "app")
    assert done.code == 0
    assert "it is downloaded again" in done.err
    assert place.read_bytes() == true


def test_a_file_that_is_not_what_the_index_promises_does_not_appear(stocked):
    stocked.index.claimed_digests["app-1.0-py3-none-any.whl"] = "0" * 64
    done = download(stocked, "-d", "wheels", "--no-deps", "app")
    assert (done.code, done.out) == (1, "")
    assert "`app-1.0-py3-none-any.whl` is not the file that its index promises" in done.err
    assert f"  expected: sha256:{'0' * 64}\n" in done.err
    assert names(stocked.folder / "wheels") == []


def test_hashes_of_requirements_are_checked(stocked):
    data = (stocked.index.folder / "library-2.0-py3-none-any.whl").read_bytes()
    line = f"library==2.0 --hash=sha512:{hashlib.sha512(data).hexdigest()}\n"
    file = stocked.write("requirements.txt", line)
    assert download(stocked, "-r", file).code == 0
    stocked.write("requirements.txt", f"library==1.0 --hash=sha512:{'0' * 128}\n")
    done = download(stocked, "-r", file)
    assert done.code == 1
    assert "has none of the hashes that its requirement allows" in done.err
    assert not (stocked.folder / "library-1.0-py3-none-any.whl").exists()


def test_source_archives_come_as_they_are(world):
    path = sdist(world, "source", "1.0")
    done = download(world, "source")
    assert done.code == 0, done
    assert (world.folder / "source-1.0.tar.gz").read_bytes() == path.read_bytes()


def test_only_what_the_requirements_need(stocked):
    done = download(stocked, "-d", "wheels", "--only-deps", "app")
    assert done.code == 0, done
    assert names(stocked.folder / "wheels") == ["library-1.0-py3-none-any.whl"]
    assert download(stocked, "--only-deps", "--no-deps", "app").code == 2


def test_files_for_another_machine_are_wheels(world):
    world.wheel("native", "1.0", tag="cp312-cp312-win_amd64")
    world.wheel("native", "1.1", tag="cp310-cp310-manylinux_2_17_aarch64")
    elsewhere = ("--platform", "win_amd64", "--python-version", "3.12", "native")
    refused = download(world, *elsewhere)
    assert (refused.code, refused.out) == (1, "")
    assert "`--only-binary :all:`" in refused.err
    done = download(world, "-d", "wheels", "--only-binary", ":all:", *elsewhere)
    assert done.code == 0, done
    assert names(world.folder / "wheels") == ["native-1.0-cp312-cp312-win_amd64.whl"]


def test_a_folder_that_cannot_be_made_is_one_error(stocked):
    stocked.write("file", "")
    done = download(stocked, "-d", "file/below", "app")
    assert done.code == 1
    assert done.err.startswith("error: the folder `")


def test_no_environment_is_needed(stocked):
    from tests.kit.command import xpip

    done = xpip("download", "-i", stocked.index.simple, "library", "--cache-dir", stocked.cache, cwd=stocked.folder)  # fmt: skip
    assert done.code == 0, done
    assert (stocked.folder / "library-2.0-py3-none-any.whl").exists()


def test_offline_a_local_file_will_do_and_a_remote_one_is_told(stocked):
    local = download(stocked, "--offline", "--no-index", "-f", stocked.index.folder, "library")
    assert local.code == 0, local
    done = download(stocked, "--offline", "-d", "other", "app")
    assert (done.code, done.out) == (1, "")
    assert "leave out `--offline`" in done.err


def test_the_modes_of_files_follow_the_umask(stocked):
    code = f"import os; os.umask(0o077); os.execvp('{__import__('sys').executable}', ['python', '-m', 'xpip', 'download', '--no-deps', '-i', '{stocked.index.simple}', 'app', '--cache-dir', '{stocked.cache}'])"  # fmt: skip
    from tests.kit.command import run

    assert run(__import__("sys").executable, "-c", code, cwd=stocked.folder).code == 0
    status = os.stat(stocked.folder / "app-1.0-py3-none-any.whl")
    assert status.st_mode & 0o777 == 0o600


def test_without_anything_named_the_error_says_what_for(world):
    done = world.xpip("download")
    assert (done.code, done.out) == (1, "")
    assert "error: nothing to download was named\n" in done.err
    assert "-r requirements.txt" in done.err
