"""A user's tables as patients: ADaM joins, CNSR the other way round, rules, ids, wrong cells."""

from __future__ import annotations

import sys

import numpy as np
import pytest

from survcomp.errors import FileFaultError, InputError
from survcomp.evidence.own_files.described import AdamChoice, Described, OneTable
from survcomp.evidence.own_files.patients import patients_of_adam, patients_of_table
from survcomp.evidence.own_files.sheet import read_sheet
from survcomp.values import IPD
from survcomp.values.frame_columns import Indicator

ADSL = """USUBJID,ITTFL,TRT01P,AGE,SEX,ECOG
007,Y,Drug A,61,M,0
7,Y,Drug A,55,F,1
008,N,Drug A,70,M,2
009,Y,Placebo,48,F,1
010,Y,Drug A,66.5,M,0
"""
ADTTE = """USUBJID,PARAMCD,AVAL,AVALU,CNSR
010,OS,300,DAYS,0
007,OS,100,DAYS,0
007,PFS,50,DAYS,0
7,OS,200,DAYS,2
008,OS,20,DAYS,1
009,OS,30,DAYS,0
"""
CHOICE = AdamChoice(param="OS", population="ITTFL", arm_column="TRT01P", arm="Drug A")
MALE = Indicator(name="male", column="SEX", yes=("M",), no=("F",))
ABOUT = Described(label="drug A", covariates=("AGE",), indicators=(MALE,))


@pytest.fixture
def read(tmp_path):
    def sheet(text, name="table.csv"):
        (tmp_path / name).write_text(text)
        return read_sheet(tmp_path / name, name=name)

    return sheet


def adam(read, *, adsl=ADSL, adtte=ADTTE, choice=CHOICE, about=ABOUT):
    return patients_of_adam(read(adsl, "adsl.csv"), read(adtte, "adtte.csv"), choice, about)


def test_adsl_and_adtte_are_joined_by_text_ids_and_cnsr_0_is_an_event(read):
    patients = adam(read)
    ipd = patients.ipd
    assert ipd.id == ("007", "7", "010")
    assert ipd.time.tolist() == [100, 200, 300]
    assert ipd.event.tolist() == [True, False, True]
    assert ipd.time_unit == "days"
    assert ipd.covariate_names == ("AGE", "male")
    assert ipd.covariate_values.tolist() == [[61, 1], [55, 0], [66.5, 1]]
    assert patients.notes == (
        "adsl.csv: 5 subjects, 4 with ITTFL = 'Y', 3 of these with TRT01P = 'Drug A'.",
    )


def test_shuffled_rows_of_either_table_give_the_same_patients(read):
    def shuffled(text, seed):
        header, *rows = text.splitlines()
        rng = np.random.default_rng(seed)
        return "\n".join([header, *(rows[i] for i in rng.permutation(len(rows)))]) + "\n"

    def as_dict(ipd):
        return {
            id: (t, e, *x)
            for id, t, e, x in zip(
                ipd.id, ipd.time, ipd.event, ipd.covariate_values.tolist(), strict=True
            )
        }

    want = as_dict(adam(read).ipd)
    for seed in range(5):
        assert as_dict(adam(read, adtte=shuffled(ADTTE, seed)).ipd) == want
        assert as_dict(adam(read, adsl=shuffled(ADSL, seed)).ipd) == want


