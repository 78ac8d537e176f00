"""Where pages come from, how long they are believed, and which indexes are asked."""

import json

import pytest

from tests.kit.servers import Answer, html, unavailable
from xpip.errors import IndexAccessError
from xpip.index.remote import OfflineError
from xpip.network.failures import RefusedByServer
from xpip.network.loop import waiting

JSON = "application/vnd.pypi.simple.v1+json"


def json_page(*filenames, project="flask", **headers):
    files = [{"filename": name, "url": f"../../files/{name}", "hashes": {}} for name in filenames]
    body = json.dumps({"meta": {"api-version": "1.1"}, "name": project, "files": files}).encode()
    return Answer(200, body).with_headers(Content_Type=JSON, **headers)


def names(pages):
    return [[file.filename for file in page.files] for page in pages.pages]


WHEEL = "flask-1.0-py3-none-any.whl"


class TestOneServer:
    def test_json_is_asked_for_first_and_read(self, bench):
        bench.server.on("/simple/flask/", json_page(WHEEL))
        pages = bench.pages("flask")
        assert names(pages) == [[WHEEL]]
        assert pages.pages[0].files[0].url == f"{bench.server.url}/files/{WHEEL}"
        assert bench.server.requests[0].headers["accept"].startswith(JSON)

    def test_html_is_read_whatever_the_server_calls_it(self, bench):
        page = f'<a href="../../files/{WHEEL}">{WHEEL}</a>'.encode()
        bench.server.on("/simple/flask/", Answer(200, page).with_headers(Content_Type=JSON))
        assert names(bench.pages("flask")) == [[WHEEL]]

    @pytest.mark.parametrize("status", [404, 410])
    def test_an_unknown_project_has_no_pages(self, bench, status):
        bench.server.on("/simple/flask/", Answer(status, b"no"))
        pages = bench.pages("flask")
        assert (pages.pages, pages.asked) == ((), (bench.index_url,))

    def test_a_login_page_is_told_as_such(self, bench):
        bench.server.on("/simple/flask/", html('<form><input type="password"></form>'))
        with pytest.raises(IndexAccessError) as caught:
            bench.pages("flask")
        assert "is a login page" in caught.value.summary

    def test_text_that_is_no_page_is_told(self, bench):
        bench.server.on("/simple/flask/", Answer(200, b"all is well"))
        with pytest.raises(IndexAccessError) as caught:
            bench.pages("flask")
        assert "is not an index page" in caught.value.summary

    def test_all_who_ask_share_one_request(self, bench):
        bench.server.on("/simple/flask/", json_page(WHEEL)._replace(delay=0.05))

        async def act(client):
            return await waiting.gather(*[client.pages("flask") for _ in range(20)])

        found = bench.run(act)
        assert len(bench.server.requests) == 1
        assert all(pages is found[0] for pages in found)

    def test_who_gives_up_does_not_take_the_answer_from_others(self, bench):
        bench.server.on("/simple/flask/", json_page(WHEEL)._replace(delay=0.1))

        async def act(client):
            first = waiting.ensure_future(client.pages("flask"))
            await waiting.sleep(0.02)
            second = waiting.ensure_future(client.pages("flask"))
            await waiting.sleep(0.02)
            first.cancel()
            return await second

        assert names(bench.run(act)) == [[WHEEL]]
        assert len(bench.server.requests) == 1


