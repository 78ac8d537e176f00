"""Questions of the resolver are answered at once where nobody must be asked."""

import json

import pytest

from tests.kit.servers import Answer, unavailable
from tests.kit.wheels import WheelBuilder
from xpip.errors import IntegrityError
from xpip.index.provider import InstalledReleases, Provider, direct_file
from xpip.model.dependencies import CoreMetadata
from xpip.model.link import Digest
from xpip.model.options import SelectionPolicy
from xpip.model.target import Target
from xpip.model.version import Version
from xpip.network.failures import RefusedByServer
from xpip.network.loop import scheduler, waiting
from xpip.resolver.facts import Facts, NeedCandidates, NeedDependencies, Unavailable
from xpip.selection.rules import NoUploadTime

TARGET = Target(
    "3.11.7",
    "cpython",
    (("platform_system", "Linux"), ("python_version", "3.11"), ("sys_platform", "linux")),
    ("cp311-cp311-linux_x86_64", "py3-none-any"),
)
NOTHING = InstalledReleases({}, lambda _: None)


def publish(bench, *builders, announced=True, **answers):
    """Serve pages and files of wheels; `answers` replace the answer for a metadata file by stem."""
    pages = {}
    for builder in builders:
        name = builder.wheel_name()
        entry = {"filename": name, "url": f"/files/{name}", "hashes": {}}
        if announced:
            entry["core-metadata"] = True
        pages.setdefault(builder.name, []).append(entry)
        bench.server.on(f"/files/{name}", Answer(200, builder.bytes()))
        bench.server.on(f"/files/{name}.metadata", Answer(200, builder.metadata_text().encode()))
    for project, files in pages.items():
        body = json.dumps(
            {"meta": {"api-version": "1.0"}, "name": project, "files": files}
        ).encode()
        bench.server.on(f"/simple/{project}/", Answer(200, body))


def ask(bench, act, *, installed=NOTHING, policy=None, **options):
    """Run `act(provider, facts)` and return the facts."""
    facts = Facts()

    async def work(client):
        provider = Provider(client, facts, TARGET, policy or SelectionPolicy(), {}, installed)
        try:
            await act(provider, facts)
        finally:
            await provider.close()

    bench.run(work, **options)
    return facts


def versions(facts, project, url=""):
    return [str(candidate.version) for candidate in facts.candidates(project, url).candidates]


def everything(*projects):
    """Return an act that asks for projects and the dependencies of every candidate."""

    async def act(provider, facts):
        await provider.answer_all([NeedCandidates(project) for project in projects])
        candidates = [c for project in projects for c in facts.candidates(project).candidates]
        await provider.answer_all([NeedDependencies(candidate) for candidate in candidates])

    return act


def test_candidates_and_dependencies_arrive(bench):
    publish(
        bench,
        WheelBuilder("app", "1.0", requires=("dep>=1", "never; sys_platform == 'win32'")),
        WheelBuilder("app", "2.0"),
    )
    facts = ask(bench, everything("app"))
    assert versions(facts, "app") == ["1.0", "2.0"]
    first = facts.candidates("app").candidates[0]
    assert [str(requirement) for requirement in facts.dependencies(first).requires] == ["dep>=1"]
    assert facts.candidates("app").indexes == (bench.index_url,)


def test_an_unknown_project_is_an_answer(bench):
    found = ask(bench, everything("nothing")).candidates("nothing")
    assert (found.found, found.candidates, found.indexes) == (False, (), (bench.index_url,))


def test_what_is_stored_is_answered_without_a_turn_of_the_loop(bench):
    publish(bench, *[WheelBuilder(f"app{number}", "1.0") for number in range(5)])
    projects = [f"app{number}" for number in range(5)]
    ask(bench, everything(*projects))
    turns = []

    async def act(provider, facts):
        scheduler.get_running_loop().call_soon(turns.append, 1)
        await everything(*projects)(provider, facts)
        assert turns == []

    facts = ask(bench, act)
    assert versions(facts, "app4") == ["1.0"]


