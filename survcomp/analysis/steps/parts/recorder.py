"""Collects the records of an analysis under stable ids."""

from __future__ import annotations

from collections.abc import Iterable

from survcomp.values.contrast import Contrast
from survcomp.values.records.grounds import Ground, nearest
from survcomp.values.records.results import Kind, Record, Value

UNIT: dict[str, str] = {
    "log_hr": "log hazard ratio",
    "log_or": "log odds ratio",
    "log_rr": "log risk ratio",
    "risk_difference": "probability",
    "survival_difference": "probability",
}
NATURAL: dict[str, tuple[str, str]] = {
    "log_hr": ("hr", "hazard ratio"),
    "log_or": ("or", "odds ratio"),
    "log_rr": ("rr", "risk ratio"),
}


class Recorder:
    """Adds records one by one, and what they rest on; ids must be new."""

    def __init__(self) -> None:
        self.records: list[Record] = []
        self._grounds: dict[str, Ground] = {}

    @property
    def grounds(self) -> tuple[Ground, ...]:
        """What the records rest on, by the prefix of their ids."""
        return tuple(self._grounds.values())

    def under(
        self,
        prefix: str,
        *,
        rests_on: Iterable[str] = (),
        settings: Iterable[str] = (),
        simulated: Iterable[str] = (),
    ) -> None:
        """Say what records below a prefix rest on, beside the sources that each names.

        Parameters
        ----------
        prefix : str
            Of their ids; of several that a record lies below, the longest alone holds.
        rests_on : iterable of str
            Anchors, such as ``curve:...`` (`survcomp.values.records.grounds`).
        settings : iterable of str
            Dotted paths of the settings behind them.
        simulated : iterable of str
            Those behind simulated numbers alone.
        """
        self._grounds[prefix] = Ground(
            prefix=prefix,
            anchors=tuple(rests_on),
            settings=tuple(settings),
            simulated=tuple(simulated),
        )

    def further(
        self,
        prefix: str,
        *,
        rests_on: Iterable[str] = (),
        settings: Iterable[str] = (),
        simulated: Iterable[str] = (),
    ) -> None:
        """Say what records below a prefix rest on beside what those around them rest on."""
        self._grounds[prefix] = self.ground(prefix).with_more(
            prefix,
            anchors=tuple(rests_on),
            settings=tuple(settings),
            simulated=tuple(simulated),
        )

    def ground(self, path: str) -> Ground:
        """What was said of a path, or of the nearest above it."""
        return nearest(self._grounds, path) or Ground(prefix=path)

    def add(
        self, id: str, value: Value, kind: Kind, *, unit: str = "", sources: Iterable[str] = ()
    ) -> None:
        """One number, count or series."""
        self.records.append(
            Record(id=id, value=value, kind=kind, unit=unit, sources=tuple(sources))
        )

    def text(self, id: str, value: str, *, sources: Iterable[str] = ()) -> None:
        """One sentence."""
        self.add(id, value, "text", sources=sources)

    def texts(self, prefix: str, values: Iterable[str]) -> None:
        """Several sentences, numbered."""
        for index, value in enumerate(values):
            self.text(f"{prefix}/{index}", value)

    def contrast(
        self,
        prefix: str,
        contrast: Contrast,
        *,
        kind: Kind,
        sources: Iterable[str] = (),
    ) -> None:
        """A contrast on its additive scale and, for ratios, on the natural one."""
        path = f"{prefix}/{contrast.measure}"
        came_from = (*contrast.sources, *sources)
        unit = UNIT.get(contrast.measure, contrast.time_unit or "")
        self._numbers(path, contrast, kind, came_from, unit)
        if contrast.horizon is not None:
            time_unit = contrast.time_unit or ""
            self.add(f"{path}/horizon", contrast.horizon, "closed form", unit=time_unit)
        if contrast.measure in NATURAL:
            name, natural_unit = NATURAL[contrast.measure]
            for field in ("estimate", "ci_low", "ci_high"):
                value = getattr(contrast, field)
                if value is not None:
                    id = f"{prefix}/{name}/{field}"
                    natural = contrast.natural(value)
                    self.add(id, natural, kind, unit=natural_unit, sources=(f"{path}/{field}",))
        for field in (
            "treatment",
            "comparator",
            "outcome",
            "population",
            "interval",
            "adjustment",
            "estimand",
            "method",
        ):
            if getattr(contrast, field):
                self.text(f"{path}/{field}", getattr(contrast, field))
        self.texts(f"{path}/assumptions", contrast.assumptions)
        self.texts(f"{path}/notes", contrast.notes)

    def _numbers(
        self, path: str, contrast: Contrast, kind: Kind, sources: tuple[str, ...], unit: str
    ) -> None:
        for field in ("estimate", "se", "se_reconstruction", "ci_low", "ci_high"):
            value = getattr(contrast, field)
            if value is not None:
                self.add(f"{path}/{field}", value, kind, unit=unit, sources=sources)
        self.add(f"{path}/level", contrast.level, "published")
        if contrast.p is not None:
            self.add(f"{path}/p", contrast.p, kind, unit="p value", sources=sources)
