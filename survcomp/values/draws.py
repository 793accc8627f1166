"""`Draws`: one or more data sets of one arm, from whatever holds its patients.

Observed patients are one data set, a reconstruction as many as were drawn for it. What works
on `Draws` runs on each data set and pools the results, so that it need not ask what it was
given; with one data set nothing is pooled, and the error of a reconstruction is not in it.
"""

from __future__ import annotations

from dataclasses import dataclass

from survcomp.errors import InputError
from survcomp.values.checks import TimeUnit
from survcomp.values.patients.ensemble import Ensemble
from survcomp.values.patients.ipd import IPD
from survcomp.values.reconstruction import Reconstruction
from survcomp.values.weights import Weights, check_weights

Patients = IPD | Ensemble | Reconstruction
"""One arm: observed or rebuilt patients, draws of them, or a reconstruction with or without."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Draws:
    """Data sets of one arm.

    Attributes
    ----------
    data : tuple of IPD
        One, or M that are equally likely given what was published.
    weights : Weights or None
        Of the patients of the only data set.
    drawn_by : str
        Method that drew them; "" for one data set.

    Examples
    --------
    >>> import survcomp as sc
    >>> curve = sc.read_trial("karmma").curve(arm="ide_cel", endpoint="PFS", cut="13.3 months")
    >>> rebuilt = sc.reconstruct(curve, draws=20, rng=1)
    >>> draws = sc.values.as_draws(rebuilt)
    >>> len(draws), draws.arm, draws.interval_words
    (20, 'ide-cel', 'sampling and reconstruction error, under assumed censoring')
    """

    data: tuple[IPD, ...]
    weights: Weights | None = None
    drawn_by: str = ""

    def __len__(self) -> int:
        return len(self.data)

    @property
    def several(self) -> bool:
        """Whether there is more than one, so that their spread is the error of rebuilding."""
        return len(self.data) > 1

    @property
    def rebuilt(self) -> bool:
        """Whether the patients were rebuilt from something published."""
        return self.data[0].origin != "observed"

    @property
    def arm(self) -> str:
        """Name of the arm."""
        return self.data[0].arms[0]

    @property
    def outcome(self) -> str:
        """Which outcome the times are of; "" where it is not stated."""
        return self.data[0].outcome

    @property
    def trial(self) -> str:
        """The study; "" where it is not stated."""
        return self.data[0].trial

    @property
    def time_unit(self) -> TimeUnit:
        """Unit of every time."""
        return self.data[0].time_unit

    @property
    def origin_words(self) -> str:
        """Where the data sets come from, for the method of a result."""
        origin = f"drawn by {self.drawn_by}" if self.drawn_by else "observed patients"
        return f"{self.arm}: {origin}"

    @property
    def interval_words(self) -> str:
        """What an interval from these patients holds."""
        words = over_draws_words(*self.data) if self.several else interval_words(*self.data)
        return words if self.weights is None else f"{words}; weights taken as known"


def as_draws(
    patients: Patients, weights: Weights | None = None, *, name: str = "patients"
) -> Draws:
    """The data sets of one arm, whatever holds them.

    Parameters
    ----------
    patients : IPD, Ensemble or Reconstruction
        One arm.
    weights : Weights, optional
        Of the patients, which must then be one data set.
    name : str
        Name of the argument, for messages.

    Returns
    -------
    Draws
        One data set, or as many as were drawn; iterating over them is iterating over the IPD.

    Raises
    ------
    InputError
        If it is something else, such as a list of draws, or holds more than one arm, or
        weights are given for several data sets.

    Examples
    --------
    >>> from survcomp import IPD
    >>> from survcomp.values import as_draws
    >>> ipd = IPD.from_times([1, 2], [4], arm="A", time_unit="months")
    >>> len(as_draws(ipd)), as_draws(ipd).arm
    (1, 'A')
    """
    if not isinstance(patients, Patients):
        raise InputError(
            f"`{name}` takes the patients of one arm: IPD, a Reconstruction, or one Ensemble drawn "
            f"by one method; got {type(patients).__name__}. Draws of different methods are never "
            "pooled."
        )
    check_weights(weights, optional=True)
    data = patients.draws
    if len(data[0].arms) != 1:
        raise InputError(
            f"`{name}` must hold one arm; got {', '.join(data[0].arms)}. Use select_arm."
        )
    if len(data) == 1:
        return Draws(data=data, weights=weights)
    if weights is not None:
        raise InputError(
            f"`weights` are given for {data[0].arms[0]!r}, of which there are {len(data)} draws: "
            "rebuilt patients have no covariates to weight them by."
        )
    ensemble = patients.ensemble if isinstance(patients, Reconstruction) else patients
    assert isinstance(ensemble, Ensemble)
    return Draws(data=data, drawn_by=ensemble.method)


def interval_words(*patients: IPD) -> str:
    """What an interval from one data set of each arm holds, in words."""
    if all(ipd.origin == "observed" for ipd in patients):
        return "sampling error"
    if assumes_censoring(*patients):
        return "sampling error only, under assumed censoring"
    return "sampling error only; the error of the reconstruction is not in it"


def over_draws_words(*patients: IPD) -> str:
    """What an interval pooled over draws holds, in words."""
    assumed = any(ipd.censoring == "assumed" for ipd in patients)
    return "sampling and reconstruction error" + ", under assumed censoring" * assumed


def assumes_censoring(*patients: IPD) -> bool:
    """Whether an interval from these patients is one under assumed censoring."""
    rebuilt = any(ipd.origin != "observed" for ipd in patients)
    return rebuilt and any(ipd.censoring == "assumed" for ipd in patients)
