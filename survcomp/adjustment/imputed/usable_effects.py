"""Which published effects may be used between two baseline tables, and why the others not.

A covariate counts as the same only where the effect, the patients' own baseline and the
target define it in the same words; what one of them does not define cannot be matched.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from survcomp.adjustment.imputed.covariates import why_no_marginal
from survcomp.errors import InputError
from survcomp.values.populations.population import Moment, Population
from survcomp.values.prognostic.correlation import Correlation
from survcomp.values.prognostic.effects import PrognosticEffect

UNDEFINED = ("not defined", "not stated", "undefined")
"""What evidence says where a publication does not: two such covariates need not be the same."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SkippedEffect:
    """An effect that was not used, and the reason in words."""

    effect: PrognosticEffect
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EffectChoice:
    """Published effects, divided into those used and those skipped.

    Attributes
    ----------
    usable : tuple of PrognosticEffect
        Each of another covariate.
    skipped : tuple of SkippedEffect
        The others, with reasons.
    missing : str
        What is missing for an adjustment, in words; empty where one is possible.
    """

    usable: tuple[PrognosticEffect, ...]
    skipped: tuple[SkippedEffect, ...]
    missing: str

    @property
    def model(self) -> str:
        """The model of the usable effects, "multivariable" or "univariable"."""
        return self.usable[0].model


def usable_effects(
    effects: Sequence[PrognosticEffect],
    *,
    baseline: Population,
    target: Population,
    endpoint: str,
    correlation: Correlation | None = None,
) -> EffectChoice:
    """Choose the effects that two baseline tables and an endpoint allow to use.

    Parameters
    ----------
    effects : sequence of PrognosticEffect
        Everything published.
    baseline, target : Population
        Of the patients to be weighted, and of those to be weighted to.
    endpoint : str
        Endpoint of the comparison.
    correlation : Correlation, optional
        Of the covariates; several univariable effects need one.

    Returns
    -------
    EffectChoice
        With `missing` where nothing can be adjusted for.

    Raises
    ------
    InputError
        If two usable effects are of one covariate.

    Examples
    --------
    >>> from survcomp.values import Proportion
    >>> known, aim = (
    ...     Population.from_moments([Proportion.from_count("high_risk", 23, 91)], n=97, name=name)
    ...     for name in ("trial", "other"))
    >>> effect = PrognosticEffect(
    ...     covariate="high_risk", definition="del(17p)", log_hr=0.5, se=0.2,
    ...     model="multivariable", endpoint="PFS", source="P1")
    >>> usable_effects([effect], baseline=known, target=aim, endpoint="PFS").skipped[0].reason
    'not defined by the baseline of trial and the target other'
    """
    usable, skipped = [], []
    for effect in effects:
        reason = _why_not(effect, baseline, target, endpoint)
        if reason:
            skipped.append(SkippedEffect(effect=effect, reason=reason))
        else:
            usable.append(effect)
    _refuse_two(usable)
    return EffectChoice(
        usable=tuple(usable),
        skipped=tuple(skipped),
        missing=_what_is_missing(usable, skipped, correlation),
    )


def _why_not(
    effect: PrognosticEffect, baseline: Population, target: Population, endpoint: str
) -> str:
    if effect.endpoint != endpoint:
        return f"of another endpoint ({effect.endpoint}, not {endpoint})"
    for population, role in ((baseline, "baseline"), (target, "target")):
        if effect.covariate not in population.covariates:
            return f"the {role} of {population.name} has no {effect.covariate!r}"
    known, aim = baseline.named(effect.covariate), target.named(effect.covariate)
    return (
        _definitions_differ(effect, known, aim, baseline.name, target.name)
        or _kinds_differ(known, aim)
        or why_no_marginal(known)
        or _out_of_reach(aim)
    )


def _definitions_differ(
    effect: PrognosticEffect,
    known: Sequence[Moment],
    aim: Sequence[Moment],
    own_name: str,
    aim_name: str,
) -> str:
    stated = [
        ("the effect", effect.definition),
        *((f"the baseline of {own_name}", moment.definition) for moment in known),
        *((f"the target {aim_name}", moment.definition) for moment in aim),
    ]
    silent = list(dict.fromkeys(who for who, text in stated if _says_nothing(text)))
    if silent:
        return f"not defined by {' and '.join(silent)}"
    different = [(who, text) for who, text in stated if text != effect.definition]
    if different:
        who, text = different[0]
        return f"defined as {effect.definition!r} by the effect and as {text!r} by {who}"
    return ""


def _says_nothing(definition: str) -> bool:
    """Whether a definition is empty, or says that there is none."""
    text = definition.strip().lower()
    return not text or any(words in text for words in UNDEFINED)


def _kinds_differ(known: Sequence[Moment], aim: Sequence[Moment]) -> str:
    is_share = [any(m.kind == "proportion" for m in moments) for moments in (known, aim)]
    if is_share[0] != is_share[1]:
        return "a proportion on one side and a continuous covariate on the other"
    if not any(m.kind in ("proportion", "mean", "median") for m in aim):
        return "the target has neither its mean nor its median"
    return ""


def _out_of_reach(aim: Sequence[Moment]) -> str:
    if any(m.kind == "proportion" and m.value in (0.0, 1.0) for m in aim):
        return "everybody in the target is alike, which no weights of other patients reach"
    return ""


def _refuse_two(usable: Sequence[PrognosticEffect]) -> None:
    names = [effect.covariate for effect in usable]
    twice = next((name for name in names if names.count(name) > 1), "")
    if twice:
        sources = ", ".join(e.source for e in usable if e.covariate == twice)
        raise InputError(
            f"`effects` has more than one usable effect of {twice!r} ({sources}); choose one "
            "before the results are seen."
        )


def _what_is_missing(
    usable: Sequence[PrognosticEffect],
    skipped: Sequence[SkippedEffect],
    correlation: Correlation | None,
) -> str:
    if not usable:
        if not skipped:
            return "no published prognostic effect was given"
        reasons = "; ".join(
            f"{s.effect.covariate} [{s.effect.source}]: {s.reason}" for s in skipped
        )
        return f"no published prognostic effect can be used ({reasons})"
    models = {effect.model for effect in usable}
    names = [effect.covariate for effect in usable]
    if len(models) > 1:
        return (
            "multivariable and univariable effects cannot be used together, because the first "
            f"already leave out what the second hold ({', '.join(map(str, usable))}): a "
            "correlation with effects of one kind, or one covariate alone, is missing"
        )
    if models == {"univariable"} and len(usable) > 1:
        if correlation is None:
            return (
                f"the effects of {', '.join(names)} are univariable, and count twice what the "
                "covariates share: a source of their correlation is missing, or a choice of one"
            )
        unknown = [name for name in names if name not in correlation.covariates]
        if unknown:
            return f"the correlation of {correlation.source} does not have {', '.join(unknown)}"
    return ""
