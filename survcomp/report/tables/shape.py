"""Tables about the curves themselves, from results alone: nothing is computed here."""

from __future__ import annotations

from survcomp.report.document.cells import SIDES, is_weighted
from survcomp.report.document.table import Cell, Table, joined, make, make_if_any
from survcomp.report.document.text import number, shown
from survcomp.report.document.words import Span
from survcomp.values.records.results import Results

PROPORTIONAL = (
    "The hazard ratio is an average over the observed period; where hazards are not proportional "
    "it depends on how long patients were followed, and the difference of restricted mean "
    "survival times is the safer summary."
)


def observed(results: Results, path: str) -> Table:
    """Patients, events, medians and follow-up of both arms."""
    rows: list[list[Cell | str]] = []
    for side in SIDES:
        here = f"{path}/{side}"
        rebuilt = results.value(f"{here}/origin") != "observed"
        rows.append(
            [
                f"{results.value(f'{here}/study')}, {results.value(f'{here}/label')}",
                "rebuilt" if rebuilt else "observed",
                Cell(shown(results[f"{here}/n"]), record=f"{here}/n"),
                Cell(shown(results[f"{here}/events"]), record=f"{here}/events"),
                _interval(results, f"{here}/km/median"),
                _interval(results, f"{here}/follow_up"),
                Cell(
                    shown(results[f"{here}/km/few_at_risk_after"]),
                    record=f"{here}/km/few_at_risk_after",
                ),
            ]
        )
    unit = results[f"{path}/at_risk/time"].unit
    return make(
        "Both arms as they entered the comparison",
        [
            "Arm",
            "Patients are",
            "n",
            "Events",
            f"Median, {unit}",
            f"Median follow-up, {unit}",
            f"Fewer than 10 at risk after, {unit}",
        ],
        rows,
        notes=(
            "Follow-up is the reverse Kaplan-Meier median; of rebuilt patients it is that of the "
            "censoring that was assumed or rebuilt. Where fewer than 10 are at risk a curve rests "
            "on few patients.",
        ),
    )


def _interval(results: Results, path: str) -> Cell:
    ids = [f"{path}/{field}" for field in ("estimate", "ci_low", "ci_high")]
    estimate, low, high = (Span(shown(results[id]), record=id) for id in ids)
    if estimate.text == low.text == high.text:  # nothing of it was reached
        return joined(estimate)
    return joined(estimate, " (", low, " to ", high, ")")


def by_time(results: Results, path: str) -> Table | None:
    """Survival of both arms at round times, with those at risk and the events so far."""
    unit = results[f"{path}/at_risk/time"].unit
    times = [t for t in results.value(f"{path}/at_risk/time") if t > 0]
    rows: list[list[Cell | str]] = []
    for time in times:
        row: list[Cell | str] = [f"{time:g}"]
        for side in SIDES:
            row += _at(results, f"{path}/{side}/km/by_time", time)
        rows.append(row)
    headings = [unit.capitalize()]
    for side in SIDES:
        name = str(results.value(f"{path}/{side}/label"))
        headings += [f"{name}: survival", "At risk", "Events so far"]
    before = ", before weighting" if is_weighted(results, path) else ""
    return make_if_any(f"Survival by time{before}", headings, rows)


def _at(results: Results, path: str, time: float) -> list[Cell | str]:
    times = results.value(f"{path}/time")
    if time not in times:
        return ["not followed", "0", "-"]
    index = times.index(time)

    def one(field: str) -> Span:  # one value of a series
        id = f"{path}/{field}"
        return Span(number(results.value(id)[index], results[id].unit), record=id)

    return [
        joined(one("survival"), " (", one("ci_low"), " to ", one("ci_high"), ")"),
        joined(one("at_risk")),
        joined(one("events")),
    ]


def proportional_hazards(results: Results, path: str) -> tuple[Span, ...]:
    """What can be said about proportional hazards, in a sentence or two."""
    here = f"{path}/proportional_hazards"
    if f"{here}/not_available" in results:
        return (Span(f"{results.value(f'{here}/not_available')} {PROPORTIONAL}"),)
    sentences = [
        Span("Test of proportional hazards (Grambsch and Therneau, time on the Kaplan-Meier "),
        Span("scale): chi-squared "),
        Span(shown(results[f"{here}/chi_squared"]), record=f"{here}/chi_squared"),
        Span(" on 1 degree of freedom"),
    ]
    if f"{here}/p" in results:
        sentences += [Span(", p = "), Span(shown(results[f"{here}/p"]), record=f"{here}/p")]
    else:
        sentences.append(Span("; no p value, as censoring had to be assumed"))
    grows = results.value(f"{here}/slope") > 0
    direction = "against" if grows else "in favour of"
    sentences.append(
        Span(f". If the ratio changes, it moves {direction} the treatment with time. ")
    )
    return (*sentences, Span(PROPORTIONAL))
