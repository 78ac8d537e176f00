"""What decides a version, from the command line to what is installed."""

import json
from datetime import datetime, timedelta, timezone
from random import Random

import pytest

from tests.kit.command import xpip
from tests.kit.index import IndexServer
from tests.kit.wheels import WheelBuilder
from tests.kit.world import refused


@pytest.fixture
def second(tmp_path):
    """Another index on loopback."""
    folder = tmp_path / "second-files"
    folder.mkdir()
    with IndexServer(folder).serving() as index:
        yield index


def publish(index, name, version, **options):
    return WheelBuilder(name, version, **options).build(index.folder)


def fine(done):
    assert done.code == 0, done
    return done


def usage_error(done, *fragments):
    assert done.code == 2, done
    for fragment in fragments:
        assert fragment in done.err, done


class TestSeveralIndexes:
    """`--extra-index-url` comes first, so `second` is the private index and `world.index` PyPI."""

    def test_the_first_index_that_has_a_project_serves_it(self, world, second):
        publish(second, "app", "1.0")
        world.wheel("app", "2.0")
        fine(world.install("--extra-index-url", second.simple, "app"))
        assert world.installed() == {"app": "1.0"}
        assert "/simple/app/" not in world.index.requests

    def test_best_match_takes_the_best_of_all(self, world, second):
        publish(second, "app", "1.0")
        world.wheel("app", "2.0")
        strategy = ("--index-strategy", "unsafe-best-match")
        fine(world.install("--extra-index-url", second.simple, *strategy, "app"))
        assert world.installed() == {"app": "2.0"}

    @pytest.mark.parametrize(
        ("requirement", "version"), [("app", "1.5"), ("app>1.5", "3.0"), ("app<1.5", "1.0")]
    )
    def test_first_match_tries_one_index_after_the_other(self, world, second, requirement, version):
        for published in ("1.0", "1.5"):
            publish(second, "app", published)
        for published in ("1.5", "2.0", "3.0"):
            world.wheel("app", published)
        strategy = ("--index-strategy", "unsafe-first-match")
        fine(world.install("--extra-index-url", second.simple, *strategy, requirement))
        assert world.installed() == {"app": version}

    def test_first_match_and_lowest_go_together(self, world, second):
        for published in ("1.0", "1.5"):
            publish(second, "app", published)
        world.wheel("app", "0.1")
        options = ("--index-strategy", "unsafe-first-match", "--resolution", "lowest")
        fine(world.install("--extra-index-url", second.simple, *options, "app"))
        assert world.installed() == {"app": "1.0"}

    def test_the_only_usable_version_on_a_later_index_is_told_and_not_used(self, world, second):
        publish(second, "app", "1.0")
        world.wheel("app", "2.0")
        done = world.install("--extra-index-url", second.simple, "app>=2")
        refused(
            world,
            done,
            f"`app` 2.0 is on {world.index.simple}",
            f"because {second.simple} comes first",
            f"try: `--index-package app={world.index.simple}`, which takes `app` from there only "
            "and selects app 2.0",
            "try: `--index-strategy unsafe-best-match`",
        )

    def test_what_is_told_of_hidden_versions_works(self, world, second):
        world.wheel("app", "1.0", requires=["library>=2"])
        publish(second, "library", "1.0")
        world.wheel("library", "2.0")
        done = world.install("--extra-index-url", second.simple, "app")
        fixes = [line.split("`")[1] for line in done.err.splitlines() if line.startswith("try: ")]
        assert [fix.split()[0] for fix in fixes] == ["--index-package", "--index-strategy"]
        for fix in fixes:
            command = ["--extra-index-url", second.simple, *fix.split(), "--dry-run", "app"]
            assert "app-1.0 library-2.0" in fine(world.install(*command)).out

    def test_what_would_not_help_is_no_advice(self, world, second):
        world.wheel("app", "1.0", requires=["library>=2", "absent"])
        publish(second, "library", "1.0")
        world.wheel("library", "2.0", requires=["absent"])
        done = world.install("--extra-index-url", second.simple, "app")
        refused(world, done)
        assert "try: " not in done.err

    def test_a_tie_leaves_the_order_of_indexes_alone(self, world, second):
        publish(second, "app", "1.0")
        publish(second, "library", "1.0")
        world.wheel("app", "2.0", requires=["library"])
        world.wheel("library", "2.0")
        words = ["--extra-index-url", second.simple, "--index-package"]
        fine(world.install(*words, f"app={world.index.simple.rstrip('/')}", "app"))
        assert world.installed() == {"app": "2.0", "library": "1.0"}

    def test_what_a_dependency_needs_may_be_hidden_too(self, world, second):
        world.wheel("app", "1.0", requires=["library>=2"])
        publish(second, "library", "1.0")
        world.wheel("library", "2.0")
        done = world.install("--extra-index-url", second.simple, "app")
        refused(world, done, f"`library` 2.0 is on {world.index.simple}")

    def test_a_version_that_would_not_help_is_not_told(self, world, second):
        publish(second, "app", "1.0")
        world.wheel("app", "2.0")
        done = world.install("--extra-index-url", second.simple, "app>=3")
        refused(world, done, "app>=3")
        assert "does not count" not in done.err

    def test_a_named_index_outranks_all_others(self, world, second):
        publish(second, "app", "1.0")
        world.wheel("app", "2.0")
        fine(world.install("--index", f"private={second.simple}", "app"))
        assert world.installed() == {"app": "1.0"}

    def test_a_project_is_tied_to_one_index(self, world, second):
        publish(second, "app", "1.0", requires=["library"])
        publish(second, "library", "1.0")
        world.wheel("app", "2.0")
        world.wheel("library", "2.0")
        world.index.requests.clear()
        fine(
            world.xpip(
                "install", "-i", second.simple, "--index", f"public={world.index.simple}",
                "--index-package", "library=public", "app<2", "--index-strategy", "unsafe-best-match",
            )
        )  # fmt: skip
        assert world.installed() == {"app": "1.0", "library": "2.0"}
        assert "/simple/library/" not in second.requests

    def test_a_tie_leaves_out_find_links(self, world, second, tmp_path):
        links = tmp_path / "links"
        WheelBuilder("app", "9.0").build(links)
        world.wheel("app", "1.0")
        named = ("--index", f"main={world.index.simple}")
        fine(world.install(*named, "--find-links", links, "--index-package", "app=main", "app"))
        assert world.installed() == {"app": "1.0"}

    def test_variables_name_and_tie_too(self, world, second):
        publish(second, "app", "1.0")
        world.wheel("app", "2.0")
        fine(
            world.install(
                "app", XPIP_INDEX=f"private={second.simple}", XPIP_INDEX_PACKAGE="app=private"
            )
        )
        assert world.installed() == {"app": "1.0"}

    def test_what_pip_calls_index_is_something_else(self, world, second):
        """Repository managers tell users to write `index` for the old `pip search`."""
        publish(second, "app", "1.0")
        world.wheel("app", "2.0")
        fine(world.install("app", PIP_INDEX=f"{second.url}/pypi"))
        assert world.installed() == {"app": "2.0"}

    @pytest.mark.parametrize(
        ("words", "fragment"),
        [
            (["--index-package", "app=nowhere"], "ties `app` to no known index"),
            (["--index-package", "app"], "takes `PROJECT=NAME`"),
            (["--index", "a=https://a.example", "--index", "a=https://b.example"], "two indexes"),
        ],
    )
    def test_names_that_make_no_sense(self, world, words, fragment):
        usage_error(world.install(*words, "app"), fragment)


