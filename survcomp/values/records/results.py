"""`Results`: what an analysis found, as records that can be pinned, compared and traced."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

from survcomp.errors import InputError, NotFoundError, OtherSchemaError
from survcomp.values.checks import check_option
from survcomp.values.records.grounds import Ground, nearest
from survcomp.values.shown import in_a_line, in_a_table

Kind = Literal["count", "published", "closed form", "optimised", "simulated", "text", "series"]
Value = float | int | str | bool | None | tuple[float, ...]

TOLERANCE: dict[str, float] = {
    "count": 0.0,
    "published": 0.0,
    # Sums and products of a few hundred doubles: their order differs between machines.
    "closed form": 1e-9,
    "series": 1e-9,
    # Newton iterations stop within about 1e-8 of the optimum, wherever they started.
    "optimised": 1e-6,
    # The same seed gives the same draws; where a last digit of the machine decides whether one
    # of them is drawn again, one of many draws moves a mean by about this.
    "simulated": 5e-3,
}
"""Largest relative difference between two runs, by kind of number; text must be equal."""

DEGREES_OF_FREEDOM = "degrees of freedom"
DF_TOLERANCE = 0.1
"""For degrees of freedom of simulated effects: Rubin's go with the inverse square of the variance
between the draws, and small differences of draws are doubled in them. The limits that rest on
them are held to the tolerance of their own kind."""

NOT_REACHED = "not reached"
SCHEMA = 2
"""Of results.json and pinned.json: one more whenever an older version would misread them."""
RUN_AGAIN = "run the analysis again with survcomp run"
_ID = re.compile(r"[A-Za-z0-9_.+>=-]+(/[A-Za-z0-9_.+>=-]+)*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One number or sentence of an analysis.

    Attributes
    ----------
    id : str
        Stable path, such as ``pfs_early/unadjusted/log_hr/estimate``.
    value : float, int, str, bool, None or tuple of float
        At full precision; ``math.inf`` is a time that was not reached.
    kind : str
        What sort of number it is; it decides the tolerance of a check (`TOLERANCE`).
    unit : str
        Such as "months", "log hazard ratio", "patients"; empty for text.
    sources : tuple of str
        Ids of the records, curves (``curve:...``), citations (``citation:trial/S23``) or
        files (``file:...``) it came from.

    Examples
    --------
    >>> from survcomp.values import Record
    >>> first = Record(id="pfs/log_hr", value=-0.868, kind="optimised")
    >>> again = Record(id="pfs/log_hr", value=-0.8680001, kind="optimised")
    >>> first.agrees_with(again)
    True
    """

    id: str
    value: Value
    kind: Kind
    unit: str = ""
    sources: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not _ID.fullmatch(self.id):
            raise InputError(f"a record id is a path of plain names; got {self.id!r}.")
        check_option(self.kind, Kind, name="record.kind")
        values = self.value if isinstance(self.value, tuple) else (self.value,)
        if any(isinstance(v, float) and (math.isnan(v) or v == -math.inf) for v in values):
            raise InputError(f"record {self.id!r} is not a number; say why in words instead.")

    @property
    def tolerance(self) -> float:
        """Largest relative difference between two runs; 0 where they must be equal."""
        if self.kind == "simulated" and self.unit == DEGREES_OF_FREEDOM:
            return DF_TOLERANCE
        return TOLERANCE.get(self.kind, 0.0)

    def agrees_with(self, other: Record) -> bool:
        """Whether two runs found the same, within the tolerance of the kind."""
        if self.kind != other.kind or self.unit != other.unit:
            return False
        return same_value(self.value, other.value, tolerance=self.tolerance)

    __repr__ = in_a_line
    _repr_html_ = in_a_table


