"""E-values: how strong a confounder would have to be to explain an effect away.

VanderWeele and Ding 2017: the least risk ratio that an unmeasured confounder must have both
with treatment and with outcome, given the measured covariates, to move a risk ratio to 1.
A hazard ratio is first put as an approximate risk ratio.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, get_args

import pandas as pd

from survcomp.comparison.sensitivity_analyses.arms import SensitivityArms
from survcomp.comparison.sensitivity_analyses.result import SensitivityRow, SensitivityTable
from survcomp.errors import InputError
from survcomp.values.checks import check_interval, check_option
from survcomp.values.shown import in_a_line

Frequency = Literal["rare", "common"]

ANALYSIS = "E-value"

RARE = 0.15
"""At most this share of patients with the event counts as rare (VanderWeele and Ding 2017)."""

CONVERSION: dict[Frequency, str] = {
    "rare": "RR taken to be the HR",
    "common": "RR taken to be (1 - 0.5^sqrt(HR)) / (1 - 0.5^sqrt(1/HR))",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class EValue:
    """E-values of one hazard ratio.

    Attributes
    ----------
    frequency : {"rare", "common"}
        How frequent the outcome is taken to be by the end of follow-up.
    risk_ratio : float
        The approximate risk ratio of the estimate.
    estimate, limit : float
        E-value of the estimate, and of the limit of the interval nearest to 1; 1 where the
        interval holds 1. Both are at least 1.

    Examples
    --------
    >>> import survcomp as sc
    >>> value = sc.e_value(0.42, ci_low=0.26, ci_high=0.68, frequency="common")
    >>> print(f"E-value {value.estimate:.2f}, of the limit {value.limit:.2f}")
    E-value 3.03, of the limit 1.94
    """

    frequency: Frequency
    risk_ratio: float
    estimate: float
    limit: float

    def to_frame(self) -> pd.DataFrame:
        """One row."""
        return pd.DataFrame([{name: getattr(self, name) for name in self.__slots__}])

    def _repr_html_(self) -> str:
        return str(self.to_frame().to_html(index=False))

    __repr__ = in_a_line


def risk_ratio_of(hazard_ratio: float, *, frequency: Frequency) -> float:
    """Approximate risk ratio of a hazard ratio.

    Raises
    ------
    InputError
        If `hazard_ratio` is not above 0 and finite, or `frequency` is neither.

    References
    ----------
    VanderWeele TJ (2017), Epidemiology 28:e58; (2020), Biometrics 76:746.

    Examples
    --------
    >>> round(risk_ratio_of(0.25, frequency="common"), 4)  # (1 - 0.5^0.5) / (1 - 0.5^2)
    0.3905
    """
    check_option(frequency, Frequency, name="frequency")
    _check_ratio(hazard_ratio, "hazard_ratio")
    if frequency == "rare":
        return hazard_ratio
    root = math.sqrt(hazard_ratio)
    return float((1 - 0.5**root) / (1 - 0.5 ** (1 / root)))


def e_value_of_risk_ratio(risk_ratio: float) -> float:
    """E-value RR + sqrt(RR (RR - 1)) of a risk ratio, inverted first where it is below 1.

    Raises
    ------
    InputError
        If it is not above 0 and finite.

    References
    ----------
    VanderWeele TJ, Ding P (2017), Annals of Internal Medicine 167:268.

    Examples
    --------
    >>> round(e_value_of_risk_ratio(3.9), 2), e_value_of_risk_ratio(1.8)  # the paper's example
    (7.26, 3.0)
    """
    _check_ratio(risk_ratio, "risk_ratio")
    ratio = max(risk_ratio, 1 / risk_ratio)
    return ratio + math.sqrt(ratio * (ratio - 1))


def e_value(hazard_ratio: float, *, ci_low: float, ci_high: float, frequency: Frequency) -> EValue:
    """E-values of a hazard ratio and of the limit of its interval that is nearest to 1.

    Parameters
    ----------
    hazard_ratio, ci_low, ci_high : float
        On the natural scale.
    frequency : {"rare", "common"}
        "common" where more than 15 % of the patients have the event by the end of follow-up.

    Returns
    -------
    EValue

    Raises
    ------
    InputError
        If a number is not above 0, or the interval does not hold the estimate.

    Examples
    --------
    >>> from survcomp import e_value
    >>> value = e_value(0.5, ci_low=0.3, ci_high=0.8, frequency="rare")
    >>> round(value.estimate, 3), round(value.limit, 3)  # 2 + sqrt(2), 1.25 + sqrt(0.3125)
    (3.414, 1.809)
    """
    for name, value in (("ci_low", ci_low), ("ci_high", ci_high)):
        _check_ratio(value, name)
    check_interval(hazard_ratio, ci_low, ci_high, name="hazard_ratio")
    near = ci_low if ci_low > 1 else min(ci_high, 1.0)
    ratio = risk_ratio_of(hazard_ratio, frequency=frequency)
    return EValue(
        frequency=frequency,
        risk_ratio=ratio,
        estimate=e_value_of_risk_ratio(ratio),
        limit=e_value_of_risk_ratio(risk_ratio_of(near, frequency=frequency)),
    )


def e_value_rows(arms: SensitivityArms) -> SensitivityTable:
    """E-values of the estimate and the limit, for a rare and for a common outcome.

    Parameters
    ----------
    arms : SensitivityArms
        From `matched_arms` or `unmatched_arms`.

    Returns
    -------
    SensitivityTable
        Four rows; the column ``estimate`` is the E-value, a risk ratio.

    References
    ----------
    VanderWeele TJ, Ding P (2017), Annals of Internal Medicine 167:268.

    Examples
    --------
    >>> import survcomp as sc
    >>> a = sc.IPD.from_times(range(2, 42), [10] * 10, arm="A", time_unit="months")
    >>> b = sc.IPD.from_times(range(1, 30), [8] * 10, arm="B", time_unit="months")
    >>> arms = sc.comparison.unmatched_arms(a, b, outcome="PFS")
    >>> table = sc.comparison.e_value_rows(arms)
    >>> print(table.to_frame()[["changed", "estimate"]].round(2))
                        changed  estimate
    0    estimate, rare outcome      4.00
    1    interval, rare outcome      2.01
    2  estimate, common outcome      2.93
    3  interval, common outcome      1.74
    """
    main = arms.main()
    hr, low, high = (math.exp(v) for v in (main.estimate, main.ci_low, main.ci_high))
    patients = (arms.treatment[0], arms.comparator[0])
    share = sum(ipd.n_events for ipd in patients) / sum(ipd.n for ipd in patients)
    applies: Frequency = "rare" if share <= RARE else "common"
    rows = []
    for frequency in get_args(Frequency):
        strength = e_value(hr, ci_low=low, ci_high=high, frequency=frequency)
        words = f"{CONVERSION[frequency]}. {{share:.0%}} of the patients have the event: "
        words += "this row applies." if frequency == applies else f"see the {applies} outcome."
        for part, value in (("estimate", strength.estimate), ("interval", strength.limit)):
            holds = " The interval holds 1." if part == "interval" and main.near == 0 else ""
            rows.append(
                SensitivityRow(
                    analysis=ANALYSIS,
                    changed=f"{part}, {frequency} outcome",
                    measure="e_value",
                    estimate=value,
                    template=words + holds,
                    figures=(("share", share),),
                )
            )
    return SensitivityTable(rows=tuple(rows))


def _check_ratio(value: float, name: str) -> None:
    if not (math.isfinite(value) and value > 0):
        raise InputError(f"`{name}` must be a ratio above 0; got {value!r}.")
