"""How a value is shown: in a line on a terminal, and as a small table in a notebook.

Neither holds a patient: a value of 500 patients says that there are 500. A class takes both by
``__repr__ = in_a_line`` and ``_repr_html_ = in_a_table``; what is said of it is its `_facts`,
else its fields.
"""

from __future__ import annotations

from collections.abc import Mapping, Sized
from dataclasses import fields, is_dataclass
from html import escape
from typing import Any

LONGEST = 240
"""Characters of a line; what does not fit is left out, and dots say so."""
LONGEST_FACT = 60
"""Characters of one fact."""


def in_a_line(value: object) -> str:
    """The class and what there is to say, such as ``<IPD: arm B, patients 128, events 90>``."""
    line = f"<{type(value).__name__}: "
    said = ""
    for name, fact in facts_of(value).items():
        part = f"{name} {fact}"
        joined = f"{said}, {part}" if said else part
        if len(line) + len(joined) > LONGEST:
            return f"{line}{said}, ...>"
        said = joined
    return f"{line}{said}>"


def in_a_table(value: object) -> str:
    """The same as HTML: a row a fact, or a value's own frame where that is a summary."""
    rows = "".join(
        f"<tr><th style='text-align:left'>{escape(name)}</th>"
        f"<td style='text-align:left'>{escape(fact)}</td></tr>"
        for name, fact in facts_of(value).items()
    )
    return f"<table><caption>{type(value).__name__}</caption>{rows}</table>"


def frame_as_table(value: Any) -> str:
    """The value's `to_frame` as HTML."""
    return str(value.to_frame().to_html(index=False))


def facts_of(value: object) -> dict[str, str]:
    """What is said of a value, in order: its own `_facts`, else its fields that hold anything."""
    own = getattr(value, "_facts", None)
    if own is not None:
        facts: Mapping[str, object] = own()
    elif is_dataclass(value):
        facts = {f.name.replace("_", " "): getattr(value, f.name) for f in fields(value) if f.repr}
    else:
        return {}
    words = {name: _words(fact) for name, fact in facts.items()}
    return {name: said for name, said in words.items() if said}


def _words(fact: object) -> str:
    """One fact; of a collection its length, of a value inside a value its class or its words."""
    if fact is None:
        return ""
    if isinstance(fact, float):
        return f"{fact:.4g}"
    if isinstance(fact, str | bool | int):
        return _cut(str(fact))
    if is_dataclass(fact):
        has_words = type(fact).__str__ is not object.__str__
        return _cut(str(fact).splitlines()[0]) if has_words else type(fact).__name__
    if isinstance(fact, Sized):
        size = getattr(fact, "size", None)
        return f"({size if isinstance(size, int) else len(fact)})" if len(fact) else ""
    return _cut(str(fact))


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST_FACT else f"{text[: LONGEST_FACT - 3]}..."
