"""Which items of a reporting checklist an analysis reports, found out from its results.

The items are those that guidance and reviews of population-adjusted indirect comparisons ask
for: question (A), digitised and rebuilt curves (D), observed survival (O), hazards (H),
extrapolation (E), weighting (M) and bias (B). Nothing is ticked by hand: a rule looks for the
records that an item needs, and an item that is missing says why.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Literal

from survcomp.values.records.results import Record, Results

Status = Literal["reported", "in part", "not reported", "does not apply"]
Level = Literal["required", "optional"]


@dataclass(frozen=True, slots=True)
class Found:
    """Whether an item is reported, and if not, why."""

    status: Status
    why: str = ""


@dataclass(frozen=True, slots=True)
class Item:
    """One item of the checklist with the rule that looks for it."""

    id: str
    title: str
    rule: Callable[[Results], Found]
    level: Level = "required"


REPORTED = Found("reported")
SIDES = ("treatment", "comparator")


def with_checklist(results: Results) -> Results:
    """The results with a record for the title, level, status and reason of every item."""
    return replace(results, records=(*results.records, *_records(results)))


def _records(results: Results) -> Iterator[Record]:
    for item in ITEMS:
        found = item.rule(results)
        fields = {
            "title": item.title,
            "level": item.level,
            "status": found.status,
            "why": found.why,
        }
        for field, value in fields.items():
            if value:
                yield Record(id=f"checklist/{item.id}/{field}", value=value, kind="text")


def _paths(results: Results) -> list[str]:
    return [f"comparison/{c['id']}" for c in results.settings["comparisons"]]


def _answers(results: Results) -> list[str]:
    """Comparisons that are answers, not checks on the method."""
    return [
        f"comparison/{c['id']}" for c in results.settings["comparisons"] if c["role"] != "check"
    ]


def _anchored(results: Results) -> list[str]:
    return [f"anchored/{table['id']}" for table in results.settings.get("anchored") or ()]


def _survival(results: Results) -> list[str]:
    """Every comparison of survival, anchored ones with their own two arms."""
    return [*_paths(results), *_anchored(results)]


def _weighted(results: Results) -> list[str]:
    """Everything that is weighted: survival, anchored or not, and response."""
    responses = [f"response/{table['id']}" for table in results.settings["responses"]]
    paths = (*_paths(results), *_anchored(results), *responses)
    return [path for path in paths if f"{path}/maic/weights/ess" in results]


def _is_response(path: str) -> bool:
    return path.startswith("response/")


def _rebuilt(results: Results) -> list[str]:
    sides = (f"{path}/{side}" for path in _paths(results) for side in SIDES)
    return [side for side in sides if f"{side}/reconstruction/curve" in results]


def _traced(results: Results) -> list[str]:
    return [
        side
        for side in _rebuilt(results)
        if str(results.value(f"{side}/reconstruction/support")).startswith("figure")
    ]


def _labels(results: Results, paths: list[str]) -> str:
    ids = [path.split("/")[1] for path in paths]
    return ", ".join(dict.fromkeys(ids))


def _of_all(paths: list[str], results: Results, field: str, *, why: str) -> Found:
    """Reported where every path has the record, in part where some have."""
    lacking = [path for path in paths if not _has(results, f"{path}/{field}")]
    if not lacking:
        return REPORTED
    if len(lacking) == len(paths):
        return Found("not reported", why)
    return Found("in part", f"not for {_labels(results, lacking)}: {why}")


def _has(results: Results, path: str) -> bool:
    return path in results or bool(results.under(path))


def _estimand(results: Results) -> Found:
    fields = ("analysis_set", "index_date", "assessor", "censoring_rule")
    silent = [
        field.replace("_", " ")
        for field in fields
        if any(
            results.value(f"{path}/{side}/basis/{field}") == "not stated"
            for path in _survival(results)
            for side in SIDES
        )
    ]
    if silent:
        return Found("in part", f"not stated for every side: {', '.join(silent)}")
    return REPORTED


def _comparability(results: Results) -> Found:
    if not results.under("baseline") and not _weighted(results):
        return Found("in part", "no baseline of the compared arms is shown side by side")
    return REPORTED


def _setting(name: str, why: str) -> Callable[[Results], Found]:
    return lambda results: REPORTED if results.settings.get(name) else Found("not reported", why)


def _if_traced(field: str, why: str) -> Callable[[Results], Found]:
    def rule(results: Results) -> Found:
        if not _traced(results):
            return Found("does not apply", "no figure was traced")
        return _of_all(_traced(results), results, field, why=why)

    return rule


def _if_rebuilt(field: str, why: str) -> Callable[[Results], Found]:
    def rule(results: Results) -> Found:
        if not _rebuilt(results):
            return Found("does not apply", "no curve was rebuilt")
        return _of_all(_rebuilt(results), results, field, why=why)

    return rule


def _over_draws(results: Results) -> Found:
    paths = [side.rsplit("/", 1)[0] for side in _rebuilt(results)]
    if not paths:
        return Found("does not apply", "no curve was rebuilt")
    found = list(dict.fromkeys(paths))
    return _of_all(found, results, "over_draws/log_hr/estimate", why="no draws were made")


def _if_survival(field: str, why: str) -> Callable[[Results], Found]:
    def rule(results: Results) -> Found:
        if not _survival(results):
            return Found("does not apply", "no survival is compared")
        return _of_all(_survival(results), results, field, why=why)

    return rule


LOGRANK = ("unadjusted/logrank", "own/unadjusted/logrank")


def _logrank(results: Results) -> Found:
    """Of an anchored comparison the test in one's own trial."""
    paths = _survival(results)
    if not paths:
        return Found("does not apply", "no survival is compared")
    lacking = [
        path for path in paths if not any(_has(results, f"{path}/{test}") for test in LOGRANK)
    ]
    if not lacking:
        return REPORTED
    why = "no test is given where censoring had to be assumed; the rest is"
    if len(lacking) == len(paths):
        return Found("not reported", why)
    return Found("in part", f"not for {_labels(results, lacking)}: {why}")