class TestUploadTimes:
    @pytest.fixture(autouse=True)
    def releases(self, world):
        for version, day in (("1.0", "01"), ("2.0", "10"), ("3.0", "20")):
            name = world.wheel("app", version).name
            world.index.uploaded[name] = f"2026-01-{day}T12:00:00.000000Z"

    @pytest.mark.parametrize(
        ("words", "version"),
        [
            (["--exclude-newer", "2026-01-10T12:00:01Z"], "2.0"),
            (["--exclude-newer", "2026-01-10T12:00:00Z"], "1.0"),
            (["--exclude-newer", "2026-01-10"], "2.0"),
            (["--uploaded-prior-to", "2026-01-10"], "1.0"),
            (["--uploaded-prior-to", "2026-01-10T14:00:01+02:00"], "2.0"),
            (["--exclude-newer", "2026-01-20", "--uploaded-prior-to", "2026-01-05"], "1.0"),
            (["--exclude-newer", "false"], "3.0"),
            (["--exclude-newer-package", "app=2026-01-05"], "1.0"),
            (["--exclude-newer", "2026-01-05", "--exclude-newer-package", "App=false"], "3.0"),
            (["--exclude-newer", "2026-01-05", "--exclude-newer-package", "b=false"], "1.0"),
        ],
    )
    def test_only_older_files_count(self, world, words, version):
        fine(world.install(*words, "app", TZ="UTC"))
        assert world.installed() == {"app": version}

    def test_a_time_without_offset_is_in_the_zone_of_this_machine(self, world):
        fine(world.install("--exclude-newer", "2026-01-10T14:00:01", "app", TZ="EET-2"))
        assert world.installed() == {"app": "2.0"}

    @pytest.mark.parametrize("length", ["10 days", "P10D", "240h"])
    def test_a_length_of_time_counts_back_from_now(self, world, length):
        now = datetime.now(timezone.utc)
        for version, days in (("1.0", 11), ("2.0", 9), ("3.0", 0)):
            day = now - timedelta(days=days)
            world.index.uploaded[f"app-{version}-py3-none-any.whl"] = day.isoformat()
        fine(world.install("--exclude-newer", length, "app"))
        assert world.installed() == {"app": "1.0"}

    def test_pip_variables_count(self, world):
        fine(world.install("app", PIP_UPLOADED_PRIOR_TO="2026-01-05"))
        assert world.installed() == {"app": "1.0"}

    def test_another_limit_is_another_question(self, world):
        fine(world.install("--dry-run", "--exclude-newer", "2026-01-05", "app"))
        done = fine(world.install("--dry-run", "--exclude-newer", "2026-01-15", "app"))
        assert "app-2.0" in done.out

    def test_what_is_too_new_is_told(self, world):
        done = world.install("--exclude-newer", "2026-01-15", "app==3.0")
        refused(world, done, "uploaded at 2026-01-20T12:00:00.000000Z, after the cut-off")

    def test_an_index_without_upload_times(self, world):
        world.index.uploaded.clear()
        done = world.install("--exclude-newer", "2026-01-15", "app")
        refused(world, done, "does not state when `app-", world.index.simple)
        fine(
            world.install(
                "--exclude-newer", "2026-01-15", "--exclude-newer-package", "app=false", "app"
            )
        )

    def test_find_links_of_this_machine_have_no_limit(self, world):
        fine(
            world.xpip(
                "install", "--no-index", "-f", world.index.folder, "--exclude-newer", "2026-01-05",
                "app",
            )
        )  # fmt: skip
        assert world.installed() == {"app": "3.0"}

    @pytest.mark.parametrize(
        "words",
        [
            ["--exclude-newer", "soon"],
            ["--exclude-newer", "1 month"],
            ["--uploaded-prior-to", "2026-02-30"],
            ["--exclude-newer-package", "app"],
            ["--exclude-newer-package", "app=x"],
        ],
    )
    def test_what_is_no_time(self, world, words):
        usage_error(world.install(*words, "app"), words[0])


