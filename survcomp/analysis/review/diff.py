"""`survcomp diff`: what moved between two sets of results, by how much."""

from __future__ import annotations

import math
from dataclasses import dataclass

from survcomp.report.document.plain import plain_table, printable
from survcomp.report.document.table import Cell, Table, make
from survcomp.report.document.text import effect, number
from survcomp.report.kinds.registry import kinds
from survcomp.values.contrasts.measure import MEASURES, OF_NATURAL_KEY
from survcomp.values.records.dotted import leaves
from survcomp.values.records.results import Record, Results

NO_SETTINGS = "Settings are not compared: pinned results hold none."
MOST_ROWS = 40
"""Rows of a table before the rest is counted only."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """What differs between two results.

    Attributes
    ----------
    effects : tuple of str
        Paths of the effects that moved (estimate, interval or standard error), headlines first.
    numbers : tuple of (Record, Record)
        Other numbers, before and after.
    texts : tuple of (Record, Record)
        Sentences, before and after.
    only_before, only_after : tuple of str
        Ids of records that one of them has.
    settings : tuple of (str, object, object)
        Path, before and after; none if one of them is pinned results, which hold no settings.
    inputs : tuple of str
        Input files whose content differs, or that one of them has.
    """

    effects: tuple[str, ...]
    numbers: tuple[tuple[Record, Record], ...]
    texts: tuple[tuple[Record, Record], ...]
    only_before: tuple[str, ...]
    only_after: tuple[str, ...]
    settings: tuple[tuple[str, object, object], ...]
    inputs: tuple[str, ...]

    @property
    def same(self) -> bool:
        """Whether nothing differs: neither results nor what they were made from."""
        parts = (self.effects, self.numbers, self.texts, self.only_before, self.only_after)
        return not any((*parts, self.settings, self.inputs))


def moved(before: Results, after: Results) -> Moved:
    """Compare two results, id by id, by the tolerance of each kind."""
    ids = [record.id for record in before.records if record.id in after]
    pairs = [(before[id], after[id]) for id in ids]
    pairs = [(a, b) for a, b in pairs if not b.agrees_with(a)]
    effects = dict.fromkeys(path for a, _ in pairs if (path := effect_path(a.id, before, after)))
    rest = [(a, b) for a, b in pairs if not effect_path(a.id, before, after)]
    lead = [path for path in headlines(after) if path in effects]
    return Moved(
        effects=tuple(dict.fromkeys([*lead, *effects])),
        numbers=tuple((a, b) for a, b in rest if "text" not in (a.kind, b.kind)),
        texts=tuple((a, b) for a, b in rest if "text" in (a.kind, b.kind)),
        only_before=tuple(r.id for r in before.records if r.id not in after),
        only_after=tuple(r.id for r in after.records if r.id not in before),
        settings=_settings(before, after),
        inputs=tuple(
            name
            for name in {**before.inputs, **after.inputs}
            if before.inputs.get(name) != after.inputs.get(name)
        ),
    )


OF_AN_EFFECT = (
    *("estimate", "se", "se_sampling", "se_reconstruction", "ci_low", "ci_high", "df"),
    *("p", "level"),
)


def effect_path(id: str, *each: Results) -> str:
    """Path of the effect that a number is part of, or "" where it is none (in all results)."""
    parts = id.split("/")
    if len(parts) < 3 or parts[-1] not in OF_AN_EFFECT:
        return ""
    measure = OF_NATURAL_KEY.get(parts[-2]) or MEASURES.get(parts[-2])
    if measure is None:
        return ""
    path = "/".join([*parts[:-2], measure.key])
    shown = all(f"{path}/{field}" in r for r in each for field in ("estimate", "level"))
    return path if shown else ""


def headlines(results: Results) -> tuple[str, ...]:
    """Paths of the effects that the comparisons, of every kind, lead with."""
    return tuple(
        kind.leads_with(results, f"{kind.name}/{id}")
        for kind in kinds()
        for id in results.children(kind.name)
    )


def _settings(before: Results, after: Results) -> tuple[tuple[str, object, object], ...]:
    if not before.settings or not after.settings:
        return ()
    old = {leaf.path: leaf.value for leaf in leaves(before.settings)}
    new = {leaf.path: leaf.value for leaf in leaves(after.settings)}
    return tuple(
        (path, old.get(path), new.get(path))
        for path in {**old, **new}
        if old.get(path) != new.get(path)
    )


def diff_tables(before: Results, after: Results, differences: Moved) -> tuple[Table, ...]:
    """The differences as tables, headline effects first; empty ones are left out."""
    lead = set(headlines(after))
    tables = (
        _table(
            "Effects", [_effect_row(p, before, after, lead) for p in differences.effects], EFFECT
        ),
        _table("Other numbers", [_number_row(a, b) for a, b in differences.numbers], NUMBER),
        _table("Words", [[a.id, _text(a), _text(b)] for a, b in differences.texts], TEXT),
        _table("Settings", [[p, str(a), str(b)] for p, a, b in differences.settings], SETTING),
        _table("Input files that differ", [[name] for name in differences.inputs], ["File"]),
        _table("Only in the first", [[id] for id in differences.only_before], ["Id"]),
        _table("Only in the second", [[id] for id in differences.only_after], ["Id"]),
    )
    return tuple(table for table in tables if table is not None)


EFFECT = ["Effect", "First", "Second", "Moved"]
NUMBER = ["Number", "First", "Second", "Moved"]
TEXT = ["Text", "First", "Second"]
SETTING = ["Setting", "First", "Second"]


def _table(
    caption: str, rows: list[list[Cell | str]] | list[list[str]], columns: list[str]
) -> Table | None:
    if not rows:
        return None
    cells = [[cell if isinstance(cell, Cell) else Cell(cell) for cell in row] for row in rows]
    return make(f"{caption} ({len(rows)})", columns, cells)


def _effect_row(path: str, before: Results, after: Results, lead: set[str]) -> list[str]:
    measure = path.rsplit("/", 1)[-1]
    a, b = (r.value(f"{path}/estimate") for r in (before, after))
    name = f"{path} (headline)" if path in lead else path
    return [name, effect(before, path), effect(after, path), _by_how_much(measure, a, b)]


def _by_how_much(measure: str, a: float, b: float) -> str:
    """Change of an estimate on the scale that is shown."""
    if math.isclose(a, b, rel_tol=1e-9, abs_tol=1e-12):
        return "interval only"
    if MEASURES[measure].is_ratio:
        return f"times {math.exp(b - a):.3g}"
    if measure == "risk_difference":
        return f"{100 * (b - a):+.2g} points"
    return f"{b - a:+.3g}"


def _number_row(a: Record, b: Record) -> list[str]:
    if isinstance(a.value, tuple) or isinstance(b.value, tuple):
        return [a.id, _series(a), _series(b), _series_moved(a, b)]
    step = ""
    if _is_number(a) and _is_number(b):
        step = _step(float(a.value), float(b.value), a.unit)  # type: ignore[arg-type]
    return [a.id, f"{number(a.value, a.unit)} {_unit(a)}".strip(), number(b.value, b.unit), step]


def _step(a: float, b: float, unit: str) -> str:
    """Change of a number on the scale that is shown: a probability in points, as per cent."""
    if unit == "probability":
        return f"{100 * (b - a):+.3g} points"
    return f"{b - a:+.3g}"


def _unit(record: Record) -> str:
    return "" if record.unit in ("probability", "p value") else record.unit


def _is_number(record: Record) -> bool:
    value = record.value
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)


def _series(record: Record) -> str:
    return f"{len(record.value)} numbers" if isinstance(record.value, tuple) else str(record.value)


def _series_moved(a: Record, b: Record) -> str:
    if not isinstance(a.value, tuple) or not isinstance(b.value, tuple):
        return ""
    if len(a.value) != len(b.value):
        return "another length"
    largest = max(abs(y - x) for x, y in zip(a.value, b.value, strict=True))
    return f"by {largest:.3g} at most"


def _text(record: Record) -> str:
    text = str(record.value)
    return text if len(text) <= 160 else f"{text[:157]}..."


def diff_text(before: Results, after: Results, differences: Moved, *, all_rows: bool) -> str:
    """The differences as text; long tables are cut, and say so, unless `all_rows`."""
    if differences.same:
        both = bool(before.settings) and bool(after.settings)
        also = "the same settings and inputs" if both else f"the same inputs. {NO_SETTINGS}"
        return f"No difference: {len(after.records)} records, {also.rstrip('.')}."
    parts = []
    for table in diff_tables(before, after, differences):
        cut = table if all_rows else _cut(table)
        parts.append(f"{table.caption}\n{plain_table(cut)}")
    if not before.settings or not after.settings:
        parts.append(NO_SETTINGS)
    return printable("\n\n".join(parts))


def _cut(table: Table) -> Table:
    if len(table.rows) <= MOST_ROWS:
        return table
    more = f"... and {len(table.rows) - MOST_ROWS} more; --all shows them."
    return Table(
        caption=table.caption,
        columns=table.columns,
        rows=table.rows[:MOST_ROWS],
        notes=(more,),
    )
