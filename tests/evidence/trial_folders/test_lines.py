"""Lines of the tables of a TOML file: the same table again when only those lines are read."""

from __future__ import annotations

import tomllib

import pytest

from survcomp.evidence.trial_folders.lines import table_lines

TRICKY = '''\
id = "x"
note = """
[[curves]]
not = "a table"
"""

[citations.A1]
title = "[[curves]]"   # [[curves]]

[[curves]]
n = 1
rows = [
  [1, 2],
[3, 4],
]

# about the next one
[[curves]]
n = 2

[curves.basis]
cut = "a\u2028b"

[[responses]]
n = 3
'''


def test_headers_in_strings_and_arrays_are_no_headers():
    assert table_lines(TRICKY) == {
        "citations.A1": (7, 8),
        "curves[0]": (10, 15),
        "curves[1]": (18, 22),
        "responses[0]": (24, 25),
    }


@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_the_lines_alone_are_the_table(root, line_end):
    for path in sorted((root / "data" / "digitized").glob("*/trial.toml")):
        text = path.read_text("utf-8").replace("\n", line_end)
        whole, lines = tomllib.loads(text), table_lines(text)
        for key in ("curves", "responses", "populations", "contrasts", "effects"):
            for index, table in enumerate(whole.get(key, [])):
                first, last = lines[f"{key}[{index}]"]
                alone = tomllib.loads("\n".join(text.split("\n")[first - 1 : last]) + "\n")
                assert alone[key] == [table], (path, key, index)
        assert {f"citations.{id}" for id in whole["citations"]} <= set(lines)


def test_what_has_no_header_has_no_lines():
    assert table_lines('curves = [{ n = 1 }]\nx = "a"\n') == {}
    assert table_lines("") == {}
