"""Core metadata comes the cheapest way there is, and is never believed about another release."""

import hashlib
import os

import pytest

from tests.kit.servers import Answer, html, unavailable
from tests.kit.wheels import STORED, WheelBuilder
from xpip.errors import IndexAccessError, IntegrityError
from xpip.index.remote import OfflineError
from xpip.model.link import Digest, IndexFile
from xpip.network.failures import RefusedByServer
from xpip.network.loop import waiting
from xpip.store.layout import METADATA
from xpip.store.metadata import metadata_key, read_bundle, read_metadata

APP = WheelBuilder("app", "1.0", requires=("dep>=1",))
NAME = APP.wheel_name()
TEXT = APP.metadata_text().encode()


def offer(bench, builder=APP, *, path=None, wheel=None, beside=None, **entry):
    """Serve a wheel and perhaps its metadata; return its entry."""
    name = builder.wheel_name()
    path = path or f"/files/{name}"
    data = builder.bytes()
    bench.server.on(path, wheel or Answer(200, data).with_headers(ETag='"v1"'))
    if beside is not None:
        bench.server.on(path + ".metadata", beside)
    digests = (Digest("sha256", hashlib.sha256(data).hexdigest()),)
    return IndexFile(name, bench.server.url + path, **{"digests": digests, **entry})


def padded(megabytes=1, **more):
    """Return a builder of a wheel too large for one range."""
    files = {f"app/{number}.bin": os.urandom(1 << 20) for number in range(megabytes)}
    return WheelBuilder(
        "app", "1.0", {"app/__init__.py": "", **files}, requires=("dep>=1",), method=STORED, **more
    )


def sha256(data):
    return Digest("sha256", hashlib.sha256(data).hexdigest())


class TestBesideTheWheel:
    @pytest.mark.parametrize("announced", [True, sha256(TEXT)])
    def test_what_is_announced_is_fetched(self, bench, announced):
        file = offer(bench, beside=Answer(200, TEXT), metadata=announced)
        assert bench.metadata(file).requires_dist == ("dep>=1",)
        assert bench.server.targets() == [f"/files/{NAME}.metadata"]

    def test_it_is_kept_for_the_next_run(self, bench):
        file = offer(bench, beside=Answer(200, TEXT), metadata=True)
        bench.metadata(file)

        async def act(client):
            return client.metadata_now(file).core

        assert bench.run(act).version == "1.0"
        assert bench.metadata(file, offline=True).version == "1.0"
        assert len(bench.server.requests) == 1

    def test_a_wrong_digest_is_refused(self, bench):
        file = offer(
            bench, beside=Answer(200, TEXT + b"Requires-Dist: evil\n"), metadata=sha256(TEXT)
        )
        with pytest.raises(IntegrityError) as caught:
            bench.metadata(file)
        assert caught.value.details[0] == f"expected: {sha256(TEXT)}"
        assert read_metadata(bench.store, metadata_key(file)) is None

    def test_announced_but_missing_falls_through_to_the_wheel(self, bench):
        file = offer(bench, metadata=True)
        assert bench.metadata(file).requires_dist == ("dep>=1",)

    def test_a_signature_in_the_query_stays_at_the_end(self, bench):
        file = offer(bench, beside=Answer(200, TEXT), metadata=True)
        bench.metadata(file._replace(url=file.url + "?sig=1"))
        assert bench.server.targets() == [f"/files/{NAME}.metadata?sig=1"]


