"""Collects the records of an analysis under stable ids."""

from __future__ import annotations

import math
from collections.abc import Iterable

from survcomp.values.contrast import Contrast
from survcomp.values.link_estimate import LinkEstimate
from survcomp.values.measure import MEASURES, Measure
from survcomp.values.records.grounds import Ground, nearest
from survcomp.values.records.results import Kind, Record, Value

NUMBERS = ("estimate", "se", "se_sampling", "se_reconstruction", "ci_low", "ci_high")


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
        path, measure = f"{prefix}/{contrast.measure}", MEASURES[contrast.measure]
        came_from = (*contrast.sources, *sources)
        unit = measure.link_unit(contrast.time_unit)
        self.numbers(path, contrast.numbers, kind, unit=unit, sources=came_from)
        if contrast.p is not None:
            self.add(f"{path}/p", contrast.p, kind, unit="p value", sources=came_from)
        if contrast.horizon is not None:
            time_unit = contrast.time_unit or ""
            self.add(f"{path}/horizon", contrast.horizon, "closed form", unit=time_unit)
        if measure.is_ratio:
            self.natural(
                f"{prefix}/{measure.natural_key}", contrast.numbers, measure, kind, of=path
            )
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

    def natural(
        self, path: str, numbers: LinkEstimate, measure: Measure, kind: Kind, *, of: str = ""
    ) -> None:
        """Estimate and limits as a reader knows them; worked out from the records `of` a path."""
        for field in ("estimate", "ci_low", "ci_high"):
            value = getattr(numbers, field)
            if value is not None:
                sources = (f"{of}/{field}",) if of else ()
                natural = measure.to_natural(value)
                self.add(f"{path}/{field}", natural, kind, unit=measure.label, sources=sources)

    def numbers(
        self,
        path: str,
        numbers: LinkEstimate,
        kind: Kind,
        *,
        unit: str,
        sources: Iterable[str] = (),
    ) -> None:
        """An estimate on the link scale, its errors, and its limits with how they were made.

        Degrees of freedom stand there where the limits are of Student's t.
        """
        came_from = tuple(sources)
        for field in NUMBERS:
            value = getattr(numbers, field)
            if value is not None:
                self.add(f"{path}/{field}", value, kind, unit=unit, sources=came_from)
        if math.isfinite(numbers.df):
            self.add(f"{path}/df", numbers.df, kind, unit="degrees of freedom", sources=came_from)
        if numbers.ci_low is not None or numbers.ci_high is not None:
            self.text(f"{path}/interval_method", numbers.interval_method)
        self.add(f"{path}/level", numbers.level, "published")
