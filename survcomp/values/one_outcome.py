"""Are these patients of one outcome? PFS against OS is no comparison, whatever it is called."""

from __future__ import annotations

from typing import Protocol

from survcomp.errors import IncompatibleError, InputError


class OfAnOutcome(Protocol):
    """Patients who may state which outcome their times are of: IPD, an ensemble."""

    @property
    def outcome(self) -> str:
        """Such as "PFS"; "" where it is not stated."""


def one_outcome(*arms: OfAnOutcome, outcome: str | None = None) -> str:
    """The outcome that patients and caller agree on, or "" where nobody states one.

    Every function that compares two arms asks it. It is not one that an assumption can name.

    Parameters
    ----------
    *arms : IPD or Ensemble
        The arms that are compared.
    outcome : str, optional
        What the caller says the outcome is.

    Returns
    -------
    str
        As the caller writes it, or else as the first arm that states one does.

    Raises
    ------
    IncompatibleError
        If two of them state different outcomes; upper and lower case are alike.

    Examples
    --------
    >>> from survcomp.values import IPD
    >>> a, b = (IPD.from_times([2, 6], [4], arm=name, time_unit="months") for name in "AB")
    >>> one_outcome(a.with_study(outcome="PFS"), b)
    'PFS'
    >>> one_outcome(a.with_study(outcome="PFS"), b.with_study(outcome="OS"))
    Traceback (most recent call last):
        ...
    survcomp.errors.IncompatibleError: the outcomes differ: A is of 'PFS' and B is of 'OS'. ...
    """
    if outcome is not None and not isinstance(outcome, str):
        raise InputError(f"`outcome` must be a name such as 'PFS'; got {outcome!r}.")
    # what is no patients at all is refused by name where it is used
    known = [(arm, getattr(arm, "outcome", "")) for arm in arms]
    stated = [(f"{_name(arm)} is of", name) for arm, name in known if name]
    if outcome:
        stated.insert(0, ("`outcome` is", outcome))
    for who, name in stated[1:]:
        if _plain(name) != _plain(stated[0][1]):
            raise IncompatibleError(
                f"the outcomes differ: {stated[0][0]} {stated[0][1]!r} and {who} {name!r}. "
                "Compare like with like, or correct the name with with_study(outcome=...)."
            )
    return stated[0][1] if stated else ""


def _plain(name: str) -> str:
    return name.strip().casefold()


def _name(arm: OfAnOutcome) -> str:
    """How a message calls patients: by their arms."""
    names = getattr(arm, "arms", None) or (getattr(arm, "arm", "an arm"),)
    return " and ".join(names)