def test_the_wishlist_is_begun_only_when_something_has_to_be_waited_for(bench):
    publish(bench, WheelBuilder("app", "1.0"), WheelBuilder("wish", "1.0"))

    async def act(provider, facts):
        await provider.answer_all([NeedCandidates("app")], lambda: [NeedCandidates("wish")])
        await provider.answer_all([NeedCandidates("wish")])

    ask(bench, act)
    assert sorted(bench.server.targets()) == ["/simple/app/", "/simple/wish/"]
    bench.server.requests.clear()
    publish(bench, WheelBuilder("other", "1.0"))

    async def warm(provider, facts):
        await provider.answer_all([NeedCandidates("app")], lambda: [NeedCandidates("other")])

    ask(bench, warm)
    assert bench.server.requests == []


def test_a_wish_that_costs_nothing_is_answered_at_once(bench):
    """Each one saves the resolver a stop, whether or not anything has to be waited for."""
    publish(bench, WheelBuilder("app", "1.0"), WheelBuilder("wish", "1.0"))

    async def fill(provider, facts):
        await provider.answer_all([NeedCandidates("app"), NeedCandidates("wish")])

    ask(bench, fill)
    bench.server.requests.clear()
    asked = []

    async def act(provider, facts):
        await provider.answer_all(
            [NeedCandidates("app")], lambda: asked.append(1) or [NeedCandidates("wish")]
        )

    facts = ask(bench, act)
    assert versions(facts, "wish") == ["1.0"]
    assert bench.server.requests == []
    assert asked == [1]


def test_wishes_are_looked_at_again_when_an_answer_comes(bench):
    """What a page brings up is asked for while another page is still waited for."""
    publish(bench, WheelBuilder("app", "1.0"), WheelBuilder("next", "1.0"))

    async def act(provider, facts):
        def wishes():
            return [NeedCandidates("next")] if facts.candidates("app") else []

        await provider.answer_all([NeedCandidates("app")], wishes)
        await provider.answer(NeedCandidates("next"))

    assert versions(ask(bench, act), "next") == ["1.0"]
    assert sorted(bench.server.targets()) == ["/simple/app/", "/simple/next/"]


def test_a_failed_wish_is_told_only_to_who_needs_it(bench):
    publish(bench, WheelBuilder("app", "1.0"))
    bench.server.on("/simple/wish/", unavailable())

    async def act(provider, facts):
        await provider.answer_all([NeedCandidates("app")], lambda: [NeedCandidates("wish")])
        await waiting.sleep(0.1)
        with pytest.raises(RefusedByServer):
            await provider.answer(NeedCandidates("wish"))

    assert versions(ask(bench, act), "app") == ["1.0"]


class TestUnusableReleases:
    def reason(self, bench, **options):
        facts = ask(bench, everything("app"), **options)
        (candidate,) = facts.candidates("app").candidates
        answer = facts.dependencies(candidate)
        assert isinstance(answer, Unavailable)
        return answer.reason

    def test_metadata_about_another_version_makes_a_release_unusable(self, bench):
        publish(bench, WheelBuilder("app", "1.0", metadata="Name: app\nVersion: 2.0\n"))
        bench.server.on(
            "/files/app-1.0-py3-none-any.whl.metadata",
            Answer(200, b"Metadata-Version: 2.1\nName: app\nVersion: 2.0\n"),
        )
        assert "is about version `2.0`" in self.reason(bench)

    def test_a_requirement_that_does_not_parse_makes_a_release_unusable(self, bench):
        publish(bench, WheelBuilder("app", "1.0", requires=("dep >>> 1",)))
        assert "cannot be used" in self.reason(bench)

    def test_a_file_that_is_gone_makes_a_release_unusable(self, bench):
        publish(bench, WheelBuilder("app", "1.0"))
        for path in list(bench.server.routes):
            if path.startswith("/files/"):
                bench.server.on(path, Answer(404))
        assert "answered 404" in self.reason(bench)

    def test_a_server_in_trouble_ends_the_run(self, bench):
        publish(bench, WheelBuilder("app", "1.0"))
        bench.server.on("/files/app-1.0-py3-none-any.whl.metadata", unavailable())
        with pytest.raises(RefusedByServer):
            ask(bench, everything("app"))