def same_value(a: Value, b: Value, *, tolerance: float) -> bool:
    """Whether two values agree within a relative tolerance."""
    if isinstance(a, tuple) and isinstance(b, tuple):
        return len(a) == len(b) and all(
            same_value(x, y, tolerance=tolerance) for x, y in zip(a, b, strict=True)
        )
    numbers = isinstance(a, (int, float)) and isinstance(b, (int, float))
    if numbers and not isinstance(a, bool) and not isinstance(b, bool):
        # abs_tol: an estimate near 0 (a log HR of 1e-17) has no meaningful relative error
        return math.isclose(a, b, rel_tol=tolerance, abs_tol=tolerance)  # type: ignore[arg-type]
    return type(a) is type(b) and a == b


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where something that was read stands.

    Attributes
    ----------
    file : str
        Path below the data root.
    lines : (int, int) or None
        First and last line, counted from 1; None for the whole file.
    tables : tuple of (str, int, int)
        CSV files that belong to it (a traced figure, its numbers at risk), with their first
        and last row; the header is row 1.
    citations : tuple of str
        Ids of the citations it was read in, ``trial/id``.
    """

    file: str
    lines: tuple[int, int] | None = None
    tables: tuple[tuple[str, int, int], ...] = ()
    citations: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {
            "file": self.file,
            "lines": list(self.lines) if self.lines else None,
            "tables": [list(table) for table in self.tables],
            "citations": list(self.citations),
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Place:
        """Read back what `to_dict` wrote."""
        lines = data["lines"]
        return cls(
            file=data["file"],
            lines=(lines[0], lines[1]) if lines else None,
            tables=tuple((name, first, last) for name, first, last in data["tables"]),
            citations=tuple(data["citations"]),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A setting that was changed for one run.

    Attributes
    ----------
    path : str
        Dotted path, such as ``comparisons.pfs.comparator.cut``; items of a list by id or index.
    before, after : object
        Value in the analysis (None where there is none), and in this run; plain values.
    """

    path: str
    before: Any
    after: Any

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {"path": self.path, "before": self.before, "after": self.after}


