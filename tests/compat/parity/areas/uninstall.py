"""`uninstall`: what goes, what stays, what is asked."""

from tests.compat.parity.scenario import LAST, Scenario


def without_question(out: str) -> str:
    """pip leaves the answer's line open, since a terminal shows the answer there."""
    return out.replace("Proceed (Y/n)? ", "Proceed (Y/n)? \n").replace("\n\n", "\n")


SCENARIOS = (
    Scenario("one package", ("uninstall", "-y", "alone"), "filled", changes=True),
    Scenario("several packages", ("uninstall", "-y", "alone", "app"), "filled", changes=True),
    Scenario("a package that others need", ("uninstall", "-y", "library"), "filled", changes=True),
    Scenario("what is not installed", ("uninstall", "-y", "absent"), "filled", changes=True),
    Scenario("one of two", ("uninstall", "-y", "absent", "alone"), "filled", changes=True),
    Scenario("names of a file", ("uninstall", "-y", "-r", "r.txt"), "filled", changes=True,
             files={"r.txt": "# going\napp==9\nalone[x]>=1 ; python_version > '3'\n"}),
    Scenario("an empty file", ("uninstall", "-y", "-r", "r.txt"), "filled", changes=True, fails=1,
             files={"r.txt": "# nothing\n"}),
    Scenario("nothing is named", ("uninstall", "-y"), "filled", changes=True, fails=1),
    Scenario("a file that is not there", ("uninstall", "-y", "-r", "absent.txt"), "filled", changes=True, fails=1),
    Scenario("the answer is yes", ("uninstall", "alone"), "filled", changes=True, answers="y\n",
             edit=without_question),
    Scenario("the answer is an empty line", ("uninstall", "alone"), "filled", changes=True, answers="\n",
             edit=without_question),
    Scenario("the answer is no", ("uninstall", "alone"), "filled", changes=True, answers="n\n",
             edit=without_question),
    Scenario("the first answer makes no sense", ("uninstall", "alone"), "filled", changes=True,
             answers="what\ny\n", edit=without_question),
    Scenario("nobody answers", ("uninstall", "alone"), "filled", changes=True, fails=2, out="ignored"),
    Scenario("an editable project", ("uninstall", "-y", "in-place"), "rich", changes=True),
    Scenario("what has no list of files", ("uninstall", "-y", "no-record"), "rich", changes=True, fails=1,
             out="ignored"),
    Scenario("an egg with a list of files", ("uninstall", "-y", "egg-thing"), "legacy", changes=True),
    Scenario("a distutils project", ("uninstall", "-y", "distutils-thing"), "legacy", changes=True, fails=1,
             out="ignored"),
    Scenario("an egg link", ("uninstall", "-y", "linked"), "legacy", changes=True, out=LAST),
    Scenario("quiet", ("uninstall", "-y", "-q", "alone"), "filled", changes=True),
)  # fmt: skip
