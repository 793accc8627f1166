"""Shifted null: the effect tested against a threshold rather than against no effect.

Where groups were not randomised, a hazard ratio that only just excludes 1 may be what is
left of bias; the test is then against a threshold set in advance (EU HTA guideline on
quantitative evidence synthesis, 2024).
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from scipy.stats import norm

from survcomp.comparison.sensitivity_analyses.arms import Effect, SensitivityArms
from survcomp.comparison.sensitivity_analyses.result import SensitivityRow, SensitivityTable
from survcomp.comparison.two_arms.cox import may_have_p
from survcomp.errors import InputError

ANALYSIS = "shifted null"


def shifted_null(arms: SensitivityArms, *, hazard_ratios: Sequence[float]) -> SensitivityTable:
    """The effect tested against hazard ratios other than 1.

    Parameters
    ----------
    arms : SensitivityArms
        From `matched_arms` or `unmatched_arms`.
    hazard_ratios : sequence of float
        Thresholds above 0, such as 0.8.

    Returns
    -------
    SensitivityTable
        One row a threshold: the log hazard ratio less the threshold's log, its interval, and
        z in the note; a one-sided p value only where no censoring had to be assumed. Without
        draws.

    Raises
    ------
    InputError
        If there are none, or one is not above 0.

    Examples
    --------
    >>> import survcomp as sc
    >>> a = sc.IPD.from_times(range(2, 42), [10] * 10, arm="A", time_unit="months")
    >>> b = sc.IPD.from_times(range(1, 30), [8] * 10, arm="B", time_unit="months")
    >>> arms = sc.comparison.unmatched_arms(a, b, outcome="PFS")
    >>> table = sc.comparison.shifted_null(arms, hazard_ratios=[0.8])
    >>> print(table.rows[0].changed, f"{table.rows[0].estimate:.2f}")
    null HR 0.8 -0.60
    """
    if not len(hazard_ratios):
        raise InputError("`hazard_ratios` is empty; name at least one threshold.")
    for value in hazard_ratios:
        if not (math.isfinite(value) and value > 0):
            raise InputError(f"`hazard_ratios` must be above 0; got {value!r}.")
    main = arms.main()
    with_p = len(arms.treatment) == 1 and may_have_p(arms.treatment[0], arms.comparator[0])
    return SensitivityTable(
        rows=tuple(_row(main, float(value), with_p=with_p) for value in hazard_ratios)
    )


def _row(main: Effect, null: float, *, with_p: bool) -> SensitivityRow:
    shift = math.log(null)
    low, high = main.ci_low - shift, main.ci_high - shift
    where = "lies below" if high < 0 else "lies above" if low > 0 else "holds"
    z = (main.estimate - shift) / main.se
    p = ", one-sided p of HR below it {p:.2g}" if with_p else ""
    return SensitivityRow(
        analysis=ANALYSIS,
        changed=f"null HR {null:g}",
        measure="log_hr_beyond_null",
        estimate=main.estimate - shift,
        se=main.se,
        ci_low=low,
        ci_high=high,
        df=main.df,
        ess=main.ess,
        template=f"The interval {where} {null:g}; z = {{z:.2f}}{p}.",
        figures=(("z", z), *([("p", float(norm.cdf(z)))] if with_p else [])),
    )
