"""`python -m xpip`."""

from xpip.cli.main import run

if __name__ == "__main__":
    run()
