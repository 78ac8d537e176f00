"""`xpip hash` prints what `--hash` takes."""

import hashlib

from tests.kit.environments import run_main


def test_each_file_gets_two_lines(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.whl").write_bytes(b"one")
    (tmp_path / "b.whl").write_bytes(b"two" * 1_000_000)
    done = run_main("hash", "a.whl", tmp_path / "b.whl")
    assert (done.code, done.err) == (0, "")
    assert done.out == (
        f"a.whl:\n--hash=sha256:{hashlib.sha256(b'one').hexdigest()}\n"
        f"{tmp_path}/b.whl:\n--hash=sha256:{hashlib.sha256(b'two' * 1_000_000).hexdigest()}\n"
    )


def test_the_algorithm_can_be_chosen(tmp_path):
    (tmp_path / "a").write_bytes(b"one")
    done = run_main("hash", "-a", "sha512", tmp_path / "a")
    assert done.out.endswith(f"--hash=sha512:{hashlib.sha512(b'one').hexdigest()}\n")


def test_a_file_that_is_not_there_is_one_error(tmp_path):
    done = run_main("hash", tmp_path / "absent")
    assert (done.code, done.out) == (1, "")
    assert done.err == f"error: `{tmp_path}/absent` cannot be read: No such file or directory\n"


def test_nothing_to_hash_is_an_error():
    assert run_main("hash").code == 1
