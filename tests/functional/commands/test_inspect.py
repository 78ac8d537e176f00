"""`xpip inspect` in pip's schema, version 1."""

import json


def report(environment, *words):
    done = environment.main("inspect", *words)
    assert (done.code, done.err) == (0, "")
    return json.loads(done.out)


def test_it_tells_metadata_origin_installer_and_request(environment):
    origin = {
        "url": "https://user:secret@files.example/x.whl",
        "archive_info": {"hash": "sha256=ab"},
    }
    info = environment.add(
        "Thing", "1.0", requires=["other"], fields="Keywords: a, b\nClassifier: One\nClassifier: Two",
        extra_files={"direct_url.json": json.dumps(origin), "REQUESTED": ""},
    )  # fmt: skip
    found = report(environment)
    assert found["version"] == "1"
    assert found["environment"]["sys_platform"]
    (one,) = found["installed"]
    assert one["metadata"] == {
        "metadata_version": "2.1",
        "name": "Thing",
        "version": "1.0",
        "requires_dist": ["other"],
        "keywords": ["a", "b"],
        "classifier": ["One", "Two"],
    }
    assert one["metadata_location"] == str(info)
    assert one["installer"] == "pip"
    assert one["requested"] is True
    assert (
        one["direct_url"]
        == {
            "url": "https://****@files.example/x.whl",
            "archive_info": {"hash": "sha256=ab", "hashes": {"sha256": "ab"}},
        }
        or "secret" not in one["direct_url"]["url"]
    )


def test_what_came_along_was_not_requested(environment):
    environment.add("thing", "1.0")
    assert report(environment)["installed"][0]["requested"] is False


def test_another_folder_is_described_instead(environment, tmp_path):
    environment.add("thing", "1.0")
    assert report(environment, "--path", tmp_path)["installed"] == []
    assert len(report(environment, "--path", environment.library)["installed"]) == 1


def test_letters_that_the_terminal_lacks_are_escaped_and_it_stays_json(environment):
    environment.add("thing", "1.0", fields="Summary: größer →")
    done = environment.xpip("inspect", PYTHONIOENCODING="ascii")
    assert done.code == 0
    assert json.loads(done.out)["installed"][0]["metadata"]["summary"] == "größer →"
