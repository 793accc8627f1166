"""The rules of the reporting checklist: whether results hold the records that an item needs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from survcomp.values.records.results import Results

Status = Literal["reported", "in part", "not reported", "does not apply"]
Level = Literal["required", "optional"]


@dataclass(frozen=True, slots=True)
class Finding:
    """Whether an item is reported, and if not, why."""

    status: Status
    why: str = ""


@dataclass(frozen=True, slots=True)
class Item:
    """One item of the checklist with the rule that looks for it."""

    id: str
    title: str
    rule: Callable[[Results], Finding]
    level: Level = "required"


REPORTED = Finding("reported")
SIDES = ("treatment", "comparator")


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


def _of_all(paths: list[str], results: Results, field: str, *, why: str) -> Finding:
    """Reported where every path has the record, in part where some have."""
    lacking = [path for path in paths if not _has(results, f"{path}/{field}")]
    if not lacking:
        return REPORTED
    if len(lacking) == len(paths):
        return Finding("not reported", why)
    return Finding("in part", f"not for {_labels(results, lacking)}: {why}")


def _has(results: Results, path: str) -> bool:
    return path in results or bool(results.under(path))


def estimand(results: Results) -> Finding:
    """Whether every side says in whom, from when, by whom and how it was measured."""
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
        return Finding("in part", f"not stated for every side: {', '.join(silent)}")
    return REPORTED


def comparability(results: Results) -> Finding:
    """Whether the baselines of the compared arms are shown."""
    if not results.under("baseline") and not _weighted(results):
        return Finding("in part", "no baseline of the compared arms is shown side by side")
    return REPORTED


def setting(name: str, why: str) -> Callable[[Results], Finding]:
    """Reported where the analysis has the key."""
    return lambda results: REPORTED if results.settings.get(name) else Finding("not reported", why)


def if_traced(field: str, why: str) -> Callable[[Results], Finding]:
    """Reported where every traced figure has the record."""

    def rule(results: Results) -> Finding:
        if not _traced(results):
            return Finding("does not apply", "no figure was traced")
        return _of_all(_traced(results), results, field, why=why)

    return rule


def if_rebuilt(field: str, why: str) -> Callable[[Results], Finding]:
    """Reported where every rebuilt curve has the record."""

    def rule(results: Results) -> Finding:
        if not _rebuilt(results):
            return Finding("does not apply", "no curve was rebuilt")
        return _of_all(_rebuilt(results), results, field, why=why)

    return rule


def over_draws(results: Results) -> Finding:
    """Whether the error of rebuilding is carried to the effect."""
    paths = [side.rsplit("/", 1)[0] for side in _rebuilt(results)]
    if not paths:
        return Finding("does not apply", "no curve was rebuilt")
    return _of_all(
        list(dict.fromkeys(paths)), results, "over_draws/log_hr/estimate", why="no draws were made"
    )


def if_survival(field: str, why: str) -> Callable[[Results], Finding]:
    """Reported where every comparison of survival has the record."""

    def rule(results: Results) -> Finding:
        if not _survival(results):
            return Finding("does not apply", "no survival is compared")
        return _of_all(_survival(results), results, field, why=why)

    return rule


LOGRANK = ("unadjusted/logrank", "own/unadjusted/logrank")


def logrank(results: Results) -> Finding:
    """Of an anchored comparison the test in one's own trial."""
    paths = _survival(results)
    if not paths:
        return Finding("does not apply", "no survival is compared")
    lacking = [
        path for path in paths if not any(_has(results, f"{path}/{test}") for test in LOGRANK)
    ]
    if not lacking:
        return REPORTED
    why = "no test is given where censoring had to be assumed; the rest is"
    if len(lacking) == len(paths):
        return Finding("not reported", why)
    return Finding("in part", f"not for {_labels(results, lacking)}: {why}")


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


