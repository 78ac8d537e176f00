"""`freeze` in all its forms."""

from tests.compat.parity.scenario import Scenario

REQUIREMENTS = """\
# what we need
--index-url https://index.example/simple
alone  # a comment

library >= 1
never-installed
-e git+https://git.example/in.git#egg=in-place
alone
"""

SCENARIOS = (
    Scenario("an empty environment", ("freeze",)),
    Scenario("names and versions", ("freeze",), "filled"),
    Scenario("origins editable projects and odd versions", ("freeze", "--exclude", "in-place"), "rich"),
    Scenario("editable projects", ("freeze", "--all"), "rich"),
    Scenario("without editable", ("freeze", "--exclude-editable"), "rich"),
    Scenario("excluded", ("freeze", "--exclude", "Alone", "--exclude", "library"), "filled"),
    Scenario("local", ("freeze", "-l"), "filled"),
    Scenario("user", ("freeze", "--user"), "filled"),
    Scenario("another folder", ("freeze", "--path", "{library}"), "filled"),
    Scenario("a folder and user is refused", ("freeze", "--path", "x", "--user"), "filled", fails=1),
    Scenario("the order of a file", ("freeze", "-r", "r.txt"), "rich", files={"r.txt": REQUIREMENTS}),
    Scenario("the order of two files", ("freeze", "-r", "a.txt", "-r", "b.txt"), "filled",
             files={"a.txt": "# a\nlibrary\n", "b.txt": "# a\n# b\napp[x]>=1\nlibrary\n"}),
    Scenario("a file that is not there", ("freeze", "-r", "absent.txt"), "filled", fails=2, code=1,
             why="pip shows a traceback; xpip tells what is missing and fails like anything else"),
    Scenario("an excluded package in a file", ("freeze", "-r", "r.txt", "--exclude", "app"), "filled",
             files={"r.txt": "app\n"}),
    Scenario("eggs and links", ("freeze", "--exclude", "linked"), "legacy"),
    Scenario("an argument is too much", ("freeze", "app"), "filled", fails=0, code=2, out="ignored",
             errors=False, why="pip ignores arguments; somebody who writes one expects something of it"),
)  # fmt: skip
