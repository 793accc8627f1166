"""Which effects two baseline tables allow, and the words for those they do not."""

from __future__ import annotations

import pytest

from survcomp.adjustment.imputed.usable_effects import usable_effects
from survcomp.errors import InputError
from survcomp.values import (
    SD,
    Correlation,
    Mean,
    Median,
    Population,
    PrognosticEffect,
    Proportion,
)

ISS = "ISS stage III"


def share(name="stage", value=0.2, definition=ISS) -> Proportion:
    return Proportion(name=name, value=value, definition=definition)


def age(kind="both", definition="at inclusion"):
    moments = {
        "mean": Mean(name="stage", value=60, definition=definition),
        "SD": SD(name="stage", value=9, definition=definition),
        "median": Median(
            name="stage", value=61, low=40, high=80, spread="range", definition=definition
        ),
    }
    return [moments[k] for k in ("mean", "SD")] if kind == "both" else [moments[kind]]


def group(*moments, name="trial") -> Population:
    return Population.from_moments(moments, n=100, name=name)


def effect(name="stage", definition=ISS, **fields) -> PrognosticEffect:
    known = dict(log_hr=0.5, se=0.2, model="multivariable", endpoint="PFS", source="P1")
    return PrognosticEffect(covariate=name, definition=definition, **(known | fields))


def choose(effects, known, target, **fields):
    return usable_effects(effects, baseline=known, target=target, endpoint="PFS", **fields)


def test_equal_definitions_are_used():
    chosen = choose([effect()], group(share()), group(share(value=0.4), name="other"))
    assert (chosen.usable, chosen.skipped, chosen.missing) == ((effect(),), (), "")
    assert chosen.model == "multivariable"


@pytest.mark.parametrize(
    ("known", "aim", "what", "reason"),
    [
        (share(), share(), effect(endpoint="OS"), "of another endpoint (OS, not PFS)"),
        (share("age"), share(), effect(), "the baseline of trial has no 'stage'"),
        (share(), share("age"), effect(), "the target of other has no 'stage'"),
        (share(definition=""), share(), effect(), "not defined by the baseline of trial"),
        (
            share(),
            share(definition="as the trial counts it; not defined in the source"),
            effect(definition=" "),
            "not defined by the effect and the target other",
        ),
        (
            share(),
            share(definition="R-ISS stage III"),
            effect(),
            "defined as 'ISS stage III' by the effect and as 'R-ISS stage III' by the target other",
        ),
        (
            share(),
            share(),
            effect(definition="stage"),
            "defined as 'stage' by the effect and as 'ISS stage III' by the baseline of trial",
        ),
        (share(value=0.0), share(), effect(), "it is 0 for every patient of the baseline"),
        (share(), share(value=1.0), effect(), "everybody in the target is alike"),
    ],
)
def test_what_does_not_agree_is_skipped_with_the_reason(known, aim, what, reason):
    chosen = choose([what], group(known), group(aim, name="other"))
    assert chosen.usable == ()
    assert chosen.skipped[0].effect == what
    assert reason in chosen.skipped[0].reason
    assert "no published prognostic effect can be used (stage [P1]: " in chosen.missing


@pytest.mark.parametrize(
    ("known", "aim", "reason"),
    [
        ("both", "both", ""),
        ("median", "mean", ""),
        ("both", "median", ""),
        ("mean", "both", "the baseline has only its mean"),
        ("both", "SD", "the target has neither its mean nor its median"),
    ],
)
def test_continuous_covariates_need_a_spread_and_a_target(known, aim, reason):
    what = effect(definition="at inclusion")
    chosen = choose([what], group(*age(known)), group(*age(aim), name="other"))
    assert [s.reason for s in chosen.skipped] == ([reason] if reason else [])


def test_a_share_and_a_mean_are_not_the_same_thing():
    what = effect(definition="at inclusion")
    patients = group(share(definition="at inclusion"))
    chosen = choose([what], patients, group(*age(), name="other"))
    assert "a proportion on one side and a continuous covariate" in chosen.skipped[0].reason


TWO = (group(share("a"), share("b")), group(share("a", 0.4), share("b", 0.3), name="other"))


def test_no_effect_is_said_to_be_missing():
    assert choose([], *TWO).missing == "no published prognostic effect was given"


def test_two_effects_of_one_covariate_are_an_error():
    effects = [effect("a"), effect("a", source="P2")]
    with pytest.raises(InputError, match=r"more than one usable effect of 'a' \(P1, P2\)"):
        choose(effects, *TWO)


def test_an_effect_for_each_endpoint_is_none():
    chosen = choose([effect("a"), effect("a", endpoint="OS")], *TWO)
    assert len(chosen.usable) == len(chosen.skipped) == 1


def test_effects_of_two_models_are_not_used_together():
    chosen = choose([effect("a"), effect("b", model="univariable")], *TWO)
    assert "multivariable and univariable effects cannot be used together" in chosen.missing


def test_several_univariable_effects_need_their_correlation():
    effects = [effect("a", model="univariable"), effect("b", model="univariable")]
    assert "a source of their correlation is missing" in choose(effects, *TWO).missing
    other = Correlation.from_rows(["a", "c"], [[1, 0.2], [0.2, 1]], source="cohort")
    chosen = choose(effects, *TWO, correlation=other)
    assert chosen.missing == "the correlation of cohort does not have b"
    known = Correlation.from_rows(["b", "a"], [[1, 0.2], [0.2, 1]], source="cohort")
    assert choose(effects, *TWO, correlation=known).missing == ""
    assert choose(effects[:1], *TWO).missing == ""
