"""Variables and pip.conf: each key reaches the commands it is for."""

from tests.compat.parity.edits import told
from tests.compat.parity.scenario import IGNORED, Scenario


def conf(text: str, **more: str) -> dict[str, dict[str, str]]:
    """Return the fields of a scenario that reads this pip.conf, and no index from a variable."""
    return {
        "files": {"pip.conf": text},
        "variables": {"PIP_CONFIG_FILE": "{cwd}/pip.conf", "PIP_INDEX_URL": "", **more},
    }


INDEX = "[global]\nindex-url = {index}\n"
INSTALL = ("install", "alone")

SCENARIOS = (
    Scenario("an index of the file", INSTALL, edit=told, changes=True, **conf(INDEX)),
    Scenario("the section of the command is stronger", INSTALL, edit=told, changes=True,
             **conf("[install]\nindex-url = {index}\n[global]\nindex-url = {closed}\n")),
    Scenario("the section of another command", INSTALL, edit=told, changes=True,
             **conf(INDEX + "[download]\nno-index = yes\n")),
    Scenario("a variable is stronger than the file", INSTALL, edit=told, changes=True,
             **conf("[install]\nindex-url = {closed}\n", PIP_INDEX_URL="{index}")),
    Scenario("the command line is stronger than a variable", (*INSTALL, "-i", "{index}"), edit=told, changes=True,
             variables={"PIP_INDEX_URL": "{closed}"}),
    Scenario("find-links of several lines", INSTALL, edit=told, changes=True,
             **conf("[global]\nno-index = true\nfind-links =\n    {cwd}\n    {files}\n")),
    Scenario("find-links of a variable with blanks", INSTALL, edit=told, changes=True,
             variables={"PIP_FIND_LINKS": "{cwd} {files}", "PIP_NO_INDEX": "on"}),
    Scenario("underscores in keys", INSTALL, edit=told, changes=True, **conf("[global]\nindex_url = {index}\n")),
    Scenario("requirements of a variable", ("install",), edit=told, changes=True, files={"r.txt": "alone<1.1\n"},
             variables={"PIP_REQUIREMENT": "r.txt"}),
    Scenario("pre-releases of a variable", ("install", "library"), edit=told, changes=True, variables={"PIP_PRE": "1"}),
    Scenario("upgrades of a variable", INSTALL, "filled", edit=told, changes=True, variables={"PIP_UPGRADE": "true"}),
    Scenario("a strategy of a variable", ("install", "-U", "app==1.0"), "filled", edit=told, changes=True,
             variables={"PIP_UPGRADE_STRATEGY": "eager"}),
    Scenario("no dependencies by a variable", ("install", "app"), edit=told, changes=True, variables={"PIP_NO_DEPS": "1"}),
    Scenario("a target of a variable", INSTALL, edit=told, changes=True, made=True, variables={"PIP_TARGET": "here"}),
    Scenario("a prefix of the file", INSTALL, edit=told, changes=True, made=True,
             **conf(INDEX + "[install]\nprefix = {cwd}/p\n")),
    Scenario("only binary of a variable", ("install", "older-wheel"), edit=told, changes=True,
             variables={"PIP_ONLY_BINARY": ":all:"}),
    Scenario("an option that is off", ("install", "library"), edit=told, changes=True, variables={"PIP_PRE": "off"}),
    Scenario("compiling switched off by its value", INSTALL, edit=told, changes=True,
             variables={"PIP_NO_COMPILE": "", "PIP_COMPILE": "false"}),
    Scenario("quiet by a number", INSTALL, changes=True, variables={"PIP_QUIET": "1"}),
    Scenario("a dry run by a variable", INSTALL, edit=told, changes=True, variables={"PIP_DRY_RUN": "yes"}),
    Scenario("a report by a variable", INSTALL, edit=told, changes=True, variables={"PIP_REPORT": "r.json"}),
    Scenario("an unknown key is nobody's", INSTALL, edit=told, changes=True,
             **conf(INDEX + "surprise = 1\n[install]\nother = x\n")),
    Scenario("a value that is no boolean", INSTALL, out=IGNORED, changes=True, fails=2,
             variables={"PIP_UPGRADE": "perhaps"}),
    Scenario("a value that is no number", INSTALL, out=IGNORED, changes=True, fails=2, variables={"PIP_QUIET": "soft"}),
    Scenario("a file that is no configuration", INSTALL, out=IGNORED, changes=True, fails=2,
             **conf("this is no configuration\n")),
    Scenario("a time-out that is none", INSTALL, out=IGNORED, changes=True, fails=3, code=2,
             variables={"PIP_DEFAULT_TIMEOUT": "soon"},
             why="a value that makes no sense is wrong usage (2); pip's 3 means a missing virtual environment too"),
    Scenario("isolated from variables", ("--isolated", "install", "-i", "{index}", "library"), edit=told, changes=True,
             variables={"PIP_PRE": "1"}),
    Scenario("a virtual environment is required and there", INSTALL, edit=told, changes=True,
             variables={"PIP_REQUIRE_VIRTUALENV": "1"}),
    Scenario("no cache by a variable", INSTALL, edit=told, changes=True, variables={"PIP_NO_CACHE_DIR": "1"}),
    Scenario("Docker's usual variables", INSTALL, edit=told, changes=True,
             variables={"PIP_ROOT_USER_ACTION": "ignore", "PIP_NO_WARN_SCRIPT_LOCATION": "0", "PIP_NO_CACHE_DIR": "off",
                        "PIP_PROGRESS_BAR": "off", "PIP_NO_INPUT": "1", "PIP_NO_COLOR": "1"}),
    Scenario("an editor's abbreviation", ("install", "--no-depend", "app"), edit=told, changes=True),
    Scenario("a format of the section list", ("list",), "filled", **conf("[list]\nformat = json\n")),
)  # fmt: skip
