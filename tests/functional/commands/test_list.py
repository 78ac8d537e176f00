"""`xpip list` in pip's forms."""

import json

import pytest


@pytest.fixture
def filled(environment):
    environment.add("Flask", "3.0.0", requires=["Jinja2>=3"])
    environment.add("Jinja2", "3.1.6")
    environment.add("zope.interface", "7.0", extra_files={"INSTALLER": "uv\n"})
    return environment


def add_editable(environment, folder="/home/me/project"):
    environment.add(
        "my-project",
        "0.1",
        extra_files={
            "direct_url.json": json.dumps(
                {"url": f"file://{folder}", "dir_info": {"editable": True}}
            )
        },
    )


def test_columns_show_names_as_their_projects_spell_them(filled, goldens):
    done = filled.main("list")
    assert (done.code, done.err) == (0, "")
    goldens.check("list/columns", done.out)


def test_v_adds_location_and_installer(filled, goldens):
    done = filled.main("list", "-v")
    header, _, flask, *_ = done.out.splitlines()
    assert header.split() == ["Package", "Version", "Location", "Installer"]
    assert flask.split() == ["Flask", "3.0.0", str(filled.library), "pip"]


def test_editable_projects_get_a_column_of_their_own(filled, goldens):
    add_editable(filled)
    goldens.check("list/editable", filled.main("list").out)


def test_json_is_one_line_with_the_keys_of_pip(filled):
    add_editable(filled)
    done = filled.main("list", "--format", "json")
    assert json.loads(done.out) == [
        {"name": "Flask", "version": "3.0.0"},
        {"name": "Jinja2", "version": "3.1.6"},
        {"name": "my-project", "version": "0.1", "editable_project_location": "/home/me/project"},
        {"name": "zope.interface", "version": "7.0"},
    ]
    verbose = json.loads(filled.main("list", "--format=json", "-v").out)
    assert verbose[3]["installer"] == "uv"
    assert verbose[3]["location"] == str(filled.library)


def test_freeze_form_is_for_requirements_files(filled):
    assert (
        filled.main("list", "--format=freeze").out
        == "Flask==3.0.0\nJinja2==3.1.6\nzope.interface==7.0\n"
    )


def test_not_required_leaves_out_what_others_need(filled):
    done = filled.main("list", "--not-required", "--format=freeze")
    assert done.out == "Flask==3.0.0\nzope.interface==7.0\n"


def test_exclude_takes_any_spelling(filled):
    done = filled.main(
        "list", "--format=freeze", "--exclude", "jinja2", "--exclude", "Zope_Interface"
    )
    assert done.out == "Flask==3.0.0\n"


def test_editable_projects_can_be_listed_alone_or_left_out(filled):
    add_editable(filled)
    assert filled.main("list", "-e", "--format=freeze").out == "my-project==0.1\n"
    assert "my-project" not in filled.main("list", "--exclude-editable").out


def test_an_empty_environment_has_no_table(environment):
    assert environment.main("list").out == ""
    assert environment.main("list", "--format=json").out == "[]\n"
    assert environment.main("list", "--format=freeze").out == ""


def test_path_looks_elsewhere_and_needs_no_environment(filled, tmp_path, monkeypatch):
    other = tmp_path / "other"
    other.mkdir()
    (filled.library / "Jinja2-3.1.6.dist-info").rename(other / "Jinja2-3.1.6.dist-info")
    done = filled.main("list", "--path", other, "--format=freeze")
    assert done.out == "Jinja2==3.1.6\n"


def test_damage_and_leftovers_are_told_on_standard_error(filled):
    (filled.library / "broken-1.0.dist-info").mkdir()
    (filled.library / "~lask-3.0.0.dist-info").mkdir()
    done = filled.main("list", "--format=freeze")
    assert done.code == 0
    assert "broken" not in done.out
    assert f"warning: ignoring `{filled.library}/broken-1.0.dist-info`" in done.err
    assert f"warning: ignoring `{filled.library}/~lask-3.0.0.dist-info`" in done.err


