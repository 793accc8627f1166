"""IPD: read with care, never guessing what an event is."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from survcomp.errors import InputError
from survcomp.values import IPD, Basis, CovariateColumns, Indicator


@pytest.fixture
def frame() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "subject": ["S1", "S10", "S2"],
            "arm": ["A", "A", "B"],
            "months": [3.0, 7.5, 2.0],
            "died": [1, 0, 1],
            "age": [61, 58, 70],
        }
    )


def read(frame, **changes) -> IPD:
    options = dict(time="months", event="died", time_unit="months", covariates=["age"])
    options["origin"] = "observed"
    return IPD.from_frame(frame, **{**options, **changes})


def test_round_trip(frame):
    ipd = read(frame, id="subject", arm="arm")
    assert ipd.arms == ("A", "B")
    patients = ipd.to_frame()[["id", "arm", "time", "event", "age"]]
    assert patients.to_dict("list") == {
        "id": ["S1", "S10", "S2"],
        "arm": ["A", "A", "B"],
        "time": [3.0, 7.5, 2.0],
        "event": [1, 0, 1],
        "age": [61.0, 58.0, 70.0],
    }


def test_selecting_an_arm_keeps_covariates_with_their_patients(frame):
    chosen = read(frame, id="subject", arm="arm").select_arm("B")
    assert chosen.id == ("S2",)
    assert chosen.covariates.loc["S2", "age"] == 70


def test_who_was_counted_is_said_afterwards(frame):
    infused = read(frame).with_basis(Basis(analysis_set="infused"))
    assert infused.basis.analysis_set == "infused"
    assert read(frame).basis == Basis()
    assert infused.time.tolist() == read(frame).time.tolist()


def test_empty_covariates_are_kept_when_the_columns_say_so(frame):
    frame.loc[1, "age"] = None
    kept = read(frame, covariates=CovariateColumns(["age"], missing="keep"))
    assert kept.covariates["age"].isna().tolist() == [False, True, False]
    with pytest.raises(InputError, match="1 of 3 rows do not"):
        read(frame, covariates=CovariateColumns(["age"]))


def test_changing_the_frame_or_the_covariates_changes_nothing(frame):
    ipd = read(frame)
    frame.loc[0, "age"] = 0
    covariates = ipd.covariates
    covariates.loc["1", "age"] = 0
    assert ipd.covariates.loc["1", "age"] == 61


@pytest.mark.parametrize(
    ("changes", "edit", "message"),
    [
        ({"time": "weeks"}, None, "column.s. 'weeks' not found; the frame has 'subject'"),
        ({}, ("died", [1, 2, 1]), "row 2 is .*2.*Recode"),
        (
            {},
            ("months", [3, None, 2]),
            "1 of 3 rows do not, the first is data row 2, which is empty",
        ),
        ({}, ("age", ["61", "young", "70"]), "row 2 with 'young'"),
        ({}, ("months", [3, -1, 2]), "must not be negative; patient '2' .row 2. has -1"),
        ({"id": "subject"}, ("subject", ["S1", "S1", "S2"]), "'S1' occurs more than once"),
        ({"time_unit": "moons"}, None, "must be one of"),
    ],
)
def test_bad_frames_are_refused(frame, changes, edit, message):
    if edit:
        frame[edit[0]] = edit[1]
    with pytest.raises(InputError, match=message):
        read(frame, **changes)


@pytest.mark.parametrize("empty", [None, np.nan, " "])
def test_a_patient_without_an_id_is_refused(frame, empty):
    frame.loc[1, "subject"] = empty
    with pytest.raises(InputError, match=r"1 of 3 rows have none, the first is data row 2"):
        read(frame, id="subject")


def test_whole_numbers_as_ids_are_text(frame):
    frame["subject"] = [7, 8, 10]
    assert read(frame, id="subject").id == ("7", "8", "10")


def test_what_is_no_frame_is_named(frame):
    with pytest.raises(InputError, match="`frame` must be a pandas DataFrame; got list"):
        read([1, 2])


def test_a_column_that_occurs_twice_is_refused(frame):
    with pytest.raises(InputError, match="column 'months' occurs more than once"):
        read(pd.concat([frame, frame[["months"]]], axis=1))


def test_cells_are_quoted_as_they_are_written(frame):
    frame["died"] = [1, 2, 0]
    with pytest.raises(InputError, match=r"data row 2 is 2\. Recode"):
        read(frame)


def test_an_empty_frame_is_refused(frame):
    with pytest.raises(InputError, match="at least one patient"):
        read(frame.iloc[:0])


def test_truncation_keeps_events_at_the_horizon():
    ipd = IPD.from_times([1, 5, 9], [7], arm="A", time_unit="months").truncate(5)
    assert ipd.time.tolist() == [1, 5, 5, 5]
    assert ipd.event.tolist() == [True, True, False, False]


def test_units_are_converted_both_ways():
    ipd = IPD.from_times([12], [24], arm="A", time_unit="months")
    assert ipd.in_unit("years").time.tolist() == [1.0, 2.0]
    assert np.allclose(ipd.in_unit("days").in_unit("months").time, ipd.time, rtol=1e-15)


def test_events_come_before_censorings_at_a_tie():
    assert IPD.from_times([5], [5], arm="A", time_unit="months").event.tolist() == [True, False]


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        (["yes", "no", "yes"], [1, 0, 1]),
        (["N", "Y", "n"], [0, 1, 0]),
        (["True", "false", "True"], [1, 0, 1]),
        ([True, False, True], [1, 0, 1]),
        (["1", "0", "1"], [1, 0, 1]),
        (["yes", "yes", "yes"], [1, 1, 1]),
    ],
)
def test_yes_and_no_become_an_indicator(frame, cells, expected):
    ipd = read(frame.assign(prior=cells), covariates=["prior"])
    assert ipd.covariates["prior"].tolist() == expected


def test_two_texts_are_refused_with_the_line_to_write(frame):
    frame = frame.assign(sex=["M", "F", "M"])
    with pytest.raises(InputError) as refused:
        read(frame, covariates=["age", "sex"])
    assert (
        "holds the texts 'F' and 'M', and which of them is 1 is not said. Write "
        "Indicator(name='sex_M', column='sex', yes='M', no='F') in place of 'sex'"
    ) in str(refused.value)
    male = Indicator(name="male", column="sex", yes="M", no="F")
    ipd = read(frame, covariates=["age", male])
    assert ipd.covariate_names == ("age", "male")
    assert ipd.covariates["male"].tolist() == [1, 0, 1]


def test_an_indicator_names_every_value(frame):
    male = Indicator(name="male", column="sex", yes=("M", "male"), no=("F",))
    with pytest.raises(InputError, match=r"column 'sex' must be one of .*; data row 2 is 'f'"):
        read(frame.assign(sex=["M", "f", "male"]), covariates=[male])
    gap = frame.assign(sex=["M", None, "F"])
    with pytest.raises(InputError, match="column 'sex' must not have gaps; 1 of 3 rows"):
        read(gap, covariates=[male])
    kept = read(gap, covariates=CovariateColumns([male], missing="keep"))
    assert np.isnan(kept.covariates["male"]).tolist() == [False, True, False]
    old = Indicator(name="old", column="age", at_least=60)
    assert read(frame, covariates=[old]).covariates["old"].tolist() == [1, 0, 1]
    with pytest.raises(InputError, match="needs `yes` and `no`, or `at_least`"):
        Indicator(name="male", column="sex", yes="M")
    with pytest.raises(InputError, match=r"must be a list of columns; got 'age'\. Write \['age'\]"):
        read(frame, covariates="age")


def test_the_origin_is_said(frame):
    with pytest.raises(InputError, match="`origin` must be said: origin='observed'"):
        read(frame, origin=None)
    with pytest.raises(InputError, match="`censoring` must be said of reconstructed patients"):
        read(frame, origin="reconstructed")
    with pytest.raises(InputError, match="`origin` must be one of 'observed'"):
        read(frame, origin="pseudo")
    with pytest.raises(InputError, match="observed patients have observed censoring"):
        read(frame, censoring="assumed")
    pseudo = read(frame, origin="reconstructed", censoring="assumed")
    assert (pseudo.origin, pseudo.censoring) == ("reconstructed", "assumed")


def test_a_table_of_patients_makes_the_same_patients(frame):
    ipd = read(frame, id="subject", arm="arm").with_study(trial="T", outcome="OS")
    ipd = ipd.with_basis(Basis(analysis_set="infused", index_date="infusion"))
    back = IPD.from_frame(ipd.to_frame(), covariates=["age"])
    assert back.to_frame().equals(ipd.to_frame())
    assert (back.trial, back.outcome, back.basis) == ("T", "OS", ipd.basis)
    other = ipd.to_frame().assign(outcome=["OS", "PFS", "OS"])
    with pytest.raises(InputError, match=r"column 'outcome' must be the same .* 'OS' and 'PFS'"):
        IPD.from_frame(other)
    clash = read(frame.assign(trial=1), covariates=["trial"])
    with pytest.raises(InputError, match="covariate 'trial' has the name of a column"):
        clash.to_frame()


def test_columns_of_a_user_that_only_look_alike_are_left_alone(frame):
    ipd = read(frame.assign(origin=["Asia", "EU", "EU"], outcome=["CR", "PD", "PR"]))
    assert (ipd.origin, ipd.outcome) == ("observed", "")
