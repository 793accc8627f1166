"""Where a number comes from: from its record back to settings, evidence and citations.

A record names its sources: other records, groups of records (such as one side of a comparison),
citations and files. What it does not name follows from its id, by this rule and no other:

====================================  ==========================================================
id                                    rests on
====================================  ==========================================================
``comparison/ID/SIDE/...``            the curve of that side with the cuts joined to it, or the
                                      files of its patients
``comparison/ID/check/published/..``  the published effect that it is checked against
``comparison/ID/check/...``           that, and both sides
``comparison/ID/maic/...``,           both sides, and the baseline that is weighted to
``.../balance/...``, ``.../models/...``
``comparison/ID/standardised/...``    both sides, their baselines, and the published effects
``comparison/ID/...``                 both sides
``anchored/ID/published/...``         the published effect, or the analysis that holds it
``anchored/ID/at_risk/...``,          the files of one's own patients
``.../proportional_hazards/...``
``anchored/ID/...``                   that, the files of one's own patients, and the baseline
``response/ID/SIDE/...``              that response, the files of its patients, or the analysis that
                                      holds the printed rate
``response/ID/maic/...``,             both sides, and the baseline that is weighted to
``.../balance/...``, ``.../models/...``
``response/ID/...``                   both sides
``descriptive/N/...``                 the curve, and the response that it is a share of
``baseline/...``                      the baseline of the arm, or of all arms
``published/N/...``                   the published effect
``exploratory/ID/...``                both published effects
``study/T/...``, ``set_aside/T/...``  the study's file
anything else                         the analysis itself
====================================  ==========================================================

What a record rests on is named by an anchor: ``curve:trial/arm/endpoint/cut``,
``response:trial/arm/outcome/cut/n``, ``population:trial/arm``, ``contrast:trial/id``,
``effect:trial/id``, ``study:trial`` or ``file:path``; `Results.places` says where each stands.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from survcomp.errors import InputError, NotFoundError
from survcomp.values.records.dotted import Leaf, is_empty, leaves
from survcomp.values.records.results import Place, Record, Results

SIDES = ("treatment", "comparator")
ADJUSTED = ("maic", "balance", "models", "sensitivity")
"""Parts of a comparison's results that rest on the baseline that is weighted to."""
OBSERVED = ("at_risk", "proportional_hazards")
"""Parts of an anchored comparison's results that rest on one's own patients alone."""
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
        If its id does not fit the settings: the results were changed by hand.

    Notes
    -----
    A number always ends in a citation, a file or a setting: the analysis itself is the last
    resort. What is not kept in the results (`Results.places`, in results of before it was) has
    no lines and no citations of its own.
    """
    record = results[id]
    chain = list(_chain(results, record))
    anchors = _once(anchor for step in chain for anchor in _anchors_of(results, step))
    own = _cited([record])
    cited = own or _once(
        [*_cited(chain), *(c for a in anchors if a in results.places for c in _read_in(results, a))]
    )
    files = [analysis_file(results)]
    for anchor in anchors:
        files += _files(results, anchor)
    files += [file for c in cited if (file := _place_file(results, f"citation:{c}"))]
    return Lineage(
        record=record,
        through=tuple(chain[1:]),
        settings=tuple(_settings(results, chain)),
        anchors=anchors,
        citations=cited,
        files=_once(file for file in files if file),
    )


def anchors_of_all(results: Results) -> tuple[str, ...]:
    """Every anchor and citation that a record of the results leads to."""
    found: dict[str, None] = {}
    for record in results.records:
        found.update(dict.fromkeys(_anchors_of(results, record)))
        found.update(dict.fromkeys(f"citation:{c}" for c in _cited([record])))
    return tuple(found)


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
    """What a record rests on: by its own sources, and by its id."""
    found: list[str] = []
    for source in record.sources:
        kind, colon, _ = source.partition(":")
        if colon and kind != "citation":
            found.append(source)
        elif not colon and source not in results:  # a group of records
            found += _by_id(results, f"{source}/")
    return _once([*found, *_by_id(results, record.id)])


def _by_id(results: Results, id: str) -> tuple[str, ...]:
    parts = id.split("/")
    rule = _RULES.get(parts[0])
    try:
        return tuple(rule(results, parts)) if rule else ()
    except (KeyError, IndexError, TypeError, ValueError) as error:
        raise InputError(f"record {id!r} does not fit the settings of its analysis.") from error


def _comparison(results: Results, parts: list[str]) -> Iterator[str]:
    table = _item(results, "comparisons", parts[1])
    part = parts[2] if len(parts) > 2 else ""
    if part in SIDES:
        yield from _side(results, parts[1], part)
        return
    if part == "check" and table["check"]:
        yield _contrast(table["check"])
        if parts[3:4] == ["published"]:
            return
    for side in SIDES:
        yield from _side(results, parts[1], side)
    if part in ADJUSTED and table["adjust"]:
        yield from _target(results, table["adjust"])
    if part == "standardised" and table["standardise"]:
        yield from (f"population:{table[side]['trial']}/{table[side]['arm']}" for side in SIDES)
        yield from (f"effect:{e['trial']}/{e['effect']}" for e in table["standardise"]["effects"])


def _side(results: Results, comparison: str, side: str) -> Iterator[str]:
    table = _item(results, "comparisons", comparison)
    own = table[side]
    if own["patients"]:
        yield from _patients(results, own["patients"])
    elif own["printed"]:
        yield _file(results, own["printed"]["file"])
    else:
        for cut in (own["cut"], *own["joined_with"]):
            yield f"curve:{own['trial']}/{own['arm']}/{table['endpoint']}/{cut}"


def _patients(results: Results, own: Mapping[str, Any]) -> Iterator[str]:
    """Files of one's own patients."""
    files = own["adam"] or own
    for key in ("file", "adsl", "adtte", "adrs"):
        if files.get(key):
            yield _file(results, files[key])