class TestNothingAnnounced:
    def files(self, bench, count, *, beside):
        made = []
        for number in range(count):
            builder = WheelBuilder("app", f"1.{number}")
            text = Answer(200, builder.metadata_text().encode()) if beside(number) else None
            made.append(offer(bench, builder, beside=text))
        return made

    def tried(self, bench):
        return sum(target.endswith(".metadata") for target in bench.server.targets())

    def ask_all(self, bench, files):
        async def act(client):
            return await waiting.gather(*map(client.metadata, files))

        return bench.run(act)

    def test_a_server_that_has_it_is_found_out_and_remembered(self, bench):
        first, second = self.files(bench, 2, beside=lambda _: True)
        bench.metadata(first)
        bench.metadata(second)
        assert self.tried(bench) == len(bench.server.requests) == 2

    def test_a_server_without_is_tried_three_times_and_then_no_more(self, bench):
        files = self.files(bench, 6, beside=lambda _: False)
        self.ask_all(bench, files[:5])
        assert self.tried(bench) == 3
        bench.metadata(files[5])
        assert self.tried(bench) == 3

    def test_it_gets_another_chance_after_a_day(self, bench):
        files = self.files(bench, 5, beside=lambda number: number == 4)
        self.ask_all(bench, files[:4])
        bench.now += 2 * 86400
        bench.metadata(files[4])
        assert self.tried(bench) == 4

    def test_one_file_without_does_not_speak_for_the_server(self, bench):
        files = self.files(bench, 6, beside=lambda number: number != 0)
        found = self.ask_all(bench, files)
        assert [metadata.core.version for metadata in found] == [
            f"1.{number}" for number in range(6)
        ]
        assert self.tried(bench) == 6

    @pytest.mark.parametrize("status", [400, 403, 405])
    def test_a_refusal_is_a_no(self, bench, status):
        file = offer(bench, beside=Answer(status))
        assert bench.metadata(file).version == "1.0"

    @pytest.mark.parametrize("answer", [html(), Answer(200, b""), Answer(200, b"not found")])
    def test_a_page_that_pretends_to_be_it_is_a_no(self, bench, answer):
        assert bench.metadata(offer(bench, beside=answer)).version == "1.0"

    def test_a_server_in_trouble_is_not_a_no(self, bench):
        with pytest.raises(RefusedByServer):
            bench.metadata(offer(bench, beside=unavailable()))

    def test_declared_absent_is_not_tried(self, bench):
        bench.metadata(offer(bench, beside=Answer(200, TEXT), metadata=False))
        assert self.tried(bench) == 0


class TestPartsOfTheWheel:
    def test_one_range_does_for_most_wheels(self, bench):
        file = offer(bench, metadata=False)
        assert bench.metadata(file).requires_dist == ("dep>=1",)
        assert [asked.headers["range"] for asked in bench.server.requests] == ["bytes=-65536"]

    def test_a_large_wheel_is_not_fetched_whole(self, bench):
        file = offer(bench, padded(3), metadata=False)
        assert bench.metadata(file).requires_dist == ("dep>=1",)
        assert all("range" in asked.headers for asked in bench.server.requests)

    def test_metadata_in_front_of_everything_costs_a_second_range(self, bench):
        def to_front(entries):
            return sorted(entries, key=lambda entry: not str(entry.name).endswith("METADATA"))

        file = offer(bench, padded(1, edit_entries=to_front), metadata=False)
        assert bench.metadata(file).requires_dist == ("dep>=1",)
        assert len(bench.server.requests) == 2

    def test_a_large_directory_is_read_in_steps(self, bench):
        files = {f"app/{'x' * 60}{number}.py": "" for number in range(1500)}
        file = offer(bench, WheelBuilder("app", "1.0", files, requires=("dep>=1",)), metadata=False)
        assert bench.metadata(file).requires_dist == ("dep>=1",)
        assert len(bench.server.requests) == 2

    def test_a_server_without_ranges_gives_the_whole_wheel_to_the_store(self, bench):
        builder = padded()
        file = offer(
            bench, builder, wheel=Answer(200, builder.bytes(), ranges="no"), metadata=False
        )
        assert bench.metadata(file).requires_dist == ("dep>=1",)
        before = len(bench.server.requests)
        assert bench.fetch(file).version == "1.0"
        assert len(bench.server.requests) == before

    def test_that_is_remembered_of_the_server(self, bench):
        builder = padded()
        bench.metadata(
            offer(bench, builder, wheel=Answer(200, builder.bytes(), ranges="no"), metadata=False)
        )
        other = WheelBuilder("app", "2.0")
        bench.metadata(offer(bench, other, metadata=False))
        assert "range" not in bench.server.requests[-1].headers

    def test_parts_of_two_different_files_are_not_put_together(self, bench):
        def to_front(entries):
            return sorted(entries, key=lambda entry: not str(entry.name).endswith("METADATA"))

        builder = padded(1, edit_entries=to_front)
        file = offer(bench, builder, metadata=False)
        old = Answer(200, builder.bytes()).with_headers(ETag='"v1"')
        new = Answer(200, builder.bytes()).with_headers(ETag='"v2"')
        bench.server.on(f"/files/{NAME}", old, new)
        assert bench.metadata(file).version == "1.0"
        assert "range" not in bench.server.requests[-1].headers

    def test_no_zip_is_told(self, bench):
        file = offer(bench, wheel=Answer(200, b"0123456789" * 20000), metadata=False)
        with pytest.raises(IntegrityError):
            bench.metadata(file)

    def test_a_file_that_is_gone_is_told(self, bench):
        file = offer(bench, wheel=Answer(404), metadata=False)
        with pytest.raises(IndexAccessError):
            bench.metadata(file)


