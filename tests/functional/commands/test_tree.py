"""`xpip tree` draws what installed packages need."""

import json

import pytest


@pytest.fixture
def web(environment):
    environment.add("Flask", "3.0", requires=["Jinja2>=3,<4", "click", "async-part; extra == 'async'"], fields="Provides-Extra: async")  # fmt: skip
    environment.add("Jinja2", "3.1.6", requires=["MarkupSafe>=2.0"])
    environment.add("MarkupSafe", "2.1")
    environment.add("click", "8.0", requires=["MarkupSafe"])
    environment.add("app", "1.0", requires=["flask[async]"])
    environment.add("async-part", "0.1")
    return environment


def test_trees_start_from_what_nobody_needs(web):
    done = web.main("tree")
    assert (done.code, done.err) == (0, "")
    assert done.out == (
        "app v1.0\n"
        "└── Flask[async] v3.0 [required: *]\n"
        "    ├── async-part v0.1 [required: *]\n"
        "    ├── click v8.0 [required: *]\n"
        "    │   └── MarkupSafe v2.1 [required: *]\n"
        "    └── Jinja2 v3.1.6 [required: <4,>=3]\n"
        "        └── MarkupSafe v2.1 [required: >=2.0]\n"
    )


def test_extras_count_only_where_they_are_asked_for(web):
    assert "async-part" not in web.main("tree", "flask").out


def test_a_tree_can_be_cut_at_some_depth(web):
    assert web.main("tree", "--depth", "1", "app").out == (
        "app v1.0\n└── Flask[async] v3.0 [required: *]\n"
    )
    assert web.main("tree", "-d0", "app").out == "app v1.0\n"


def test_an_inverted_tree_shows_who_needs_a_package(web):
    assert web.main("tree", "--invert", "jinja2").out == (
        "Jinja2 v3.1.6\n"
        "└── Flask v3.0 [requires: Jinja2 <4,>=3]\n"
        "    └── app v1.0 [requires: Flask[async]]\n"
    )


def test_what_was_shown_is_not_shown_again_unless_asked_for(environment):
    environment.add("one", "1.0", requires=["shared"])
    environment.add("two", "1.0", requires=["shared"])
    environment.add("shared", "1.0", requires=["deep"])
    environment.add("deep", "1.0")
    done = environment.main("tree")
    assert done.out == (
        "one v1.0\n"
        "└── shared v1.0 [required: *]\n"
        "    └── deep v1.0 [required: *]\n"
        "two v1.0\n"
        "└── shared v1.0 [required: *] (*)\n"
        "(*) what it needs is shown above\n"
    )
    assert environment.main("tree", "--no-dedupe").out.count("deep") == 2


def test_a_circle_ends_where_it_closes(environment):
    environment.add("one", "1.0", requires=["two"])
    environment.add("two", "1.0", requires=["one"])
    assert environment.main("tree").out == (
        "one v1.0\n"
        "└── two v1.0 [required: *]\n"
        "    └── one v1.0 [required: *] (cycle)\n"
    )  # fmt: skip


def test_what_is_missing_or_does_not_fit_is_marked(environment):
    environment.add("app", "1.0", requires=["absent>=1", "library>=2"])
    environment.add("library", "1.0")
    assert environment.main("tree").out == (
        "app v1.0\n"
        "├── absent [required: >=1] (not installed)\n"
        "└── library v1.0 [required: >=2] (conflict)\n"
    )


def test_json_has_the_same_facts(environment):
    environment.add("app", "1.0", requires=["library>=2", "absent"])
    environment.add("library", "1.0")
    assert json.loads(environment.main("tree", "--format", "json").out) == [
        {
            "name": "app",
            "version": "1.0",
            "dependencies": [
                {"name": "absent", "version": None, "mark": "missing", "dependencies": []},
                {
                    "name": "library",
                    "version": "1.0",
                    "required": ">=2",
                    "mark": "conflict",
                    "dependencies": [],
                },
            ],
        }
    ]


def test_a_package_can_be_pruned_with_all_below_it(web):
    done = web.main("tree", "--prune", "Click", "--prune", "jinja2", "flask")
    assert done.out == "Flask v3.0\n"


def test_a_terminal_without_boxes_gets_ascii(web):
    done = web.xpip("tree", "jinja2", PYTHONIOENCODING="ascii")
    assert done.out == "Jinja2 v3.1.6\n`-- MarkupSafe v2.1 [required: >=2.0]\n"


def test_names_that_are_not_installed_are_told(web):
    done = web.main("tree", "absent", "click")
    assert done.code == 0
    assert done.err == "warning: Package(s) not found: absent\n"
    assert done.out.startswith("click v8.0\n")
    assert web.main("tree", "absent").code == 1


def test_newer_versions_are_shown_on_demand(world):
    for version in ("1.0", "2.0"):
        world.wheel("library", version)
    world.wheel("app", "1.0", requires=["library"])
    assert world.install("app", "library==1.0").code == 0
    done = world.xpip("tree", "--outdated", "--index-url", world.index.simple)
    assert (done.code, done.err) == (0, "")
    assert done.out == "app v1.0\n└── library v1.0 [required: *] (latest: v2.0)\n"
