"""Who may be compared with whom: mismatches are named or refused, unknowns are written down."""

from __future__ import annotations

import pytest

from survcomp.comparison import check_compatible
from survcomp.errors import IncompatibleError, InputError
from survcomp.values import Basis, Cut, FollowUp

NAMES = ("left", "right")


def basis(months=12.0, **fields) -> Basis:
    cut = Cut(label=f"{months} months", follow_up=FollowUp(median=months)) if months else None
    base = dict(
        analysis_set="infused", index_date="infusion", assessor="investigator", censoring_rule="x"
    )
    return Basis(**{**base, **fields}, cut=cut)


def check(left, right, **options):
    return check_compatible(left, right, names=NAMES, **options)


def test_equals_need_no_assumption():
    assert check(basis(12.4), basis(13.3)) == ()


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"analysis_set": "treated"}, r"analysis set \(left: infused; right: treated\)"),
        ({"index_date": "apheresis"}, r"index date \(left: infusion; right: apheresis\)"),
        ({"assessor": "independent review committee"}, "assessor"),
        ({"censoring_rule": "y"}, "censoring rule"),
        ({"months": 33.4}, r"follow up \(left: 12; right: 33.4\)"),
    ],
)
def test_a_mismatch_is_refused_until_it_is_named(fields, words):
    other = basis(**fields)
    with pytest.raises(IncompatibleError, match=words):
        check(basis(), other)
    key = "follow_up" if "months" in fields else next(iter(fields))
    assert check(basis(), other, assumptions={key: "Because."}) == ("Because.",)


def test_all_mismatches_are_listed_at_once():
    with pytest.raises(IncompatibleError, match=r"analysis set .*; index date .*; follow up"):
        check(basis(), basis(40, analysis_set="treated", index_date="apheresis"))


def test_what_is_not_stated_is_written_down():
    words = check(basis(), basis(months=None, assessor="not stated"))
    assert words == (
        "Assessor: not stated for right; taken to be alike.",
        "Follow up: not stated for right; taken to be alike.",
    )


@pytest.mark.parametrize("from_the_start", ["randomised", "enrolled"])
def test_infused_against_randomised_cannot_be_assumed_away(from_the_start):
    with pytest.raises(IncompatibleError, match="immortal time"):
        check(
            basis(),
            basis(analysis_set=from_the_start),
            assumptions={"analysis_set": "We would like to."},
        )


def test_responders_are_never_compared():
    responders = basis(analysis_set="responders")
    with pytest.raises(IncompatibleError, match="conditions on response"):
        check(responders, responders)


@pytest.mark.parametrize(
    ("assumptions", "message"),
    [
        ({"assessor": "Alike."}, "both sides have 'investigator'"),
        ({"colour": "Blue."}, "has colour; allowed: analysis_set"),
        ({"outcome": "Same."}, "names outcome, which does not apply here"),
    ],
)
def test_idle_assumptions_are_refused(assumptions, message):
    with pytest.raises(InputError, match=message):
        check(basis(), basis(), assumptions=assumptions)


def test_outcomes_of_responses_must_agree():
    with pytest.raises(IncompatibleError, match=r"outcome \(left: sCR; right: >=CR\)"):
        check(basis(), basis(), outcomes=("sCR", ">=CR"))
    named = check(basis(), basis(), outcomes=("sCR", ">=CR"), assumptions={"outcome": "Bound."})
    assert named == ("Bound.",)