class TestOtherReleases:
    @pytest.mark.parametrize(
        ("name", "version"),
        [("other", "1.0"), ("app", "1.1"), ("app", "1.0.post1"), ("app", "nonsense")],
    )
    @pytest.mark.parametrize("way", ["beside", "parts", "local"])
    def test_metadata_about_something_else_is_refused(self, bench, way, name, version):
        text = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
        builder = WheelBuilder("app", "1.0", metadata=text)
        if way == "local":
            file = IndexFile(NAME, builder.build(bench.folder).as_uri())
        else:
            beside = Answer(200, text.encode()) if way == "beside" else None
            file = offer(bench, builder, beside=beside, metadata=way == "beside")
        with pytest.raises(IntegrityError):
            bench.metadata(file)

    @pytest.mark.parametrize(
        ("name", "version"), [("App", "1.0"), ("app", "1.0.0"), ("APP", "v1.0")]
    )
    def test_another_spelling_is_the_same(self, bench, name, version):
        text = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
        file = offer(bench, beside=Answer(200, text.encode()), metadata=True)
        assert bench.metadata(file).version == version


class TestLocalWheels:
    def local(self, bench, builder):
        return IndexFile(builder.wheel_name(), builder.build(bench.folder).as_uri())

    def test_they_are_read_in_place_without_waiting(self, bench):
        file = self.local(bench, padded(2))

        async def act(client):
            return client.metadata_now(file).core, client.evidence()

        metadata, evidence = bench.run(act)
        assert metadata.requires_dist == ("dep>=1",)
        assert [item.path for item in evidence] == [str(bench.folder / NAME)]

    def test_a_changed_file_is_read_again(self, bench):
        file = self.local(bench, APP)
        bench.metadata(file)
        self.local(bench, WheelBuilder("app", "1.0", requires=("other",)))
        assert bench.metadata(file).requires_dist == ("other",)

    def test_one_that_is_gone_is_told_with_its_path(self, bench):
        file = self.local(bench, APP)
        (bench.folder / NAME).unlink()
        with pytest.raises(IndexAccessError) as caught:
            bench.metadata(file)
        assert str(bench.folder / NAME) in caught.value.summary

    @pytest.mark.parametrize("content", [b"", b"<html>", b"PK\x03\x04"])
    def test_one_that_is_no_wheel_is_told(self, bench, content):
        file = self.local(bench, APP)
        (bench.folder / NAME).write_bytes(content)
        with pytest.raises(IntegrityError):
            bench.metadata(file)


def test_offline_says_what_is_missing(bench):
    with pytest.raises(OfflineError) as caught:
        bench.metadata(offer(bench), offline=True)
    assert NAME in caught.value.summary


class TestManyReleases:
    def offer(self, bench, count):
        builders = [WheelBuilder("app", f"1.{n}", requires=(f"dep>={n}",)) for n in range(count)]
        return [
            offer(bench, one, beside=Answer(200, one.metadata_text().encode()), metadata=True)
            for one in builders
        ]

    def ask(self, bench, files):
        async def act(client):
            for file in files:
                await client.metadata(file, "app")
            client.keep_bundles()

        bench.run(act)

    def stored(self, bench, files):
        async def act(client):
            found = [client.metadata_now(file, "app") for file in files]
            return [one and one.core.requires_dist for one in found]

        return bench.run(act, offline=True)

    def test_what_was_read_of_many_is_found_in_one_file(self, bench):
        files = self.offer(bench, 20)
        self.ask(bench, files)
        for file in files:
            os.unlink(bench.store.path(METADATA, metadata_key(file)))
        assert self.stored(bench, files) == [(f"dep>={n}",) for n in range(20)]
        assert read_bundle(bench.store, "other") == {}

    def test_a_bundle_grows_and_loses_nothing(self, bench):
        files = self.offer(bench, 40)
        self.ask(bench, files[:20])
        self.ask(bench, files[20:])
        assert len(read_bundle(bench.store, "app")) == 40

    def test_a_torn_bundle_is_a_miss(self, bench):
        files = self.offer(bench, 20)
        self.ask(bench, files)
        names = {metadata_key(file) for file in files}
        (bundle,) = set(os.listdir(f"{bench.store.root}/{METADATA}")) - names
        with open(bench.store.path(METADATA, bundle), "r+b") as torn:
            torn.truncate(100)
        assert self.stored(bench, files) == [(f"dep>={n}",) for n in range(20)]

    def test_a_few_need_no_bundle(self, bench):
        self.ask(bench, self.offer(bench, 3))
        assert read_bundle(bench.store, "app") == {}
