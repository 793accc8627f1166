"""May these two be compared at all? Who was counted, from when, judged by whom, until when.

A difference that both sides state must be named as an assumption, in words that a report
prints, or the comparison is refused. What one side does not state is taken to be the same,
and that too is written down. Two differences cannot be assumed away: patients counted from
infusion against patients counted from randomisation (immortal time), and outcomes that
condition on response.
"""

from __future__ import annotations

from collections.abc import Mapping

from survcomp.errors import IncompatibleError, InputError
from survcomp.values.basis import NOT_STATED, Basis
from survcomp.values.patients.one_outcome import OfAnOutcome, one_outcome

FOLLOW_UP_RATIO = 1.2
"""Median follow-ups further apart than this factor are a mismatch."""

DIMENSIONS: tuple[str, ...] = (
    "analysis_set",
    "index_date",
    "assessor",
    "censoring_rule",
    "follow_up",
    "outcome",
)
"""What an analysis may name as an assumption."""

IMMORTAL = {"infused"}
FROM_THE_START = {"randomised", "enrolled"}


def check_compatible(
    treatment: Basis,
    comparator: Basis,
    *,
    names: tuple[str, str],
    assumptions: Mapping[str, str] | None = None,
    outcomes: tuple[str, str] | None = None,
) -> tuple[str, ...]:
    """Assumptions that a comparison of these two rests on, or a refusal.

    Parameters
    ----------
    treatment, comparator : Basis
        Of the two sides.
    names : (str, str)
        How messages call the two sides.
    assumptions : mapping of str to str, optional
        For each mismatch (a key of `DIMENSIONS`), the words that name it.
    outcomes : (str, str), optional
        Outcomes compared, where they may differ (responses).

    Returns
    -------
    tuple of str
        Sentences for the result and the report.

    Raises
    ------
    IncompatibleError
        If a mismatch is not named, or cannot be assumed away; all mismatches are listed.
    InputError
        If an assumption is named that is no mismatch, or is not a known one.

    Examples
    --------
    >>> import survcomp as sc
    >>> ours = sc.Basis(analysis_set="infused", index_date="infusion")
    >>> other = sc.Basis(analysis_set="infused", index_date="apheresis")
    >>> sc.check_compatible(ours, other, names=("A", "B"))
    Traceback (most recent call last):
        ...
    survcomp.errors.IncompatibleError: A and B differ in index date (A: infusion; B: apheresis).
    Name each as an assumption, with the reason why the comparison is still worth making.
    >>> named = {"index_date": "apheresis to infusion took about a month in B's trial"}
    >>> sc.check_compatible(ours, other, names=("A", "B"), assumptions=named)
    ("apheresis to infusion took about a month in B's trial", 'Assessor: not stated for A and B;
    taken to be alike.', 'Censoring rule: not stated for A and B; taken to be alike.', 'Follow up:
    not stated for A and B; taken to be alike.')
    """
    named = dict(assumptions or {})
    unknown = set(named) - set(DIMENSIONS)
    if unknown:
        raise InputError(
            f"`assumptions` has {', '.join(sorted(unknown))}; allowed: {', '.join(DIMENSIONS)}."
        )
    _refuse_outright(treatment, comparator, names)
    assumed: list[str] = []
    missing: list[str] = []
    for dimension, left, right in _pairs(treatment, comparator, outcomes):
        text = named.pop(dimension, "")
        words = dimension.replace("_", " ")
        if NOT_STATED in (left, right):
            silent = " and ".join(
                name for name, v in zip(names, (left, right), strict=True) if v == NOT_STATED
            )
            assumed.append(
                text or f"{words.capitalize()}: not stated for {silent}; taken to be alike."
            )
        elif not _alike(dimension, left, right):
            if text:
                assumed.append(text)
            else:
                missing.append(f"{words} ({names[0]}: {left}; {names[1]}: {right})")
        elif text:
            raise InputError(
                f"`assumptions.{dimension}` is named, but both sides have {left!r}: leave it out."
            )
    if missing:
        raise IncompatibleError(
            f"{names[0]} and {names[1]} differ in {'; '.join(missing)}. Name each as an "
            "assumption, with the reason why the comparison is still worth making."
        )
    if named:
        raise InputError(f"`assumptions` names {', '.join(named)}, which does not apply here.")
    return tuple(assumed)


