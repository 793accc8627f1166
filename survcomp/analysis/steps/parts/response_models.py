"""Outcome models of a response, beside the weighting of one's own patients."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TypedDict

import numpy as np

from survcomp.analysis.plan.tables.models import Method, ResponseModelsTable
from survcomp.analysis.plan.tables.responses import ResponseComparisonTable
from survcomp.analysis.steps.parts.draws import SIMULATED
from survcomp.analysis.steps.parts.models import Outlook, generator
from survcomp.analysis.steps.parts.recorder import Recorder
from survcomp.comparison import (
    Resampling,
    UnanchoredResponse,
    unanchored_augmented_response,
    unanchored_g_computation_response,
    unanchored_stc_response,
)
from survcomp.comparison.outcome_models.effect import ResponseMeasure
from survcomp.errors import SurvcompError
from survcomp.values.contrast import Contrast
from survcomp.values.outcome import PatientOutcome
from survcomp.values.response import Response


@dataclass(frozen=True, slots=True, kw_only=True)
class ResponseOutlook:
    """What every estimator of a response comparison is given.

    Attributes
    ----------
    outlook : Outlook
        One's own patients and the target.
    response : PatientOutcome
        Who of the patients responded.
    comparator : Response
        The published rate.
    """

    outlook: Outlook
    response: PatientOutcome
    comparator: Response


class _Common(TypedDict):
    measure: ResponseMeasure
    rng: np.random.Generator
    resampling: Resampling


def record_response_models(
    prefix: str,
    given: ResponseOutlook,
    table: ResponseComparisonTable,
    models: ResponseModelsTable,
    recorder: Recorder,
) -> None:
    """Estimate a response comparison by every method and on every scale asked for."""
    path = f"{prefix}/models"
    given.outlook.begin(path, models, recorder)
    sides = (f"{prefix}/treatment", f"{prefix}/comparator")
    for method in models.methods:
        for measure in models.measures:
            here = f"{path}/{method}"
            try:
                effect = _estimate(method, measure, models, given, table.named_for_weights)
            except SurvcompError as error:
                recorder.text(f"{here}/{measure}/refused", str(error))
                continue
            named = effect.sources if table.comparator.trial is not None else ()
            kept = replace(effect, sources=named)
            recorder.contrast(here, kept, kind=SIMULATED, sources=sides)


def _estimate(
    method: Method,
    measure: ResponseMeasure,
    models: ResponseModelsTable,
    given: ResponseOutlook,
    named: Mapping[str, str],
) -> Contrast:
    """One effect by one method, of a logistic regression."""
    outlook = given.outlook
    common = _Common(
        measure=measure,
        rng=generator(models, method, measure),
        resampling=outlook.resampling(models),
    )
    sides = UnanchoredResponse(outlook.ipd, given.response, given.comparator, assumptions=named)
    if method == "STC":
        return unanchored_stc_response(
            sides,
            outlook.population,
            covariates=models.covariates,
            marginal_as_conditional=models.marginal_as_conditional,
            **common,
        )
    target = outlook.target(models)
    if method == "G-computation":
        return unanchored_g_computation_response(sides, target, **common)
    return unanchored_augmented_response(
        sides, outlook.population, target, match=outlook.match, **common
    )
