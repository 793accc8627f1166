"""The page for those who come from other software prints what it says, and R's numbers are R's."""

from __future__ import annotations

import csv
import doctest
import math

import survcomp as sc


def test_its_python_prints_what_it_says(root, monkeypatch):
    monkeypatch.chdir(root)
    failed, tried = doctest.testfile(
        str(root / "docs" / "coming_from.md"), module_relative=False, encoding="utf-8"
    )
    assert (failed, tried > 10) == (0, True)


def test_the_numbers_of_r_are_those_of_the_golden_files(root):
    page = (root / "docs" / "coming_from.md").read_text("utf-8")
    golden = {}
    for name in ("estimate", "maic_weights"):
        with (root / "tests" / "golden" / f"{name}.csv").open() as file:
            golden |= {row["name"]: float(row["value"]) for row in csv.DictReader(file)}
    assert f"exp(coef) {math.exp(golden['cox/plain/1']):.4f}" in page
    assert f"rmean = 365: {golden['rmst/2/1']:.2f}, se {golden['rmst/2/2']:.2f}" in page
    assert f"survdiff: {golden['logrank/chi_squared']:.2f}" in page
    assert f"estimate_weights(): {golden['means/entropy/ess']:.4f}" in page


def test_every_call_that_it_names_is_public(root):
    page = (root / "docs" / "coming_from.md").read_text("utf-8")
    named = {word.split("(")[0] for word in page.replace("`", " ").split() if word[:3] == "sc."}
    for name in named:
        value: object = sc
        for part in name.removeprefix("sc.").rstrip(".,;)").split("."):
            value = getattr(value, part)
