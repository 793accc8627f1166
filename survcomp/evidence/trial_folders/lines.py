"""Where in a TOML file a table stands, so that a number can be looked up by its line."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from survcomp.evidence.files import read_bytes

_HEADER = re.compile(r"\s*\[")
Lines = tuple[int, int]


def table_lines(text: str) -> dict[str, Lines]:
    r"""First and last line of each table of a valid TOML text, keyed by its path.

    Parameters
    ----------
    text : str
        TOML that parses.

    Returns
    -------
    dict of str to (int, int)
        Lines are counted from 1; blank lines and comments after a table are not of it.
        ``curves[2]`` is the third table of ``[[curves]]``, with the tables inside it;
        ``citations.S23`` is a table by its name. Keys written in another way, such as an inline
        array at the top of the file, are not listed.

    Examples
    --------
    >>> table_lines('id = "a"\n\n[[curves]]\nn = 1\n\n[[curves]]\nn = 2\n')
    {'curves[0]': (3, 4), 'curves[1]': (6, 7)}
    """
    lines = text.split("\n")  # other line ends are characters to TOML
    lines_of: dict[str, Lines] = {}
    counts: dict[str, int] = {}
    for first, last, parsed in _pieces(lines):
        if not _HEADER.match(lines[first]):
            continue  # keys before the first header
        for key, value in parsed.items():
            if isinstance(value, list) and lines[first].lstrip().startswith("[["):
                counts[key] = counts.get(key, -1) + 1
                path = f"{key}[{counts[key]}]"
            elif key in counts:  # a table inside the last one of an array
                path = f"{key}[{counts[key]}]"
            elif isinstance(value, dict) and len(value) == 1:
                path = f"{key}.{next(iter(value))}"
            else:
                continue
            lines_of[path] = (lines_of.get(path, (first + 1, 0))[0], _end(lines, first, last) + 1)
    return lines_of


def _pieces(lines: list[str]) -> Iterator[tuple[int, int, dict[str, Any]]]:
    """First and last index of each header with what follows it, and what it holds by itself."""
    starts = [index for index, line in enumerate(lines) if index == 0 or _HEADER.match(line)]
    first = 0
    while first < len(starts):
        # a line that looks like a header may lie inside a string or an array: then what comes
        # before it is no TOML by itself, and the piece goes on
        for after in range(first + 1, len(starts) + 1):
            end = starts[after] if after < len(starts) else len(lines)
            try:
                parsed = tomllib.loads("\n".join(lines[starts[first] : end]) + "\n")
            except tomllib.TOMLDecodeError:
                continue
            yield starts[first], end - 1, parsed
            break
        else:
            after = len(starts)
        first = after


def _end(lines: list[str], first: int, last: int) -> int:
    while last > first and (not lines[last].strip() or lines[last].lstrip().startswith("#")):
        last -= 1
    return last


def lines_of_file(path: Path, *, name: str) -> dict[str, Lines]:
    """`table_lines` of a file; `name` is used in messages."""
    return table_lines(read_bytes(path, name=name).decode("utf-8"))