class TestPrereleases:
    @pytest.fixture(autouse=True)
    def releases(self, world):
        world.wheel("app", "1.0", requires=["library"])
        world.wheel("app", "2.0rc1", requires=["library>=2.0rc1"])
        for version in ("1.0", "2.0rc1", "3.0.dev1"):
            world.wheel("library", version)

    @pytest.mark.parametrize(
        ("words", "expected"),
        [
            ([], ("1.0", "1.0")),
            (["--pre"], ("2.0rc1", "3.0.dev1")),
            (["--prerelease", "allow"], ("2.0rc1", "3.0.dev1")),
            (["--all-releases", ":all:"], ("2.0rc1", "3.0.dev1")),
            (["--all-releases", "library"], ("1.0", "3.0.dev1")),
            (["--all-releases", "app,Library"], ("2.0rc1", "3.0.dev1")),
            (["--all-releases", ":all:", "--only-final", "app"], ("1.0", "3.0.dev1")),
            (["--all-releases", "app", "--all-releases", ":none:"], ("1.0", "1.0")),
            (["--prerelease-package", "library=allow"], ("1.0", "3.0.dev1")),
            (["--pre", "--prerelease-package", "library=disallow"], ("1.0", "1.0")),
            (["--prerelease", "disallow", "--prerelease-package", "app=allow"], ("1.0", "1.0")),
            (["--prerelease", "explicit"], ("1.0", "1.0")),
            (["library!=3.0.dev1", "--prerelease", "explicit"], ("1.0", "1.0")),
            (["library>=1.0rc1"], ("1.0", "3.0.dev1")),
            (["library>=1.0rc1", "--prerelease", "explicit"], ("1.0", "3.0.dev1")),
            (["library>=1.0rc1", "--prerelease", "if-necessary"], ("1.0", "1.0")),
            (["library>=1.0rc1", "--prerelease-package", "library=if-necessary"], ("1.0", "1.0")),
            (["library>=1.0rc1", "--only-final", "library"], ("1.0", "1.0")),
            (["library>1", "--prerelease", "if-necessary"], ("1.0", "3.0.dev1")),
            (["library>1"], ("1.0", "3.0.dev1")),
        ],
    )
    def test_when_they_count(self, world, words, expected):
        fine(world.install("app", *words))
        assert world.installed() == dict(zip(("app", "library"), expected, strict=True))

    @pytest.mark.parametrize(
        "words", [["--prerelease", "disallow"], ["--only-final", ":all:"], ["--prerelease", "explicit"]]
    )  # fmt: skip
    def test_where_they_never_count_nothing_else_helps(self, world, words):
        refused(
            world, world.install("library>1", *words), "a pre-release, and these are not allowed"
        )

    def test_requirements_files_say_so_too(self, world):
        world.write("requirements.txt", "app\n--only-final app\n--all-releases library\n")
        fine(world.install("-r", "requirements.txt", "--all-releases", "app"))
        assert world.installed() == {"app": "1.0", "library": "3.0.dev1"}

    def test_variables_count(self, world):
        fine(world.install("app", PIP_ALL_RELEASES="library", XPIP_ONLY_FINAL="app"))
        assert world.installed() == {"app": "1.0", "library": "3.0.dev1"}

    @pytest.mark.parametrize(
        ("words", "fragment"),
        [
            (["--pre", "--only-final", "app"], "`--pre` goes with neither"),
            (["--pre", "--prerelease", "disallow"], "`--pre` does not go with"),
            (["--prerelease-package", "app=maybe"], "modes are"),
            (["--all-releases", "a b"], "takes names of projects"),
        ],
    )
    def test_contradictions(self, world, words, fragment):
        usage_error(world.install("app", *words), fragment)


