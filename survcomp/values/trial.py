"""`Trial`: what is published about one study, ready to be asked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeVar

from survcomp.errors import InputError, NotFoundError
from survcomp.values.basis import AnalysisSet, Cut
from survcomp.values.checks import check_option, check_text
from survcomp.values.contrasts.contrast import Contrast
from survcomp.values.curves.curve import Curve
from survcomp.values.populations.population import Population
from survcomp.values.prognostic.effects import PrognosticEffect
from survcomp.values.response import Response
from survcomp.values.shown import in_a_line, in_a_table

T = TypeVar("T")
C = TypeVar("C", Curve, Response)

Origin = Literal["project", "shipped"]
Design = Literal[
    "randomised trial",
    "single-arm trial",
    "non-interventional study",
    "retrospective cohort",
    "indirect comparison",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Citation:
    """Where a number was read.

    Attributes
    ----------
    id : str
        Short id, used in `source` fields.
    title, url : str
        What it is and its public address.
    kind : str
        "primary table", "primary abstract", "registry", "regulator", "HTA",
        "manufacturer", "press", "secondary table", "secondary summary" or "news", from
        the most to the least reliable; more words may follow in brackets.

    Examples
    --------
    >>> import survcomp as sc
    >>> for citation in sc.read_trial("karmma").citations[:1]:
    ...     print(citation.id, citation.kind)
    S06 secondary table
    """

    id: str
    title: str
    url: str
    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SetCount:
    """Size of one analysis set of an arm."""

    analysis_set: AnalysisSet
    n: int
    source: str
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Arm:
    """One arm of a study.

    Attributes
    ----------
    id : str
        Short name, such as ``cilta_cel``.
    treatment, label : str
        What was given, and how a table names the arm.
    sets : tuple of SetCount
        How many were enrolled, randomised, infused.

    Examples
    --------
    >>> import survcomp as sc
    >>> arm = sc.read_trial("karmma").arm("ide_cel")
    >>> print(arm.treatment, arm.size("infused").n)
    ide-cel 128
    """

    id: str
    treatment: str
    label: str
    sets: tuple[SetCount, ...] = ()

    def size(self, analysis_set: AnalysisSet) -> SetCount:
        """Size of an analysis set, with its source."""
        for entry in self.sets:
            if entry.analysis_set == analysis_set:
                return entry
        known = ", ".join(entry.analysis_set for entry in self.sets) or "none"
        raise NotFoundError(f"arm {self.id!r} has no {analysis_set!r} count; known: {known}.")

    __repr__ = in_a_line
    _repr_html_ = in_a_table


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedContrast:
    """A relative effect as a publication prints it.

    Attributes
    ----------
    id : str
        Unique in its study.
    contrast : Contrast
        The effect.
    cut : str
        Data cut or version, in words.
    is_plain : bool
        Whether it is the effect that a plain model of all events of the printed curves
        estimates. Only such an effect may be checked against rebuilt arms.
    why_not_plain : str
        What it leaves out or adjusts for, when it is not plain.
    n_treatment, n_comparator, ess, covariates : str
        As printed; empty where not published.

    Examples
    --------
    >>> import survcomp as sc
    >>> published = sc.read_trial("cartitude_4").contrast("os_hr_33_6")
    >>> print(published.cut, published.contrast)
    33.6 months HR 0.55 (95% CI 0.39 to 0.79)
    """

    id: str
    contrast: Contrast
    cut: str = ""
    is_plain: bool = False
    why_not_plain: str = ""
    n_treatment: str = ""
    n_comparator: str = ""
    ess: str = ""
    covariates: str = ""

    __repr__ = in_a_line
    _repr_html_ = in_a_table


@dataclass(frozen=True, slots=True, kw_only=True)
class SetAside:
    """A published number that is kept but not used, because another source is preferred.

    Attributes
    ----------
    about : str
        Which quantity, such as ``curve cilta_cel/PFS/33.4 months: median``.
    value, source, reason : str
        The number as printed, the citation id, and why it is not used.

    Examples
    --------
    >>> import survcomp as sc
    >>> for number in sc.read_trial("karmma").set_aside[:1]:
    ...     print(number.about, number.value, number.reason, sep=" | ")
    curve ide_cel/PFS/13.3 months: median | 8.8 (5.6 to 11.6) | the same median from a summary
    """

    about: str
    value: str
    source: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """One study: its design, arms, data cuts, and everything published about them.

    Attributes
    ----------
    id, name, registry, phase, population : str
        Folder name, public name, registry number, phase, and who was included, in words.
    design : str
        "randomised trial", "single-arm trial", "non-interventional study",
        "retrospective cohort" or "indirect comparison".
    arms : tuple of Arm
    cuts : tuple of Cut
    curves : tuple of Curve
    populations : tuple of (str, Population)
        With the id of the arm they describe.
    responses : tuple of Response
    contrasts : tuple of PublishedContrast
    effects : tuple of (str, PrognosticEffect)
        Effects of baseline covariates, with their ids.
    citations : tuple of Citation
    set_aside : tuple of SetAside
    notes : tuple of str
    origin : {"project", "shipped"}
        Whether it is of the user's own data/digitized or comes with survcomp.

    Examples
    --------
    >>> import survcomp as sc
    >>> karmma = sc.read_trial("karmma")
    >>> curve = karmma.curve(arm="ide_cel", endpoint="PFS", cut="13.3 months")
    >>> print(curve.n, curve.median.estimate)
    128 8.8
    >>> karmma.arm("cilta_cel")
    Traceback (most recent call last):
        ...
    survcomp.errors.NotFoundError: karmma: no arm 'cilta_cel'; there is: ide_cel, ide_cel_450.
    """

    id: str
    name: str
    registry: str
    design: Design
    phase: str
    population: str
    arms: tuple[Arm, ...]
    cuts: tuple[Cut, ...] = ()
    curves: tuple[Curve, ...] = ()
    populations: tuple[tuple[str, Population], ...] = ()
    responses: tuple[Response, ...] = ()
    contrasts: tuple[PublishedContrast, ...] = ()
    effects: tuple[tuple[str, PrognosticEffect], ...] = ()
    citations: tuple[Citation, ...] = ()
    set_aside: tuple[SetAside, ...] = ()
    notes: tuple[str, ...] = ()
    origin: Origin = "project"

    def __post_init__(self) -> None:
        for name in ("id", "name"):
            check_text(getattr(self, name), name=name)
        check_option(self.design, Design, name="design")
        check_option(self.origin, Origin, name="origin")

    def arm(self, id: str) -> Arm:
        """An arm by its id."""
        matching = [arm for arm in self.arms if arm.id == id]
        return self._only(matching, "arm", id, [arm.id for arm in self.arms])

    def curve(self, *, arm: str, endpoint: str, cut: str) -> Curve:
        """The curve of one arm, endpoint and data cut."""
        self.arm(arm)
        matching = _at_cut([c for c in self.curves if c.arm == arm and c.endpoint == endpoint], cut)
        known = [f"{c.arm}/{c.endpoint}/{_label(c)}" for c in self.curves]
        return self._only(matching, "curve", f"{arm}/{endpoint}/{cut}", known)

    def response(self, *, arm: str, outcome: str, cut: str, n: int | None = None) -> Response:
        """A response by arm, outcome and cut; `n` picks one of several denominators."""
        self.arm(arm)
        matching = _at_cut(
            [r for r in self.responses if r.arm == arm and r.outcome == outcome], cut
        )
        matching = [r for r in matching if n is None or r.n == n]
        if len({r.n for r in matching}) > 1:
            listed = ", ".join(str(r.n) for r in matching)
            raise NotFoundError(
                f"{self.id}: response {arm}/{outcome}/{cut} has several denominators "
                f"({listed}); name one with n."
            )
        known = [f"{r.arm}/{r.outcome}/{_label(r)}/n={r.n}" for r in self.responses]
        return self._only(matching, "response", f"{arm}/{outcome}/{cut}", known)

    def population_of(self, arm: str) -> Population:
        """Baseline of an arm."""
        self.arm(arm)
        matching = [population for name, population in self.populations if name == arm]
        known = [name for name, _ in self.populations]
        return self._only(matching, "population of arm", arm, known)

    def contrast(self, id: str) -> PublishedContrast:
        """A published contrast by its id."""
        matching = [contrast for contrast in self.contrasts if contrast.id == id]
        return self._only(matching, "contrast", id, [c.id for c in self.contrasts])

    def effect(self, id: str) -> PrognosticEffect:
        """A published effect of a baseline covariate by its id."""
        matching = [effect for name, effect in self.effects if name == id]
        return self._only(matching, "effect", id, [name for name, _ in self.effects])

    def _only(self, matching: Sequence[T], what: str, id: str, known: Sequence[str]) -> T:
        """The one item that matches; none and several are errors."""
        if not matching:
            listed = ", ".join(known) or "none"
            raise NotFoundError(f"{self.id}: no {what} {id!r}; there is: {listed}.")
        if len(matching) > 1:
            raise InputError(f"{self.id}: {what} {id!r} is ambiguous; there are {len(matching)}.")
        return matching[0]

    def _facts(self) -> dict[str, object]:
        return {
            "name": self.name,
            "registry": self.registry,
            "design": self.design,
            "arms": ", ".join(arm.id for arm in self.arms),
            "curves": len(self.curves),
            "responses": len(self.responses),
            "baselines": len(self.populations),
            "contrasts": len(self.contrasts),
        }

    __repr__ = in_a_line
    _repr_html_ = in_a_table


def _label(item: Curve | Response) -> str:
    return item.basis.cut.label if item.basis.cut else "no cut"


def _at_cut(items: list[C], cut: str) -> list[C]:
    return [item for item in items if _label(item) == cut]
