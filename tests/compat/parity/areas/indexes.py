"""Where projects are looked for."""

from tests.compat.parity.edits import told
from tests.compat.parity.scenario import IGNORED, Scenario

FIRST_WINS = (
    "the first index that has a project serves it, so that nobody can take a private name over by publishing it "
    "elsewhere; `--index-strategy unsafe-best-match` merges all indexes as pip does"
)

SCENARIOS = (
    Scenario("another index", ("install", "-i", "{other}", "only-here"), edit=told, changes=True),
    Scenario("an extra index", ("install", "--extra-index-url", "{other}", "only-here", "dated"), edit=told, changes=True),
    Scenario("a project of two indexes", ("install", "--dry-run", "-i", "{other}", "--extra-index-url", "{index}", "alone"),
             out=IGNORED, why=FIRST_WINS),
    Scenario("a project of two indexes as pip merges them", ("install", "--extra-index-url", "{other}", "alone"),
             edit=told, changes=True, variables={"XPIP_INDEX_STRATEGY": "unsafe-best-match"}),
    Scenario("find-links of a folder", ("install", "--no-index", "-f", "{files}", "app"), edit=told, changes=True),
    Scenario("find-links of a file URL", ("install", "--no-index", "--find-links", "file://{files}", "alone"), edit=told,
             changes=True),
    Scenario("find-links beside an index", ("install", "-i", "{other}", "-f", "{files}", "dated"), edit=told,
             changes=True),
    Scenario("find-links of a page", ("install", "--no-index", "-f", "{server}/simple/alone/", "alone"), edit=told,
             changes=True, out=IGNORED),
    Scenario("find-links of what is not there", ("install", "--no-index", "-f", "absent", "alone"), out=IGNORED,
             changes=True, fails=1),
    Scenario("no index and nothing else", ("install", "--no-index", "alone"), out=IGNORED, changes=True, fails=1),
    Scenario("nobody answers", ("install", "-i", "{closed}", "alone"), out=IGNORED, changes=True, fails=1),
    Scenario("an index that is a folder", ("install", "-i", "file://{cwd}/simple", "alone"), edit=told, changes=True,
             files={"simple/alone/index.html": "<a href='file://{files}/alone-1.0-py3-none-any.whl'>"
                    "alone-1.0-py3-none-any.whl</a>"}),
    Scenario("a URL of a wheel", ("install", "{server}/files/app-1.0-py3-none-any.whl"), edit=told, changes=True),
    Scenario("a path of a wheel", ("install", "{files}/alone-1.0-py3-none-any.whl"), edit=told, changes=True),
    Scenario("a URL of what is not there", ("install", "{server}/files/gone-1.0-py3-none-any.whl"), out=IGNORED,
             changes=True, fails=1),
    Scenario("only what was uploaded before", ("install", "--uploaded-prior-to", "2026-01-01", "alone"), out=IGNORED,
             changes=True, fails=1),
)  # fmt: skip
