"""A number traced, in words: where it is shown, what it is, and what it rests on."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from survcomp.errors import NotFoundError
from survcomp.report.document.sections import (
    Bullets,
    Document,
    Figure,
    Folded,
    Paragraph,
    Section,
    Terms,
)
from survcomp.report.document.table import Table
from survcomp.report.document.text import effect, shown
from survcomp.report.document.words import Words
from survcomp.values.contrasts.measure import MEASURES, OF_NATURAL_KEY
from survcomp.values.records.dotted import Leaf
from survcomp.values.records.lineage import Lineage, lineage
from survcomp.values.records.results import Place, Record, Results

Shown = dict[str, tuple[str, ...]]
"""Where a report shows each record, in words; the paths of groups that figures draw too."""


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a trace.

    Attributes
    ----------
    title : str
        Such as "Shown in", "Result", "Settings", "Evidence", "Read in", "Files".
    lines : tuple of str
        One sentence or entry each.
    """

    title: str
    lines: tuple[str, ...]


def find_record(results: Results, id: str) -> str:
    """Id of the record that an id means: a record itself, or an effect such as ``.../log_hr``.

    Raises
    ------
    NotFoundError
        If there is neither; the nearest ids are suggested.
    """
    id = id.strip().strip("/")
    if id in results:
        return id
    if f"{id}/estimate" in results:
        return f"{id}/estimate"
    known = [record.id for record in results.records]
    known += [k.removesuffix("/estimate") for k in known if k.endswith("/estimate")]
    near = difflib.get_close_matches(id, known, n=3, cutoff=0.5)
    within = [k for k in known if k.startswith(f"{id}/")][:3]
    suggested = list(dict.fromkeys([*within, *near]))[:4]
    hint = f" Nearest: {', '.join(suggested)}." if suggested else ""
    raise NotFoundError(f"analysis {results.analysis!r} has no number {id!r}.{hint}")


def trace(results: Results, id: str, *, shown_in: Shown) -> tuple[Step, ...]:
    """Follow a number back to what it rests on, in words.

    Parameters
    ----------
    results : Results
    id : str
        Id of a record, or of an effect (``comparison/pfs/unadjusted/log_hr``).
    shown_in : Shown
        From `shown_in`.

    Returns
    -------
    tuple of Step
        Steps without content are left out.

    Raises
    ------
    NotFoundError
        If there is no such number; the nearest are suggested.
    """
    record = results[find_record(results, id)]
    chain = lineage(results, record.id)
    steps = (
        ("Shown in", _places_shown(record.id, shown_in)),
        ("Result", list(_result(results, record))),
        ("Worked out from", [f"{r.id} = {_value(r)}" for r in chain.through]),
        ("Settings", [_setting(leaf, results) for leaf in chain.settings]),
        ("Draws", list(_draws(chain))),
        ("Evidence", list(_evidence(chain, results))),
        ("Read in", [_citation(c, results) for c in chain.citations]),
        ("Files", [f"{name}  SHA-256 {results.inputs.get(name, '')}" for name in chain.files]),
    )
    return tuple(Step(title, tuple(lines)) for title, lines in steps if lines)


def all_traces(results: Results, document: Document) -> dict[str, Any]:
    """The trace of every number that a report shows, as plain values without repetition.

    Returns
    -------
    dict
        ``titles`` and ``lines`` hold each text once; ``traces`` has for each record a list of
        steps ``[title, [line, ...]]`` as indices into them.
    """
    where = shown_in(document)
    titles: dict[str, int] = {}
    lines: dict[str, int] = {}
    traces = {}
    for id in where:
        if id in results:
            traces[id] = [
                [
                    titles.setdefault(step.title, len(titles)),
                    [lines.setdefault(line, len(lines)) for line in step.lines],
                ]
                for step in trace(results, id, shown_in=where)
            ]
    return {"titles": list(titles), "lines": list(lines), "traces": traces}


def shown_in(document: Document) -> Shown:
    """Where a document shows each record: section, table or figure with its number, cell."""
    number = document.numbered()
    places: dict[str, dict[str, None]] = {}

    def note(record: str, where: str) -> None:
        if record:
            places.setdefault(record, {})[where] = None

    for span in document.summary:
        note(span.record, "Summary")
    for section in document.sections:
        for record, where in _of_section(section, section.title, number):
            note(record, where)
    return {record: tuple(each) for record, each in places.items()}


def _of_section(
    block: Section | Folded, title: str, number: dict[int, int]
) -> Iterator[tuple[str, str]]:
    for part in block.blocks:
        if isinstance(part, Section):
            yield from _of_section(part, f"{title}, {part.title}", number)
        elif isinstance(part, Folded):
            yield from _of_section(part, title, number)
        elif isinstance(part, Table):
            yield from _of_table(part, f"{title}, Table {number[id(part)]} ({part.caption})")
        elif isinstance(part, Figure):
            where = f"{title}, Figure {number[id(part)]} ({part.caption})"
            yield from ((path, where) for path in part.shows)
        else:
            yield from ((record, title) for record in _records(part))


