"""Effects as a publication prints them, from flat words."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from survcomp.values import Contrast, Question

ABOUT = {field.name for field in fields(Question)}


def printed_effect(**words: Any) -> Contrast:
    """A contrast from its interval; what it is about and its numbers in any order."""
    about = {name: value for name, value in words.items() if name in ABOUT}
    numbers = {name: value for name, value in words.items() if name not in ABOUT}
    return Contrast.from_interval(Question(**about), **numbers)
