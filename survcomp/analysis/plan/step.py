"""`Step`: how one kind of table of an analysis.toml is answered, and where steps are found."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from survcomp.analysis.plan.tables.fields import StepTable

FOLDER = "survcomp.analysis.steps"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One kind of table of an analysis.toml, and what answers it.

    A module of `survcomp.analysis.steps` that holds one as ``STEP`` is a step of every analysis;
    no list names it.

    Attributes
    ----------
    key : str
        Name of the tables, such as ``comparisons`` for ``[[comparisons]]``.
    place : int
        Steps run, and their keys are documented, in ascending order.
    table : type of StepTable
        Schema of one table.
    run : callable
        Given the `Context` (`survcomp.analysis.steps.parts.context`) and the tables, it records
        the answers and says what they rest on.
    about : str
        What the tables ask for; the first line of the table's docstring when left out.
    answers : bool
        Whether an analysis may consist of such tables alone.
    """

    key: str
    place: int
    table: type[StepTable]
    run: Callable[[Any, tuple[Any, ...]], None]
    about: str = ""
    answers: bool = True

    @property
    def title(self) -> str:
        """What the tables ask for."""
        return self.about or (self.table.__doc__ or "").strip().split("\n")[0]


def discovered() -> tuple[Step, ...]:
    """Every step that lies in the folder of steps, in the order in which they run.

    Raises
    ------
    ValueError
        If two steps have one key or one place.
    """
    path = importlib.import_module(FOLDER).__path__
    modules = [
        importlib.import_module(f"{FOLDER}.{item.name}") for item in pkgutil.iter_modules(path)
    ]
    steps: list[Step] = [module.STEP for module in modules if hasattr(module, "STEP")]
    for name in ("key", "place"):
        values = [getattr(step, name) for step in steps]
        if len(set(values)) < len(values):
            raise ValueError(f"two steps have one {name}: {sorted(values)}")
    return tuple(sorted(steps, key=lambda step: step.place))