def _needs_no_ph(results: Results, path: str) -> bool:
    """Whether a comparison has a difference of areas, or begins later in a scenario."""
    return (
        f"{path}/unadjusted/rmst_difference/estimate" in results
        or any(f"{path}/scenario/{c}/starts_at" in results for c in _scenarios(results, path))
        or any(
            f"{path}/models/{method}/rmst_difference/estimate" in results
            for method in results.children(f"{path}/models")
        )
    )


def _non_proportional(results: Results) -> Found:
    paths = [*_answers(results), *_anchored(results)]
    if not paths:
        return Found("does not apply", "no survival is compared")
    having = [path for path in paths if _needs_no_ph(results, path)]
    if len(having) == len(paths):
        return REPORTED
    why = "no `rmst_horizon`, no area by a model and no scenario that starts later"
    if not having:
        return Found("not reported", why)
    return Found("in part", f"{why} for {_labels(results, [p for p in paths if p not in having])}")


def _scenarios(results: Results, path: str) -> tuple[str, ...]:
    return results.children(f"{path}/scenario")


def _if_weighted(field: str, why: str) -> Callable[[Results], Found]:
    def rule(results: Results) -> Found:
        if not _weighted(results):
            return Found("does not apply", "nothing is weighted")
        return _of_all(_weighted(results), results, field, why=why)

    return rule


def _naive_beside(results: Results) -> Found:
    """Of a survival comparison the naive hazard ratio, of a response the naive odds ratio."""
    paths = _weighted(results)
    if not paths:
        return Found("does not apply", "nothing is weighted")
    naive = {p: f"{p}/log_or" if _is_response(p) else f"{p}/unadjusted/log_hr" for p in paths}
    lacking = [path for path in paths if not _has(results, naive[path])]
    return Found("in part", f"not for {_labels(results, lacking)}") if lacking else REPORTED


