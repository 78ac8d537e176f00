"""What of pip's talk is compared, and projects that scenarios write into the current folder."""

from tests.kit.projects import ProjectBuilder

_SATISFIED = "Requirement already satisfied"
_KEPT = ("Successfully installed", "Would install", _SATISFIED, "Saved ")


def told(out: str) -> str:
    """Keep the lines that say what was done, in a fixed order of lines and of names.

    pip also tells what it looks at on the way, what is there before it is replaced, and names as
    they were asked for.
    """
    lines = [line for line in out.splitlines() if line.startswith(_KEPT)]
    if any(line.startswith(("Successfully installed", "Would")) for line in lines):
        lines = [line for line in lines if not line.startswith(_SATISFIED)]
    done = {
        " ".join(sorted(line.lower().replace("_", "-").replace(".", "-").split()))
        if line.startswith(("Successfully", "Would"))
        else line
        for line in lines
    }
    return "\n".join(sorted(done))


def satisfied_names(out: str) -> str:
    """Keep which names are told to be satisfied; pip adds the requirement of each that asks."""
    names = {
        line.split()[3].partition("=")[0].partition("<")[0].partition(">")[0]
        for line in out.splitlines()
        if line.startswith(_SATISFIED)
    }
    rest = [line for line in told(out).splitlines() if "already satisfied" not in line]
    return "\n".join([*sorted(names), *rest])


def project(folder: str, name: str, **facts: object) -> dict[str, str]:
    """Return the files of a project with a build backend of its own, for `Scenario.files`."""
    files = ProjectBuilder(name, **facts).files()
    return {
        f"{folder}/{path}": text.replace("{", "{{").replace("}", "}}")
        for path, text in files.items()
    }
