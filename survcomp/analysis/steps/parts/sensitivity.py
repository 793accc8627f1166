"""Sensitivity analyses of a comparison: from its plan to records, one group an analysis.

The ids of the records are made of what is analysed and what is changed, so that a row keeps
its id when others come or go.
"""

from __future__ import annotations

import math
import re
import zlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from survcomp.analysis.plan.tables.comparisons import ComparisonTable
from survcomp.analysis.plan.tables.sensitivity import SensitivityChoiceTable
from survcomp.analysis.steps.parts.anchors import target_anchor
from survcomp.analysis.steps.parts.context import Task
from survcomp.analysis.steps.parts.draws import SIMULATED, drawn_side
from survcomp.analysis.steps.parts.recorder import Recorder
from survcomp.analysis.steps.parts.sides import Side
from survcomp.analysis.steps.parts.weighting import (
    FITTED,
    LOG_HR,
    make_weights,
    target_table,
)
from survcomp.comparison import (
    Sensitivity,
    SensitivityRow,
    UnevenCovariate,
    confounder_picture,
    naive_sensitivity,
    sensitivity,
    uneven_covariates,
    uneven_rows,
)
from survcomp.comparison.matching_adjusted.left_out import still_to_match, without_left_out
from survcomp.comparison.reweighting.matching import Matching
from survcomp.comparison.sensitivity_analyses.censoring import ANALYSIS as CENSORING
from survcomp.comparison.sensitivity_analyses.confounder import ANALYSIS as CONFOUNDER
from survcomp.errors import ContradictionError, InputError, SurvcompError
from survcomp.values.contrasts.link_estimate import WALD, LinkEstimate
from survcomp.values.draws import Patients
from survcomp.values.populations.population import Population
from survcomp.values.records.results import Kind

EXACT: Kind = "closed form"
UNITS = {
    "bias_factor": "ratio",
    "confounder_hr": "hazard ratio",
    "e_value": "risk ratio",
    "hazard_multiplier": "hazard ratio",
}
"""Measures that are one number, with its unit."""


@dataclass(frozen=True, slots=True)
class Arms:
    """Both arms as they are analysed, and in words what an interval of them holds."""

    treatment: Patients
    comparator: Patients
    words: str
    kind: Kind = FITTED


def record_sensitivity(asked: Task[ComparisonTable], sides: Sequence[Side]) -> None:
    """Do every sensitivity analysis that is asked for, and record it.

    Raises
    ------
    SurvcompError
        With "sensitivity" in its message, where the comparison allows none.
    """
    table = asked.table.sensitivity
    assert table is not None
    try:
        arms = _arms(sides, asked, table)
        result = _weighted(arms, sides, asked) if asked.table.adjust else _naive(arms, asked)
        uneven = _uneven(result, asked, table)
    except SurvcompError as error:
        raise error.within("sensitivity") from error
    recorder, path = asked.recorder, f"{asked.prefix}/sensitivity"
    target = [] if asked.table.adjust is None else [target_anchor(asked.table.adjust, asked)]
    recorder.further(path, rests_on=target, settings=asked.keys("adjust", "sensitivity"))
    _record_about(f"{path}/about", result, arms, asked, recorder)
    rows = list(result.rows)
    if table.baseline and CONFOUNDER not in table.skip:
        after = max(i for i, row in enumerate(rows) if row.analysis == CONFOUNDER) + 1
        rows[after:after] = uneven_rows(uneven).rows
    _record_rows(path, rows, arms.kind, result.level, recorder)
    if CONFOUNDER not in table.skip:
        _record_picture(f"{path}/picture", result, uneven, arms.kind, recorder)


def _arms(
    sides: Sequence[Side], asked: Task[ComparisonTable], table: SensitivityChoiceTable
) -> Arms:
    """Draws of the rebuilt sides where they are wanted, else one data set a side."""
    rebuilt = any(side.rebuilt is not None for side in sides)
    if not rebuilt:
        words = "sampling error; both arms are observed patients"
        return Arms(sides[0].ipd, sides[1].ipd, words)
    if not table.over_draws or not asked.settings.draws:
        words = "sampling error only, of one data set a side"
        return Arms(sides[0].ipd, sides[1].ipd, words)
    try:
        treatment, comparator = (drawn_side(side, asked.settings) for side in sides)
    except (ContradictionError, InputError) as error:
        raise error.within("no draws (over_draws = false does without)") from error
    words = f"sampling and reconstruction error, over {asked.settings.draws} draws"
    return Arms(treatment, comparator, words, SIMULATED)


