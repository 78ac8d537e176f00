"""The table of exit codes, row by row; what needs signals or a full disk is in `test_endings.py`."""

from tests.compat.parity.edits import told
from tests.compat.parity.scenario import IGNORED, NOTHING, Scenario

SCENARIOS = (
    Scenario("success", ("install", "dated"), edit=told, changes=True),
    Scenario("a check without findings", ("check",), "filled"),
    Scenario("a check with findings", ("check",), changes=True, fails=1, out=NOTHING,
             before=(("install", "-q", "conflicting"), ("install", "-q", "--no-deps", "library==2.0"))),
    Scenario("no such package", ("install", "no-such"), out=IGNORED, fails=1, changes=True),
    Scenario("a version nobody can have", ("install", "alone>100"), out=IGNORED, fails=1, changes=True),
    Scenario("a corrupt wheel", ("install", "{files}/corrupt-1.0-py3-none-any.whl"), out=IGNORED, fails=1, changes=True),
    Scenario("a wheel without metadata", ("install", "{files}/without_metadata-1.0-py3-none-any.whl"), out=IGNORED,
             fails=2, code=1, changes=True,
             why="a broken wheel is an ordinary failure (1); pip shows a traceback and ends with 2"),
    Scenario("a wheel with a script called python", ("install", "own-python"), out=IGNORED, fails=0, code=1,
             changes=True, errors=False, why="a script called `python` would take the interpreter's place; pip writes it"),
    Scenario("show of what is not there", ("show", "no-such"), fails=1),
    Scenario("uninstall of what is not there", ("uninstall", "-y", "no-such"), fails=0, changes=True),
    Scenario("an unknown option", ("install", "--no-such-option", "alone"), out=IGNORED, fails=2, changes=True),
    Scenario("an unknown option of list", ("list", "--no-such-option"), out=IGNORED, fails=2),
    Scenario("an unknown command", ("instal", "alone"), out=IGNORED, fails=1, changes=True),
    Scenario("install without arguments", ("install",), out=IGNORED, fails=1, changes=True),
    Scenario("a requirements file that is not there", ("install", "-r", "no.txt"), out=IGNORED, fails=1, changes=True),
    Scenario("a malformed requirements file", ("install", "-r", "r.txt"), out=IGNORED, fails=1, changes=True,
             files={"r.txt": "!!\n"}),
    Scenario("an index that is not reachable", ("install", "-i", "{closed}", "dated"), out=IGNORED, fails=1,
             changes=True),
    Scenario("a file that breaks off", ("install", "{faulty}/alone-1.0-py3-none-any.whl"), out=IGNORED, fails=1,
             changes=True, variables={"PIP_RESUME_RETRIES": "0"}),
    Scenario("an interpreter that is not there", ("--python", "{cwd}/no-python", "list"), out=IGNORED, fails=1),
    Scenario("outside an environment where one is required",
             ("--python", "{base}", "install", "--dry-run", "dated"), out=IGNORED, fails=3,
             variables={"PIP_REQUIRE_VIRTUALENV": "1"}),
)  # fmt: skip
