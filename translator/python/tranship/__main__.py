"""Runs the program: `python -m tranship`."""

import sys

from tranship._tranship import main as _main


def main() -> int:
    """Runs the program with the arguments of this process. Returns its exit code."""
    return _main(["tranship", *sys.argv[1:]])


if __name__ == "__main__":
    sys.exit(main())