def _weighted_curves(results: Results) -> Found:
    paths = [path for path in _weighted(results) if not _is_response(path)]
    if not paths:
        return Found("does not apply", "no survival is weighted")
    anchored = [path for path in paths if path in _anchored(results)]
    curves = [path for path in paths if path not in anchored]
    found = _of_all(curves, results, "maic/km", why="not recorded")
    if found is not REPORTED:
        return found
    return _of_all(anchored, results, "treatment/weighted/km", why="not recorded")


def _weights_varied(results: Results) -> Found:
    """Sensitivity of what is weighted; it is worked out for unanchored survival only."""
    paths = _weighted(results)
    if not paths:
        return Found("does not apply", "nothing is weighted")
    able = [path for path in paths if path.startswith("comparison/")]
    if not able:
        return Found("not reported", "it is worked out for unanchored survival alone")
    return _of_all(paths, results, "sensitivity", why=NO_SENSITIVITY)


def _no_extrapolation(results: Results) -> Found:
    return Found("does not apply", "nothing is extrapolated")


def _unavailable(results: Results) -> Found:
    listed = results.settings.get("covariates") or []
    if not listed:
        return Found("not reported", "the analysis lists no `covariates`")
    silent = [c["name"] for c in listed if not c["used"] and not c["bias"]]
    if silent:
        return Found("in part", f"no direction of bias is given for {', '.join(silent)}")
    return REPORTED


def _sensitivity(name: str, why: str) -> Callable[[Results], Found]:
    def rule(results: Results) -> Found:
        paths = _answers(results)
        having = [
            path
            for path in paths
            if any(name in record.id for record in results.under(f"{path}/sensitivity"))
        ]
        if not having:
            return Found("not reported", why)
        if len(having) == len(paths):
            return REPORTED
        lacking = [path for path in paths if path not in having]
        return Found("in part", f"not for {_labels(results, lacking)}")

    return rule


def _never(why: str) -> Callable[[Results], Found]:
    return lambda results: Found("not reported", why)


def _always(results: Results) -> Found:
    return REPORTED


NO_SENSITIVITY = "the analysis asks for no `sensitivity`"
NO_SHAPE = (
    "hazards cannot be seen in curves that are known by a few printed numbers; the report says "
    "so where it applies"
)

EXTRAPOLATION = (
    "Models tried",
    "Joint or separate fits",
    "Fit of each model, never as the only criterion",
    "Fitted and observed survival and hazard",
    "Survival at landmarks of all models, beside external evidence",
    "Plausibility criteria",
    "General-population mortality",
    "Treatment effect over time and its waning",
    "Choice of the base case",
    "Uncertainty of the extrapolation",
    "Progression-free survival never above overall survival",
)