@dataclass(frozen=True, slots=True, kw_only=True)
class Results:
    """Everything an analysis found.

    Attributes
    ----------
    analysis, title : str
        Folder name and title of the analysis.
    settings : mapping
        The resolved analysis, with every default that was used.
    defaults : tuple of str
        Paths of the settings that were left to their default.
    inputs : mapping of str to str
        SHA-256 of each input file, keyed by its path below the data root.
    citations : mapping of str to mapping
        Title, url and kind of every citation used, keyed ``trial/id``.
    records : tuple of Record
        In the order in which they were found.
    grounds : tuple of Ground
        What records rest on, by the prefix of their ids; empty in results of before it was kept,
        and in pinned ones.
    places : mapping of str to Place
        Where the curves, responses, baselines, effects and citations stand that records come
        from (`survcomp.values.records.lineage`); empty in results of before it was kept.
    changes : tuple of Change
        Settings that were changed for this run only.

    Examples
    --------
    >>> import survcomp as sc
    >>> from survcomp.values import Record
    >>> records = (Record(id="pfs/median", value=8.8, kind="closed form", unit="months"),)
    >>> results = sc.Results(analysis="demo", title="Demo", settings={}, defaults=(), inputs={},
    ...                      citations={}, records=records)
    >>> results.value("pfs/median")
    8.8
    >>> sc.Results.from_dict(results.to_dict()).value("pfs/median")
    8.8
    """

    analysis: str
    title: str
    settings: Mapping[str, Any]
    defaults: tuple[str, ...]
    inputs: Mapping[str, str]
    citations: Mapping[str, Mapping[str, str]]
    records: tuple[Record, ...]
    grounds: tuple[Ground, ...] = ()
    places: Mapping[str, Place] = field(default_factory=dict)
    changes: tuple[Change, ...] = ()
    _by_id: dict[str, Record] = field(init=False, repr=False, compare=False, default_factory=dict)
    _by_prefix: dict[str, Ground] = field(
        init=False, repr=False, compare=False, default_factory=dict
    )

    def __post_init__(self) -> None:
        self._by_prefix.update((ground.prefix, ground) for ground in self.grounds)
        for record in self.records:
            if record.id in self._by_id:
                raise InputError(f"record id {record.id!r} is used twice.")
            self._by_id[record.id] = record

    def __getitem__(self, id: str) -> Record:
        try:
            return self._by_id[id]
        except KeyError:
            raise NotFoundError(f"analysis {self.analysis!r} has no record {id!r}.") from None

    def __contains__(self, id: str) -> bool:
        return id in self._by_id

    def value(self, id: str) -> Any:
        """Value of a record."""
        return self[id].value

    def under(self, prefix: str) -> tuple[Record, ...]:
        """Records whose id starts with ``prefix/``."""
        return tuple(record for record in self.records if record.id.startswith(prefix + "/"))

    def children(self, prefix: str) -> tuple[str, ...]:
        """Next names below a path, each once, in order of appearance."""
        depth = prefix.count("/") + 1 if prefix else 0
        records: Iterable[Record] = self.under(prefix) if prefix else self.records
        return tuple(dict.fromkeys(r.id.split("/")[depth] for r in records))

    def ground(self, path: str) -> Ground | None:
        """What a record, or a group of records, rests on; None where no step said so."""
        return nearest(self._by_prefix, path)

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON; infinities become "not reached"."""
        return {
            "schema": SCHEMA,
            "analysis": self.analysis,
            "title": self.title,
            "settings": self.settings,
            "defaults": list(self.defaults),
            "inputs": dict(self.inputs),
            "citations": {key: dict(value) for key, value in self.citations.items()},
            "places": {key: place.to_dict() for key, place in self.places.items()},
            "changes": [change.to_dict() for change in self.changes],
            "grounds": [ground.to_dict() for ground in self.grounds],
            "records": [
                {
                    "id": r.id,
                    "value": _plain(r.value),
                    "unit": r.unit,
                    "kind": r.kind,
                    "sources": list(r.sources),
                }
                for r in self.records
            ],
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Results:
        """Read back what `to_dict` wrote.

        Raises
        ------
        OtherSchemaError
            If another version of survcomp wrote them with another schema.
        InputError
            If a part is missing or of the wrong kind.
        """
        try:
            check_schema(data["schema"], current=SCHEMA, remedy=RUN_AGAIN)
            records = tuple(record_from_dict(entry) for entry in data["records"])
            return cls(
                analysis=data["analysis"],
                title=data["title"],
                settings=data["settings"],
                defaults=tuple(data["defaults"]),
                inputs=data["inputs"],
                citations=data["citations"],
                records=records,
                grounds=tuple(Ground.from_dict(entry) for entry in data.get("grounds", ())),
                places={k: Place.from_dict(v) for k, v in data.get("places", {}).items()},
                changes=tuple(Change(**change) for change in data.get("changes", ())),
            )
        except InputError:
            raise
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise InputError(f"these are not results of survcomp: {error!r}.") from error

    __repr__ = in_a_line
    _repr_html_ = in_a_table


def check_schema(schema: object, *, current: int, remedy: str) -> None:
    """Refuse a file of another schema than the one that this version writes, and say what to do.

    Its parts may be named otherwise or mean something else: a list of differences would be long
    and say nothing.

    Parameters
    ----------
    schema : object
        What the file says.
    current : int
        What this version writes.
    remedy : str
        How this version makes the file anew; it goes into the message.

    Raises
    ------
    OtherSchemaError
        If it is another whole number than `current`.
    InputError
        If it is no whole number.
    """
    if type(schema) is not int:
        raise InputError(f"`schema` must be a whole number; got {schema!r}.")
    if schema != current:
        age = "an older" if schema < current else "a newer"
        raise OtherSchemaError(
            f"it has schema {schema}, of {age} version of survcomp, and this version reads and "
            f"writes schema {current}. Either {remedy}, or use the version that made it."
        )


def _plain(value: Value) -> Any:
    if isinstance(value, tuple):
        return [_plain(v) for v in value]
    if isinstance(value, float) and math.isinf(value):
        return NOT_REACHED
    return value


def _from_plain(value: Any, kind: str) -> Value:
    if isinstance(value, list):
        return tuple(_from_plain(v, kind) for v in value)  # type: ignore[misc]
    if value == NOT_REACHED and kind != "text":
        return math.inf
    return value  # type: ignore[no-any-return]


def record_from_dict(entry: Mapping[str, Any]) -> Record:
    """One record from its JSON form."""
    kind = entry["kind"]
    if kind not in get_args(Kind):
        raise InputError(f"record {entry.get('id')!r} has the unknown kind {kind!r}.")
    return Record(
        id=entry["id"],
        value=_from_plain(entry["value"], kind),
        unit=entry["unit"],
        kind=kind,
        sources=tuple(entry["sources"]),
    )