def _anchored(results: Results, parts: list[str]) -> Iterator[str]:
    table = _item(results, "anchored", parts[1])
    part = parts[2] if len(parts) > 2 else ""
    if part in OBSERVED:
        yield from _patients(results, table["patients"])
        return
    if part not in SIDES:
        published = table["published"]
        if published["contrast"]:
            yield _contrast(published)
        else:  # its author typed it in, with its source in words
            yield f"file:{analysis_file(results)}"
    if part != "published":
        yield from _patients(results, table["patients"])
        yield from _target(results, table["adjust"])


def _target(results: Results, adjust: Mapping[str, Any]) -> Iterator[str]:
    if adjust["agd"]:
        yield _file(results, adjust["agd"]["file"])
    else:
        yield f"population:{adjust['trial']}/{adjust['arm']}"


def _response(results: Results, parts: list[str]) -> Iterator[str]:
    table = _item(results, "responses", parts[1])
    part = parts[2] if len(parts) > 2 else ""
    for side in (part,) if part in SIDES else SIDES:
        own = table[side]
        if own.get("patients"):
            yield from _patients(results, own["patients"])
        elif own.get("printed"):  # its author typed it in, with its source in words
            yield f"file:{analysis_file(results)}"
        else:
            n = results.value(f"response/{parts[1]}/{side}/n")
            yield f"response:{own['trial']}/{own['arm']}/{own['outcome']}/{own['cut']}/{n}"
    if part in ADJUSTED and table.get("adjust"):
        yield from _target(results, table["adjust"])


def _descriptive(results: Results, parts: list[str]) -> Iterator[str]:
    own = results.settings["descriptive"][int(parts[1])]
    yield f"curve:{own['trial']}/{own['arm']}/{own['endpoint']}/{own['cut']}"
    treated = f"descriptive/{parts[1]}/treated"
    if own["responders_of"] and treated in results:
        cut = own["responders_cut"] or own["cut"]
        n = results.value(treated)
        yield f"response:{own['trial']}/{own['arm']}/{own['responders_of']}/{cut}/{n}"


def _baseline(results: Results, parts: list[str]) -> Iterator[str]:
    arms = [f"population:{own['trial']}/{own['arm']}" for own in results.settings["baselines"]]
    index = parts[2] if parts[1] == "side" else parts[3]
    yield from [arms[int(index)]] if index.isdigit() else arms


def _published(results: Results, parts: list[str]) -> Iterator[str]:
    yield _contrast(results.settings["published"][int(parts[1])])


def _exploratory(results: Results, parts: list[str]) -> Iterator[str]:
    table = _item(results, "exploratory", parts[1])
    yield from (_contrast(table[leg]) for leg in ("first", "second"))


def _study(_: Results, parts: list[str]) -> Iterator[str]:
    yield f"study:{parts[1]}"


_RULES = {
    "anchored": _anchored,
    "comparison": _comparison,
    "response": _response,
    "descriptive": _descriptive,
    "baseline": _baseline,
    "published": _published,
    "exploratory": _exploratory,
    "study": _study,
    "set_aside": _study,
}


def _contrast(table: Mapping[str, Any]) -> str:
    return f"contrast:{table['trial']}/{table['contrast']}"


def _item(results: Results, name: str, id: str) -> Mapping[str, Any]:
    for item in results.settings[name]:
        if item["id"] == id:
            return item  # type: ignore[no-any-return]
    raise NotFoundError(f"analysis {results.analysis!r} has no {id!r} in `{name}`.")