ITEMS: tuple[Item, ...] = (
    Item("A-01", "Estimand, with endpoint, time zero and censoring rule", _estimand),
    Item("A-02", "Anchored or unanchored, and what that assumes", _always),
    Item("A-03", "Data sources of each arm", _always),
    Item("A-04", "Studies and how comparable they are", _comparability),
    Item(
        "A-05",
        "Protocol, deviations, number of analyses run",
        _setting("protocol", "the analysis has no `protocol`"),
    ),
    Item("A-06", "Flow of patients and curves", _never("no flow is drawn"), "optional"),
    Item("A-07", "Why this method was chosen", _never("no flow of choices is drawn"), "optional"),
    Item(
        "D-01",
        "Source, picture and tracing of each curve",
        _if_traced("reconstruction/tracing", "the evidence does not describe the tracing"),
    ),
    Item(
        "D-02",
        "Calibration of the axes",
        _if_traced("reconstruction/tracing", "the evidence does not describe the calibration"),
    ),
    Item(
        "D-03",
        "Published numbers that were used",
        _if_rebuilt("reconstruction/support", "what a curve rests on is not recorded"),
    ),
    Item(
        "D-04",
        "Rebuilt curve on the picture",
        _if_traced("reconstruction/overlay", "pictures are not kept"),
    ),
    Item(
        "D-05",
        "Published against rebuilt numbers",
        _if_rebuilt("fidelity", "nothing published can be compared"),
    ),
    Item(
        "D-06",
        "Distance of the rebuilt from the traced curve",
        _if_traced("fidelity", "distances were not worked out"),
    ),
    Item(
        "D-07",
        "Verdict on the fitness of each rebuilt curve",
        _if_rebuilt("reconstruction/grade", "no grade was given"),
    ),
    Item("D-08", "Error of rebuilding carried to the effect", _over_draws, "optional"),
    Item(
        "O-01",
        "Kaplan-Meier curves with numbers at risk and events",
        _if_survival("at_risk", "no numbers at risk"),
    ),
    Item(
        "O-02",
        "Patients, events, medians, survival by time, follow-up",
        _if_survival("treatment/follow_up", "follow-up is not worked out"),
    ),
    Item(
        "O-03",
        "Log-rank test, hazard ratio, ties and transformation",
        _logrank,
    ),
    Item(
        "O-04",
        "Maturity: from when on few are at risk",
        _if_survival("treatment/km/few_at_risk_after", "not worked out"),
    ),
    Item("H-01", "log(-log S) by log time", _if_survival("treatment/hazard", NO_SHAPE)),
    Item("H-02", "Hazards by time", _if_survival("treatment/hazard", NO_SHAPE)),
    Item(
        "H-03",
        "Test of proportional hazards",
        _if_survival("proportional_hazards/chi_squared", NO_SHAPE),
    ),
    Item(
        "H-04",
        "Quantile-quantile plot for accelerated failure time",
        lambda results: Found("does not apply", "no accelerated failure time model is used"),
    ),
    Item("H-05", "Effects that need no proportional hazards", _non_proportional),
    *(Item(f"E-{i:02d}", title, _no_extrapolation) for i, title in enumerate(EXTRAPOLATION, 1)),
    Item(
        "M-01",
        "Candidate covariates, their ranking and reasons",
        _setting("covariates", "the analysis lists no `covariates`"),
    ),
    Item("M-02", "Important covariates that are not available", _unavailable),
    Item("M-03", "Published baseline as it was used", _if_weighted("balance", "not recorded")),
    Item("M-04", "Balance before and after weighting", _if_weighted("balance", "not recorded")),
    Item(
        "M-05",
        "Histogram of the weights",
        _if_weighted("maic/weights/histogram", "not recorded"),
    ),
    Item("M-06", "Distribution of the weights", _if_weighted("maic/weights", "not recorded")),
    Item(
        "M-07",
        "Effective sample size and its reduction",
        _if_weighted("maic/weights/ess", "not recorded"),
    ),
    Item("M-08", "Overlap with the target", _if_weighted("maic/overlap", "not recorded")),
    Item(
        "M-09",
        "Naive and adjusted effects side by side",
        _naive_beside,
    ),
    Item(
        "M-10",
        "Curves before and after weighting",
        _weighted_curves,
    ),
    Item(
        "M-11",
        "Interval method named, and the others beside it",
        _if_weighted("maic/variance", "not recorded"),
    ),
    Item(
        "M-12",
        "Other covariates, weights and patients",
        _weights_varied,
    ),
    Item("M-13", "Whose answer this is: the target population", _always),
    Item(
        "M-14",
        "Both trials' effects and how they were combined",
        lambda results: (
            REPORTED
            if results.settings.get("anchored") or results.settings.get("exploratory")
            else Found("does not apply", "nothing is compared through a common comparator")
        ),
    ),
    Item(
        "M-15",
        "A model of the outcome beside the weights",
        _if_weighted("models", "the analysis asks for no `models`"),
        "optional",
    ),
    Item(
        "B-01", "Unmeasured confounder: tipping point", _sensitivity("confounder", NO_SENSITIVITY)
    ),
    Item("B-02", "E-values", _sensitivity("e_value", NO_SENSITIVITY), "optional"),
    Item("B-03", "Shifted null", _sensitivity("null", NO_SENSITIVITY), "optional"),
    Item(
        "B-04",
        "Risk of bias by domain",
        _setting("risk_of_bias", "the analysis has no `risk_of_bias`"),
    ),
)
"""Every item, in the order of the checklist."""
