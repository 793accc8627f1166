"""What attaches by itself: the values of one name that the modules of a package declare."""

from __future__ import annotations

import pkgutil
from importlib import import_module
from types import ModuleType
from typing import Protocol, TypeVar


class Placed(Protocol):
    """A value that knows where it stands among its like."""

    @property
    def place(self) -> int:
        """Its place: the smaller, the earlier."""
        ...


T = TypeVar("T", bound=Placed)


def attached(package: ModuleType, name: str, wanted: type[T]) -> tuple[T, ...]:
    """Values called `name` in the modules of a package, in the order of their places.

    Every folder on the package's path is looked through, so that a module may come from
    elsewhere. Modules without the name are helpers of the others; of two values with the same
    place, that of the module whose name comes first in the alphabet is the first.

    Raises
    ------
    TypeError
        If a module has another thing of that name, which would be lost without a word.
    """
    names = sorted(module.name for module in pkgutil.iter_modules(package.__path__))
    modules = [import_module(f"{package.__name__}.{module}") for module in names]
    values = [_declared(module, name, wanted) for module in modules if hasattr(module, name)]
    return tuple(sorted(values, key=lambda value: value.place))


def _declared(module: ModuleType, name: str, wanted: type[T]) -> T:
    value = getattr(module, name)
    if not isinstance(value, wanted):
        came = type(value).__name__
        raise TypeError(f"{module.__name__}.{name}: {came} given; allowed: {wanted.__name__}.")
    return value