def test_an_interrupted_change_is_told_and_the_exit_code_is_the_same(filled):
    (filled.library / ".xpip-txn").mkdir()
    done = filled.main("list")
    assert done.code == 0
    assert "an interrupted change of" in done.err
    assert "is pending" in done.err


def test_terminal_escapes_in_metadata_are_not_shown(environment):
    info = environment.add("evil", "1.0")
    (info / "METADATA").write_text(
        "Metadata-Version: 2.1\nName: \x1b]0;owned\x07evil\nVersion: 1.0\n"
    )
    done = environment.main("list")
    assert "\x1b" not in done.out
    assert "evil" in done.out


def test_quiet_leaves_data_alone(filled):
    assert filled.main("list", "-qq").out == filled.main("list").out


def test_ls_is_another_name(filled):
    assert filled.main("ls").out == filled.main("list").out


def outdated(world, *words):
    return world.xpip("list", "--index-url", world.index.simple, *words)


@pytest.fixture
def behind(world):
    for version in ("1.0", "1.10", "2.0rc1"):
        world.wheel("library", version)
    world.wheel("current", "1.0")
    assert world.install("library==1.0", "current").code == 0
    return world


def test_outdated_shows_the_newest_version_and_its_kind(behind):
    done = outdated(behind, "--outdated")
    assert (done.code, done.err) == (0, "")
    assert done.out == (
        "Package Version Latest Type\n------- ------- ------ -----\nlibrary 1.0     1.10   wheel\n"
    )
    assert outdated(behind, "-o", "--pre", "--format", "json").out == (
        '[{"name": "library", "version": "1.0", "latest_version": "2.0rc1", '
        '"latest_filetype": "wheel"}]\n'
    )


def test_up_to_date_is_what_no_index_has_a_newer_version_of(behind):
    assert outdated(behind, "-u", "--format", "freeze").out == "current==1.0\n"


def test_all_projects_are_asked_about_and_only_their_pages_are_fetched(behind):
    before = len(behind.index.paths())
    assert outdated(behind, "--outdated", "--refresh").code == 0
    asked = behind.index.paths()[before:]
    assert sorted(asked) == ["/simple/current/", "/simple/library/"]


def test_a_project_without_an_answer_is_told_and_left_out(behind):
    answer = behind.index.answer
    behind.index.answer = lambda path: (
        (403, b"", "text/plain") if "current" in path else answer(path)
    )
    done = outdated(behind, "--outdated", "--refresh")
    assert done.code == 0, done
    assert done.err.startswith("warning: `current` is left out: ")
    assert "library" in done.out


def test_an_index_that_answers_nothing_is_an_error(behind):
    behind.index.answer = lambda _: (403, b"", "text/plain")
    done = outdated(behind, "--outdated", "--refresh")
    assert (done.code, done.out) == (1, "")
    assert done.err.startswith("error: ")


@pytest.mark.parametrize(
    "words",
    [["-o", "-u"], ["-o", "--format", "freeze"], ["--path", "x", "--user"], ["--path", "x", "-l"]],
)
def test_contradictions_have_pips_exit_code(filled, words):
    done = filled.main("list", *words)
    assert (done.code, done.out) == (1, "")
    assert "cannot be used" in done.err


def test_versions_are_normalised_where_programs_read_them(environment):
    environment.add("dated", "2024.01.05")
    assert environment.main("list", "--format", "freeze").out == "dated==2024.1.5\n"
    assert "2024.01.05" in environment.main("list").out


def test_build_tags_get_a_column(environment):
    wheel = "Wheel-Version: 1.0\nBuild: 3\nTag: py3-none-any\n"
    environment.add("built", "1.0", extra_files={"WHEEL": wheel})
    assert environment.main("list").out.splitlines()[::2] == [
        "Package Version Build",
        "built   1.0     3",
    ]


def test_user_packages_are_those_in_the_users_folder(environment, tmp_path, monkeypatch):
    environment.add("thing", "1.0")
    assert environment.main("list", "--user").out == ""
    monkeypatch.setenv("PYTHONUSERBASE", str(environment.folder))
    assert "thing" in environment.main("list", "--user").out
