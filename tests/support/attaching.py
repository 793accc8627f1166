"""A module that is laid beside those of a package, without touching the package's folder."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType


@contextmanager
def laid_beside(package: ModuleType, folder: Path, name: str, source: str) -> Iterator[None]:
    """A module of this source and name, on the path of the package as long as this lasts."""
    (folder / f"{name}.py").write_text(source, "utf-8")
    path = list(package.__path__)
    package.__path__ = [*path, str(folder)]
    try:
        yield
    finally:
        package.__path__ = path
        sys.modules.pop(f"{package.__name__}.{name}", None)
        vars(package).pop(name, None)
