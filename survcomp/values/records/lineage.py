"""Where a number comes from: from its record back to settings, evidence and citations.

A record names its sources: other records, groups of records (such as one side of a comparison),
citations and files. What else it rests on, the step that recorded it has said for all records
below a prefix (`survcomp.values.records.grounds`); the longest prefix holds. A record on which
nothing more is said rests on the analysis itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from survcomp.errors import InputError
from survcomp.values.records.dotted import Leaf, is_empty, leaves
from survcomp.values.records.grounds import Ground
from survcomp.values.records.results import Record, Results

WORDS = ("id", "label", "note", "role", "why", "question", "answer")
"""Keys of an analysis that name or explain; no number rests on them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lineage:
    """Where one record comes from.

    Attributes
    ----------
    record : Record
        The record.
    through : tuple of Record
        Records that it was worked out from, nearest first.
    settings : tuple of Leaf
        Settings of the analysis that it rests on, those left to their default included.
    anchors : tuple of str
        Parts of the evidence, or files, that it rests on.
    citations : tuple of str
        Where it was read, ``trial/id``: its own citations, or else those of its anchors.
    files : tuple of str
        Every file in the chain, the analysis first.
    """

    record: Record
    through: tuple[Record, ...]
    settings: tuple[Leaf, ...]
    anchors: tuple[str, ...]
    citations: tuple[str, ...]
    files: tuple[str, ...]

    @property
    def is_drawn(self) -> bool:
        """Whether random draws are behind it."""
        return any(record.kind == "simulated" for record in (self.record, *self.through))


def lineage(results: Results, id: str) -> Lineage:
    """Follow a record back to what it rests on.

    Parameters
    ----------
    results : Results
    id : str
        Id of a record.

    Raises
    ------
    NotFoundError
        If there is no such record.
    InputError
        If no step said what it rests on, while others did: the results were changed by hand.

    Notes
    -----
    A number always ends in a citation, a file or a setting: the analysis itself is the last
    resort. What is not kept in the results (`Results.grounds` and `Results.places`, in results
    of before they were) is not found: without grounds a record rests on the sources that it
    names, without places there are no lines and no citations of what was read.
    """
    record = results[id]
    chain = list(_chain(results, record))
    anchors = _once(anchor for step in chain for anchor in _anchors_of(results, step))
    read_in = (c for a in anchors if a in results.places for c in results.places[a].citations)
    citations = _cited([record]) or _once([*_cited(chain), *read_in])
    files = [analysis_file(results)]
    for anchor in anchors:
        files += _files(results, anchor)
    for citation in citations:
        files += _files(results, f"citation:{citation}")[:1]
    return Lineage(
        record=record,
        through=tuple(chain[1:]),
        settings=tuple(_settings(results, chain)),
        anchors=anchors,
        citations=citations,
        files=_once(file for file in files if file),
    )


def anchors_of_all(results: Results) -> tuple[str, ...]:
    """Every anchor and citation that a record of the results leads to."""
    anchors: dict[str, None] = {}
    for record in results.records:
        anchors.update(dict.fromkeys(_anchors_of(results, record)))
        anchors.update(dict.fromkeys(f"citation:{c}" for c in _cited([record])))
    return tuple(anchors)


def analysis_file(results: Results) -> str:
    """Path of the analysis.toml among the inputs; empty where it is not among them."""
    ending = f"/{results.analysis}/analysis.toml"
    return next((name for name in results.inputs if f"/{name}".endswith(ending)), "")


def _chain(results: Results, record: Record) -> Iterator[Record]:
    """The record and every record that it names as a source, nearest first, each once."""
    waiting, seen = [record], {record.id}
    while waiting:
        step = waiting.pop(0)
        yield step
        for source in step.sources:
            if source in results and source not in seen:
                seen.add(source)
                waiting.append(results[source])


def _anchors_of(results: Results, record: Record) -> tuple[str, ...]:
    """What a record rests on: by its own sources, and by its ground."""
    anchors: list[str] = []
    for source in record.sources:
        kind, colon, _ = source.partition(":")
        if colon and kind != "citation":
            anchors.append(source)
        elif not colon and source not in results:  # a group of records
            anchors += _ground(results, source).anchors
    return _once([*anchors, *_ground(results, record.id).anchors])


def _ground(results: Results, path: str) -> Ground:
    ground = results.ground(path)
    if ground is not None:
        return ground
    if results.grounds:
        raise InputError(
            f"record {path!r} does not fit its analysis: no step said what it rests on."
        )
    return Ground(prefix=path)


def _files(results: Results, anchor: str) -> list[str]:
    kind, _, rest = anchor.partition(":")
    if kind == "file":
        return [rest]
    place = results.places.get(anchor)
    if place is None:
        return []
    return [place.file, *(name for name, _, _ in place.tables)]


def _cited(records: Iterable[Record]) -> tuple[str, ...]:
    return _once(
        source.removeprefix("citation:")
        for record in records
        for source in record.sources
        if source.startswith("citation:")
    )


def _once(items: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(items))


def _settings(results: Results, chain: list[Record]) -> Iterator[Leaf]:
    """Settings of the analysis that a chain of records rests on, in the order of the analysis."""
    paths = [
        path
        for record in chain
        for path in _ground(results, record.id).settings_behind(record.kind)
    ]
    for leaf in leaves(results.settings):
        last = leaf.path.rsplit(".", 1)[-1]
        if last in WORDS or is_empty(leaf.value):
            continue
        if any(leaf.path == path or leaf.path.startswith(f"{path}.") for path in paths):
            yield leaf