class TestTheStore:
    def test_a_fresh_page_is_not_asked_for_again(self, bench):
        bench.server.on("/simple/flask/", json_page(WHEEL, Cache_Control="max-age=60"))
        bench.pages("flask")
        bench.now += 59
        assert names(bench.pages("flask")) == [[WHEEL]]
        assert len(bench.server.requests) == 1

    def test_it_needs_no_turn_of_the_event_loop(self, bench):
        bench.server.on("/simple/flask/", json_page(WHEEL))
        bench.pages("flask")

        async def act(client):
            return client.pages_now("flask")

        assert names(bench.run(act)) == [[WHEEL]]

    @pytest.mark.parametrize(
        ("given", "sent"),
        [
            ({"ETag": '"v1"'}, ("if-none-match", '"v1"')),
            (
                {"Last_Modified": "Fri, 20 Nov 2026 00:00:00 GMT"},
                ("if-modified-since", "Fri, 20 Nov 2026 00:00:00 GMT"),
            ),
        ],
    )
    def test_a_stale_page_is_revalidated(self, bench, given, sent):
        page = json_page(WHEEL, Cache_Control="max-age=60", **given)
        unchanged = Answer(304, b"").with_headers(Cache_Control="max-age=60")
        bench.server.on("/simple/flask/", page, unchanged)
        bench.pages("flask")
        for _ in range(2):
            bench.now += 61
            assert names(bench.pages("flask")) == [[WHEEL]]
        assert [asked.headers.get(sent[0]) for asked in bench.server.requests] == [
            None,
            sent[1],
            sent[1],
        ]

    def test_a_server_that_says_nothing_is_believed_for_ten_minutes(self, bench):
        bench.server.on("/simple/flask/", json_page(WHEEL))
        bench.pages("flask")
        bench.now += 599
        bench.pages("flask")
        assert len(bench.server.requests) == 1
        bench.now += 2
        bench.pages("flask")
        assert len(bench.server.requests) == 2

    def test_refresh_asks_again_and_tells_caches_on_the_way(self, bench):
        bench.server.on("/simple/flask/", json_page(WHEEL, ETag='"v1"'))
        bench.pages("flask")
        bench.pages("flask", refresh=True)
        again = bench.server.requests[1].headers
        assert (again["cache-control"], again["if-none-match"]) == ("no-cache", '"v1"')

    def test_no_store_is_obeyed(self, bench):
        bench.server.on("/simple/flask/", json_page(WHEEL, Cache_Control="no-store"))
        bench.pages("flask")
        bench.pages("flask")
        assert len(bench.server.requests) == 2

    def test_a_stale_page_does_not_hide_that_the_server_fails(self, bench):
        bench.server.on("/simple/flask/", json_page(WHEEL), unavailable())
        bench.pages("flask")
        bench.now += 601
        with pytest.raises(RefusedByServer):
            bench.pages("flask")

    def test_offline_uses_what_is_there_however_old(self, bench):
        bench.server.on("/simple/flask/", json_page(WHEEL))
        bench.pages("flask")
        bench.now += 10**8
        assert names(bench.pages("flask", offline=True)) == [[WHEEL]]

    def test_offline_says_what_it_could_not_ask(self, bench):
        with pytest.raises(OfflineError) as caught:
            bench.pages("flask", offline=True)
        assert caught.value.details == (f"not asked: {bench.index_url}",)
        assert bench.server.requests == []


class TestSeveralIndexes:
    @pytest.fixture
    def urls(self, bench):
        return (f"{bench.server.url}/private", f"{bench.server.url}/public")

    def test_the_first_that_knows_a_project_is_the_only_one_asked(self, bench, urls):
        bench.server.on("/private/flask/", json_page(WHEEL))
        bench.server.on("/public/flask/", json_page("flask-99-py3-none-any.whl"))
        pages = bench.pages("flask", indexes=urls)
        assert (names(pages), pages.asked) == ([[WHEEL]], urls[:1])
        assert bench.server.targets() == ["/private/flask/"]

    def test_it_counts_as_known_even_without_files(self, bench, urls):
        bench.server.on("/private/flask/", json_page())
        bench.server.on("/public/flask/", json_page("flask-99-py3-none-any.whl"))
        assert names(bench.pages("flask", indexes=urls)) == [[]]

    def test_the_next_is_asked_when_the_first_does_not_know_it(self, bench, urls):
        bench.server.on("/public/flask/", json_page(WHEEL))
        pages = bench.pages("flask", indexes=urls)
        assert (names(pages), pages.asked) == ([[WHEEL]], urls)

    @pytest.mark.parametrize("status", [401, 403, 500])
    def test_an_index_that_does_not_answer_is_not_passed_over(self, bench, urls, status):
        bench.server.on("/private/flask/", Answer(status))
        bench.server.on("/public/flask/", json_page("flask-99-py3-none-any.whl"))
        with pytest.raises(RefusedByServer):
            bench.pages("flask", indexes=urls)
        assert "/public/flask/" not in bench.server.targets()

    def test_unsafe_best_match_asks_all_at_once(self, bench, urls):
        bench.server.on("/private/flask/", json_page(WHEEL)._replace(delay=0.05))
        bench.server.on("/public/flask/", json_page("flask-99-py3-none-any.whl"))
        pages = bench.pages("flask", indexes=urls, strategy="unsafe-best-match")
        assert names(pages) == [[WHEEL], ["flask-99-py3-none-any.whl"]]

    def test_which_one_was_stored_makes_no_difference(self, bench, urls):
        bench.server.on("/public/flask/", json_page(WHEEL))
        bench.pages("flask", indexes=urls[1:])
        bench.server.on("/private/flask/", json_page("flask-2-py3-none-any.whl"))
        assert names(bench.pages("flask", indexes=urls)) == [["flask-2-py3-none-any.whl"]]


