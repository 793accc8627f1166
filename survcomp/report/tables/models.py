"""Tables of the ways to adjust beside weighting, from results alone: nothing is computed here."""

from __future__ import annotations

from itertools import takewhile
from typing import Any

from survcomp.report.document.cells import effect_cell, texts
from survcomp.report.document.table import Cell, Table, make
from survcomp.report.document.text import shown
from survcomp.report.kinds.registry import BesideModels, comparison_settings, kind_of
from survcomp.values.contrasts.measure import MEASURES
from survcomp.values.records.results import Results

MEASURE = {
    "log_hr": "log_hr",
    "rmst_difference": "rmst_difference",
    "survival": "survival_difference",
    "log_or": "log_or",
    "log_rr": "log_rr",
    "risk_difference": "risk_difference",
}
"""Part of a record's id, by what an analysis asks for."""

NAME = {
    "STC": "STC",
    "G-computation": "G-computation",
    "augmented": "Augmented (doubly robust)",
}
MARGINAL = (
    "A marginal effect is that in the target's patients as a whole; a conditional one is for a "
    "patient with their means, and of odds or hazard ratios another number."
)
COLUMNS = ("Method", "Effect", "Estimand", "The interval holds, or why there is no effect")


def models(results: Results, path: str) -> tuple[Table, ...]:
    """Every way to adjust, one row a method and effect, weighting and naive first.

    None where an analysis asks for no outcome model.
    """
    asked = comparison_settings(results, path).get("models")
    beside = kind_of(path).models
    if not asked or beside is None:
        return ()
    rows: list[list[Cell | str]] = []
    notes = [f"{MARGINAL} {beside.rests_on}"]
    effects = _asked_effects(asked)
    for effect in effects:
        rows += _beside(results, path, effect, beside)
        for method in asked["methods"]:
            rows.append(_row(results, f"{path}/models/{method}", NAME[method], effect))
    for method in asked["methods"]:
        notes += _made(results, f"{path}/models/{method}{beside.made_below}", method, effects)
    notes += _printed(results, path, effects)
    known = texts(results, f"{path}/maic/{beside.leads}/assumptions")
    assumed = [s for s in _assumed(results, path, asked["methods"], effects) if s not in known]
    if assumed:
        notes.append(f"The models rest on: {' '.join(assumed)}")
    for said in ("one_data_set", "left_out"):
        if f"{path}/models/{said}" in results:
            notes.append(str(results.value(f"{path}/models/{said}")))
    return (make("Other ways to adjust", COLUMNS, rows, notes=notes),)


def _asked_effects(asked: dict[str, Any]) -> list[dict[str, Any]]:
    """What is asked for: effects of survival, or the scales of a response."""
    if "measures" in asked:
        return [{"measure": measure} for measure in asked["measures"]]
    return list(asked["effects"])


def _assumed(
    results: Results, path: str, methods: list[str], effects: list[dict[str, Any]]
) -> list[str]:
    """What the models assume, each sentence once."""
    sentences = (
        sentence
        for method in methods
        for effect in effects
        for sentence in texts(
            results, f"{path}/models/{method}/{MEASURE[effect['measure']]}/assumptions"
        )
    )
    return list(dict.fromkeys(sentences))


def _beside(
    results: Results, path: str, effect: dict[str, Any], beside: BesideModels
) -> list[list[Cell | str]]:
    """The naive effect and the weighted one, where there are any to the same time."""
    rows: list[list[Cell | str]] = []
    for label, one, drawn in (
        (beside.naive, f"{path}{beside.naive_below}", f"{path}/over_draws"),
        (beside.weighted(results, path), f"{path}/maic", f"{path}/maic/over_draws"),
    ):
        here = _over_draws(results, one, drawn, MEASURE[effect["measure"]])
        id = f"{here}/{MEASURE[effect['measure']]}"
        if f"{id}/estimate" in results and _same_time(results, id, effect):
            rows.append(_row(results, here, label, effect))
    return rows


def _over_draws(results: Results, one: str, drawn: str, measure: str) -> str:
    """Where the effect stands whose interval holds the most: over draws, if there is one."""
    return drawn if f"{drawn}/{measure}/estimate" in results else one


def _same_time(results: Results, here: str, effect: dict[str, Any]) -> bool:
    """Areas are set beside each other only where they go to the same time."""
    horizon = f"{here}/horizon"
    return horizon not in results or results.value(horizon) == effect["horizon"]


def _row(results: Results, path: str, label: str, effect: dict[str, Any]) -> list[Cell | str]:
    """One effect, or why there is none."""
    here = f"{path}/{MEASURE[effect['measure']]}"
    at = ""
    if effect["measure"] == "survival":
        unit = results[f"{'/'.join(path.split('/')[:2])}/at_risk/time"].unit
        at = f"Survival at {effect['time']:g} {unit}: "
    if f"{here}/refused" in results:
        name = at or f"{MEASURES[effect['measure']].name}: "
        return [label, Cell(f"{name}none", tone="bad"), "", _reason(results, here)]
    shown_effect = effect_cell(results, here)
    return [
        label,
        Cell(f"{at}{shown_effect.text}", record=shown_effect.record),
        str(results.value(f"{here}/estimand")),
        f"{results.value(f'{here}/interval')}{_share(results, here)}",
    ]


def _share(results: Results, here: str) -> str:
    """What rebuilding adds, of an effect over draws."""
    id = f"{here}/share_reconstruction"
    return f"; {shown(results[id])} of the variance comes from rebuilding" if id in results else ""


def _reason(results: Results, here: str) -> str:
    words = str(results.value(f"{here}/refused"))
    return f"Refused: {words}" + "." * (not words.endswith("."))


def _made(results: Results, here: str, method: str, effects: list[dict[str, Any]]) -> list[str]:
    """How a method's effects were made, what they have in common once.

    Of an anchored one it is said of the effect in one's own trial.
    """
    ids = [f"{here}/{MEASURE[effect['measure']]}/method" for effect in effects]
    words = [str(results.value(id)) for id in ids if id in results]
    if not words:
        return []
    parts = [text.split("; ") for text in words]
    same = list(takewhile(lambda level: len(set(level)) == 1, zip(*parts, strict=False)))
    apart = " or ".join(filter(None, ("; ".join(text[len(same) :]) for text in parts)))
    shared = [level[0] for level in same]
    return [f"{NAME[method]}: {'; '.join(filter(None, [*shared, apart]))}."]


def _printed(results: Results, path: str, effects: list[dict[str, Any]]) -> list[str]:
    """Published effects on other measures than the hazard ratio, and where they are printed."""
    sentences = []
    for effect in effects:
        here = f"{path}/published/{MEASURE[effect['measure']]}"
        if effect.get("published"):
            outcome, source = results.value(f"{here}/outcome"), results.value(f"{here}/method")
            words = effect_cell(results, here).text
            sentences.append(f"Published, {outcome}: {words}. {source}.")
    return sentences
