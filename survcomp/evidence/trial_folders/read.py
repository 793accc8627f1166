"""A trial.toml and its CSV files as a `Trial`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, TypeVar

from survcomp.errors import Fault, FileFaultError, SurvcompError
from survcomp.evidence.files import read_columns, read_toml, shown, validate
from survcomp.evidence.find import Source, Where, sources_at
from survcomp.evidence.trial_folders import schema
from survcomp.evidence.trial_folders.convert import (
    arm_value,
    cut_value,
    effect_value,
    effect_words,
    landmark_value,
    median_value,
    moment_value,
    moment_words,
    response_words,
    with_ci,
)
from survcomp.evidence.trial_folders.effect_tables import EffectTable
from survcomp.evidence.trial_folders.references import faults_of_reference
from survcomp.values.basis import Basis
from survcomp.values.checks import check_text
from survcomp.values.contrasts.contrast import Contrast
from survcomp.values.contrasts.derivation import Derivation
from survcomp.values.contrasts.measure import MEASURES
from survcomp.values.contrasts.question import Question
from survcomp.values.curves.curve import Curve
from survcomp.values.curves.printed import Count
from survcomp.values.curves.traced import AtRisk, CurvePoints
from survcomp.values.populations.population import Population
from survcomp.values.prognostic.effects import PrognosticEffect
from survcomp.values.response import Response, TrialArm
from survcomp.values.trial import Citation, PublishedContrast, SetAside, Trial

T = TypeVar("T")
KEYS = "data/digitized/README.md"
RATIOS = {each.name: each.key for each in MEASURES.values() if each.is_ratio}
"""Keys of the ratios by the names that a trial.toml gives them."""


def read_trial(trial: str, where: Where | None = None) -> Trial:
    """Read one trial of the evidence.

    Parameters
    ----------
    trial : str
        Name of the trial's folder; `trials` lists them.
    where : path or Sources, optional
        Folder that holds data/digitized, see `find_root`; or that folder over the evidence
        that is shipped, see `find_evidence`. Left out: your own data/digitized, from the
        working folder up, over what is shipped.

    Returns
    -------
    Trial

    Raises
    ------
    InputError
        If `trial` is no text.
    NotFoundError
        If there is no such trial or a file it names is missing.
    FileFaultError
        With every fault of the schema, or every value that cannot be.

    Examples
    --------
    >>> from survcomp import read_trial
    >>> read_trial("karmma").registry
    'NCT03361748'
    """
    check_text(trial, name="trial")
    source = sources_at(where).of(trial)
    return trial_from_table(read_table(source, trial), source)


def read_table(source: Source, trial: str) -> schema.TrialFile:
    """Parse and check the trial.toml of one trial against the schema."""
    path = source.folder(trial) / "trial.toml"
    name = shown(path, source.root)
    table: schema.TrialFile = validate(
        schema.TrialFile, read_toml(path, name=name), name=name, keys=KEYS
    )
    if table.id != trial:
        raise FileFaultError(
            [Fault(name, "id", f"must be the folder's name {trial!r}; got {table.id!r}")]
        )
    return table


def trial_files(where: Where, trial: str) -> tuple[Path, ...]:
    """Every file that `read_trial` reads for this trial, trial.toml first.

    Parameters
    ----------
    where : path or Sources
        Folder that holds data/digitized, or what `find_evidence` gives.
    trial : str
        Folder of the trial.

    Returns
    -------
    tuple of Path

    Raises
    ------
    NotFoundError
        If the trial does not exist.
    FileFaultError
        If trial.toml cannot be read, or names a file that lies outside data/digitized.

    Examples
    --------
    >>> import survcomp as sc
    >>> from survcomp.evidence import trial_files
    >>> [path.name for path in trial_files(sc.find_evidence(), "karmma")]
    ['trial.toml']
    """
    source = sources_at(where).of(trial)
    reader = _Reader(read_table(source, trial), source)
    paths = [
        reader.path(name, f"curves[{index}].{field}")
        for index, curve in enumerate(reader.table.curves)
        for field, name in (("points", curve.points), ("at_risk", curve.at_risk))
        if name
    ]
    return (source.folder(trial) / "trial.toml", *paths)


def trial_from_table(table: schema.TrialFile, source: Source) -> Trial:
    """Turn a checked trial.toml into values; every fault is collected before raising."""
    reader = _Reader(table, source)
    trial = reader.trial()
    faults = [Fault(reader.file, field, problem) for field, problem in faults_of_reference(table)]
    if faults or reader.faults:
        raise FileFaultError([*faults, *reader.faults])
    return trial


class _Reader:
    """Converts the tables one by one and keeps the faults, so that all are reported at once."""

    def __init__(self, table: schema.TrialFile, source: Source) -> None:
        self.table = table
        self.source = source
        self.file = shown(source.folder(table.id) / "trial.toml", source.root)
        self.faults: list[Fault] = []
        self.set_aside: list[SetAside] = []
        cuts = self._each("cuts", table.cuts, lambda cut, _: cut_value(cut))
        self.cuts = {cut.label: cut for cut in cuts}
        self.treatments = {arm.id: arm.treatment for arm in table.arms}

    def trial(self) -> Trial:
        t = self.table
        return Trial(
            id=t.id,
            name=t.name,
            registry=t.registry,
            design=t.design,
            phase=t.phase,
            population=t.population,
            arms=tuple(arm_value(arm) for arm in t.arms),
            cuts=tuple(self.cuts.values()),
            curves=self._each("curves", t.curves, self._curve),
            populations=self._each("populations", t.populations, self._population),
            responses=self._each("responses", t.responses, self._response),
            contrasts=self._each("contrasts", t.contrasts, self._contrast),
            effects=self._each("effects", t.effects, self._effect),
            citations=tuple(
                Citation(id=key, title=c.title, url=c.url, kind=c.kind)
                for key, c in t.citations.items()
            ),
            set_aside=tuple(self.set_aside),
            notes=t.notes,
            origin=self.source.origin,
        )

    def _each(
        self, field: str, tables: Sequence[Any], convert: Callable[[Any, str], T | None]
    ) -> tuple[T, ...]:
        values: list[T] = []
        for index, table in enumerate(tables):
            place = f"{field}[{index}]"
            try:
                value = convert(table, place)
            except FileFaultError as error:
                self.faults.extend(error.faults)
            except SurvcompError as error:
                self.faults.append(Fault(self.file, place, str(error)))
            else:
                if value is not None:
                    values.append(value)
        return tuple(values)

    def _basis(self, table: Any, place: str, *, index_date: str = "not stated") -> Basis:
        if table.arm not in self.treatments:
            known = ", ".join(self.treatments) or "none"
            raise self._fault(
                f"{place}.arm", f"is not an arm of this file ({known}); got {table.arm!r}"
            )
        cut = None
        if hasattr(table, "cut"):
            if table.cut not in self.cuts:
                known = ", ".join(self.cuts) or "none"
                raise self._fault(
                    f"{place}.cut", f"is not a cut of this file ({known}); got {table.cut!r}"
                )
            cut = self.cuts[table.cut]
        return Basis(
            analysis_set=table.analysis_set,
            index_date=index_date,  # type: ignore[arg-type]
            assessor=getattr(table, "assessor", "not applicable"),
            censoring_rule=getattr(table, "censoring_rule", "not stated"),
            cut=cut,
        )

    def path(self, name: str, field: str) -> Path:
        """A CSV file that a field of trial.toml names."""
        return self.source.path(name, self.table.id, file=self.file, field=field)

    def _fault(self, field: str, problem: str) -> FileFaultError:
        return FileFaultError([Fault(self.file, field, problem)])

    def _in_use(self, about: str, tables: Iterable[Any], value: Callable[[Any], str]) -> list[Any]:
        """Tables without `set_aside`; the others are kept as `SetAside`."""
        kept = []
        for table in tables:
            if table.set_aside:
                self.set_aside.append(
                    SetAside(
                        about=about, value=value(table), source=table.source, reason=table.set_aside
                    )
                )
            else:
                kept.append(table)
        return kept

    def _curve(self, t: schema.CurveTable, place: str) -> Curve:
        about = f"curve {t.arm}/{t.endpoint}/{t.cut}"
        medians = self._in_use(f"{about}: median", t.medians, lambda m: with_ci(m.estimate, m.ci))
        landmarks = self._in_use(
            f"{about}: survival",
            t.landmarks,
            lambda m: f"S({m.time:g}) = {with_ci(m.survival, m.ci)}",
        )
        counts = self._in_use(f"{about}: count", t.counts, lambda c: f"{c.count} {c.kind}")
        if len(medians) > 1:
            raise self._fault(
                f"{place}.medians", "holds several medians in use; set all but one aside"
            )
        return Curve(
            trial=self.table.id,
            arm=t.arm,
            treatment=self.treatments.get(t.arm, t.arm),
            endpoint=t.endpoint,
            n=t.n,
            basis=self._basis(t, place, index_date=t.index_date),
            points=self._points(t, place),
            at_risk=self._at_risk(t, place),
            median=median_value(medians[0]) if medians else None,
            landmarks=tuple(landmark_value(m) for m in sorted(landmarks, key=lambda m: m.time)),
            counts=tuple(
                Count(count=c.count, kind=c.kind, time=c.time, source=c.source, note=c.note)
                for c in counts
            ),
            notes=t.notes,
        )

    def _points(self, t: schema.CurveTable, place: str) -> CurvePoints | None:
        if t.points is None:
            return None
        path = self.path(t.points, f"{place}.points")
        name = shown(path, self.source.root)
        time, survival = read_columns(path, ("time", "survival"), name=name)
        resolution = t.resolution or schema.ResolutionTable()
        try:
            return CurvePoints.from_trace(
                time,
                survival,
                time_resolution=resolution.time,
                survival_resolution=resolution.survival,
                source=t.figure_source,
            )
        except SurvcompError as error:
            raise FileFaultError([Fault(name, "", str(error))]) from error

    def _at_risk(self, t: schema.CurveTable, place: str) -> AtRisk | None:
        if t.at_risk is None:
            return None
        path = self.path(t.at_risk, f"{place}.at_risk")
        name = shown(path, self.source.root)
        time, count = read_columns(path, ("time", "at_risk"), name=name)
        try:
            return AtRisk.from_rows(time, count, source=t.figure_source)
        except SurvcompError as error:
            raise FileFaultError([Fault(name, "", str(error))]) from error

    def _response(self, t: schema.ResponseTable, place: str) -> Response | None:
        about = f"response {t.arm}/{t.outcome}/{t.cut}/n={t.n}"
        if not self._in_use(about, [t], response_words):
            return None
        return Response.from_published(
            TrialArm(trial=self.table.id, arm=t.arm, treatment=self.treatments.get(t.arm, t.arm)),
            outcome=t.outcome,
            n=t.n,
            events=t.events,
            percent=t.percent,
            basis=self._basis(t, place),
            source=t.source,
            note=t.note,
        )

    def _population(self, t: schema.PopulationTable, place: str) -> tuple[str, Population]:
        about = f"population {t.arm}"
        moments = []
        for index, moment in enumerate(t.moments):
            used = self._in_use(f"{about}: {moment.label}", [moment], moment_words)
            try:
                moments += [moment_value(m, n=t.n) for m in used]
            except SurvcompError as error:
                raise self._fault(f"{place}.moments[{index}]", str(error)) from error
        population = Population(
            name=f"{self.table.name}, {t.n} {t.analysis_set}",
            n=t.n,
            moments=tuple(moments),
            basis=self._basis(t, place),
        )
        return t.arm, population

    def _contrast(self, t: schema.ContrastTable, place: str) -> PublishedContrast | None:
        about = f"contrast {t.id}: {t.outcome}, {t.treatment} v {t.comparator}"
        if not self._in_use(about, [t], lambda c: f"{c.measure} {with_ci(c.estimate, c.ci)}"):
            return None
        contrast = Contrast.from_interval(
            Question(
                treatment=t.treatment,
                comparator=t.comparator,
                outcome=t.outcome,
                measure=RATIOS[t.measure],
                population=t.population,
                estimand=t.estimand,
                trial=self.table.id,
            ),
            value=t.estimate,
            ci_low=t.ci[0] if t.ci else None,
            ci_high=t.ci[1] if t.ci else None,
            level=t.level,
            derivation=Derivation(
                adjustment=t.adjustment,
                method=t.method,
                notes=(t.note,) if t.note else (),
                sources=(f"citation:{self.table.id}/{t.source}",),
            ),
        )
        return PublishedContrast(
            id=t.id,
            contrast=contrast,
            cut=t.cut,
            is_plain=t.plain,
            why_not_plain=t.why_not_plain,
            n_treatment=t.n_treatment,
            n_comparator=t.n_comparator,
            ess=t.ess,
            covariates=t.covariates,
        )

    def _effect(self, t: EffectTable, place: str) -> tuple[str, PrognosticEffect] | None:
        about = f"effect {t.id}: {t.covariate} on {t.endpoint}"
        if not self._in_use(about, [t], effect_words):
            return None
        return t.id, effect_value(t, source=f"{self.table.id}/{t.source}")