class TestLocalIndexes:
    def test_a_folder_in_the_layout_of_an_index_is_read(self, bench):
        folder = bench.folder / "index" / "flask"
        folder.mkdir(parents=True)
        (folder / WHEEL).write_bytes(b"wheel")
        pages = bench.pages("flask", indexes=(str(bench.folder / "index"),))
        assert names(pages) == [[WHEEL]]
        assert pages.pages[0].files[0].size == 5

    def test_its_index_html_is_believed(self, bench):
        folder = bench.folder / "index" / "flask"
        folder.mkdir(parents=True)
        (bench.folder / WHEEL).write_bytes(b"wheel")
        digest = "0" * 64
        (folder / "index.html").write_text(f'<a href="../../{WHEEL}#sha256={digest}">{WHEEL}</a>')
        pages = bench.pages("flask", indexes=((bench.folder / "index").as_uri(),))
        assert names(pages) == [[WHEEL]]
        assert pages.pages[0].files[0].digest("sha256") == digest

    def test_files_that_are_not_there_are_left_out(self, bench):
        folder = bench.folder / "index" / "flask"
        folder.mkdir(parents=True)
        (folder / "index.html").write_text(f'<a href="{WHEEL}">{WHEEL}</a>')
        assert names(bench.pages("flask", indexes=(str(bench.folder / "index"),))) == []

    def test_it_is_offered_besides_a_server_that_knows_the_project(self, bench):
        """docs/decisions/004: partial mirrors in folders are common, and must not hide PyPI."""
        folder = bench.folder / "index" / "flask"
        folder.mkdir(parents=True)
        (folder / WHEEL).write_bytes(b"wheel")
        bench.server.on("/simple/flask/", json_page("flask-2-py3-none-any.whl"))
        indexes = (bench.index_url, str(bench.folder / "index"))
        found = names(bench.pages("flask", indexes=indexes))
        assert found == [[WHEEL], ["flask-2-py3-none-any.whl"]]

    def test_one_that_does_not_exist_is_told_once(self, bench):
        missing = str(bench.folder / "none")

        async def act(client):
            await client.pages("flask")
            return await client.pages("click")

        assert bench.run(act, indexes=(missing,)).pages == ()
        assert bench.reporter.told == [f"the index `{missing}` does not exist"]


class TestFindLinks:
    def test_a_folder_comes_before_the_index_and_does_not_replace_it(self, bench):
        bench.server.on("/simple/flask/", json_page("flask-2.0-py3-none-any.whl"))
        (bench.folder / WHEEL).write_bytes(b"")
        (bench.folder / "Flask-0.9.tar.gz").write_bytes(b"")
        (bench.folder / "click-1.0-py3-none-any.whl").write_bytes(b"")
        pages = bench.pages("flask", find_links=(str(bench.folder),))
        assert names(pages) == [[WHEEL, "Flask-0.9.tar.gz"], ["flask-2.0-py3-none-any.whl"]]

    def test_a_folder_that_does_not_exist_is_told_once(self, bench):
        missing = str(bench.folder / "none")

        async def act(client):
            await client.pages("flask")
            return await client.pages("click")

        assert bench.run(act, indexes=(), find_links=(missing,)).pages == ()
        assert bench.reporter.told == [f"the find-links location `{missing}` does not exist"]

    def test_a_local_page_of_links_is_read(self, bench):
        page = bench.folder / "links.html"
        page.write_text(f'<a href="https://files.example/{WHEEL}">x</a>')
        pages = bench.pages("flask", indexes=(), find_links=(str(page),))
        assert pages.pages[0].files[0].url == f"https://files.example/{WHEEL}"

    def test_a_page_of_a_server_is_read_once_and_kept(self, bench):
        url = bench.server.on("/links", html(f'<a href="files/{WHEEL}">x</a>'))

        async def act(client):
            return await waiting.gather(client.pages("flask"), client.pages("click"))

        flask, click = bench.run(act, indexes=(), find_links=(url,))
        assert (names(flask), names(click)) == ([[WHEEL]], [])
        bench.pages("flask", indexes=(), find_links=(url,))
        assert bench.server.targets() == ["/links"]

    def test_one_file_may_be_named(self, bench):
        wheel = bench.folder / WHEEL
        wheel.write_bytes(b"")
        (bench.folder / "flask-2.0-py3-none-any.whl").write_bytes(b"")
        assert names(bench.pages("flask", indexes=(), find_links=(str(wheel),))) == [[WHEEL]]


