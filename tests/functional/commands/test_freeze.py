"""`xpip freeze` writes what `xpip install -r` reads."""

import json


def direct(environment, name, **value):
    environment.add(name, "1.0", extra_files={"direct_url.json": json.dumps(value)})


def test_requirements_are_sorted_by_name_whatever_the_case(environment):
    environment.add("zeta", "1.0")
    environment.add("Alpha", "2.0")
    environment.add("beta.core", "1!3.0+local.1")
    done = environment.main("freeze")
    assert (done.code, done.err) == (0, "")
    assert done.out == "Alpha==2.0\nbeta.core==1!3.0+local.1\nzeta==1.0\n"


def test_installers_are_hidden_unless_all_is_asked_for(environment):
    for name in ("pip", "setuptools", "wheel", "flask"):
        environment.add(name, "1.0")
    hidden = environment.main("freeze").out
    assert "pip" not in hidden
    assert "flask==1.0\n" in hidden
    everything = environment.main("freeze", "--all").out
    assert everything == "flask==1.0\npip==1.0\nsetuptools==1.0\nwheel==1.0\n"


def test_direct_references_keep_where_they_came_from(environment, goldens):
    direct(
        environment,
        "archive",
        url="https://files.example/a.whl",
        archive_info={"hashes": {"sha256": "aa"}},
    )
    direct(
        environment,
        "old-archive",
        url="https://files.example/b.whl",
        archive_info={"hash": "sha256=bb"},
    )
    direct(environment, "folder", url="file:///home/me/folder", dir_info={})
    direct(
        environment,
        "source",
        url="https://code.example/source.git",
        vcs_info={"vcs": "git", "commit_id": "c0ffee", "requested_revision": "main"},
        subdirectory="python",
    )
    direct(environment, "secret", url="https://me:password@files.example/c.whl", archive_info={})
    direct(environment, "edited", url="file:///home/me/my%20project", dir_info={"editable": True})
    done = environment.main("freeze")
    assert "password" not in done.out
    goldens.check("freeze/direct", done.out)


def test_a_damaged_direct_url_counts_as_none(environment):
    environment.add("a", "1.0", extra_files={"direct_url.json": "{not json"})
    environment.add("b", "1.0", extra_files={"direct_url.json": "[]"})
    environment.add("c", "1.0", extra_files={"direct_url.json": "[" * 100_000})
    assert environment.main("freeze").out == "a==1.0\nb==1.0\nc==1.0\n"


def test_a_line_feed_in_a_direct_url_cannot_add_a_requirement(environment):
    direct(environment, "a", url="https://files.example/a.whl\nevil==6.6.6")
    direct(environment, "b", url="file:///home/me/%0Aevil==6.6.6", dir_info={"editable": True})
    assert environment.main("freeze").out == "a==1.0\nb==1.0\n"


def test_editable_projects_can_be_left_out(environment):
    direct(environment, "edited", url="file:///home/me/x", dir_info={"editable": True})
    environment.add("plain", "1.0")
    assert environment.main("freeze", "--exclude-editable").out == "plain==1.0\n"


def test_exclude_takes_any_spelling(environment):
    environment.add("Some.Project", "1.0")
    environment.add("plain", "1.0")
    assert environment.main("freeze", "--exclude", "some_project").out == "plain==1.0\n"


def test_a_reader_that_goes_away_is_no_error(environment):
    """`xpip freeze | head -1` must not print a traceback."""
    import subprocess
    import sys

    from tests.kit.command import ROOT

    for number in range(300):
        environment.add(f"project-{number:03}", "1.0", files={})
    program = f"{sys.executable} -m xpip freeze --python {environment.folder} --no-cache-dir; echo code $? >&2"
    done = subprocess.run(
        ["sh", "-c", f"({program}) | true"],
        capture_output=True,
        text=True,
        env={"PYTHONPATH": f"{ROOT}/src"},
        check=False,
    )
    assert done.stderr in ("code 120\n", "code 0\n")


def test_a_file_gives_the_order_and_keeps_its_comments_and_options(environment, tmp_path):
    for name in ("Alpha", "beta", "gamma"):
        environment.add(name, "1.0")
    file = tmp_path / "requirements.txt"
    file.write_text(
        "# first\n--index-url https://index.example/simple\n\nGAMMA>=0.5  # newest\n"
        "-c constraints.txt\nalpha[x] ; python_version > '3'\n"
    )
    done = environment.main("freeze", "-r", file)
    assert (done.code, done.err) == (0, "")
    assert done.out == (
        "# first\n--index-url https://index.example/simple\n\ngamma==1.0\n"
        "-c constraints.txt\nAlpha==1.0\n"
        "## The following requirements were added by pip freeze:\nbeta==1.0\n"
    )


def test_what_a_file_names_and_is_not_there_or_there_twice_is_told(environment, tmp_path):
    environment.add("alpha", "1.0")
    file = tmp_path / "requirements.txt"
    file.write_text("alpha\nabsent==2  # gone\nalpha\nhttps://files.example/\n")
    done = environment.main("freeze", "-r", file)
    assert done.code == 0
    assert done.err.splitlines() == [
        (
            f"Skipping line in requirement file [{file}] because it's not clear what it would"
            " install: https://files.example/"
        ),
        "  (add #egg=PackageName to the URL to avoid this warning)",
        (
            f"warning: Requirement file [{file}] contains absent==2, but package 'absent' is not"
            " installed"
        ),
        f"warning: Requirement alpha included multiple times [{file}]",
    ]


def test_a_file_that_is_not_there_is_one_error(environment):
    done = environment.main("freeze", "-r", "absent.txt")
    assert (done.code, done.out) == (1, "")
    assert "absent.txt" in done.err
