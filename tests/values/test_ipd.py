"""IPD: read with care, never guessing what an event is."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from survcomp.errors import InputError
from survcomp.values import IPD, Basis, CovariateColumns


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