@pytest.mark.parametrize(
    ("table", "old", "new", "message"),
    [
        ("adsl", "010,Y", "007,Y",
         r"adsl\.csv: row 6, USUBJID: '007' occurs more than once, first in row 2"),
        ("adsl", "010,Y", ",Y", r"adsl\.csv: row 6, USUBJID: is empty"),
        ("adtte", "7,OS,200", "007,OS,200", r"adtte\.csv: row 5, USUBJID: '007' occurs more than"),
        ("adtte", "7,OS,200", "07,OS,200", r"adtte\.csv: row 5, USUBJID: '07' is not in adsl\.csv"),
        ("adtte", "7,OS,200", "7,PFS,200", r"adsl\.csv: row 3, USUBJID: '7' has no OS in adtte"),
        ("adtte", "100,DAYS,0", "100,DAYS,-1", r"adtte\.csv: row 3, CNSR: must be 0 \(event\)"),
        ("adtte", "100,DAYS,0", "100,DAYS,0.5", r"row 3, CNSR: must be 0 .* got 0\.5"),
        ("adtte", "100,DAYS,0", "100,DAYS,", r"adtte\.csv: row 3, CNSR: is empty"),
        ("adtte", "100,DAYS,0", "1_0,DAYS,0", r"row 3, AVAL: must be a number; got '1_0'"),
        ("adtte", "100,DAYS,0", ",DAYS,0", r"adtte\.csv: row 3, AVAL: is empty"),
        ("adtte", "100,DAYS,0", "-1,DAYS,0", r"must not be negative; patient '007'"),
        ("adtte", "100,DAYS,0", "100,MONTHS,0", r"row 5, AVALU: is days, while row 3 has months"),
        ("adtte", "100,DAYS,0", "100,FORTNIGHTS,0", r"AVALU: must be one of DAY, DAYS"),
        ("adtte", "100,DAYS,0", "100,,0", r"AVALU: must be one of"),
        ("adtte", "CNSR", "EVENT", r"'CNSR' not found"),
        ("adsl", "ITTFL", "SAFFL", r"'ITTFL' not found"),
        ("adsl", "007,Y", "007,yes", r"row 2, ITTFL: must be 'Y', 'N' or empty; got 'yes'"),
        ("adsl", "55,F", "55,U", r"row 3, SEX: must be one of 'M', 'F', as `male` .* got 'U'"),
        ("adsl", "55,F", "x,F", r"row 3, AGE: must be a number; got 'x'"),
        ("adsl", "55,F", ",F", r"adsl\.csv: AGE: is empty for 1 of 3 patients, the first in row 3"),
        ("adsl", "55,F", "55,", r"adsl\.csv: male: is empty for 1 of 3 patients"),
    ],
)  # fmt: skip
def test_what_does_not_belong_is_refused_by_name(read, table, old, new, message):
    text = {"adsl": ADSL, "adtte": ADTTE}
    assert old in text[table]
    text[table] = text[table].replace(old, new, 1)
    with pytest.raises(InputError, match=message):
        adam(read, **text)


@pytest.mark.parametrize(
    ("choice", "message"),
    [
        (AdamChoice(param="EFS"), "PARAMCD: 'EFS' is not among 'OS', 'PFS'"),
        (AdamChoice(param="OS", arm_column="TRT01P", arm="Drug"), "'Drug' is not among 'Drug A'"),
        (AdamChoice(param="OS", time_unit="months"), "`time_unit` is 'months', but AVALU in adtte"),
    ],
)
def test_a_choice_that_is_not_there_is_refused(read, choice, message):
    with pytest.raises(InputError, match=message):
        adam(read, choice=choice)


def test_nobody_left_is_refused_with_the_counts(read):
    with pytest.raises(
        FileFaultError, match=r"nobody is left: adsl\.csv: 5 subjects, 0 with ITTFL"
    ):
        adam(read, adsl=ADSL.replace(",Y,", ",N,"))


def test_without_avalu_the_unit_must_be_said(read):
    bare = "\n".join(
        ",".join(cell for i, cell in enumerate(row.split(",")) if i != 3)
        for row in ADTTE.splitlines()
    )
    with pytest.raises(InputError, match="has no AVALU; give `time_unit`"):
        adam(read, adtte=bare)
    weeks = AdamChoice(param="OS", population="ITTFL", time_unit="weeks")
    assert adam(read, adtte=bare, choice=weeks).ipd.time_unit == "weeks"


def test_a_number_becomes_an_indicator_at_a_limit_and_gaps_stay_gaps(read):
    rule = Indicator(name="ecog_1", column="ECOG", at_least=1.0)
    about = Described(label="drug A", indicators=(rule, MALE), missing="keep")
    gaps = ADSL.replace("61,M,0", "61, ,").replace("66.5,M,0", "66.5,M,1")
    values = adam(read, adsl=gaps, about=about).ipd.covariate_values
    assert np.array_equal(values, [[np.nan, np.nan], [1, 0], [1, 1]], equal_nan=True)