class TestResolution:
    @pytest.fixture(autouse=True)
    def releases(self, world):
        for version in ("1.0", "1.5", "2.0"):
            world.wheel("app", version, requires=["library>=1.5"])
            world.wheel("library", version)

    @pytest.mark.parametrize(
        ("mode", "expected"),
        [
            ("highest", {"app": "2.0", "library": "2.0"}),
            ("lowest", {"app": "1.5", "library": "1.5"}),
            ("lowest-direct", {"app": "1.5", "library": "2.0"}),
        ],
    )
    def test_which_end_is_tried_first(self, world, mode, expected):
        fine(world.install("app>1.0", "--resolution", mode))
        assert world.installed() == expected

    def test_an_override_takes_the_place_of_requirements(self, world):
        overrides = world.write("overrides.txt", "library<1.5  # older\n")
        fine(world.install("app", "--override", overrides))
        assert world.installed() == {"app": "2.0", "library": "1.0"}

    def test_an_override_counts_although_all_is_satisfied_without(self, world):
        fine(world.install("app"))
        world.write("overrides.txt", "library==1.0\n")
        fine(world.install("app", XPIP_OVERRIDE="overrides.txt"))
        assert world.installed() == {"app": "2.0", "library": "1.0"}

    def test_an_override_whose_marker_does_not_hold_drops_the_requirement(self, world):
        world.write("overrides.txt", 'library==1.0; sys_platform == "nowhere"\n')
        fine(world.install("app", "--override", "overrides.txt"))
        assert world.installed() == {"app": "2.0"}

    def test_an_override_asks_for_nothing_itself(self, world):
        world.write("overrides.txt", "absent==1.0\n")
        fine(world.install("library", "--override", "overrides.txt"))
        assert world.installed() == {"library": "2.0"}

    def test_an_excluded_project_is_left_out_whoever_needs_it(self, world):
        fine(world.install("app", "library", "--exclude", "Library"))
        assert world.installed() == {"app": "2.0"}

    def test_a_file_of_exclusions_outranks_overrides(self, world):
        world.write("excludes.txt", "library\n")
        world.write("overrides.txt", "library==1.0\n")
        fine(world.install("app", "--exclude", "excludes.txt", "--override", "overrides.txt"))
        assert world.installed() == {"app": "2.0"}

    def test_what_pip_excludes_from_lists_is_installed(self, world):
        fine(world.install("app", PIP_EXCLUDE="library"))
        assert world.installed() == {"app": "2.0", "library": "2.0"}

    @pytest.mark.parametrize(
        ("option", "content", "fragment"),
        [
            ("--override", "-i https://index.example/simple\n", "options"),
            ("--override", "./app-1.0-py3-none-any.whl\n", "does not begin with the name"),
            ("--exclude", "library<2\n", "says more than a name"),
        ],
    )
    def test_files_that_say_too_much(self, world, option, content, fragment):
        world.write("file.txt", content)
        refused(world, world.install("app", option, "file.txt"), fragment)

    def test_a_missing_file_of_exclusions(self, world):
        refused(world, world.install("app", "--exclude", "none.txt"), "none.txt")


