"""How an effect was got: its method, what it rests on, and what rebuilding added to its error."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from survcomp.values.shown import in_a_line, in_a_table

Adjustment = Literal[
    "none",
    "weighting",
    "matching",
    "regression",
    "standardisation",
    "standardisation and weighting",
    "not stated",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Derivation:
    """How an effect was got, and what it rests on.

    Attributes
    ----------
    method : str
        In words.
    adjustment : str
        How differences between the populations were dealt with; see `Contrast`.
    assumptions : tuple of str
        What must hold for the number to mean what it says.
    notes : tuple of str
        Remarks a reader must see.
    sources : tuple of str
        Ids of curves, responses or citations it came from.

    Examples
    --------
    >>> from survcomp import Derivation
    >>> Derivation(method="stratified Cox model", adjustment="none").adjustment
    'none'
    """

    method: str = ""
    adjustment: Adjustment = "not stated"
    assumptions: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()

    __repr__ = in_a_line
    _repr_html_ = in_a_table


@dataclass(frozen=True, slots=True, kw_only=True)
class OverDraws:
    """What an effect that was pooled over draws owes to the rebuilding of its curves.

    Attributes
    ----------
    draws : int
        Number of draws M.
    share : float
        Variance between the draws over the total one, B / T of Rubin's rules.

    Examples
    --------
    >>> from survcomp.values import OverDraws
    >>> OverDraws(draws=200, share=0.125).words
    'Reconstruction error is 12.5% of the total variance (B/T), from 200 draws.'
    """

    draws: int
    share: float

    @property
    def words(self) -> str:
        """The same, as a sentence."""
        return (
            f"Reconstruction error is {100 * self.share:.1f}% of the total variance (B/T), from "
            f"{self.draws} draws."
        )
