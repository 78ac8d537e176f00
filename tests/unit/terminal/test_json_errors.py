"""Errors as JSON: one line, stable keys, everything that a person would read."""

import io
import json

from xpip.errors import XpipError
from xpip.resolver.explanation import Explanation, Fix, Line, ProjectReport, Wish
from xpip.resolver.failure import Unsolvable
from xpip.terminal.console import Console
from xpip.terminal.json_errors import error_as_json


def test_an_error_has_its_code_and_its_texts():
    error = XpipError("`a`\nfailed", details=("line 1",), hints=("do it",))
    text = error_as_json(error)
    assert "\n" not in text
    assert json.loads(text) == {
        "code": "error",
        "exit_code": 1,
        "summary": "`a`\nfailed",
        "details": ["line 1"],
        "hints": ["do it"],
    }


def test_the_explanation_is_there_as_data():
    wish = Wish("a", "a<2", "r.in:3", False, ("1.0",), "r.in", 3)
    report = ProjectReport("a", (), (("1.0", "yanked"),), ("https://index.example/simple",), True)
    fix = Fix("`a<3` in place of `a<2` (r.in:3)", "upper-bound", "a<2", "r.in:3", "a<3")
    explanation = Explanation((Line("so"),), (wish,), (report,), False, (fix,))
    told = json.loads(error_as_json(Unsolvable(explanation)))["explanation"]
    assert told == {
        "is_proof": True,
        "lines": [{"text": "so", "number": 0}],
        "wishes": [
            {
                "project": "a",
                "requirement": "a<2",
                "origin": "r.in:3",
                "file": "r.in",
                "line": 3,
                "is_constraint": False,
                "admitted": ["1.0"],
            }
        ],
        "projects": [
            {
                "project": "a",
                "found": True,
                "problem": None,
                "indexes": ["https://index.example/simple"],
                "usable": [],
                "rejected": [{"version": "1.0", "reason": "yanked"}],
            }
        ],
        "fixes": [
            {
                "text": "`a<3` in place of `a<2` (r.in:3)",
                "kind": "upper-bound",
                "old": "a<2",
                "origin": "r.in:3",
                "new": "a<3",
            }
        ],
    }


def test_a_console_for_programs_tells_errors_even_when_it_is_quiet():
    stderr = io.StringIO()
    Console(io.StringIO(), stderr, -3, json_errors=True).error(XpipError("no"))
    assert json.loads(stderr.getvalue())["summary"] == "no"


def test_a_hint_that_was_tried_has_a_label_of_its_own():
    console = Console(io.StringIO(), io.StringIO())
    error = XpipError("no", hints=("try: `a<3`", "look there"))
    assert console.layout(error) == "error: no\n\ntry: `a<3`\nhint: look there\n"
