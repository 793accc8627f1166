"""A user's own patients: every way in which the file or its table can be wrong, and units."""

from __future__ import annotations

import numpy as np
import pytest

from survcomp.analysis import load, run
from survcomp.errors import FileFaultError, SurvcompError
from survcomp.report import render_html
from survcomp.values.checks import DAYS_IN

COMPARISON = """
[[comparisons]]
id = "own"
label = "Own patients"
endpoint = "PFS"
comparator = { trial = "other_trial", arm = "drug_b", cut = "13 months" }

[comparisons.treatment.patients]
file = "patients.csv"
time = "months"
event = "progressed"
time_unit = "months"
label = "drug A"
covariates = ["age"]
analysis_set = "treated"
index_date = "start of treatment"

[[responses]]
"""


def write(folder, *, factor=1.0):
    """80 patients whose times are in months, multiplied by `factor`."""
    rng = np.random.default_rng(5)
    rows = ["months,progressed,age"]
    for i in range(80):
        rows.append(f"{factor * rng.exponential(20)!r},{int(i % 3 > 0)},{50 + i % 30}")
    (folder / "patients.csv").write_text("\n".join(rows) + "\n")


@pytest.fixture
def own(data_root, edit):
    """An analysis with a comparison `own` of the user's patients."""
    edit("a_vs_b/analysis.toml", "\n[[responses]]\n", COMPARISON)
    folder = data_root / "analyses" / "a_vs_b"
    write(folder)
    return folder


def replace_second(folder, row):
    path = folder / "patients.csv"
    lines = path.read_text().splitlines()
    lines[2] = row
    path.write_text("\n".join(lines) + "\n")


def test_a_trailing_comma_does_not_shift_the_columns(own):
    path = own / "patients.csv"
    header, *rows = path.read_text().splitlines()
    path.write_text("\n".join([header, *(f"{row}," for row in rows)]) + "\n")
    with pytest.raises(
        FileFaultError, match=r"a_vs_b/patients\.csv: row 2: has 4 cells; 3 expected"
    ):
        run(load(own))


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("1,1", "row 3: has 2 cells; 3 expected"),
        ("1,1,60,7", "row 3: has 4 cells; 3 expected"),
        (",1,60", "'months' must hold numbers .* data row 2, which is empty"),
        ("NA,1,60", "'months' must hold numbers .* data row 2 with 'NA'"),
        ("1e308,1,60", r"`time` must be at most 1e\+06; row 2 is 1e\+308"),
        ("1,1," + "9" * 200_000, "row 3: cannot be read: field larger than field limit"),
        ("1\0,1,60", "is not text: it holds a NUL character"),
    ],
)
def test_rows_that_cannot_be_are_named(own, row, message):
    replace_second(own, row)
    with pytest.raises(FileFaultError, match=message):
        run(load(own))


def test_a_column_named_twice_is_refused(own):
    path = own / "patients.csv"
    path.write_text(path.read_text().replace("progressed,age", "months,age"))
    with pytest.raises(FileFaultError, match="row 1: has the column 'months' twice"):
        run(load(own))


@pytest.mark.parametrize("unit", ["days", "weeks", "years"])
def test_times_are_converted_to_the_published_unit(own, edit, unit):
    months = run(load(own))
    write(own, factor=DAYS_IN["months"] / DAYS_IN[unit])
    edit("a_vs_b/analysis.toml", 'time_unit = "months"', f'time_unit = "{unit}"')
    converted = run(load(own))
    for id in ("unadjusted/log_hr/estimate", "treatment/km/median/estimate"):
        id = f"comparison/own/{id}"
        assert converted.value(id) == pytest.approx(months.value(id), rel=1e-9)
    assert converted["comparison/own/treatment/km/median/estimate"].unit == "months"
    note = converted.value("comparison/own/treatment/notes/0")
    assert note.startswith(f"Times are given in {unit}; they were multiplied by")
    assert note in render_html(converted)
    assert "comparison/own/treatment/notes/0" not in months


def test_two_own_sides_are_in_the_treatment_s_unit(own, edit):
    edit(
        "a_vs_b/analysis.toml",
        'comparator = { trial = "other_trial", arm = "drug_b", cut = "13 months" }\n\n'
        "[comparisons.treatment.patients]",
        "rmst_horizon = 300\n"
        'comparator = { patients = { file = "b.csv", time = "months", event = "progressed", '
        'time_unit = "months", label = "drug B" } }\n\n[comparisons.treatment.patients]',
    )
    write(own)
    (own / "patients.csv").rename(own / "b.csv")
    write(own, factor=DAYS_IN["months"])
    edit("a_vs_b/analysis.toml", 'time_unit = "months"\nlabel', 'time_unit = "days"\nlabel')
    results = run(load(own))
    # the same patients twice; rounding in the conversion breaks their ties, hence not 1e-9
    assert results.value("comparison/own/unadjusted/log_hr/estimate") == pytest.approx(0, abs=0.02)
    assert results["comparison/own/comparator/km/end"].unit == "days"
    assert results["comparison/own/unadjusted/rmst_difference/estimate"].unit == "days"
    assert "0.0 days (95% CI" in render_html(results)


def test_everybody_s_event_at_time_0_is_refused_in_words(own):
    path = own / "patients.csv"
    header, *rows = path.read_text().splitlines()
    path.write_text("\n".join([header, *("0,1,60" for _ in rows)]) + "\n")
    with pytest.raises(SurvcompError, match="'drug A' is followed to 0 months and the first event"):
        run(load(own))


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('covariates = ["age"]', 'covariates = ["age", "age"]',
         r"comparisons\[1\]\.treatment\.patients\.covariates: names 'age' more than once"),
        ('covariates = ["age"]', 'covariates = "age"',
         r"comparisons\[1\]\.treatment\.patients\.covariates: must be a list, in \[brackets\]"),
        ('"patients.csv"', '"../../../patients.csv"',
         r"analysis\.toml: comparisons\[1\]\.treatment\.patients\.file: must stay inside"),
        ('"patients.csv"', '"a\\u0000b.csv"',
         r"analysis\.toml: comparisons\[1\]\.treatment\.patients\.file: .*null byte"),
        ('"patients.csv"', '"loop.csv"',
         r"analysis\.toml: comparisons\[1\]\.treatment\.patients\.file: .*[Ll]oop"),
    ],
)  # fmt: skip
def test_faults_of_the_table_name_file_and_field(own, edit, old, new, message):
    (own / "loop.csv").symlink_to("loop.csv")
    edit("a_vs_b/analysis.toml", old, new)
    with pytest.raises(FileFaultError, match=message):
        run(load(own))
