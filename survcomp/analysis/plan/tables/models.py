"""The keys of an analysis.toml that ask for an outcome model: STC, G-computation, augmented."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from survcomp.analysis.plan.tables.fields import Columns, Positive, Seed, check_holds, each_once
from survcomp.analysis.plan.tables.own import FEWEST_REPLICATES, MOST_REPLICATES
from survcomp.comparison.bootstrap.intervals import IntervalKind
from survcomp.comparison.outcome_models.effect import (
    ResponseMeasure,
    SurvivalEffect,
    SurvivalMeasure,
)
from survcomp.estimation import Cox, Parametric
from survcomp.estimation.outcome_models.survival import SurvivalModel
from survcomp.evidence.trial_folders.fields import Level, Number, Table, Text
from survcomp.values.measure import MeasureKey

Method = Literal["STC", "G-computation", "augmented"]
ModelName = Literal["cox", "weibull", "loglogistic", "lognormal"]
AskedEffect = Literal["log_hr", "rmst_difference", "survival"]
OF_EFFECT: dict[AskedEffect, SurvivalMeasure] = {
    "log_hr": "log_hr",
    "rmst_difference": "rmst_difference",
    "survival": "survival_difference",
}


class ModelEffectTable(Table):
    """``comparisons.models.effects``: what is estimated with the outcome model."""

    measure: AskedEffect = Field(
        description="log_hr: marginal hazard ratio of an endless trial followed to `horizon` (of "
        "an anchored STC: conditional, over the whole follow-up). rmst_difference: of areas to "
        "`horizon`. survival: difference in survival at `time`, above 0 in favour of the treatment."
    )
    horizon: Positive | None = Field(
        default=None, description="Time to which curves are used, with log_hr and rmst_difference."
    )
    time: Positive | None = Field(default=None, description="Time of survival, with survival.")

    @model_validator(mode="after")
    def _has_its_time(self) -> ModelEffectTable:
        needed, other = ("time", "horizon") if self.measure == "survival" else ("horizon", "time")
        if getattr(self, needed) is None or getattr(self, other) is not None:
            raise ValueError(f"{self.measure} needs `{needed}`, and has no `{other}`")
        return self

    @property
    def effect(self) -> SurvivalEffect:
        """What the estimators are asked for."""
        at = self.time if self.measure == "survival" else self.horizon
        assert at is not None
        return SurvivalEffect(measure=OF_EFFECT[self.measure], horizon=at)

    @property
    def contrast_measure(self) -> MeasureKey:
        """Last part of the record ids of its contrasts."""
        return self.effect.measure


class PublishedAlsoTable(Table):
    """``anchored.models.effects.published``: the published effect on this measure."""

    estimate: Number = Field(
        description="As printed: a difference of areas, or of survival as a fraction."
    )
    ci: tuple[Number, Number] = Field(description="Its interval.")
    level: Level = Field(default=0.95, description="Confidence level, 0.5 to 0.999.")
    source: Text = Field(description="Where it is printed, in words; the report prints them.")

    @model_validator(mode="after")
    def _holds_its_estimate(self) -> PublishedAlsoTable:
        check_holds(self.estimate, self.ci)
        return self


class AnchoredModelEffectTable(ModelEffectTable):
    """``anchored.models.effects``: what is estimated with the outcome model."""

    published: PublishedAlsoTable | None = Field(
        default=None,
        description="The published effect of the same treatments on this measure, marginal; of "
        "log_hr it is `anchored.published`. Without it there is nothing to anchor to.",
    )

    @model_validator(mode="after")
    def _no_second_ratio(self) -> AnchoredModelEffectTable:
        if self.measure == "log_hr" and self.published is not None:
            raise ValueError("log_hr takes `anchored.published`; leave `published` out")
        return self


def _each_measure_once(effects: tuple[ModelEffectTable, ...]) -> tuple[ModelEffectTable, ...]:
    each_once(tuple(effect.measure for effect in effects))
    return effects


def _each_method_once(methods: tuple[Method, ...]) -> tuple[Method, ...]:
    each_once(methods)
    return methods


Methods = Annotated[tuple[Method, ...], Field(min_length=1), AfterValidator(_each_method_once)]
EFFECTS = "What is estimated, each measure once."


class _ModelKeys(Table):
    methods: Methods = Field(
        description="STC, G-computation and augmented (doubly robust), in the order of the report."
    )
    covariates: Columns = Field(
        min_length=1,
        description="Covariates of the outcome model; they need a published baseline that gives a "
        "distribution (a share, mean and SD, or median with its spread; for STC a mean will do).",
    )
    replicates: Annotated[int, Field(strict=True, ge=FEWEST_REPLICATES, le=MOST_REPLICATES)] = (
        Field(default=500, description="Bootstrap replicates, 100 to 20000.")
    )
    seed: Seed = Field(
        default=1, description="Of the replicates and the simulated target, 0 to 4294967295."
    )
    interval: IntervalKind = Field(default="percentile", description="percentile, normal or BCa.")
    marginal_as_conditional: str = Field(
        default="",
        description="For STC, which is conditional: why what is published, which is marginal, may "
        "stand for a conditional effect. Without words it is refused, and the report says so.",
    )


class _SurvivalModelKeys(_ModelKeys):
    model: ModelName = Field(
        default="cox", description="Of survival: cox, weibull, loglogistic or lognormal."
    )

    @property
    def survival_model(self) -> SurvivalModel:
        """The outcome model."""
        return Cox() if self.model == "cox" else Parametric(distribution=self.model)


class ModelsTable(_SurvivalModelKeys):
    """``comparisons.models``: the same comparison with a model of the outcome, beside weighting."""

    effects: Annotated[
        tuple[ModelEffectTable, ...], Field(min_length=1), AfterValidator(_each_measure_once)
    ] = Field(description=EFFECTS)


def _each_scale_once(measures: tuple[ResponseMeasure, ...]) -> tuple[ResponseMeasure, ...]:
    each_once(measures)
    return measures


class ResponseModelsTable(_ModelKeys):
    """``responses.models``: the same by a logistic regression of response, beside weighting."""

    measures: Annotated[
        tuple[ResponseMeasure, ...], Field(min_length=1), AfterValidator(_each_scale_once)
    ] = Field(
        default=("log_or", "log_rr", "risk_difference"),
        description="log_or: odds ratio. log_rr: risk ratio. risk_difference: of the rates. All "
        "when left out.",
    )


class AnchoredModelsTable(_SurvivalModelKeys):
    """``anchored.models``: the same anchored comparison with a model of the outcome."""

    modifiers: Columns = Field(
        default=(),
        description="Those of the covariates that change the effect: arm by covariate in the "
        "model. Without any, the model has one effect for everybody.",
    )
    effects: Annotated[
        tuple[AnchoredModelEffectTable, ...],
        Field(min_length=1),
        AfterValidator(_each_measure_once),
    ] = Field(description=EFFECTS)

    @model_validator(mode="after")
    def _modifiers_are_covariates(self) -> AnchoredModelsTable:
        stray = [name for name in self.modifiers if name not in self.covariates]
        if stray:
            raise ValueError(f"`modifiers` names {stray[0]!r}, which is not among `covariates`")
        return self