def compared_outcome(*arms: OfAnOutcome, outcome: str | None) -> str:
    """The outcome that two arms are compared on; see `one_outcome`.

    Raises
    ------
    IncompatibleError
        If an arm states another outcome than the other, or than `outcome`.
    InputError
        If neither the caller nor an arm states one.
    """
    name = one_outcome(*arms, outcome=outcome)
    if not name:
        raise InputError(
            "`outcome` must be said, such as outcome='PFS': neither arm states what its times are "
            f"of (got {outcome!r})."
        )
    return name


def check_same_patients(
    left: Basis,
    right: Basis,
    *,
    key: str,
    words: str,
    silent: str,
    differ: str,
    accepted: str,
) -> tuple[str, ...]:
    """What it assumes that two tables or curves are of the same patients, or a refusal.

    Parameters
    ----------
    left, right : Basis
        Of the two, whose analysis sets must be the same.
    key, words : str
        Name of this assumption, and the words that name it, or "".
    silent : str
        The assumption where a side does not state its patients and nothing is named.
    differ : str
        What is wrong where both state other patients.
    accepted : str
        What is then assumed, before the words.

    Raises
    ------
    InputError
        If words are given and the patients are the same.
    IncompatibleError
        If they differ and no words are given.
    """
    sets = (left.analysis_set, right.analysis_set)
    if sets[0] == sets[1] and sets[0] != NOT_STATED:
        if words:
            raise InputError(
                f"`assumptions.{key}` is named, but both sides have {sets[0]!r}: leave it out."
            )
        return ()
    if NOT_STATED in sets:
        return (words or silent,)
    if not words:
        raise IncompatibleError(f"{differ}; name it under assumptions ({key}) to go on.")
    return (f"{accepted} {words}",)


def _refuse_outright(treatment: Basis, comparator: Basis, names: tuple[str, str]) -> None:
    sets = {treatment.analysis_set, comparator.analysis_set}
    if sets & IMMORTAL and sets & FROM_THE_START:
        raise IncompatibleError(
            f"{names[0]} counts {treatment.analysis_set} and {names[1]} {comparator.analysis_set} "
            "patients: those who died or dropped out before infusion are on one side only "
            "(immortal time). This cannot be assumed away; compare like with like."
        )
    if "responders" in sets:
        raise IncompatibleError(
            f"{names[0]} or {names[1]} counts responders only: the comparison conditions on "
            "response, which treatment changes. Such curves are descriptive only."
        )


def _pairs(
    treatment: Basis, comparator: Basis, outcomes: tuple[str, str] | None
) -> list[tuple[str, str, str]]:
    pairs = [
        ("analysis_set", treatment.analysis_set, comparator.analysis_set),
        ("index_date", treatment.index_date, comparator.index_date),
        ("assessor", treatment.assessor, comparator.assessor),
        ("censoring_rule", treatment.censoring_rule, comparator.censoring_rule),
        ("follow_up", _median_follow_up(treatment), _median_follow_up(comparator)),
    ]
    if outcomes is not None:  # a response has no time zero and no censoring
        pairs = [p for p in pairs if p[0] not in ("index_date", "censoring_rule")]
        pairs.append(("outcome", *outcomes))
    return pairs


def _median_follow_up(basis: Basis) -> str:
    if basis.cut is None or basis.cut.follow_up is None:
        return NOT_STATED
    return f"{basis.cut.follow_up.median:g}"


def _alike(dimension: str, left: str, right: str) -> bool:
    if dimension != "follow_up":
        return left == right
    short, long = sorted((float(left), float(right)))
    return long <= FOLLOW_UP_RATIO * short
