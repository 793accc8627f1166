"""A weighted (MAIC) response comparison of an analysis: everything that its report must show."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from survcomp.adjustment import balance_table, target_overlap
from survcomp.analysis.plan.tables.responses import ResponseComparisonTable, ResponseTargetTable
from survcomp.analysis.steps.parts.anchors import target_anchor
from survcomp.analysis.steps.parts.context import Task
from survcomp.analysis.steps.parts.diagnostics import (
    FITTED,
    record_balance,
    record_overlap,
    record_weights,
)
from survcomp.analysis.steps.parts.draws import SIMULATED
from survcomp.analysis.steps.parts.models import Outlook
from survcomp.analysis.steps.parts.recorder import Recorder
from survcomp.analysis.steps.parts.response_models import ResponseOutlook, record_response_models
from survcomp.analysis.steps.parts.variances import record_bootstrap, record_row
from survcomp.analysis.steps.parts.weighting import (
    kind_of_weights,
    make_weights,
)
from survcomp.comparison import (
    MaicBootstrap,
    bootstrap_response_maic,
    response_variances,
)
from survcomp.comparison.bootstrap.effects import ResponseEffect
from survcomp.comparison.matching_adjusted.left_out import still_to_match, without_left_out
from survcomp.comparison.matching_adjusted.response import (
    SCALE_WORDS,
    Sandwich,
    WeightedResponse,
    weighted_response,
)
from survcomp.comparison.matching_adjusted.variance_result import WORDS, VarianceRow, bootstrap_row
from survcomp.comparison.outcome_models.effect import ResponseMeasure
from survcomp.comparison.reweighting.matching import Matching
from survcomp.errors import InputError
from survcomp.evidence.own_files.responders import OwnResponders
from survcomp.values.contrasts.contrast import Contrast
from survcomp.values.patients.ipd import IPD
from survcomp.values.patients.outcome import PatientOutcome
from survcomp.values.populations.population import Population
from survcomp.values.records.results import Kind
from survcomp.values.response import Response
from survcomp.values.weights import Weights

RULE = "HC3, where nothing else is asked for"
HALF = (
    "A cell is 0: 0.5 was added to every cell, and there is no other standard error (and no "
    "bootstrap) beside the one of that table."
)
MEASURES: tuple[ResponseMeasure, ...] = ("log_or", "log_rr", "risk_difference")
PARTS = {"maic": ("adjust",), "balance": ("adjust",), "models": ("adjust", "models")}
"""Parts of the records that rest on the baseline, with the keys that they rest on."""
SANDWICHES: tuple[Sandwich, ...] = ("HC3", "HC0")


@dataclass(frozen=True, slots=True, kw_only=True)
class ResponseWeighting:
    """A response comparison to weight, and what was read for it.

    Attributes
    ----------
    task : Task
        What is asked.
    adjust : ResponseTargetTable
        How the patients are weighted.
    patients : OwnResponders
        One's own patients.
    comparator : Response
        The published rate.
    target : Population
        What they are weighted to.
    """

    task: Task[ResponseComparisonTable]
    adjust: ResponseTargetTable
    patients: OwnResponders
    comparator: Response
    target: Population

    @property
    def table(self) -> ResponseComparisonTable:
        """The comparison."""
        return self.task.table

    @property
    def level(self) -> float:
        """Confidence level."""
        return self.task.settings.level


@dataclass(frozen=True, slots=True, kw_only=True)
class _Weighted:
    """Patients who are not left out, who of them responded, and their weights."""

    ipd: IPD
    response: PatientOutcome
    weights: Weights


def record_weighted_response(asked: ResponseWeighting) -> None:
    """Weight one's own patients, compare, and record the effects with their diagnostics.

    Patients left out on request have weight 0; variances are of the others.
    """
    prefix, recorder = asked.task.prefix, asked.task.recorder
    adjust, ipd, path = asked.adjust, asked.patients.ipd, f"{prefix}/maic"
    _say_what_it_rests_on(asked)
    weights = make_weights(ipd, asked.target, adjust)
    recorder.text(f"{prefix}/adjustment", f"weighted to {asked.target.name}")
    record_weights(f"{path}/weights", ipd, weights, recorder)
    overlap = target_overlap(
        ipd,
        asked.target,
        match=adjust.match,
        all_or_none=adjust.all_or_none,
        missing=adjust.missing,
    )
    record_overlap(f"{path}/overlap", overlap, recorder)
    record_balance(f"{prefix}/balance", balance_table(ipd, asked.target, weights), recorder)
    kept, kept_weights = without_left_out(ipd, weights)
    response = _of(kept, asked.patients.response)
    _record_effects(
        prefix, _Weighted(ipd=kept, response=response, weights=kept_weights), asked, recorder
    )
    if asked.table.models is not None:
        outlook = Outlook(
            ipd=kept,
            population=asked.target,
            match=still_to_match(kept_weights),
            endpoint=response.name,
            level=asked.level,
            left_out=ipd.n - kept.n,
        )
        given = ResponseOutlook(outlook=outlook, response=response, comparator=asked.comparator)
        record_response_models(prefix, given, asked.table, asked.table.models, recorder)


def _say_what_it_rests_on(asked: ResponseWeighting) -> None:
    """Beside both sides: the baseline, how it is weighted to, and the models."""
    task = asked.task
    target = [target_anchor(asked.adjust, task)]
    for part, keys in PARTS.items():
        task.recorder.further(f"{task.prefix}/{part}", rests_on=target, settings=task.keys(*keys))


def _of(kept: IPD, outcome: PatientOutcome) -> PatientOutcome:
    """The outcome of those patients."""
    position = {id: row for row, id in enumerate(outcome.id)}
    return replace(outcome, id=kept.id, value=outcome.value[[position[id] for id in kept.id]])


def _record_effects(
    prefix: str, weighted: _Weighted, asked: ResponseWeighting, recorder: Recorder
) -> None:
    """All three scales with the standard error that leads, and every other beside it."""
    path = f"{prefix}/maic"
    sandwiches = {kind: _sandwich(weighted, asked, kind) for kind in SANDWICHES}
    first = sandwiches["HC3"]
    recorder.add(f"{path}/rate", first.rate, FITTED, unit="probability")
    drawn = {} if first.corrected else _bootstrapped(weighted, asked)
    lead = "HC3" if first.corrected else asked.adjust.variance or "HC3"
    recorder.text(f"{path}/variance/rule", _rule(asked, corrected=first.corrected))
    for measure in MEASURES:
        shown = _contrast(first, measure)
        if not first.corrected:
            rows = _rows(measure, sandwiches, weighted, asked, drawn)
            _record_rows(f"{path}/variance", rows, lead, measure, recorder)
            shown = _with_row(shown, weighted.weights, rows, lead, drawn.get(measure))
        kind: Kind = SIMULATED if lead == "bootstrap" else FITTED
        sides = (f"{prefix}/treatment", f"{prefix}/comparator")
        named = shown.sources if asked.table.comparator.trial is not None else ()
        recorder.contrast(path, replace(shown, sources=named), kind=kind, sources=sides)
    for measure, each in drawn.items():
        assert asked.adjust.bootstrap is not None
        record_bootstrap(f"{path}/bootstrap/{measure}", each, asked.adjust.bootstrap, recorder)


def _rule(asked: ResponseWeighting, *, corrected: bool) -> str:
    if corrected:
        return HALF
    return "chosen by the analysis" if asked.adjust.variance else RULE


def _sandwich(weighted: _Weighted, asked: ResponseWeighting, kind: Sandwich) -> WeightedResponse:
    return weighted_response(
        weighted.response,
        asked.comparator,
        weighted.weights,
        treatment=weighted.ipd.arms[0],
        variance=kind,
        zero_cells=asked.adjust.zero_cells,
        assumptions=asked.table.named_for_weights,
        level=asked.level,
    )


def _contrast(effects: WeightedResponse, measure: ResponseMeasure) -> Contrast:
    scales = {
        "log_or": effects.odds_ratio,
        "log_rr": effects.risk_ratio,
        "risk_difference": effects.risk_difference,
    }
    return scales[measure]


def _rows(
    measure: ResponseMeasure,
    sandwiches: dict[Sandwich, WeightedResponse],
    weighted: _Weighted,
    asked: ResponseWeighting,
    drawn: dict[ResponseMeasure, MaicBootstrap],
) -> list[VarianceRow]:
    """Every variance of one scale: both sandwiches, M-estimation where there is one, bootstrap."""
    rows = [_sandwich_row(kind, _contrast(each, measure)) for kind, each in sandwiches.items()]
    match = still_to_match(weighted.weights)
    if match and asked.adjust.kind != "within tolerance":
        table = response_variances(
            weighted.ipd,
            weighted.response,
            asked.comparator,
            Matching(asked.target, match=match, weighting=kind_of_weights(asked.adjust)),
            effect=ResponseEffect(measure=measure),
            assumptions=asked.table.named_for_weights,
            level=asked.level,
        )
        rows.append(table.row("M-estimation"))
    if measure in drawn:
        rows.append(bootstrap_row(drawn[measure]))
    return rows


def _sandwich_row(kind: Sandwich, effect: Contrast) -> VarianceRow:
    return VarianceRow(method=kind, scale="raw", numbers=effect.numbers, words=WORDS[kind])


def _record_rows(
    path: str, rows: list[VarianceRow], lead: str, measure: ResponseMeasure, recorder: Recorder
) -> None:
    if lead not in [row.method for row in rows]:
        raise InputError(
            f"`adjust.variance` is {lead!r}; these weights have "
            f"{', '.join(row.method for row in rows)}."
        )
    for row in rows:
        here = f"{path}/{row.method}"
        if measure == MEASURES[0]:  # the words are those of every scale
            recorder.text(f"{here}/words", row.words)
            recorder.add(f"{here}/leads", row.method == lead, "count")
        kind = SIMULATED if row.method == "bootstrap" else FITTED
        record_row(here, row.numbers, kind, recorder, measure=measure)


def _with_row(
    contrast: Contrast,
    weights: Weights,
    rows: list[VarianceRow],
    lead: str,
    drawn: MaicBootstrap | None,
) -> Contrast:
    """The contrast with the estimate, error and interval of the method that leads."""
    row = next(row for row in rows if row.method == lead)
    notes = drawn.notes if drawn is not None and lead == "bootstrap" else ()
    return replace(
        contrast.with_numbers(row.numbers),
        interval=f"sampling error; {row.words}",
        method=f"unanchored MAIC, {weights.method}, matched on {', '.join(weights.matched)}; "
        f"{SCALE_WORDS[contrast.measure]} of a weighted and a published proportion; standard "
        f"error: {WORDS[row.method]}",
        notes=(*contrast.notes, *notes),
    )


def _bootstrapped(
    weighted: _Weighted, asked: ResponseWeighting
) -> dict[ResponseMeasure, MaicBootstrap]:
    """Replicates of every scale, of the same patients; none where they are not asked for."""
    wanted = asked.adjust.bootstrap
    if wanted is None:
        return {}
    match = still_to_match(weighted.weights)
    if not match:
        raise InputError(
            "`adjust.bootstrap`: every covariate is matched by leaving patients out; there are no "
            "weights to estimate."
        )
    return {
        measure: bootstrap_response_maic(
            weighted.ipd,
            weighted.response,
            asked.comparator,
            Matching(asked.target, match=match, weighting=kind_of_weights(asked.adjust)),
            rng=np.random.default_rng(wanted.seed),
            resampling=wanted.resampling(level=asked.level),
            effect=ResponseEffect(measure=measure),
            assumptions=asked.table.named_for_weights,
        )
        for measure in MEASURES
    }
