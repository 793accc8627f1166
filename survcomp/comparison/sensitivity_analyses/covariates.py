"""Other sets of covariates: each left out, all subsets of a ranked list, means alone."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

from survcomp.adjustment import maic_weights
from survcomp.adjustment.weighting.matching import column_name, moments_for
from survcomp.comparison.sensitivity_analyses.arms import Matched, SensitivityArms
from survcomp.comparison.sensitivity_analyses.result import (
    SensitivityRow,
    SensitivityTable,
    attempt,
    effect_row,
    refused_row,
)
from survcomp.errors import InputError

LEAVE_ONE_OUT = "leave one covariate out"
SUBSETS = "subsets of the ranked covariates"
MEANS_ALONE = "first moments alone"
NO_COVARIATES = "No covariates are matched."
MOST = 10
"""Of 10 covariates there are 1,024 subsets."""


def leave_one_covariate_out(arms: SensitivityArms) -> SensitivityTable:
    """The effect without each matched covariate, all of its moments together.

    Parameters
    ----------
    arms : SensitivityArms
        From `matched_arms`; of unmatched ones the table is one refused row.

    Returns
    -------
    SensitivityTable
        One row a covariate, in the order of `match`. Without the only one the effect is the
        naive one.

    Examples
    --------
    >>> import pandas as pd
    >>> import survcomp as sc
    >>> frame = pd.DataFrame({"months": range(1, 41), "pfs": 1})
    >>> frame["age"] = 70 - frame["months"] // 2 + 6 * (frame["months"] % 3)
    >>> mine = sc.IPD.from_frame(frame, time="months", event="pfs", time_unit="months",
    ...                          origin="observed", covariates=["age"], label="A")
    >>> theirs = sc.IPD.from_times(range(1, 30), [], arm="B", time_unit="months")
    >>> target = sc.Population.from_moments([sc.Mean(name="age", value=68)], n=29, name="B trial")
    >>> matching = sc.Matching(target, match=["age"])
    >>> arms = sc.comparison.matched_arms(mine, theirs, matching, outcome="PFS")
    >>> table = sc.comparison.leave_one_covariate_out(arms)
    >>> print(table.to_frame()[["changed", "estimate", "ess"]].round(2))
           changed  estimate   ess
    0  without age     -0.75  40.0
    """
    if arms.matching is None:
        return SensitivityTable(rows=(refused_row(LEAVE_ONE_OUT, "covariates", NO_COVARIATES),))
    entries = _entries(arms, arms.matching)
    rows = []
    for covariate in dict.fromkeys(name for name, _ in entries):
        left = [entry for name, entry in entries if name != covariate]
        rows.append(_row(arms, arms.matching, LEAVE_ONE_OUT, f"without {covariate}", left))
    return SensitivityTable(rows=tuple(rows))


def ranked_subsets(arms: SensitivityArms, *, ranked: Sequence[str]) -> SensitivityTable:
    """The effect with every subset of a ranked list of covariates, none of them included.

    Parameters
    ----------
    arms : SensitivityArms
        From `matched_arms`.
    ranked : sequence of str
        Covariates, or single moments such as "age (mean)", the most important first; at most
        10. They need not be those of the main analysis.

    Returns
    -------
    SensitivityTable
        2^k rows: by size, and within a size the best ranked first. A set whose target cannot
        be reached is a refused row.

    Raises
    ------
    InputError
        If `ranked` is empty, holds more than 10, or names one twice or one that the patients
        lack, or nothing is matched.
    NotFoundError
        If the population says nothing about one.

    Examples
    --------
    >>> import pandas as pd
    >>> import survcomp as sc
    >>> frame = pd.DataFrame({"months": range(1, 41), "pfs": 1})
    >>> frame["age"] = 70 - frame["months"] // 2 + 6 * (frame["months"] % 3)
    >>> mine = sc.IPD.from_frame(frame, time="months", event="pfs", time_unit="months",
    ...                          origin="observed", covariates=["age"], label="A")
    >>> theirs = sc.IPD.from_times(range(1, 30), [], arm="B", time_unit="months")
    >>> target = sc.Population.from_moments([sc.Mean(name="age", value=68)], n=29, name="B trial")
    >>> matching = sc.Matching(target, match=["age"])
    >>> arms = sc.comparison.matched_arms(mine, theirs, matching, outcome="PFS")
    >>> table = sc.comparison.ranked_subsets(arms, ranked=["age"])
    >>> print(table.to_frame()[["changed", "estimate"]].round(2))
            changed  estimate
    0  none (naive)     -0.75
    1           age     -0.50
    """
    names = _check_ranked(ranked)
    if arms.matching is None:
        raise InputError(f"`ranked` needs matched arms. {NO_COVARIATES}")
    moments_for(arms.treatment[0], arms.matching.population, names)  # refuses unknown ones at once
    subsets = [list(s) for size in range(len(names) + 1) for s in combinations(names, size)]
    return SensitivityTable(
        rows=tuple(
            _row(arms, arms.matching, SUBSETS, ", ".join(subset) or "none (naive)", subset)
            for subset in subsets
        )
    )


def means_alone(arms: SensitivityArms) -> SensitivityTable:
    """The effect with standard deviations left out of the matching.

    One row; refused where no standard deviation is matched.

    Parameters
    ----------
    arms : SensitivityArms
        From `matched_arms`.

    Returns
    -------
    SensitivityTable

    Examples
    --------
    >>> import pandas as pd
    >>> import survcomp as sc
    >>> frame = pd.DataFrame({"months": range(1, 41), "pfs": 1})
    >>> frame["age"] = 70 - frame["months"] // 2 + 6 * (frame["months"] % 3)
    >>> mine = sc.IPD.from_frame(frame, time="months", event="pfs", time_unit="months",
    ...                          origin="observed", covariates=["age"], label="A")
    >>> theirs = sc.IPD.from_times(range(1, 30), [], arm="B", time_unit="months")
    >>> target = sc.Population.from_moments([sc.Mean(name="age", value=68)], n=29, name="B trial")
    >>> matching = sc.Matching(target, match=["age"])
    >>> arms = sc.comparison.matched_arms(mine, theirs, matching, outcome="PFS")
    >>> sc.comparison.means_alone(arms).rows[0].note
    'No standard deviation is matched.'
    """
    if arms.matching is None:
        return SensitivityTable(rows=(refused_row(MEANS_ALONE, "covariates", NO_COVARIATES),))
    matching = arms.matching
    moments = moments_for(arms.treatment[0], matching.population, matching.match)
    everything = [moment for group in moments for moment in group]
    left = [column_name(moment) for moment in everything if moment.kind != "SD"]
    changed = "without standard deviations"
    if len(left) == len(everything):
        row = refused_row(MEANS_ALONE, changed, "No standard deviation is matched.")
    else:
        row = _row(arms, matching, MEANS_ALONE, changed, left)
    return SensitivityTable(rows=(row,))


def _entries(arms: SensitivityArms, matching: Matched) -> list[tuple[str, str]]:
    """Covariate and entry of `match`, for each entry."""
    moments = moments_for(arms.treatment[0], matching.population, matching.match)
    return [(m[0].name, entry) for m, entry in zip(moments, matching.match, strict=True)]


def _row(
    arms: SensitivityArms, matching: Matched, analysis: str, changed: str, match: list[str]
) -> SensitivityRow:
    def make() -> SensitivityRow:
        if not match:
            note = "Nothing is matched: the naive comparison, with the model's standard error."
            return effect_row(analysis, changed, arms.effect(None), note=note)
        weights = maic_weights(arms.treatment[0], matching.population, match=match)
        return effect_row(analysis, changed, arms.effect(weights))

    return attempt(analysis, changed, make)


def _check_ranked(ranked: Sequence[str]) -> list[str]:
    if isinstance(ranked, str) or not 1 <= len(ranked) <= MOST:
        raise InputError(
            f"`ranked` must be a list of 1 to {MOST} covariates (2^k sets are fitted); got "
            f"{ranked!r}."
        )
    twice = [name for name in ranked if list(ranked).count(name) > 1]
    if twice:
        raise InputError(f"`ranked` names {twice[0]!r} more than once.")
    return list(ranked)