class TestPythonAndFiles:
    def test_a_release_for_another_python_is_taken_only_when_told_to(self, world):
        world.wheel("app", "1.0")
        name = world.wheel("app", "2.0", requires_python=">=4").name
        world.index.requires_python[name] = ">=4"
        fine(world.install("app"))
        assert world.installed() == {"app": "1.0"}
        fine(world.install("-U", "app", "--ignore-requires-python"))
        assert world.installed() == {"app": "2.0"}

    def test_wheels_can_be_forbidden(self, world):
        world.wheel("app", "1.0")
        done = world.install("app", "--no-binary", "app")
        refused(world, done, "only wheels, and `--no-binary` forbids them")
        fine(
            world.install("app", "--no-binary", ":all:", "--only-binary", "app", "--prefer-binary")
        )
        assert world.installed() == {"app": "1.0"}

    def test_an_sdist_that_may_not_be_built_is_told_with_the_option_that_says_so(self, world):
        world.wheel("app", "1.0")
        (world.index.folder / "app-2.0.tar.gz").write_bytes(b"nobody looks into it")
        reason = "2.0: only an sdist, and `--only-binary` forbids to build it"
        refused(world, world.install("app>=2", "--only-binary", ":all:"), reason)
        refused(world, world.install("app>=2", "--only-binary", "App"), reason)
        foreign = ("--dry-run", "--python-platform", "windows")
        refused(world, world.install("app>=2", *foreign), "only an sdist, and nothing may be built")
        for words in (["--only-binary", ":all:"], ["--prefer-binary"], foreign):
            assert "app-1.0" in fine(world.install("--dry-run", "app", *words)).out

    def test_wheels_for_others_are_told_with_their_tags(self, world):
        for tag in ("cp39-cp39-win_amd64", "cp39-cp39-macosx_11_0_arm64", "cp39-cp39-win32"):
            world.wheel("app", "1.0", tag=tag)
        told = "its wheels are for other Pythons or platforms (cp39-cp39-macosx_11_0_arm64, cp39-"
        refused(world, world.install("app"), "1.0: " + told, " and 1 more)")

    @pytest.mark.parametrize(
        ("requirement", "version"),
        [
            ("app", "1!0.1"), ("app<1!0", "2.0.post1"), ("app==2.0", "2.0+cpu"), ("app===2.0", "2.0"),
            ("app<2.0", "1.0"), ("app<2.0rc2", "2.0rc1"), ("app==2.0.dev1", "2.0.dev1"),
            ("app~=2.0.dev0,<1!0", "2.0.post1"), ("app>=2.0,<1!0,!=2.0.post1", "2.0+cpu"), ("app==2", "2.0+cpu"),
        ],
    )  # fmt: skip
    def test_versions_are_compared_as_pep_440_says(self, world, requirement, version):
        for known in ("1.0", "2.0.dev1", "2.0rc1", "2.0", "2.0+cpu", "2.0.post1", "1!0.1"):
            world.wheel("app", known)
        assert f"app-{version}" in fine(world.install("--dry-run", requirement)).out.split()

    def test_one_project_is_refreshed(self, world):
        world.wheel("app", "1.0", requires=["library"])
        world.wheel("library", "1.0")
        fine(world.install("--dry-run", "app"))
        world.wheel("app", "2.0", requires=["library"])
        world.wheel("library", "2.0")
        done = fine(world.install("--dry-run", "app"))
        assert "app-1.0 library-1.0" in done.out
        world.index.requests.clear()
        done = fine(world.install("--dry-run", "app", "--refresh-package", "library"))
        assert "app-1.0 library-2.0" in done.out
        assert "/simple/app/" not in world.index.requests
        done = fine(world.install("--dry-run", "app", "--refresh-package", ":all:"))
        assert "app-2.0 library-2.0" in done.out

    @pytest.mark.parametrize(
        "words", [["--refresh"], ["--refresh-package", "app"], ["--refresh-package", "App,library"]]
    )
    def test_what_was_refreshed_is_the_answer_from_then_on(self, world, words):
        world.wheel("app", "1.0")
        for published in ("1.0", "2.0"):
            world.wheel("app", published)
            done = fine(world.install("--dry-run", "app"))
            assert "app-1.0" in done.out, "the index allows its page to be used for a while"
        world.index.requests.clear()
        assert "app-2.0" in fine(world.install("--dry-run", "app", *words)).out
        assert world.index.requests.count("/simple/app/") == 1
        world.index.requests.clear()
        assert "app-2.0" in fine(world.install("--dry-run", "app")).out
        assert world.index.requests == [], "remembered"

    def test_details_tell_what_was_read_and_not_used(self, world):
        for version in ("1.0", "2.0", "3.0"):
            world.wheel("app", version, requires=["library<2"])
        world.wheel("library", "2.0")
        world.wheel("library", "1.0")
        done = fine(world.install("-v", "--dry-run", "app", "library"))
        [told] = [line for line in done.err.splitlines() if "decisions" in line]
        assert "2 projects" in told
        assert "read ahead and not needed" in told


