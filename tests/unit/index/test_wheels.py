"""Wheels on their way into the store: verified, resumed, fetched once."""

import hashlib
import os

import pytest

from tests.kit.servers import Answer, html
from tests.kit.wheels import STORED, WheelBuilder
from xpip.errors import IntegrityError
from xpip.index.remote import OfflineError
from xpip.model.link import Digest, IndexFile
from xpip.network.loop import waiting

APP = WheelBuilder("app", "1.0")
DATA = APP.bytes()
NAME = APP.wheel_name()


def digest(data=DATA, algorithm="sha256"):
    return Digest(algorithm, hashlib.new(algorithm, data).hexdigest())


def offered(bench, answer=None, **entry):
    url = bench.server.on(f"/files/{NAME}", answer or Answer(200, DATA))
    return IndexFile(NAME, url, **entry)


def leftovers(bench):
    folder = bench.folder / "cache" / "tmp"
    return list(folder.iterdir()) if folder.exists() else []


def test_a_wheel_arrives_and_is_there_for_the_next_run(bench):
    file = offered(bench, digests=(digest(),))
    assert bench.fetch(file).key == digest().value
    assert bench.fetch(file, offline=True).version == "1.0"
    assert len(bench.server.requests) == 1
    assert leftovers(bench) == []


def test_without_a_stated_hash_it_is_found_again_by_its_place(bench):
    file = offered(bench)
    bench.fetch(file)
    bench.fetch(file)
    assert len(bench.server.requests) == 1


def test_all_who_ask_share_one_download(bench):
    file = offered(bench, Answer(200, DATA, delay=0.05))

    async def act(client):
        return await waiting.gather(*[client.fetch_wheel(file) for _ in range(10)])

    bench.run(act)
    assert len(bench.server.requests) == 1


def test_a_broken_download_goes_on(bench):
    builder = WheelBuilder("app", "1.0", {"app/x.bin": os.urandom(1 << 20)}, method=STORED)
    data = builder.bytes()
    whole = Answer(200, data).with_headers(ETag='"v1"')
    bench.server.on(f"/files/{NAME}", whole._replace(cut=700_000), whole)
    file = IndexFile(NAME, bench.server.url + f"/files/{NAME}", (digest(data),), size=len(data))
    assert bench.fetch(file).key == digest(data).value
    assert "range" in bench.server.requests[1].headers


def test_a_wrong_hash_shows_both_and_where_it_came_from(bench):
    promised = digest(b"something else")
    file = offered(bench, digests=(promised,))
    with pytest.raises(IntegrityError) as caught:
        bench.fetch(file)
    shown = "\n".join((caught.value.summary, *caught.value.details))
    assert promised.value in shown
    assert digest().value in shown
    assert file.url in shown
    assert leftovers(bench) == []


def test_a_wrong_size_is_noticed(bench):
    with pytest.raises(IntegrityError) as caught:
        bench.fetch(offered(bench, size=10))
    assert caught.value.details[0] == "expected: 10 bytes"


def test_a_login_page_in_place_of_a_wheel_is_named(bench):
    with pytest.raises(IntegrityError) as caught:
        bench.fetch(offered(bench, html("\n <!DOCTYPE html><title>Sign in</title>")))
    assert caught.value.summary == f"`{NAME}` is not a wheel but a web page"
    assert len(bench.server.requests) == 1


class TestHashesOfTheUser:
    @pytest.mark.parametrize(
        "expected",
        [
            (digest(),),
            (digest(b"another file"), digest()),
            (digest(algorithm="sha512"),),
            (digest(b"another file"), digest(algorithm="sha384")),
        ],
    )
    @pytest.mark.parametrize("stated", [(), (digest(),)])
    @pytest.mark.parametrize("local", [False, True])
    def test_one_of_them_is_enough(self, bench, expected, stated, local):
        file = offered(bench, digests=stated)
        if local:
            file = file._replace(url=APP.build(bench.folder).as_uri())
        assert bench.fetch(file, expected).key == digest().value

    @pytest.mark.parametrize("expected", [(digest(b"x"),), (digest(b"x", "sha512"), digest(b"y"))])
    @pytest.mark.parametrize("local", [False, True])
    def test_none_of_them_is_refused(self, bench, expected, local):
        file = offered(bench)
        if local:
            file = file._replace(url=APP.build(bench.folder).as_uri())
        with pytest.raises(IntegrityError) as caught:
            bench.fetch(file, expected)
        assert (
            caught.value.summary == f"`{NAME}` has none of the hashes that its requirement allows"
        )
        assert f"expected: {expected[0]}" in caught.value.details
        assert caught.value.details[-1] == f"from: {file.url}"

    def test_what_the_index_states_can_rule_it_out_before_the_download(self, bench):
        with pytest.raises(IntegrityError):
            bench.fetch(offered(bench, digests=(digest(),)), (digest(b"x"),))
        assert bench.server.requests == []

    def test_a_wheel_in_the_store_does_not_get_around_them(self, bench):
        file = offered(bench)
        bench.fetch(file)
        with pytest.raises(IntegrityError):
            bench.fetch(file, (digest(b"x"),))

    def test_the_index_must_be_right_too(self, bench):
        file = offered(bench, digests=(digest(b"x", "sha512"),))
        with pytest.raises(IntegrityError):
            bench.fetch(file, (digest(),))


class TestLocalWheels:
    def test_they_are_added_from_where_they_are(self, bench):
        path = APP.build(bench.folder)
        assert bench.fetch(IndexFile(NAME, path.as_uri())).key == digest().value
        assert path.exists()

    def test_a_changed_one_is_added_again(self, bench):
        file = IndexFile(NAME, APP.build(bench.folder).as_uri())
        bench.fetch(file)
        changed = WheelBuilder("app", "1.0", {"app/__init__.py": "changed = True\n"})
        changed.build(bench.folder)
        assert bench.fetch(file).key == digest(changed.bytes()).value


def test_offline_says_what_is_missing(bench):
    with pytest.raises(OfflineError) as caught:
        bench.fetch(offered(bench), offline=True)
    assert NAME in caught.value.summary
