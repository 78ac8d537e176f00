"""Hash mode: who must have a hash, and what a wrong one does."""

from tests.compat.parity.edits import told
from tests.compat.parity.scenario import IGNORED, Scenario

FILE = ("install", "-r", "r.txt")
RIGHT = "alone==1.1 --hash=sha256:{digest}\n"
WRONG = "alone==1.1 --hash=sha256:" + "0" * 64 + "\n"

SCENARIOS = (
    Scenario("right", FILE, edit=told, changes=True, files={"r.txt": RIGHT}),
    Scenario("wrong", FILE, out=IGNORED, changes=True, fails=1, files={"r.txt": WRONG}),
    Scenario("one of several", FILE, edit=told, changes=True,
             files={"r.txt": "alone==1.1 \\\n  --hash=sha256:" + "0" * 64 + " \\\n  --hash=sha256:{digest}\n"}),
    Scenario("one has none", FILE, out=IGNORED, changes=True, fails=1, files={"r.txt": RIGHT + "dated\n"}),
    Scenario("a dependency has none", FILE, out=IGNORED, changes=True, fails=1,
             files={"r.txt": "app==1.0 --hash=sha256:" + "0" * 64 + "\n"}),
    Scenario("a range is no pin", FILE, out=IGNORED, changes=True, errors=False, code=1,
             files={"r.txt": "alone>=1.1 --hash=sha256:{digest}\n"},
             why="with a hash and no `==` the next release makes an installation fail that nobody changed; pip's "
             "documentation asks for `==` too, pip itself does not any more"),
    Scenario("required and none is given", ("install", "--require-hashes", "alone==1.1"), out=IGNORED, changes=True,
             fails=1),
    Scenario("required by a variable", ("install", "alone==1.1"), out=IGNORED, changes=True, fails=1,
             variables={"PIP_REQUIRE_HASHES": "1"}),
    Scenario("checked only where they are given", ("install", "--no-require-hashes", "-r", "r.txt"), edit=told,
             changes=True, files={"r.txt": RIGHT + "dated\n"}),
    Scenario("checked there all the same", ("install", "--no-require-hashes", "-r", "r.txt"), out=IGNORED, changes=True,
             fails=1, files={"r.txt": WRONG + "dated\n"}),
    Scenario("a weak algorithm", FILE, out=IGNORED, changes=True, fails=1,
             files={"r.txt": "alone==1.1 --hash=md5:" + "0" * 32 + "\n"}),
    Scenario("in a URL", ("install", "{server}/files/alone-1.1-py3-none-any.whl#sha256={digest}"), edit=told,
             changes=True),
    Scenario("wrong in a URL", ("install", "{server}/files/alone-1.1-py3-none-any.whl#sha256=" + "0" * 64), out=IGNORED,
             changes=True, fails=1),
    Scenario("with what is installed", FILE, "filled", out=IGNORED, changes=True,
             files={"r.txt": "alone==1.0 --hash=sha256:" + "0" * 64 + "\n"}),
)  # fmt: skip
