"""Tables about anchored comparisons, from results alone: nothing is computed here."""

from __future__ import annotations

from survcomp.report.document.cells import SIDES, cell, effect_cell, texts
from survcomp.report.document.table import Cell, Table, make
from survcomp.report.document.text import effect, shown
from survcomp.report.kinds.anchored import weighted_name, who_is_compared
from survcomp.report.kinds.registry import comparison_settings
from survcomp.values.records.results import Results


def own_trial_test(results: Results, path: str) -> str:
    """The log-rank test in one's own trial, in a sentence."""
    here = f"{path}/own/unadjusted/logrank"
    return (
        f"Log-rank test in the own trial, not weighted: chi-squared "
        f"{shown(results[f'{here}/chi_squared'])} on 1 degree of freedom, p = "
        f"{shown(results[f'{here}/p'])}."
    )


def steps(results: Results, path: str) -> Table:
    """From the two trials to the comparison: each effect that it is made of."""
    rows: list[list[Cell | str]] = []
    for label, part in (
        ("Own trial, as it is", "own/unadjusted"),
        ("Own trial, weighted", "own/weighted"),
        ("Published", "published"),
        ("Bucher, not weighted", "unadjusted"),
        (weighted_name(results, path), "maic"),
    ):
        here = f"{path}/{part}/log_hr"
        rows.append(
            [
                label,
                who_is_compared(results, f"{path}/{part}"),
                effect_cell(results, here),
                str(results.value(f"{here}/population")),
                str(results.value(f"{here}/estimand")),
                str(results.value(f"{here}/interval")),
            ]
        )
    source = f"{path}/published/log_hr/method"
    notes = [f"Published: {results.value(source)}."] if source in results else []
    notes.append(own_trial_test(results, path))
    return make(
        "From the two trials to the comparison",
        ["Step", "Compares", "Effect", "In whom", "Estimand", "The interval holds"],
        rows,
        notes=notes,
    )


def balance_by_arm(results: Results, path: str) -> Table:
    """Baseline of the trial and of each arm, before and after weighting."""
    sides = [f"{path}/{side}" for side in SIDES]
    rows: list[list[Cell | str]] = []
    notes: list[str] = []
    for index in results.children(f"{path}/balance/row"):
        row = f"{path}/balance/row/{index}"
        name = f"{results.value(f'{row}/covariate')}, {results.value(f'{row}/kind')}"
        groups = [f"{group}/balance/row/{index}" for group in (path, *sides)]
        numbers = [cell(results, f"{g}/{when}") for g in groups for when in ("before", "after")]
        apart = [cell(results, f"{g}/difference_after", unit="SD") for g in groups[1:]]
        matched = "yes" if results.value(f"{row}/matched") else "no"
        rows.append([name, cell(results, f"{row}/target"), *numbers, *apart, matched])
        if f"{row}/note" in results:
            notes.append(str(results.value(f"{row}/note")))
    who = ("Trial", "Treatment", "Comparator")
    heads = [f"{group}, {when}" for group in who for when in ("before", "after")]
    sizes = "; ".join(
        f"{name} {shown(results[f'{group}/balance/ess'])} of {shown(results[f'{group}/balance/n'])}"
        for name, group in zip(("trial", "treatment", "comparator"), (path, *sides), strict=True)
    )
    return make(
        f"Balance before and after weighting to {results.value(f'{path}/balance/population')}",
        ["Moment", "Target", *heads, "Treatment, SMD after", "Comparator, SMD after", "Matched"],
        rows,
        notes=(
            f"Effective sample size: {sizes}.",
            "The trial is weighted as a whole: it meets the target, and each arm by itself need "
            "not. Where the two SMDs differ, the arms differ from each other: by chance, in a "
            "randomised trial, and more so the fewer patients carry the weight.",
            *notes,
        ),
    )


def statements(results: Results, path: str) -> tuple[str, ...]:
    """What an anchored comparison rests on, beginning with its effect modifiers."""
    settings = comparison_settings(results, path)
    assumed = texts(results, f"{path}/maic/log_hr/assumptions")
    return (
        f"Effect modifiers: {results.value(f'{path}/effect_modifiers')}",
        str(results.value(f"{path}/shared_effect_modifiers")),
        *assumed,
        *texts(results, f"{path}/notes"),
        *([str(settings["note"])] if settings["note"] else []),
    )


def headline(results: Results, path: str) -> str:
    """The comparison in one line."""
    name = weighted_name(results, path)
    indirect = effect(results, f"{path}/maic/log_hr")
    return (
        f"{name}, {who_is_compared(results, f'{path}/maic')}: {indirect}. Own trial "
        f"{results.value(f'{path}/adjustment')}."
    )
