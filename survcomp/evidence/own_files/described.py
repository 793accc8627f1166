"""What a user says of the patients in a file: who they are, and which columns hold what."""

from __future__ import annotations

from dataclasses import dataclass, field

from survcomp.values.basis import Basis
from survcomp.values.checks import TimeUnit
from survcomp.values.frame_columns import CovariateColumns, Indicator, Missing


@dataclass(frozen=True, slots=True, kw_only=True)
class TwoArms:
    """The two arms of a trial that are read together.

    Attributes
    ----------
    column : str
        Where the arm is read: of ADaM's pair in ADSL.
    names : dict of str to str
        What each of the two arms is called, by its cell, exactly as written. Patients with
        another cell are not read, and counted.
    """

    column: str
    names: dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Described:
    """What a user says of the patients of an arm, or of two.

    Attributes
    ----------
    label : str
        Name of the arm.
    covariates : tuple of str
        Numeric columns.
    indicators : tuple of Indicator
        0/1 covariates that are made from columns.
    missing : {"refuse", "keep"}
        Empty cells of covariates: refused and counted, or kept as NaN.
    basis : Basis
        Who was counted and how.
    arms : TwoArms or None
        Two arms read together, in place of `label`.
    """

    label: str
    covariates: tuple[str, ...] = ()
    indicators: tuple[Indicator, ...] = ()
    missing: Missing = "refuse"
    basis: Basis = field(default_factory=Basis)
    arms: TwoArms | None = None

    @property
    def covariate_columns(self) -> CovariateColumns:
        """The covariates, read or made, in their order."""
        names = (*self.covariates, *(indicator.name for indicator in self.indicators))
        return CovariateColumns(names, missing=self.missing)


@dataclass(frozen=True, slots=True, kw_only=True)
class OneTable:
    """Columns of a table with one row a patient.

    Attributes
    ----------
    time, event : str
        Follow-up time; 1 or true = event observed, 0 or false = censored.
    time_unit : {"days", "weeks", "months", "years"}
        Unit of the times.
    id : str or None
        Unique ids; row numbers when left out.
    """

    time: str
    event: str
    time_unit: TimeUnit
    id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AdamChoice:
    """Which patients and which outcome of ADSL and ADTTE.

    Attributes
    ----------
    param : str
        PARAMCD in ADTTE.
    population : str or None
        Flag in ADSL, such as ITTFL; patients with "Y" are kept. All when left out.
    arm_column, arm : str or None
        Column in ADSL, such as TRT01P, and the value kept. All arms when left out.
    time_unit : {"days", "weeks", "months", "years"} or None
        Unit of AVAL where ADTTE has no AVALU; where it has one, they must agree.
    """

    param: str
    population: str | None = None
    arm_column: str | None = None
    arm: str | None = None
    time_unit: TimeUnit | None = None
