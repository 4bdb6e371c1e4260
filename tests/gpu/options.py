"""The options of `generate` and `compare`."""

import argparse
from pathlib import Path


def options(description):
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("suites", nargs="*", help="the names of suites; all without a name")
    parser.add_argument("--tranship", default="tranship", help="the program that converts")
    parser.add_argument("--architecture", type=int, default=90, help="the GPU: 90 for sm_90")
    parser.add_argument("--compiler", default="clang++", help="the C++ compiler of this machine")
    parser.add_argument("--show", type=int, default=10, help="how many differences of a suite `compare` prints")
    return parser.parse_intermixed_args()
