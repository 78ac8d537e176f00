"""`xpip check` says pip's sentences and more."""


def test_all_is_well(environment):
    environment.add("flask", "3.0", requires=["jinja2>=3", "absent; extra == 'more'"])
    environment.add("jinja2", "3.1")
    done = environment.main("check")
    assert done == (0, "No broken requirements found.\n", "")


def test_an_empty_environment_is_well(environment):
    assert environment.main("check").out == "No broken requirements found.\n"


def test_everything_broken_is_told_at_once(environment, goldens):
    environment.add("Flask", "3.0", requires=["Jinja2>=3", "MarkupSafe", "click!=8.0"])
    environment.add("Jinja2", "2.9")
    environment.add("click", "8.0")
    environment.add("numpy", "1.0", tag="cp27-cp27m-win32")
    environment.add("future", "1.0", fields="Requires-Python: >=4")
    environment.add("odd", "1.0", requires=["this is no requirement"])
    (environment.library / "gone-1.0.dist-info").mkdir()
    done = environment.main("check")
    assert done.code == 1
    assert f"ignoring `{environment.library}/gone-1.0.dist-info`" in done.err
    from xpip.environment.interpreter import query_interpreter

    version = query_interpreter(str(environment.scripts / "python"), None).target.python_version
    goldens.check("check/broken", done.out, python=version, library=environment.library)


def test_damage_alone_is_broken_too(environment):
    (environment.library / "gone-1.0.dist-info").mkdir()
    done = environment.main("check")
    assert done.code == 1
    assert "gone-1.0.dist-info" in done.err


def test_a_pre_release_satisfies_a_requirement_that_it_meets(environment):
    environment.add("a", "1.0", requires=["b>=2.0a1"])
    environment.add("b", "2.0rc1")
    assert environment.main("check").code == 0


def test_two_distributions_of_one_project_are_broken(environment):
    environment.add("a", "1.0")
    environment.add("a", "2.0")
    done = environment.main("check")
    assert done.code == 1
    assert "a 1.0 is installed a second time, as a 2.0." in done.out


def test_compressed_tags_of_old_wheels_are_understood(environment):
    environment.add("six", "1.0", tag="py2.py3-none-any")
    assert environment.main("check").code == 0
