"""What an estimator of one data set takes: patients of one arm, two of them in one time unit."""

from __future__ import annotations

from survcomp.errors import IncompatibleError, InputError
from survcomp.values.checks import check_type
from survcomp.values.patients.ipd import IPD

TAKEN = "IPD, one data set of patients (of a reconstruction its `.ipd`)"


def check_one_arm(patients: object, *, name: str) -> None:
    """Raise unless these are the patients of one arm, in one data set.

    Raises
    ------
    InputError
        Saying what came, or which arms it holds.

    Examples
    --------
    >>> check_one_arm([4.1, 9.8], name="treatment")
    Traceback (most recent call last):
        ...
    survcomp.errors.InputError: `treatment` must be IPD, one data set of patients (of a
    reconstruction its `.ipd`); got list.
    """
    check_type(patients, IPD, name=name, taken=TAKEN)
    if isinstance(patients, IPD) and len(patients.arms) != 1:
        arms = ", ".join(patients.arms) or "none"
        raise InputError(f"`{name}` must hold one arm; got {arms}. Use select_arm.")


def check_two_arms(treatment: IPD, comparator: IPD) -> None:
    """Raise unless each is one arm and both have their times in the same unit.

    Raises
    ------
    InputError
        As `check_one_arm`.
    IncompatibleError
        If the time units differ.
    """
    check_one_arm(treatment, name="treatment")
    check_one_arm(comparator, name="comparator")
    if treatment.time_unit != comparator.time_unit:
        raise IncompatibleError(
            f"`treatment` is in {treatment.time_unit} and `comparator` in "
            f"{comparator.time_unit}; convert one with in_unit."
        )
