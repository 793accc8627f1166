"""The methods of an analysis in words, from the settings and records of what was really done."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from importlib import resources

from survcomp.report.document.cells import SIDES, is_weighted
from survcomp.report.document.chapter import Chapter
from survcomp.report.document.sections import Section, bullets, present, section
from survcomp.report.kinds.anchored import anchored
from survcomp.report.kinds.comparison import comparisons
from survcomp.report.kinds.registry import kinds
from survcomp.report.kinds.response import responses
from survcomp.values.records.results import Results

FILE = "references.toml"


@dataclass(frozen=True, slots=True)
class Sentence:
    """What was done, with the papers it goes back to."""

    text: str
    papers: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.text} ({'; '.join(self.papers)})." if self.papers else f"{self.text}."


def methods(results: Results) -> tuple[str, ...]:
    """Every method that was used, one sentence each, in the order of the work."""
    return tuple(str(sentence) for sentence in _sentences(results))


def references(results: Results) -> tuple[str, ...]:
    """Full citations of the papers that the sentences cite."""
    cited = {paper for sentence in _sentences(results) for paper in sentence.papers}
    listed = tomllib.loads((resources.files("survcomp.report.chapters") / FILE).read_text("utf-8"))
    return tuple(str(listed[paper]) for paper in sorted(cited))


def _sentences(results: Results) -> Iterator[Sentence]:
    for part in (_reconstruction, _survival, _weighting, _response, _others):
        yield from part(results)


def _any(results: Results, paths: Iterable[str], field: str) -> bool:
    return any(f"{path}/{field}" in results for path in paths)


def _reconstruction(results: Results) -> Iterator[Sentence]:
    sides = [f"{path}/{side}" for path in comparisons(results) for side in SIDES]
    used = {
        str(results.value(f"{side}/reconstruction/method"))
        for side in sides
        if f"{side}/reconstruction/method" in results
    }
    for method in sorted(used):
        yield Sentence(RECONSTRUCTION.get(method, f"Curves were rebuilt by the method {method!r}"))
    if any(f"{path}/over_draws/log_hr/estimate" in results for path in comparisons(results)):
        settings = results.settings["settings"]
        yield Sentence(
            f"The error of rebuilding is the spread of {settings['draws']} data sets drawn from "
            "all that are consistent with what was published, whatever the shape of the curve "
            f"(seed {settings['seed']}); effects were estimated in each and pooled by Rubin's "
            "rules",
            ("Rubin 1987",),
        )


RECONSTRUCTION: dict[str, str] = {
    "piecewise exponential": "Curves of which no figure was traced were rebuilt from the printed "
    "median, rates and events, with a constant hazard between printed numbers and censoring from "
    "the published or assumed follow-up",
    "integer": "Traced curves were rebuilt as the events and censorings in whole patients that fit "
    "the points, the numbers at risk and the events best",
}


def _survival(results: Results) -> Iterator[Sentence]:
    paths = tuple(p for kind in kinds() if kind.survival for p in kind.paths(results))
    if not paths:
        return
    settings = results.settings["settings"]
    yield Sentence(
        "Survival was estimated by the method of Kaplan and Meier, with intervals on the "
        f"{settings['ci_transform']} scale; medians have the interval that inverts the band",
        ("Kaplan 1958", "Brookmeyer 1982"),
    )
    yield Sentence("Median follow-up is the reverse Kaplan-Meier estimate", ("Schemper 1996",))
    yield Sentence(
        "Hazard ratios are from a Cox model with treatment as its only covariate and ties by "
        "Efron's method",
        ("Cox 1972", "Efron 1977"),
    )
    if _any(results, paths, "proportional_hazards/chi_squared"):
        yield Sentence(
            "Proportional hazards were judged by log(-log S), by the hazard in intervals, and by "
            "the score test on scaled Schoenfeld residuals",
            ("Grambsch 1994",),
        )
    if _any(results, paths, "unadjusted/rmst_difference/estimate"):
        yield Sentence(
            "Restricted mean survival times are areas under the Kaplan-Meier curves up to the "
            "stated time",
            ("Royston 2013",),
        )


def _weighting(results: Results) -> Iterator[Sentence]:
    every = (path for kind in kinds() for path in kind.paths(results))
    paths = [path for path in every if is_weighted(results, path)]
    methods = {str(results.value(f"{path}/maic/weights/method")) for path in paths}
    for method in sorted(methods):
        yield Sentence(
            f"Patients were weighted to the published baseline: {method}", ("Signorovitch 2010",)
        )
    variances = {name for p in paths for name in results.children(f"{p}/maic/variance")}
    for name, sentence in VARIANCES.items():
        if name in variances:
            yield sentence


VARIANCES: dict[str, Sentence] = {
    "robust": Sentence(
        "The robust standard error of a weighted hazard ratio takes the weights as known",
        ("Lin 1989",),
    ),
    "HC3": Sentence(
        "The sandwich standard errors of a weighted response (HC3, HC0) take the weights as known",
        ("MacKinnon 1985",),
    ),
    "ESS-scaled": Sentence(
        "The ESS-scaled standard error is the model's, with weights that sum to the effective "
        "sample size",
        ("Chandler 2024",),
    ),
    "M-estimation": Sentence(
        "The standard error by M-estimation takes in that the weights were estimated"
    ),
    "bootstrap": Sentence(
        "The bootstrap draws the patients of both arms again and estimates the weights every time; "
        "the published baseline is held fixed",
        ("Efron 1993",),
    ),
}


def _response(results: Results) -> Iterator[Sentence]:
    if responses(results):
        yield Sentence(
            "Response rates were compared by Wald intervals of the log risk ratio and log odds "
            "ratio, and by Newcombe's interval of the difference",
            ("Newcombe 1998",),
        )


def _others(results: Results) -> Iterator[Sentence]:
    paths = comparisons(results)
    checks: tuple[tuple[Callable[[str], bool], Sentence], ...] = (
        (
            lambda path: bool(results.under(f"{path}/enrolled_scenario")),
            Sentence(
                "The enrolled scenario counts patients who were enrolled and never infused as "
                "failures at the start, on both sides and on each alone; it is no bound"
            ),
        ),
        (
            lambda path: bool(results.under(f"{path}/standardised")),
            Sentence(
                "Model-based standardisation imputes covariates into the rebuilt patients so that "
                "they agree with the published baseline and prognostic effects, and weights them; "
                "it is no MAIC, and without a usable effect it is refused"
            ),
        ),
        (
            lambda path: any("e_value" in r.id for r in results.under(f"{path}/sensitivity")),
            Sentence(
                "E-values say how strong an unmeasured confounder would have to be",
                ("VanderWeele 2017",),
            ),
        ),
    )
    for applies, sentence in checks:
        if any(applies(path) for path in paths):
            yield sentence
    if results.settings["exploratory"] or anchored(results):
        yield Sentence(
            "Two published effects were combined by their difference on the log scale",
            ("Bucher 1997",),
        )


def methods_and_papers(results: Results) -> tuple[Section, ...]:
    """What was done, and the papers it goes back to."""
    cited = references(results)
    return present(
        section(
            "methods",
            "Methods",
            bullets(methods(results)),
            section("references", "References", bullets(cited)) if cited else None,
        )
    )


CHAPTER = Chapter(place=100, build=methods_and_papers)