def _of_table(table: Table, where: str) -> Iterator[tuple[str, str]]:
    for row in table.rows:
        for heading, cell in zip(table.columns, row, strict=True):
            for span in cell.spans:
                yield span.record, f"{where}, row {row[0].text!r}, column {heading!r}"


def _records(block: Paragraph | Bullets | Terms) -> Iterator[str]:
    texts: list[Words]
    if isinstance(block, Paragraph):
        texts = [block.text]
    elif isinstance(block, Bullets):
        texts = list(block.items)
    else:
        texts = [text for _, text in block.items]
    return (span.record for text in texts for span in text)


def _places_shown(id: str, where: Shown) -> list[str]:
    """Where a record is shown: itself, the effect it is part of, or the figure that draws it."""
    asked = [id, _estimate(id)]
    parts = id.split("/")
    asked += ["/".join(parts[:depth]) for depth in range(len(parts) - 1, 1, -1)]
    places = dict.fromkeys(place for path in asked for place in where.get(path, ()))
    return list(places) or ["not shown in the report; it is in results.json"]


def _estimate(id: str) -> str:
    """Record under which the report shows the effect that a record is part of."""
    parts = id.split("/")
    if len(parts) < 2:
        return id
    measure = OF_NATURAL_KEY.get(parts[-2]) or MEASURES.get(parts[-2])
    return id if measure is None else "/".join([*parts[:-2], measure.key, "estimate"])


def _result(results: Results, record: Record) -> Iterator[str]:
    yield f"{record.id} = {_value(record)}"
    path = _estimate(record.id).removesuffix("/estimate")
    named = path.rsplit("/", 1)[-1] in MEASURES
    if named and path != record.id and f"{path}/level" in results:
        yield effect(results, path)
    if f"{path}/interval" in results and path != record.id:
        yield f"interval: {results.value(f'{path}/interval')}"
    tolerance = record.tolerance
    within = f"within {tolerance:g}, relative" if tolerance else "exactly"
    yield f"{record.kind}: a rerun must give it {within}"


def _value(record: Record) -> str:
    if isinstance(record.value, tuple):
        return f"a series of {len(record.value)} numbers"
    if isinstance(record.value, str):
        return repr(record.value)
    unit = f" {record.unit}" if record.unit else ""
    text = shown(record).removesuffix(f" {record.unit}")
    exact = "" if isinstance(record.value, bool) else f" (shown as {text})"
    return f"{record.value!r}{unit}{exact}"


def _setting(leaf: Leaf, results: Results) -> str:
    default = any(entry.startswith(f"{leaf.indexed} = ") for entry in results.defaults)
    changed = any(change.path == leaf.path for change in results.changes)
    remark = " (changed for this run)" if changed else " (default)" if default else ""
    return f"{leaf.path} = {leaf.value}{remark}"


def _draws(chain: Lineage) -> Iterator[str]:
    value = {leaf.path.rsplit(".", 1)[-1]: leaf.value for leaf in chain.settings}
    if not chain.is_drawn:
        return
    for leaf in chain.settings:
        if leaf.path == "settings.draws":
            seed = next(s.value for s in chain.settings if s.path == "settings.seed")
            yield f"{leaf.value} data sets from each rebuilt curve, seed {seed}"
        if leaf.path.endswith(".bootstrap.replicates"):
            yield f"{leaf.value} bootstrap replicates, seed {value['seed']}"


def _evidence(chain: Lineage, results: Results) -> Iterator[str]:
    yield from (_anchor(anchor, results) for anchor in chain.anchors)
    if not results.grounds:
        yield "what else it rests on was not kept; run the analysis again"


def _anchor(anchor: str, results: Results) -> str:
    kind, _, rest = anchor.partition(":")
    place = results.places.get(anchor)
    if kind == "file":
        return f"file {rest}"
    if place is None:
        return f"{kind} {rest} (where it stands was not kept; run the analysis again)"
    return f"{kind} {rest}: {_place(place)}"


def _place(place: Place) -> str:
    text = place.file
    if place.lines:
        text += f", lines {place.lines[0]} to {place.lines[1]}"
    return "; ".join([text, *(f"{n}, rows {a} to {b}" for n, a, b in place.tables)])


def _citation(id: str, results: Results) -> str:
    entry = results.citations.get(id)
    if entry is None:
        return id
    place = results.places.get(f"citation:{id}")
    where = f"; {_place(place)}" if place else ""
    return f"{id}: {entry['title']} ({entry['kind']}), {entry['url']}{where}"