class TestAnotherMachine:
    @pytest.fixture(autouse=True)
    def releases(self, world):
        for tag in (
            "cp39-cp39-manylinux_2_17_aarch64.manylinux2014_aarch64",
            "cp39-cp39-win_amd64",
            "pp310-pypy310_pp73-manylinux_2_17_x86_64",
            "cp310-cp310-macosx_11_0_arm64",
        ):
            world.wheel(
                "app", "1.0", tag=tag,
                requires=['winlib; sys_platform == "win32"', 'old; python_version < "3.10"'],
            )  # fmt: skip
        for name in ("winlib", "old"):
            world.wheel(name, "1.0")

    @pytest.mark.parametrize(
        ("words", "expected"),
        [
            (["--platform", "manylinux2014_aarch64", "--python-version", "39"], "app-1.0 old-1.0"),
            (["--platform", "manylinux_2_28_aarch64", "--python-version", "3.9"], "app-1.0 old-1.0"),
            (["--platform", "any", "--platform", "win_amd64", "--python-version", "3.9.7"], "app-1.0"),
            (["--platform", "win_amd64", "--python-version", "3.9"], "app-1.0 old-1.0 winlib-1.0"),
            (["--python-platform", "windows", "--python-version", "3.9"], "app-1.0 old-1.0 winlib-1.0"),
            (["--python-platform", "aarch64-manylinux_2_28", "--python-version", "3.9"], "app-1.0 old-1.0"),
            (["--platform", "macosx_14_0_arm64", "--python-version", "3.10"], "app-1.0"),
            (["--implementation", "pp", "--abi", "pypy310_pp73", "--platform", "manylinux2014_x86_64",
              "--python-version", "3.10"], "app-1.0"),
        ],
    )  # fmt: skip
    def test_what_it_would_get(self, world, words, expected):
        done = fine(world.install("--dry-run", *words, "app"))
        for word in expected.split():
            assert word in done.out

    @pytest.mark.parametrize(
        "words",
        [
            ["--platform", "manylinux2010_aarch64", "--python-version", "3.9"],
            ["--platform", "win_amd64", "--python-version", "3.10"],
            ["--platform", "win_amd64", "--python-version", "3.9", "--abi", "none"],
            ["--platform", "win_amd64", "--python-version", "3.9", "--implementation", "py"],
        ],
    )
    def test_what_does_not_fit(self, world, words):
        refused(world, world.install("--dry-run", *words, "app"), "app")

    def test_a_target_folder_is_filled_for_it(self, world):
        words = ("--platform", "win_amd64", "--python-version", "3.9", "--target", "bundle")
        fine(world.install(*words, "app"))
        assert world.installed() == {}
        found = sorted(path.name for path in (world.folder / "bundle").glob("*.dist-info"))
        assert found == ["app-1.0.dist-info", "old-1.0.dist-info", "winlib-1.0.dist-info"]

    def test_what_is_installed_here_does_not_count_there(self, world):
        world.wheel("tool", "1.0")
        fine(world.install("tool"))
        done = fine(world.install("--dry-run", "--platform", "win_amd64", "tool"))
        assert "Would install tool-1.0" in done.out

    @pytest.mark.parametrize(
        "words",
        [
            ["--platform", "win_amd64"],
            ["--python-version", "3.9"],
            ["--abi", "cp39"],
            ["--implementation", "cp"],
            ["--python-platform", "linux"],
        ],
    )
    def test_not_into_an_environment_of_this_machine(self, world, words):
        usage_error(world.install(*words, "app"), f"`{words[0]}`", "`--target` or `--dry-run`")

    @pytest.mark.parametrize(
        ("words", "fragment"),
        [
            (["--python-version", "2.7"], "--python-version"),
            (["--python-platform", "amiga"], "--python-platform"),
            (["--platform", "any", "--python-platform", "linux"], "do not go together"),
            (["--implementation", "xx"], "--implementation"),
        ],
    )
    def test_nonsense(self, world, words, fragment):
        usage_error(world.install("--dry-run", *words, "app"), fragment)