class TestDirectReferences:
    def test_the_file_itself_answers(self, bench):
        builder = WheelBuilder("app", "1.0", requires=("dep>=1",))
        url = builder.build(bench.folder).as_uri()

        async def act(provider, facts):
            await provider.answer(NeedCandidates("app", url))

        facts = ask(bench, act)
        (candidate,) = facts.candidates("app", url).candidates
        assert (candidate.direct, candidate.version, candidate.file.url) == (
            True,
            Version("1.0"),
            url,
        )
        assert [str(requirement) for requirement in facts.dependencies(candidate).requires] == [
            "dep>=1"
        ]

    def test_one_of_a_server_is_downloaded_once(self, bench):
        builder = WheelBuilder("app", "1.0")
        url = bench.server.on(f"/files/{builder.wheel_name()}", Answer(200, builder.bytes()))

        async def act(provider, facts):
            await provider.answer_all([NeedCandidates("app", url)])
            await provider.answer_all(
                [NeedDependencies(facts.candidates("app", url).candidates[0])]
            )

        ask(bench, act)
        ask(bench, act)
        assert len(bench.server.requests) == 1

    def test_one_that_does_not_fit_the_target_says_why(self, bench):
        url = WheelBuilder("app", "1.0", tag="cp39-cp39-win_amd64").build(bench.folder).as_uri()

        async def act(provider, facts):
            await provider.answer(NeedCandidates("app", url))

        found = ask(bench, act).candidates("app", url)
        assert found.candidates == ()
        assert found.rejected[0].rejection.kind == "tags"

    def test_a_digest_in_the_fragment_is_checked(self, bench):
        url = WheelBuilder("app", "1.0").build(bench.folder).as_uri() + "#sha256=" + "0" * 64

        async def act(provider, facts):
            await provider.answer(NeedCandidates("app", url))

        with pytest.raises(IntegrityError):
            ask(bench, act)

    def test_the_file_keeps_no_fragment(self):
        file = direct_file(
            "https://files.example/app-1.0%2Blocal-py3-none-any.whl#egg=app&sha256=" + "AB" * 32
        )
        assert file.filename == "app-1.0+local-py3-none-any.whl"
        assert file.url == "https://files.example/app-1.0%2Blocal-py3-none-any.whl"
        assert file.digests == (Digest("sha256", "ab" * 32),)


class TestInstalledReleases:
    def test_what_no_index_has_may_stay(self, bench):
        installed = InstalledReleases(
            {"app": "0.5"}, lambda _: CoreMetadata("app", "0.5", ("dep",))
        )
        publish(bench, WheelBuilder("app", "1.0"))
        facts = ask(bench, everything("app"), installed=installed)
        assert versions(facts, "app") == ["0.5", "1.0"]
        old = facts.candidates("app").candidates[0]
        assert [str(requirement) for requirement in facts.dependencies(old).requires] == ["dep"]

    def test_what_an_index_has_is_taken_from_there(self, bench):
        installed = InstalledReleases({"app": "1.0"}, lambda _: None)
        publish(bench, WheelBuilder("app", "1.0"))
        (candidate,) = (
            ask(bench, everything("app"), installed=installed).candidates("app").candidates
        )
        assert candidate.file.url.startswith(bench.server.url)

    def test_unreadable_metadata_is_no_answer(self, bench):
        installed = InstalledReleases({"app": "0.5"}, lambda _: None)
        facts = ask(bench, everything("app"), installed=installed)
        assert isinstance(facts.dependencies(facts.candidates("app").candidates[0]), Unavailable)


def test_a_wish_that_cannot_be_answered_is_no_error(bench):
    """An index without upload times matters only for projects that are needed."""
    publish(bench, WheelBuilder("needed", "1.0"), WheelBuilder("guessed", "1.0"))
    limited = SelectionPolicy(uploaded_before=0.0, uploaded_before_packages=(("needed", None),))
    guess = NeedCandidates("guessed")
    # Its page is in the store by then, and would be judged at once.
    bench.pages("guessed")

    async def act(provider, facts):
        await provider.answer_all([NeedCandidates("needed")], lambda: (guess,))
        assert not facts.is_known(guess)
        with pytest.raises(NoUploadTime):
            await provider.answer_all([guess])

    facts = ask(bench, act, policy=limited)
    assert versions(facts, "needed") == ["1.0"]


def test_indexes_in_turn_give_their_candidates_a_group(bench):
    publish(bench, WheelBuilder("app", "1.0"))
    installed = InstalledReleases({"app": "2.0"}, lambda _: None)
    facts = ask(
        bench, everything("app"), installed=installed,
        strategy="unsafe-first-match",
    )  # fmt: skip
    assert [candidate.group for candidate in facts.candidates("app").candidates] == [1, 1]
