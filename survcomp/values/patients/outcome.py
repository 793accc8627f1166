"""`PatientOutcome`: a binary or continuous outcome of each patient, keyed by patient id."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from survcomp.errors import IncompatibleError, InputError
from survcomp.values.basis import Basis
from survcomp.values.checks import FloatArray, check_count, check_text, read_only
from survcomp.values.shown import in_a_line, in_a_table


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PatientOutcome:
    """One number a patient beside the follow-up: a response (0 or 1) or a measurement.

    Attributes
    ----------
    id : tuple of str
        Patient ids, unique.
    value : ndarray of shape (n,)
        1 for a responder and 0 for others, or a measurement in its own unit.
    name : str
        Outcome, such as "ORR".
    basis : Basis
        Analysis set, assessor and data cut.

    Examples
    --------
    >>> import pandas as pd
    >>> from survcomp import PatientOutcome
    >>> frame = pd.DataFrame({"patient": ["S1", "S10", "S2"], "responded": [1, 0, 1]})
    >>> outcome = PatientOutcome.from_frame(frame, id="patient", value="responded", name="ORR")
    >>> outcome.for_ids(("S2", "S1", "S10")).tolist()
    [1.0, 1.0, 0.0]
    """

    id: tuple[str, ...]
    value: FloatArray
    name: str
    basis: Basis = field(default_factory=Basis)

    def __post_init__(self) -> None:
        check_text(self.name, name="outcome.name")
        if len(self.id) != self.value.size or len(set(self.id)) != len(self.id):
            raise InputError(
                f"outcome {self.name!r} needs one value for each of its ids, and unique ids; got "
                f"{self.value.size} values and {len(set(self.id))} different of {len(self.id)} ids."
            )

    @classmethod
    def from_frame(
        cls, frame: pd.DataFrame, *, id: str, value: str, name: str, basis: Basis | None = None
    ) -> PatientOutcome:
        """Read an outcome from two columns of a data frame.

        Raises
        ------
        InputError
            If a column is missing, a value is not a number, or an id comes twice.
        """
        missing = [column for column in (id, value) if column not in frame.columns]
        if missing:
            raise InputError(f"column(s) {', '.join(map(repr, missing))} not found.")
        return cls(
            id=tuple(frame[id].astype(str)),
            value=read_only(frame[value].to_numpy(), name=value),
            name=name,
            basis=basis or Basis(),
        )

    @property
    def is_binary(self) -> bool:
        """Whether every value is 0 or 1."""
        return bool(np.isin(self.value, (0.0, 1.0)).all())

    def for_ids(self, ids: tuple[str, ...]) -> FloatArray:
        """Values in the order of `ids`, joined by identifier.

        Raises
        ------
        IncompatibleError
            If `ids` are not exactly the patients of this outcome.
        """
        if set(ids) != set(self.id) or len(ids) != len(self.id):
            stray = sorted(set(ids) ^ set(self.id))[:3]
            raise IncompatibleError(
                f"outcome {self.name!r} is of other patients ({len(self.id)} have it, {len(ids)} "
                f"were asked for; for example {', '.join(map(repr, stray)) or 'duplicates'})."
            )
        position = {patient: row for row, patient in enumerate(self.id)}
        return read_only(self.value[[position[patient] for patient in ids]], name=self.name)

    __repr__ = in_a_line
    _repr_html_ = in_a_table


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedMean:
    """Published mean of a continuous outcome in one arm.

    Attributes
    ----------
    treatment, outcome : str
        What was given, and what was measured.
    mean, sd : float
        Mean and standard deviation (divisor n - 1), in the outcome's unit.
    n : int
        Patients.
    basis : Basis
        Analysis set, assessor and data cut.

    Examples
    --------
    >>> import survcomp as sc
    >>> change = sc.PublishedMean(treatment="drug", outcome="QLQ-C30", mean=6.4, sd=21.0, n=94)
    >>> round(change.sd / change.n**0.5, 2)  # standard error
    2.17
    """

    treatment: str
    outcome: str
    mean: float
    sd: float
    n: int
    basis: Basis = field(default_factory=Basis)

    def __post_init__(self) -> None:
        for name in ("treatment", "outcome"):
            check_text(getattr(self, name), name=f"published_mean.{name}")
        check_count(self.n, name="published_mean.n", at_least=2)
        if not (math.isfinite(self.mean) and math.isfinite(self.sd) and self.sd > 0):
            raise InputError(
                f"published mean of {self.outcome!r}: the mean must be finite and the SD above 0; "
                f"got {self.mean!r} and {self.sd!r}."
            )

    __repr__ = in_a_line
    _repr_html_ = in_a_table