class TestFixes:
    """What is told after `try: ` is typed in, and there is a solution."""

    def test_what_the_command_line_could_ask_for(self, world):
        world.wheel("app", "1.0", requires=["library<2"])
        world.wheel("app", "2.0", requires=["library>=2"])
        world.wheel("library", "1.0")
        world.wheel("library", "2.0")
        written = ("app>=2", "library<2")
        done = world.install(*written)
        refused(world, done, "the command line asks for both `app>=2` and `library<2`")
        assert self.apply(world, done, written) == 2

    def test_what_an_override_could_say(self, world):
        world.wheel("app", "1.0", requires=["library"])
        world.wheel("library", "1.0")
        world.write("overrides.txt", "library>=7\n")
        done = world.install("app", "--override", "overrides.txt")
        refused(
            world, done, "`library` (overrides.txt:1 overrides it with `library>=7`)",
            "try: `library>=1.0` in place of `library>=7` (overrides.txt:1), which selects app 1.0",
        )  # fmt: skip
        world.write("overrides.txt", "library>=1.0\n")
        fine(world.install("app", "--override", "overrides.txt"))

    @pytest.mark.parametrize("seed", [0, 1, 3])
    def test_fixes_of_random_conflicts(self, world, seed):
        random = Random(seed)
        names = ["alpha", "beta", "gamma"]
        for name in names:
            for version in ("1.0", "2.0", "3.0"):
                other = random.choice(names)
                wanted = f"{other}{random.choice(['<', '>=', '=='])}{random.randrange(1, 4)}.0"
                world.wheel(name, version, requires=[wanted] if other != name else [])
        applied = 0
        for _ in range(4):
            written = tuple(
                f"{name}{random.choice(['<', '>=', '==', '!='])}{random.randrange(1, 4)}.0"
                for name in random.sample(names, 2)
            )
            done = world.install("--dry-run", *written)
            assert done.code in (0, 1), (seed, done)
            applied += self.apply(world, done, written) if done.code else 0
        assert applied, f"seed {seed} has no conflict that could be mended"

    def apply(self, world, done, written):
        """Ask for what each fix says; return how many there were."""
        fixes = [line for line in done.err.splitlines() if line.startswith("try: ")]
        for fix in fixes:
            quoted = fix.split("`")[1::2]
            new, old = ("", quoted[0]) if "without" in fix else quoted[:2]
            words = [new if word == old else word for word in written]
            assert words != list(written), (fix, written)
            fine(world.install("--dry-run", *filter(None, words)))
        return len(fixes)

    def test_errors_as_data_have_the_proof_and_the_fixes(self, world):
        world.wheel("app", "1.0")
        done = world.install("--json-errors", "--report", "report.json", "app>=2")
        assert done.code == 1
        told = json.loads(done.err.splitlines()[-1])
        assert told["code"] == "no-solution"
        assert [wish["requirement"] for wish in told["explanation"]["wishes"]] == ["app>=2"]
        assert told["explanation"]["lines"][-1]["text"].endswith("cannot be satisfied")
        [fix] = told["explanation"]["fixes"]
        assert (fix["kind"], fix["old"], fix["new"]) == ("lower-bound", "app>=2", "app>=1.0")
        report = json.loads((world.folder / "report.json").read_text())
        assert report["install"] == []
        assert report["error"] == told

    def test_a_report_on_standard_output_has_the_failure_too(self, world):
        done = world.install("--dry-run", "--report", "-", "absent")
        assert done.code == 1
        assert json.loads(done.out)["error"]["explanation"]["projects"][0]["found"] is False
        assert done.err.startswith("error: no project `absent`")


class TestMetadataTrust:
    def told(self, world, name, text):
        world.index.told_metadata[f"{name}-py3-none-any.whl"] = text.encode()

    @pytest.mark.parametrize(
        ("told", "difference"),
        [
            ("Requires-Dist: library\n", "only the index says: `Requires-Dist: library`"),
            ("", "only the wheel says: `Requires-Dist: other<2`"),
            ("Requires-Dist: other<2\nRequires-Python: >=3.1\n", "`Requires-Python: >=3.1`"),
            ("Requires-Dist: other<2\nProvides-Extra: x\n", "`Provides-Extra: x`"),
        ],
    )
    def test_an_index_that_tells_other_dependencies_than_the_wheel(self, world, told, difference):
        world.wheel("app", "1.0", requires=["other<2"])
        world.wheel("library", "1.0")
        world.wheel("other", "1.0")
        self.told(world, "app-1.0", f"Metadata-Version: 2.1\nName: app\nVersion: 1.0\n{told}")
        for _ in range(2):
            done = world.install("app")
            refused(world, done, "the metadata of `app-1.0-py3-none-any.whl`", difference)

    def test_a_wheel_that_was_in_the_cache_before_is_checked_too(self, world):
        wheel = world.wheel("app", "1.0")
        fine(world.install(f"app @ {world.index.url}/files/{wheel.name}", "--target", "elsewhere"))
        world.wheel("library", "1.0")
        told = "Metadata-Version: 2.1\nName: app\nVersion: 1.0\nRequires-Dist: library\n"
        self.told(world, "app-1.0", told)
        refused(world, world.install("app"), "only the index says: `Requires-Dist: library`")

    def test_another_spelling_of_the_same_is_fine(self, world):
        world.wheel("app", "1.0", requires=["Other_Lib <2,>=1 ; python_version > '3'", "library"])
        world.wheel("library", "1.0")
        world.wheel("other-lib", "1.0")
        self.told(
            world,
            "app-1.0",
            "Metadata-Version: 2.1\nName: App\nVersion: 1.0\nRequires-Dist: library\n"
            'Requires-Dist: other-lib>=1,<2; python_version > "3"\n',
        )
        fine(world.install("app"))
        assert world.installed() == {"app": "1.0", "library": "1.0", "other_lib": "1.0"}

    @pytest.mark.parametrize("metadata", [True, False])
    @pytest.mark.parametrize("field", ["Name: impostor\nVersion: 1.0", "Name: app\nVersion: 2.0"])
    def test_metadata_of_another_release_than_the_file_name_says(self, world, metadata, field):
        world.index.metadata = metadata
        world.wheel("app", "1.0", metadata=f"Metadata-Version: 2.1\n{field}\n")
        refused(world, world.install("app"), "app-1.0-py3-none-any.whl")