def test_a_table_of_one_s_own_has_text_ids_and_true_or_false(read):
    sheet = read("id,t,e,sex\n01,3,true,M\n1,4,False,F\n")
    columns = OneTable(time="t", event="e", time_unit="months", id="id")
    ipd = patients_of_table(sheet, columns, Described(label="a")).ipd
    assert (ipd.id, ipd.event.tolist()) == (("01", "1"), [True, False])
    empty = read("id,t,e\n01,3,1\n ,4,0\n")
    with pytest.raises(FileFaultError, match="row 3, id: is empty; every patient needs an id"):
        patients_of_table(empty, columns, Described(label="a"))


def test_other_kinds_of_files_are_refused(read):
    with pytest.raises(FileFaultError, match=r"must be a \.csv or a \.parquet file; got '\.xpt'"):
        read("x", "adsl.xpt")


def test_parquet_without_pyarrow_says_what_to_install(read, monkeypatch):
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(InputError, match=r"pip install 'survcomp\[parquet\]', or give .* \.csv"):
        read("x", "adsl.parquet")


def test_parquet_holds_what_csv_holds(tmp_path):
    pa = pytest.importorskip("pyarrow", reason="the parquet extra is not installed")
    pq = pytest.importorskip("pyarrow.parquet")
    path = tmp_path / "adsl.parquet"
    table = pa.table(
        {"USUBJID": ["007", "7"], "CNSR": [0.0, 1.0], "AGE": [61, None], "X": [1.5, None],
         "F": [True, False], "SEX": ["M", " "]}
    )  # fmt: skip
    pq.write_table(table, path)
    assert read_sheet(path, name="adsl").cells == {
        "USUBJID": ("007", "7"), "CNSR": ("0", "1"), "AGE": ("61", ""), "X": ("1.5", ""),
        "F": ("1", "0"), "SEX": ("M", ""),
    }  # fmt: skip
    pq.write_table(pa.table({"DATES": [[1, 2]]}), path)
    with pytest.raises(FileFaultError, match=r"row 2, DATES: must be text or a number; got \[1, 2"):
        read_sheet(path, name="adsl.parquet")
    pq.write_table(pa.table({"USUBJID": pa.array([], pa.string())}), path)
    with pytest.raises(FileFaultError, match="has a header but no rows"):
        read_sheet(path, name="adsl.parquet")
    path.write_bytes(b"PAR1 no such thing")
    with pytest.raises(FileFaultError, match="is not a Parquet file"):
        read_sheet(path, name="adsl.parquet")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"t;e\n1;0\n", "separated by semicolons; save it with commas"),
        (b"t\te\n1\t0\n", "separated by tabs"),
        ("t,é\n1,0\n".encode("latin-1"), "not UTF-8 text.*save it again as UTF-8"),
        ("t,e\n1,0\n".encode("utf-16"), "not UTF-8 text"),
    ],
)
def test_what_a_spreadsheet_may_write_in_place_of_commas_is_named(tmp_path, content, message):
    path = tmp_path / "own.csv"
    path.write_bytes(content)
    with pytest.raises(FileFaultError, match=message):
        read_sheet(path, name="own.csv")


def test_one_column_with_a_semicolon_in_a_cell_is_read(tmp_path):
    path = tmp_path / "own.csv"
    path.write_text("t\n1;2\n")
    assert read_sheet(path, name="own.csv").column("t") == ("1;2",)


def written_by_survcomp(**columns):
    ipd = IPD.from_times([2, 5], [4.0], arm="drug", time_unit="months").with_study(outcome="PFS")
    return ipd.to_frame().assign(**columns).to_csv(index=False)


def test_a_rebuilt_arm_in_a_file_stays_a_rebuilt_arm(read):
    columns = OneTable(time="time", event="event", time_unit="months")
    ipd = patients_of_table(read(written_by_survcomp()), columns, Described(label="A")).ipd
    assert (ipd.origin, ipd.censoring, ipd.outcome) == ("reconstructed", "assumed", "PFS")
    assert ipd.arms == ("A",)
    with pytest.raises(InputError, match=r"3 rows are 1 draws of one arm"):
        patients_of_table(read(written_by_survcomp(draw=1)), columns, Described(label="A"))
    weeks = OneTable(time="time", event="event", time_unit="weeks")
    with pytest.raises(InputError, match="`time_unit` is 'weeks', but the column"):
        patients_of_table(read(written_by_survcomp()), weeks, Described(label="A"))
