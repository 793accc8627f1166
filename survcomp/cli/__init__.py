"""The command line: parse, call, print. Exit status 0 done, 1 the answer is no, 2 bad input."""

from survcomp.cli.app import main

__all__ = ["main"]