class TestExtrasAndReferences:
    def test_an_unknown_extra_is_a_warning(self, world):
        world.wheel("app", "1.0")
        done = fine(world.install("app[none]"))
        assert "`app` 1.0 does not provide the extra `none`" in done.err

    def test_an_extra_may_refer_to_its_own_project(self, world):
        world.wheel(
            "app", "1.0", provides_extra=["all", "fast", "loud"],
            requires=[
                'app[fast,loud]; extra == "all"', 'speed; extra == "fast"', 'noise; extra == "loud"',
            ],
        )  # fmt: skip
        world.wheel("speed", "1.0")
        world.wheel("noise", "1.0")
        fine(world.install("app[all]"))
        assert set(world.installed()) == {"app", "speed", "noise"}

    def test_two_urls_for_one_project_conflict(self, world):
        urls = [
            f"app @ {world.index.url}/files/{world.wheel('app', version).name}"
            for version in ("1.0", "2.0")
        ]
        refused(world, world.install(*urls), "app-1.0-py3-none-any.whl", "app-2.0-py3-none-any.whl")

    def test_a_url_conflicts_with_versions_it_does_not_have(self, world):
        wheel = world.wheel("app", "1.0")
        world.wheel("user", "1.0", requires=["app>=2"])
        world.wheel("app", "2.0")
        reference = f"app @ {world.index.url}/files/{wheel.name}"
        done = world.install(reference, "user")
        refused(
            world, done, f"requires `app>=2`, but `app` 1.0 is taken from {world.index.url}/files/",
            f"try: without `{reference}`",
        )  # fmt: skip
        assert "app-2.0 user-1.0" in fine(world.install("--dry-run", "user")).out

    def test_a_yanked_version_is_installed_only_when_pinned_and_its_reason_is_told(self, world):
        world.wheel("app", "1.0")
        world.index.yanked[world.wheel("app", "2.0").name] = "eats files"
        fine(world.install("app>=1"))
        assert world.installed() == {"app": "1.0"}
        done = world.install("app>1")
        assert done.code == 1
        assert "yanked: eats files" in done.err
        done = fine(world.install("app==2.0"))
        assert "`app` 2.0 was yanked: eats files" in done.err
        assert world.installed() == {"app": "2.0"}


class TestCompile:
    """The same options decide what `compile` pins."""

    def compiled(self, world, *words):
        world.write("requirements.in", "app\n")
        return fine(
            xpip(
                "compile", "-q", "--no-header", "--no-annotate", "--no-emit-index-url",
                "--cache-dir", world.cache, "-i", world.index.simple, *words, "requirements.in",
                cwd=world.folder,
            )
        ).out.split()  # fmt: skip

    def test_overrides_exclusions_and_modes(self, world):
        world.wheel("app", "1.0", requires=["library", "extra-thing"])
        for version in ("1.0", "2.0", "3.0a1"):
            name = world.wheel("library", version).name
            world.index.uploaded[name] = "2026-01-01T00:00:00Z"
        world.wheel("extra-thing", "1.0")
        world.write("overrides.txt", "library<2\n")
        assert self.compiled(world, "--exclude", "extra-thing") == ["app==1.0", "library==2.0"]
        found = self.compiled(world, "--override", "overrides.txt", "--exclude", "extra-thing")
        assert found == ["app==1.0", "library==1.0"]
        found = self.compiled(world, "--all-releases", "library", "--exclude", "extra-thing")
        assert found == ["app==1.0", "library==3.0a1"]


def test_json_pages_of_the_kit_state_upload_times(world):
    """The tests above rest on it."""
    name = world.wheel("app", "1.0").name
    world.index.uploaded[name] = "2026-01-01T00:00:00Z"
    body, _ = world.index.page("app")
    assert json.loads(body)["files"][0]["upload-time"] == "2026-01-01T00:00:00Z"
