"""`python -m xpip`."""

import sys

from xpip.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
