"""Two arms, of which one or both may have draws, as pairs of data sets."""

from __future__ import annotations

from dataclasses import dataclass

from survcomp.errors import IncompatibleError, InputError
from survcomp.values.checks import Rng, generator
from survcomp.values.draws import (
    Draws,
    Patients,
    as_draws,
    interval_words,
    over_draws_words,
)
from survcomp.values.patients.ipd import IPD
from survcomp.values.patients.one_outcome import one_outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class PairedDraws:
    """M pairs of data sets; one, where neither arm has draws.

    Attributes
    ----------
    treatment, comparator : tuple of IPD
        M data sets each.
    words : str
        Where they come from, for the method of a result.
    """

    treatment: tuple[IPD, ...]
    comparator: tuple[IPD, ...]
    words: str

    def __len__(self) -> int:
        return len(self.treatment)

    @property
    def several(self) -> bool:
        """Whether there is more than one pair, so that results are pooled."""
        return len(self) > 1

    @property
    def patients(self) -> tuple[IPD, ...]:
        """Every data set of both arms."""
        return (*self.treatment, *self.comparator)

    @property
    def names(self) -> tuple[str, str]:
        """Names of the arms."""
        return self.treatment[0].arms[0], self.comparator[0].arms[0]

    @property
    def interval_words(self) -> str:
        """What an interval from these pairs holds."""
        return (over_draws_words if self.several else interval_words)(*self.patients)


def check_units(treatment: IPD, comparator: IPD) -> None:
    """Raise unless both arms are in one time unit."""
    if treatment.time_unit != comparator.time_unit:
        raise IncompatibleError(
            f"`treatment` is in {treatment.time_unit} and `comparator` in {comparator.time_unit}; "
            "convert one with in_unit."
        )


ONE_OF_EACH = (
    ", or one data set of each arm (`.ipd`), whose interval then says that it holds sampling "
    "error only"
)
"""What else may be given where two data sets without draws are taken."""


def check_known_error(draws: Draws, *, name: str, way_out: str = "") -> None:
    """Raise if this is one rebuilt data set, where the error of rebuilding is to be carried.

    `way_out` is what else may be given, for the message.

    Raises
    ------
    InputError
        Because its error would be missing from the result without a word.
    """
    if draws.rebuilt and not draws.several:
        raise InputError(
            f"`{name}` is one {draws.data[0].origin} data set of arm {draws.arm!r}, whose error is "
            f"not known: give the reconstruction with its draws{way_out}."
        )


def paired_draws(
    treatment: Patients,
    comparator: Patients,
    *,
    rng: Rng = None,
) -> PairedDraws:
    """Draw m of one arm with draw m of the other; one data set goes with every draw.

    Parameters
    ----------
    treatment, comparator : IPD, Reconstruction or Ensemble
        One arm each. Where one has draws, the other has draws too or is observed.
    rng : Generator or int, optional
        Puts the comparator's draws in random order first, for ensembles whose order may
        mean something; left out, draws are paired as they stand.

    Raises
    ------
    InputError
        If the two have different numbers of draws, or one has draws and the other is one rebuilt
        data set.
    IncompatibleError
        If the time units differ, or the arms state different outcomes.
    """
    left = as_draws(treatment, name="treatment")
    right = as_draws(comparator, name="comparator")
    if left.several != right.several:
        check_known_error(left, name="treatment", way_out=ONE_OF_EACH)
        check_known_error(right, name="comparator", way_out=ONE_OF_EACH)
    return pair(left, right, rng=rng)


def pair(left: Draws, right: Draws, *, rng: Rng = None) -> PairedDraws:
    """Pairs of the data sets of two arms; see `paired_draws`, which looks at their errors too."""
    one_outcome(left.data[0], right.data[0])
    check_units(left.data[0], right.data[0])
    if left.several and right.several and len(left) != len(right):
        raise InputError(
            f"`treatment` has {len(left)} draws and `comparator` {len(right)}; draw equally many "
            "of each, so that draw m goes with draw m."
        )
    others = right.data
    if rng is not None:
        others = tuple(others[i] for i in generator(rng).permutation(len(others)))
    m = max(len(left), len(right))
    return PairedDraws(
        treatment=left.data if len(left) == m else left.data * m,
        comparator=others if len(others) == m else others * m,
        words=f"{m} draws ({left.origin_words}; {right.origin_words})",
    )
