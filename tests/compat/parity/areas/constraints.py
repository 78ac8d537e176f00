"""Constraints: they narrow and install nothing."""

from tests.compat.parity.edits import told
from tests.compat.parity.scenario import IGNORED, Scenario

SCENARIOS = (
    Scenario("of a dependency", ("install", "-c", "c.txt", "app"), edit=told, changes=True,
             files={"c.txt": "library<2.0.1\nalone==1.0\n"}),
    Scenario("that leave an older one", ("install", "-c", "c.txt", "app"), edit=told, changes=True,
             files={"c.txt": "library==1.0\n"}),
    Scenario("in a requirements file", ("install", "-r", "r.txt"), edit=told, changes=True,
             files={"r.txt": "-c sub/c.txt\nalone\n", "sub/c.txt": "alone<1.1\n"}),
    Scenario("of a variable", ("install", "alone"), edit=told, changes=True, variables={"PIP_CONSTRAINT": "{cwd}/c.txt"},
             files={"c.txt": "alone==1.0\n"}),
    Scenario("that nothing satisfies", ("install", "-c", "c.txt", "alone"), out=IGNORED, changes=True, fails=1,
             files={"c.txt": "alone>7\n"}),
    Scenario("with a marker that does not hold", ("install", "-c", "c.txt", "alone"), edit=told, changes=True,
             files={"c.txt": "alone==1.0 ; python_version < '3'\n"}),
    Scenario("with an extra", ("install", "-c", "c.txt", "extra-app"), out=IGNORED, changes=True, fails=1,
             files={"c.txt": "extra-app[more]==1.0\n"}),
    Scenario("of a URL", ("install", "-c", "c.txt", "alone"), edit=told, changes=True,
             files={"c.txt": "alone @ {server}/files/alone-1.0-py3-none-any.whl\n"}),
    Scenario("a file that is not there", ("install", "-c", "absent.txt", "alone"), out=IGNORED, changes=True, fails=1),
    Scenario("of what is installed", ("install", "-c", "c.txt", "library"), "filled", edit=told, changes=True,
             files={"c.txt": "library>=2\n"}),
    Scenario("when downloading", ("download", "-c", "c.txt", "alone"), edit=told, made=True,
             files={"c.txt": "alone<1.1\n"}),
)  # fmt: skip
