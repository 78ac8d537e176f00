"""`xpip debug` shows what xpip sees."""


def test_it_warns_and_tells_of_interpreter_cache_indexes_and_tags(environment, tmp_path):
    done = environment.main("debug", "--index-url", "https://user:secret@index.example/simple")
    assert done.code == 0
    assert done.err.startswith("warning: This command is only meant for debugging.")
    assert f"cache: {tmp_path}/cache\n" in done.out
    assert f"environment: {environment.folder} (--python)\n" in done.out
    assert "indexes: https://index.example/simple\n" in done.out
    assert "secret" not in done.out
    assert "  [First 10 tags shown. Pass --verbose to show all.]\n" in done.out


def test_v_shows_all_tags_of_a_target_in_pips_words(environment):
    done = environment.main("debug", "-v", "--platform", "win_amd64", "--python-version", "3.12")
    head = "(target: platforms=['win_amd64'] python_version='3.12')"
    assert head in done.out
    assert "  cp312-cp312-win_amd64\n" in done.out
    assert "First 10" not in done.out


def test_no_environment_is_told_and_no_failure(tmp_path, monkeypatch):
    from tests.kit.command import xpip

    done = xpip("debug", cwd=tmp_path)
    assert done.code == 0
    assert "Compatible tags: " in done.out