def _naive(arms: Arms, asked: Task[ComparisonTable]) -> Sensitivity:
    table = asked.table.sensitivity
    assert table is not None
    return naive_sensitivity(
        arms.treatment,
        arms.comparator,
        outcome=asked.table.endpoint,
        assumptions=asked.table.named,
        level=asked.settings.level,
        settings=table.settings,
    )


def _weighted(arms: Arms, sides: Sequence[Side], asked: Task[ComparisonTable]) -> Sensitivity:
    """Of the patients who are not left out, with what they are still matched on."""
    table = asked.table.sensitivity
    assert table is not None
    target = asked.evidence.baseline(target_table(asked), base=asked.folder)
    everybody = sides[0].ipd
    kept, weights = without_left_out(
        everybody, make_weights(everybody, target, target_table(asked))
    )
    match = still_to_match(weights)
    if not match:
        raise InputError(
            "every covariate is matched by leaving patients out; there are no weights to change."
        )
    return sensitivity(
        kept,
        arms.comparator,
        Matching(target, match=match),
        outcome=asked.table.endpoint,
        assumptions=asked.table.named_for_weights,
        level=asked.settings.level,
        settings=table.settings,
    )


def _uneven(
    result: Sensitivity, asked: Task[ComparisonTable], table: SensitivityChoiceTable
) -> tuple[UnevenCovariate, ...]:
    if not table.baseline:
        return ()
    left, right = (_population(asked, name) for name in ("treatment", "comparator"))
    try:
        return uneven_covariates(result.grid, left, right, covariates=table.baseline)
    except SurvcompError as error:
        raise error.within("`baseline`") from error


def _population(asked: Task[ComparisonTable], name: str) -> Population:
    side = getattr(asked.table, name)
    return asked.evidence.trial(side.trial).population_of(side.arm)


def _record_about(
    path: str, result: Sensitivity, arms: Arms, asked: Task[ComparisonTable], recorder: Recorder
) -> None:
    recorder.text(f"{path}/population", result.population)
    recorder.text(f"{path}/interval", arms.words)
    main = "Cox model, Efron ties"
    if asked.table.adjust:
        main = f"weighted {main}, robust standard error that takes the weights as known"
    recorder.text(f"{path}/main", main)
    recorder.add(f"{path}/level", result.level, "published")


def _record_rows(
    path: str, rows: Sequence[SensitivityRow], kind: Kind, level: float, recorder: Recorder
) -> None:
    for family in dict.fromkeys(row.analysis for row in rows):
        chosen = [row for row in rows if row.analysis == family]
        imputed = SIMULATED if family == CENSORING else kind
        recorder.text(f"{path}/family/{slug(family)}", family)
        for name, row in zip(names([row.changed for row in chosen]), chosen, strict=True):
            _record_row(f"{path}/{slug(family)}/{name}", row, imputed, level, recorder)


def slug(words: str) -> str:
    """Words as a part of a record's id.

    Examples
    --------
    >>> slug("hazard times 1.5 after censoring"), slug("prevalence 20% against 80%")
    ('hazard_times_1.5_after_censoring', 'prevalence_20_against_80')
    """
    return re.sub(r"[^A-Za-z0-9.+>=-]+", "_", words).strip("_") or "row"


def names(words: Sequence[str]) -> list[str]:
    """An id for each row of one analysis; where two would be alike, with a checksum of the words.

    Examples
    --------
    >>> names(["without age", "without patient é (A)", "without patient ü (A)"])
    ['without_age', 'without_patient_A-b80970d4', 'without_patient_A-10096826']
    """
    count = Counter(slug(each) for each in words)
    return [
        slug(each) if count[slug(each)] == 1 else f"{slug(each)}-{zlib.crc32(each.encode()):08x}"
        for each in words
    ]