def _file(results: Results, name: str) -> str:
    """Anchor of a file that the analysis names relative to its own folder."""
    folder = posixpath.dirname(analysis_file(results))
    return f"file:{posixpath.normpath(posixpath.join(folder, name))}"


def _files(results: Results, anchor: str) -> list[str]:
    kind, _, rest = anchor.partition(":")
    if kind == "file":
        return [rest]
    place = results.places.get(anchor)
    if place is None:
        return []
    return [place.file, *(name for name, _, _ in place.tables)]


def _place_file(results: Results, anchor: str) -> str:
    place: Place | None = results.places.get(anchor)
    return place.file if place else ""


def _read_in(results: Results, anchor: str) -> tuple[str, ...]:
    return results.places[anchor].citations


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
    """Settings of the analysis that a chain of records rests on."""
    found = list(leaves(results.settings))
    wanted = [prefix for record in chain for prefix in _setting_paths(record)]
    for leaf in found:
        last = leaf.path.rsplit(".", 1)[-1]
        if last in WORDS or is_empty(leaf.value):
            continue
        if any(leaf.path == p or leaf.path.startswith(f"{p}.") for p in wanted):
            yield leaf


def _setting_paths(record: Record) -> Iterator[str]:
    """Dotted paths of the settings behind one record, by its id."""
    parts = record.id.split("/")
    family, id = parts[0], parts[1] if len(parts) > 1 else ""
    name = {
        "comparison": "comparisons",
        "anchored": "anchored",
        "response": "responses",
        "baseline": "baselines",
    }
    path = f"{name.get(family, family)}.{id}"
    if family == "comparison":
        yield from _comparison_settings(path, parts[2:])
    elif family == "anchored":
        yield from _anchored_settings(path, parts[2:])
    elif family == "response":
        yield from _response_settings(path, parts[2:])
    elif family == "baseline":
        index = parts[2] if id == "side" else parts[3]
        yield f"baselines.{index}" if index.isdigit() else "baselines"
    elif family in ("descriptive", "published", "exploratory"):
        yield path
    own = ("comparison", "anchored", "response", "exploratory")
    if family in own and parts[2:3] != ["check", "published"]:
        yield from _general_settings(record, parts)


PARTS: dict[str, tuple[str, ...]] = {
    "maic": ("adjust", "rmst_horizon"),
    "balance": ("adjust",),
    "models": ("adjust", "models"),
    "sensitivity": ("adjust", "sensitivity"),
    "check": ("check",),
    "standardised": ("standardise",),
    "enrolled_bound": ("enrolled_bound",),
    "unadjusted": ("rmst_horizon",),
}
"""Keys of a comparison that the parts of its results rest on, beside its sides."""


def _comparison_settings(path: str, parts: list[str]) -> Iterator[str]:
    part = parts[0] if parts else ""
    yield f"{path}.endpoint"
    if part in SIDES:
        yield f"{path}.{part}"
        return
    yield from (f"{path}.{side}" for side in SIDES)
    yield f"{path}.assumptions"
    for key in PARTS.get(part, ()):
        if key != "rmst_horizon" or "rmst_difference" in parts or "dependence" in parts:
            yield f"{path}.{key}"
    if part == "scenario" and len(parts) > 1:
        yield f"{path}.scenarios.{parts[1]}"


def _response_settings(path: str, parts: list[str]) -> Iterator[str]:
    part = parts[0] if parts else ""
    if part in SIDES:
        yield f"{path}.{part}"
        return
    yield from (f"{path}.{side}" for side in SIDES)
    yield f"{path}.assumptions"
    yield from (f"{path}.{key}" for key in PARTS.get(part, ()) if key != "rmst_horizon")


def _anchored_settings(path: str, parts: list[str]) -> Iterator[str]:
    part = parts[0] if parts else ""
    yield f"{path}.endpoint"
    if part in OBSERVED:
        yield from (f"{path}.patients", f"{path}.time_unit")
        return
    if part not in SIDES:
        yield f"{path}.published"
    if part != "published":
        yield from (f"{path}.patients", f"{path}.adjust")
    if part == "models":
        yield f"{path}.models"


def _general_settings(record: Record, parts: list[str]) -> Iterator[str]:
    """Settings of the whole analysis that a record rests on, by what it is."""
    if "km" in parts:
        yield "settings.ci_transform"
    if not set(parts[2:3]) & set(SIDES) or "median" in parts:
        yield "settings.level"
    if record.kind == "simulated" and parts[0] == "comparison":
        yield from ("settings.draws", "settings.seed")
