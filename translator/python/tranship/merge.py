"""The command `python -m tranship.merge REPORT... --parquet FILE`: joins reports of `tranship scan`."""

import argparse
import sys
from typing import Optional, Sequence

from tranship._reports import merge_reports


def main(arguments: Optional[Sequence[str]] = None) -> int:
    """The command `python -m tranship.merge`. Its exit code is 2 if a report could not be read."""
    parser = argparse.ArgumentParser(prog="python -m tranship.merge", description="Joins reports of `tranship scan`.")
    parser.add_argument("reports", nargs="+", metavar="REPORT", help="JSON files of `tranship scan`, and folders with such files")
    for kind in ("parquet", "json", "html"):
        parser.add_argument(f"--{kind}", metavar="FILE", help=f"write the result as {kind} to this file")
    options = parser.parse_args(arguments)
    try:
        report = merge_reports(options.reports, parquet=options.parquet, json=options.json, html=options.html)
    except (RuntimeError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    for problem in report["problems"]:
        print(f"error: {problem['path']}: {problem['message']}", file=sys.stderr)
    print(f"Merged {len(report['repositories'])} repositories.", file=sys.stderr)
    return 2 if report["problems"] else 0


if __name__ == "__main__":
    sys.exit(main())
