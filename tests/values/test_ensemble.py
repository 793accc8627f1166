import pandas as pd
import pytest

from survcomp.errors import InputError
from survcomp.values import IPD, Ensemble, Ticks


def draw(*events: float, n: int = 4, arm: str = "a") -> IPD:
    return IPD.from_times(events, [9.0] * (n - len(events)), arm=arm, time_unit="months")


def test_frame_holds_every_patient_of_every_draw() -> None:
    ensemble = Ensemble(draws=(draw(1, 2), draw(1, 2, 3)), method="integer", curve_id="T/a/PFS")
    frame = ensemble.to_frame()
    assert frame.groupby("draw")["event"].sum().tolist() == [2, 3]
    assert len(ensemble) == 2
    assert ensemble.n == 4
    assert ensemble.arm == "a"


def test_one_draw_is_not_an_ensemble() -> None:
    with pytest.raises(InputError, match="at least 2"):
        Ensemble(draws=(draw(1),), method="integer", curve_id="x")


@pytest.mark.parametrize("other", [draw(1, n=5), draw(1, arm="b")])
def test_draws_are_of_the_same_patients(other: IPD) -> None:
    with pytest.raises(InputError, match="draw 2"):
        Ensemble(draws=(draw(1), other), method="integer", curve_id="x")


def test_ticks_are_sorted_and_checked() -> None:
    assert Ticks.from_times([2, 1]).time.tolist() == [1, 2]
    with pytest.raises(InputError, match="row 2"):
        Ticks.from_times([2, -1])
    with pytest.raises(InputError, match="empty"):
        Ticks.from_times([])


def stacked() -> pd.DataFrame:
    return pd.DataFrame({"draw": [2, 2, 1, 1], "t": [1.0, 9, 2, 9], "e": [1, 0, 1, 0]})


def read(frame: pd.DataFrame, **changes: object) -> Ensemble:
    said: dict[str, object] = dict(time="t", event="e", time_unit="months", label="A")
    said |= {"censoring": "assumed", "method": "drawn elsewhere"}
    return Ensemble.from_frame(frame, **(said | changes))  # type: ignore[arg-type]


def test_draws_of_other_software_are_read_when_everything_is_said() -> None:
    draws = read(stacked())
    assert [draw.time.tolist() for draw in draws] == [[2, 9], [1, 9]]
    assert {draw.origin for draw in draws} == {"reconstructed"}
    for left_out, match in (
        ({"method": None}, "`method` must be said"),
        ({"censoring": None}, "`censoring` must be said of reconstructed"),
        ({"time_unit": None}, "`time_unit` must be one of"),
    ):
        with pytest.raises(InputError, match=match):
            read(stacked(), **left_out)
    with pytest.raises(InputError, match="draw 2 of the ensemble is not of the same arm"):
        read(stacked().iloc[:3])
    with pytest.raises(InputError, match="observed patients have no draws"):
        read(stacked().assign(origin="observed"))


def test_draws_written_are_the_draws_read() -> None:
    draws = read(stacked(), curve_id="T/A/OS").with_study(trial="T", outcome="OS")
    back = Ensemble.from_frame(draws.to_frame())
    assert back.to_frame().equals(draws.to_frame())
    assert (back.trial, back.outcome, back.curve_id) == ("T", "OS", "T/A/OS")
    with pytest.raises(InputError, match="`method` is 'guess', but the column 'method'"):
        Ensemble.from_frame(draws.to_frame(), method="guess")
    mixed = (draws[0], draws[1].with_study(outcome="PFS"))
    with pytest.raises(InputError, match="not of the same outcome and trial"):
        Ensemble(draws=mixed, method="summary", curve_id="x")
