"""`wheel`: built and copied wheels."""

from tests.compat.parity.edits import project
from tests.compat.parity.scenario import IGNORED, NOTHING, Scenario

LOCAL = project("mine", "my-project", requires=["alone<1.1"])

SCENARIOS = (
    Scenario("of a folder with what it needs", ("wheel", "-w", "out", "./mine"), out=NOTHING, made=True, files=LOCAL),
    Scenario("of a folder alone", ("wheel", "--no-deps", "-w", "out", "./mine"), out=NOTHING, made=True, files=LOCAL),
    Scenario("of an archive", ("wheel", "--no-deps", "source-only"), out=NOTHING, made=True),
    Scenario("of what is a wheel already", ("wheel", "app==1.0"), out=NOTHING, made=True),
    Scenario("of a file of requirements", ("wheel", "-r", "r.txt", "-c", "c.txt"), out=NOTHING, made=True,
             files={"r.txt": "alone\n", "c.txt": "alone<1.1\n"}),
    Scenario("of what is unknown", ("wheel", "no-such-project"), out=IGNORED, made=True, fails=1),
    Scenario("of nothing", ("wheel",), out=IGNORED, made=True, fails=1),
    Scenario("of a build that fails", ("wheel", "bad-backend"), out=IGNORED, made=True, fails=1),
)  # fmt: skip
