"""Errors as JSON for programs, `--json-errors`: one object on one line.

Keys are never renamed; new ones may come.
"""

from __future__ import annotations

from xpip.model.records import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import Any

    from xpip.errors import XpipError
    from xpip.resolver.explanation import Explanation, ProjectReport


def error_as_json(error: XpipError) -> str:
    """Return an error as a line of JSON in ASCII, without line end."""
    import json

    return json.dumps(error_as_data(error))


def error_as_data(error: XpipError) -> dict[str, Any]:
    """Return an error as what JSON can say."""
    data: dict[str, Any] = {
        "code": error.code,
        "exit_code": error.exit_code,
        "summary": error.summary,
        "details": list(error.details),
        "hints": list(error.hints),
    }
    # Only an error about a resolution has one, and its class would bring the resolver.
    explanation: Explanation | None = getattr(error, "explanation", None)
    if explanation is not None:
        data["explanation"] = _explained(explanation)
    return data


def _explained(explanation: Explanation) -> dict[str, Any]:
    return {
        "is_proof": explanation.is_proof,
        "lines": [line._asdict() for line in explanation.lines],
        "wishes": [
            {
                "project": wish.project,
                "requirement": wish.text,
                "origin": wish.origin,
                "file": wish.path or None,
                "line": wish.line or None,
                "is_constraint": wish.is_constraint,
                "admitted": list(wish.admitted),
            }
            for wish in explanation.wishes
        ],
        "projects": list(map(_project, explanation.projects)),
        "fixes": [fix._asdict() for fix in explanation.fixes],
    }


def _project(report: ProjectReport) -> dict[str, Any]:
    return {
        "project": report.project,
        "found": report.found,
        "problem": report.problem or None,
        "indexes": list(report.indexes),
        "usable": list(report.usable),
        "rejected": [{"version": version, "reason": reason} for version, reason in report.refused],
    }
