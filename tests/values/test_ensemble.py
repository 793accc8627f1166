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