def _record_row(
    path: str, row: SensitivityRow, kind: Kind, level: float, recorder: Recorder
) -> None:
    recorder.text(f"{path}/changed", row.changed)
    if row.refused:
        recorder.text(f"{path}/refused", row.note)
        return
    if row.measure in UNITS:
        recorder.add(f"{path}/{row.measure}", row.estimate, kind, unit=UNITS[row.measure])
    else:
        _record_effect(path, row, kind, level, recorder)
    if math.isfinite(row.ess):
        recorder.add(f"{path}/ess", row.ess, FITTED, unit="patients")
    if row.template:
        recorder.text(f"{path}/note", row.template)
    for name, value in row.figures:
        recorder.add(f"{path}/figure/{name}", value, kind)


def _record_effect(
    path: str, row: SensitivityRow, kind: Kind, level: float, recorder: Recorder
) -> None:
    """On the log scale, and as a hazard ratio or, beyond a null, its ratio to the null."""
    natural, unit = ("hr", "hazard ratio")
    if row.measure == "log_hr_beyond_null":
        natural, unit = ("hr_over_null", "hazard ratio over null ratio")
    numbers = LinkEstimate(
        estimate=row.estimate,
        se=row.se,
        ci_low=row.ci_low,
        ci_high=row.ci_high,
        df=row.df,
        level=level,
        interval_method=WALD,
    )
    recorder.numbers(f"{path}/{row.measure}", numbers, kind, unit=LOG_HR)
    for field in ("estimate", "ci_low", "ci_high"):
        value = math.exp(getattr(row, field))
        recorder.add(f"{path}/{natural}/{field}", value, kind, unit=unit)


def _record_picture(
    path: str,
    result: Sensitivity,
    uneven: tuple[UnevenCovariate, ...],
    kind: Kind,
    recorder: Recorder,
) -> None:
    """Everything that the figure of unmeasured confounders shows."""
    picture = confounder_picture(result.grid, uneven=uneven)
    for name in ("treatment", "comparator", "outcome"):
        recorder.text(f"{path}/{name}", getattr(picture, name))
    for name in ("estimate", "ci_low", "ci_high", "near"):
        recorder.add(f"{path}/{name}", getattr(picture, name), kind, unit=LOG_HR)
    recorder.add(f"{path}/mean_prevalence", picture.mean_prevalence, EXACT, unit="probability")
    recorder.add(f"{path}/ticks", picture.ticks, "series", unit="probability")
    for name, unit in (("difference", "probability"), ("hazard_ratio", "hazard ratio")):
        values = tuple(map(float, getattr(picture, name)))
        recorder.add(f"{path}/{name}", values, "series", unit=unit)
    # row by row: one row a hazard ratio
    recorder.add(f"{path}/log_bias", tuple(map(float, picture.log_bias.ravel())), "series")
    words = names([each.covariate for each in picture.benchmarks])
    for name, benchmark in zip(words, picture.benchmarks, strict=True):
        here = f"{path}/benchmark/{name}"
        recorder.text(f"{here}/covariate", benchmark.covariate)
        recorder.text(f"{here}/words", benchmark.words)
        recorder.add(f"{here}/difference", benchmark.difference, FITTED)
        recorder.add(f"{here}/hazard_ratio", benchmark.hazard_ratio, FITTED, unit="hazard ratio")
        recorder.add(f"{here}/log_bias", benchmark.log_bias, FITTED)
    for each in picture.uneven:
        here = f"{path}/uneven/{slug(each.covariate)}"
        recorder.text(f"{here}/title", each.title)
        for side in ("treated", "comparator"):
            value = getattr(each, f"prevalence_{side}")
            recorder.add(f"{here}/prevalence_{side}", value, "published", unit="probability")
        recorder.add(f"{here}/hazard_ratio", each.hazard_ratio, kind, unit="hazard ratio")
        recorder.add(f"{here}/absence", each.absence, "count")
        recorder.add(f"{here}/same_definition", each.same_definition, "count")
