"""Outcome models of an anchored comparison, in one's own randomised trial."""

from __future__ import annotations

from dataclasses import dataclass, replace

from survcomp.analysis.plan.tables.models import (
    AnchoredModelEffectTable,
    AnchoredModelsTable,
    Method,
)
from survcomp.analysis.steps.parts.draws import SIMULATED
from survcomp.analysis.steps.parts.models import FITTED, Common, Outlook, generator, refuse_ratio
from survcomp.analysis.steps.parts.recorder import Recorder
from survcomp.comparison import (
    AnchoredComparison,
    AnchoredSurvival,
    anchored_augmented,
    anchored_g_computation,
    anchored_stc,
)
from survcomp.errors import IncompatibleError, SurvcompError
from survcomp.values.contrast import Contrast
from survcomp.values.derivation import Derivation
from survcomp.values.measure import MEASURES
from survcomp.values.question import Question

ONLY_A_RATIO = (
    "an anchored STC gives a hazard ratio, the coefficient of the arm; areas and rates at the "
    "target's means are not anchored. Use G-computation."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class AnchoredTrial:
    """One's own trial and the published effect that it is anchored to.

    Attributes
    ----------
    outlook : Outlook
        Both arms' patients, and the target.
    treatment : str
        Arm of interest.
    published : Contrast
        Log hazard ratio of the other treatment against the common comparator.
    different_comparators : str
        Why the figure is shown, where the comparators differ.
    """

    outlook: Outlook
    treatment: str
    published: Contrast
    different_comparators: str

    def published_on(self, asked: AnchoredModelEffectTable) -> Contrast:
        """The published effect on the measure asked for.

        Raises
        ------
        IncompatibleError
            If none is given.
        """
        if asked.measure == "log_hr":
            return self.published
        also = asked.published
        if also is None:
            raise IncompatibleError(
                f"no published effect on this measure to anchor to: {asked.measure} needs "
                "`published` in `models.effects`."
            )
        effect, unit = asked.effect, self.outlook.ipd.time_unit
        in_time = bool(MEASURES[effect.measure].time_fields)
        return Contrast.from_interval(
            Question(
                treatment=self.published.treatment,
                comparator=self.published.comparator,
                outcome=self.outlook.endpoint,
                measure=effect.measure,
                population=self.published.population,
                time_unit=unit if in_time else None,
                horizon=effect.horizon if in_time else None,
                estimand="marginal",
            ),
            value=also.estimate,
            ci_low=also.ci[0],
            ci_high=also.ci[1],
            level=also.level,
            derivation=Derivation(method=also.source, sources=self.published.sources),
        )


def record_anchored_models(
    prefix: str,
    trial: AnchoredTrial,
    models: AnchoredModelsTable,
    recorder: Recorder,
    *,
    sources: tuple[str, ...],
) -> None:
    """Estimate an anchored comparison by every method and effect asked for.

    Under ``own`` of each indirect effect stands the one in one's own trial that it is made of.
    """
    path = f"{prefix}/models"
    trial.outlook.begin(path, models, recorder)
    for each in models.effects:
        if each.published is not None:
            recorder.contrast(f"{prefix}/published", trial.published_on(each), kind="published")
    for method in models.methods:
        for each in models.effects:
            here = f"{path}/{method}"
            try:
                effects = _anchored(method, each, models, trial)
            except SurvcompError as error:
                recorder.text(f"{here}/{each.contrast_measure}/refused", str(error))
                continue
            kind = FITTED if method == "STC" else SIMULATED
            indirect = replace(effects.indirect, interval=_of_both(effects))
            recorder.contrast(here, indirect, kind=kind, sources=sources)
            recorder.contrast(f"{here}/own", effects.adjusted, kind=kind, sources=sources)


def _of_both(effects: AnchoredComparison) -> str:
    """What the interval of an indirect effect holds, by that of each effect it is made of."""
    return f"{effects.adjusted.interval}; of the published effect: {effects.published.interval}"


def _anchored(
    method: Method,
    asked: AnchoredModelEffectTable,
    models: AnchoredModelsTable,
    trial: AnchoredTrial,
) -> AnchoredComparison:
    """One indirect effect by one method."""
    outlook = trial.outlook
    anchored = AnchoredSurvival(
        outlook.ipd,
        trial.published_on(asked),
        treatment=trial.treatment,
        outcome=outlook.endpoint,
        modifiers=models.modifiers,
        different_comparators=trial.different_comparators,
    )
    if method == "STC":
        if asked.measure != "log_hr":
            raise IncompatibleError(ONLY_A_RATIO)
        return anchored_stc(
            anchored,
            outlook.population,
            covariates=models.covariates,
            marginal_as_conditional=models.marginal_as_conditional,
            level=outlook.level,
        )
    refuse_ratio(method, asked)
    target = outlook.target(models)
    common = Common(
        effect=asked.effect,
        rng=generator(models, method, asked.measure),
        model=models.survival_model,
        resampling=outlook.resampling(models),
    )
    if method == "G-computation":
        return anchored_g_computation(anchored, target, **common)
    return anchored_augmented(anchored, outlook.population, target, match=outlook.match, **common)
