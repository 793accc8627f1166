"""Do the names of a trial.toml lead to one thing each? Read on every use, not in a check alone."""

from __future__ import annotations

from collections.abc import Iterator

from survcomp.evidence.trial_folders import schema
from survcomp.evidence.trial_folders.fields import Table

Finding = tuple[str, str]
"""A field of a trial.toml, and what is wrong with it."""


def faults_of_reference(table: schema.TrialFile) -> Iterator[Finding]:
    """Sources that are not listed, and things that are said twice."""
    yield from _sources_exist(table)
    yield from _nothing_twice(table)


def _sources_exist(table: schema.TrialFile) -> Iterator[Finding]:
    for field, item in _walk(table):
        source = getattr(item, "source", None) or getattr(item, "figure_source", None)
        if source and source not in table.citations:
            name = "figure_source" if isinstance(item, schema.CurveTable) else "source"
            yield f"{field}.{name}", f"{source!r} is not among the citations of this file"


def _walk(item: object, path: str = "") -> Iterator[tuple[str, Table]]:
    """Every table of a file with its path."""
    if isinstance(item, Table):
        if path:
            yield path, item
        for name in type(item).model_fields:
            yield from _walk(getattr(item, name), f"{path}.{name}" if path else name)
    elif isinstance(item, tuple):
        for index, part in enumerate(item):
            yield from _walk(part, f"{path}[{index}]")


def _nothing_twice(table: schema.TrialFile) -> Iterator[Finding]:
    keys: list[tuple[str, object]] = [
        (f"arms[{i}]", ("arm", a.id)) for i, a in enumerate(table.arms)
    ]
    keys += [(f"cuts[{i}]", ("cut", c.label)) for i, c in enumerate(table.cuts)]
    keys += [
        (f"curves[{i}]", ("curve", c.arm, c.endpoint, c.cut)) for i, c in enumerate(table.curves)
    ]
    keys += [
        (f"responses[{i}]", ("response", r.arm, r.outcome, r.cut, r.n))
        for i, r in enumerate(table.responses)
        if not r.set_aside
    ]
    keys += [(f"populations[{i}]", ("population", p.arm)) for i, p in enumerate(table.populations)]
    keys += [(f"contrasts[{i}]", ("contrast", c.id)) for i, c in enumerate(table.contrasts)]
    for index, curve in enumerate(table.curves):
        keys += [
            (f"curves[{index}].landmarks[{row}]", (index, "landmark", landmark.time))
            for row, landmark in enumerate(curve.landmarks)
            if not landmark.set_aside
        ]
    keys += [(f"effects[{i}]", ("effect", e.id)) for i, e in enumerate(table.effects)]
    first: dict[object, str] = {}
    for field, key in keys:
        if key in first:
            yield (
                field,
                f"says the same thing as {first[key]}; keep one of the two (a number may be set "
                "aside, with a reason)",
            )
        first.setdefault(key, field)