class TestEvidence:
    def evidence(self, bench, *projects, **options):
        async def act(client):
            for project in projects:
                await client.pages(project)
            return client.evidence()

        return bench.run(act, **options)

    def test_a_page_counts_for_as_long_as_it_is_fresh(self, bench):
        bench.server.on("/simple/flask/", json_page(WHEEL, Cache_Control="max-age=60"))
        (only,) = self.evidence(bench, "flask")
        assert only.fresh_until == bench.now + 60
        assert only.still_holds()

    def test_it_shows_when_the_page_was_fetched_anew(self, bench):
        bench.server.on("/simple/flask/", json_page(WHEEL), json_page("flask-2-py3-none-any.whl"))
        (only,) = self.evidence(bench, "flask")
        bench.pages("flask", refresh=True)
        assert not only.still_holds()

    def test_an_unknown_project_counts_for_ten_minutes(self, bench):
        (only,) = self.evidence(bench, "flask")
        assert (only.fresh_until, only.still_holds()) == (bench.now + 600, True)

    def test_a_folder_counts_until_it_changes(self, bench):
        folder = bench.folder / "links"
        folder.mkdir()
        (only,) = self.evidence(bench, "flask", "click", indexes=(), find_links=(str(folder),))
        assert only.fresh_until == float("inf")
        assert only.still_holds()
        (folder / WHEEL).write_bytes(b"")
        assert not only.still_holds()

    def test_a_local_index_counts_until_a_project_appears(self, bench):
        (bench.folder / "index").mkdir()
        evidence = self.evidence(bench, "flask", indexes=(str(bench.folder / "index"),))
        assert all(item.still_holds() for item in evidence)
        (bench.folder / "index" / "flask").mkdir()
        assert not all(item.still_holds() for item in evidence)


class TestUnknownProjects:
    def test_a_denial_is_believed_by_the_next_run(self, bench):
        assert bench.pages("flask").pages == ()
        bench.server.on("/simple/flask/", json_page(WHEEL))
        assert bench.pages("flask").pages == ()
        assert len(bench.server.requests) == 1
        bench.now += 601
        assert len(bench.pages("flask").pages) == 1

    def test_it_counts_as_stored_so_that_a_failure_asks_again(self, bench):
        bench.pages("flask")

        async def act(client):
            await client.pages("flask")
            return client.used_stored_pages(("flask",)), client.used_stored_pages(("click",))

        assert bench.run(act) == (True, False)

    def test_refreshing_asks_again(self, bench):
        bench.pages("flask")
        bench.server.on("/simple/flask/", json_page(WHEEL))
        assert len(bench.pages("flask", refresh=True).pages) == 1
        assert len(bench.pages("flask").pages) == 1

    def test_beside_another_index_nothing_is_believed(self, bench):
        """A private project that has just been made must not come from the public index."""
        indexes = (f"{bench.server.url}/private", bench.index_url)
        bench.server.on("/simple/flask/", json_page(WHEEL))
        assert [page.index_url for page in bench.pages("flask", indexes=indexes).pages] == [
            indexes[1]
        ]
        bench.server.on("/private/flask/", json_page(WHEEL))
        assert [page.index_url for page in bench.pages("flask", indexes=indexes).pages] == [
            indexes[0]
        ]
