"""Results of real analyses, and results with texts that want to do harm."""

from __future__ import annotations

import dataclasses
import json
import os
import subprocess
import sys
from functools import cache
from typing import Any

from support.paths import ROOT
from survcomp.analysis import load, run
from survcomp.values.records.results import Record, Results

HOSTILE = (
    "=1+1",
    "+1+1",
    "@SUM(A1)",
    "-2+3",
    "\t=1+1",
    '=HYPERLINK("http://example.org","x")',
    "a\x00b\x1fc\ufffe",
    "\ud800 alone",
    "<w:t>&amp;</w:t> ]]>",
    "[]:*?/\\ '" * 5,
    "x" * 40_000,
    "http://example.org",
    "\u202eright to left",
)


@cache
def real_results(analysis: str) -> Results:
    """Results of an analysis of this repository: as committed, else run now."""
    committed = ROOT / "reports" / analysis / "results.json"
    if committed.exists():
        return Results.from_dict(json.loads(committed.read_text("utf-8")))
    return run(load(ROOT / "analyses" / analysis))


def replace_texts(value: Any, text: str) -> Any:
    """The same structure with every `label`, `note` and `question` text replaced."""
    if isinstance(value, dict):
        return {
            key: text
            if key in ("label", "note", "population", "intervention") and isinstance(part, str)
            else replace_texts(part, text)
            for key, part in value.items()
        }
    if isinstance(value, list):
        return [replace_texts(part, text) for part in value]
    return value


def with_text(results: Results, text: str) -> Results:
    """The results with a text in the title, the labels, the notes and the citations."""
    return dataclasses.replace(
        results,
        title=text,
        settings=replace_texts(results.settings, text),
        citations={key: {**entry, "title": text} for key, entry in results.citations.items()},
        records=tuple(_record(record, text) for record in results.records),
    )


def _record(record: Record, text: str) -> Record:
    wanted = record.kind == "text" and record.id.endswith(("/study", "/method", "notes/0"))
    return dataclasses.replace(record, value=text) if wanted else record


def digest_elsewhere(results: Results, form: str) -> str:
    """SHA-256 of a report that another process makes, with another order of its sets."""
    code = (
        "import hashlib, json, sys; from survcomp.report.forms.available import render;"
        "from survcomp.values.records.results import Results;"
        f"made = render({form!r}, Results.from_dict(json.load(sys.stdin)));"
        "made = made.encode() if isinstance(made, str) else made;"
        "print(hashlib.sha256(made).hexdigest())"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        input=json.dumps(results.to_dict()),
        env={**os.environ, "PYTHONHASHSEED": "7"},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()