def non_proportional(results: Results) -> Finding:
    """Whether every comparison has an effect that needs no proportional hazards."""
    paths = [*_answers(results), *_anchored(results)]
    if not paths:
        return Finding("does not apply", "no survival is compared")
    having = [path for path in paths if _needs_no_ph(results, path)]
    if len(having) == len(paths):
        return REPORTED
    why = "no `rmst_horizon`, no area by a model and no scenario that starts later"
    if not having:
        return Finding("not reported", why)
    return Finding(
        "in part", f"{why} for {_labels(results, [p for p in paths if p not in having])}"
    )


def _scenarios(results: Results, path: str) -> tuple[str, ...]:
    return results.children(f"{path}/scenario")


def if_weighted(field: str, why: str) -> Callable[[Results], Finding]:
    """Reported where everything that is weighted has the record."""

    def rule(results: Results) -> Finding:
        if not _weighted(results):
            return Finding("does not apply", "nothing is weighted")
        return _of_all(_weighted(results), results, field, why=why)

    return rule


def naive_beside(results: Results) -> Finding:
    """Of a survival comparison the naive hazard ratio, of a response the naive odds ratio."""
    paths = _weighted(results)
    if not paths:
        return Finding("does not apply", "nothing is weighted")
    naive = {p: f"{p}/log_or" if _is_response(p) else f"{p}/unadjusted/log_hr" for p in paths}
    lacking = [path for path in paths if not _has(results, naive[path])]
    return Finding("in part", f"not for {_labels(results, lacking)}") if lacking else REPORTED


def weighted_curves(results: Results) -> Finding:
    """Whether the curves before and after weighting are recorded."""
    paths = [path for path in _weighted(results) if not _is_response(path)]
    if not paths:
        return Finding("does not apply", "no survival is weighted")
    anchored = [path for path in paths if path in _anchored(results)]
    curves = [path for path in paths if path not in anchored]
    unanchored = _of_all(curves, results, "maic/km", why="not recorded")
    if unanchored is not REPORTED:
        return unanchored
    return _of_all(anchored, results, "treatment/weighted/km", why="not recorded")


def weights_varied(results: Results) -> Finding:
    """Sensitivity of what is weighted; it is worked out for unanchored survival only."""
    paths = _weighted(results)
    if not paths:
        return Finding("does not apply", "nothing is weighted")
    able = [path for path in paths if path.startswith("comparison/")]
    if not able:
        return Finding("not reported", "it is worked out for unanchored survival alone")
    return _of_all(paths, results, "sensitivity", why=NO_SENSITIVITY)


def no_extrapolation(results: Results) -> Finding:
    """Nothing is extrapolated yet."""
    return Finding("does not apply", "nothing is extrapolated")


def unavailable(results: Results) -> Finding:
    """Whether the direction of bias is given for each covariate that is not used."""
    listed = results.settings.get("covariates") or []
    if not listed:
        return Finding("not reported", "the analysis lists no `covariates`")
    silent = [c["name"] for c in listed if not c["used"] and not c["bias"]]
    if silent:
        return Finding("in part", f"no direction of bias is given for {', '.join(silent)}")
    return REPORTED


def sensitivity(name: str, why: str) -> Callable[[Results], Finding]:
    """Reported where the sensitivity of every answer has such a record."""

    def rule(results: Results) -> Finding:
        paths = _answers(results)
        having = [
            path
            for path in paths
            if any(name in record.id for record in results.under(f"{path}/sensitivity"))
        ]
        if not having:
            return Finding("not reported", why)
        if len(having) == len(paths):
            return REPORTED
        lacking = [path for path in paths if path not in having]
        return Finding("in part", f"not for {_labels(results, lacking)}")

    return rule


def never(why: str) -> Callable[[Results], Finding]:
    """Not reported by any analysis."""
    return lambda results: Finding("not reported", why)


def always(results: Results) -> Finding:
    """Reported by every analysis."""
    return REPORTED


NO_SENSITIVITY = "the analysis asks for no `sensitivity`"
NO_SHAPE = (
    "hazards cannot be seen in curves that are known by a few printed numbers; the report says "
    "so where it applies"
)
