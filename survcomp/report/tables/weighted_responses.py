"""Tables about a weighted (MAIC) response comparison, from results alone: nothing is computed."""

from __future__ import annotations

from survcomp.report.document.cells import effect_cell, texts
from survcomp.report.document.table import Cell, Table, make
from survcomp.report.document.text import shown
from survcomp.report.tables.weighting import with_diagnostics
from survcomp.values.records.results import Results

SCALES = ("log_or", "log_rr", "risk_difference")


def weighting(results: Results, path: str) -> tuple[Table, ...]:
    """Every table of a weighted response comparison, in the order of reading."""
    return with_diagnostics(results, path, variances(results, path))


def variances(results: Results, path: str) -> Table:
    """The weighted effects with every standard error, and the naive ones below."""
    here = f"{path}/maic/variance"
    methods = [name for name in results.children(here) if name != "rule"]
    rows = [_method(results, f"{here}/{name}", name) for name in methods]
    if not rows:  # a cell was 0: there is the one of the corrected table alone
        words = str(results.value(f"{path}/maic/log_or/method"))
        rows = [_row(results, f"{path}/maic", "0.5 added to every cell", "yes", words)]
    naive = str(results.value(f"{path}/log_or/interval"))
    rows.append(_row(results, path, "naive (unadjusted)", "", naive))
    return make(
        "The weighted response with every standard error, and the naive one",
        ["Method", "Odds ratio", "Risk ratio", "Difference", "Leads", "What it holds"],
        rows,
        notes=(
            f"Weighted rate {shown(results[f'{path}/maic/rate'])}; unweighted "
            f"{shown(results[f'{path}/treatment/rate'])}.",
            f"Which one leads: {str(results.value(f'{here}/rule')).rstrip('.')}.",
            *_bootstrap(results, path),
        ),
    )


def _method(results: Results, here: str, name: str) -> list[Cell | str]:
    leads = "yes" if results.value(f"{here}/leads") else ""
    words, _, _ = str(results.value(f"{here}/words")).partition("; resampled: ")  # in a note
    return _row(results, here, name, leads, words)


def _row(results: Results, here: str, label: str, leads: str, words: str) -> list[Cell | str]:
    return [label, *(effect_cell(results, f"{here}/{s}") for s in SCALES), leads, words]


def _bootstrap(results: Results, path: str) -> list[str]:
    """How many replicates there are, and what was drawn; said once for all scales."""
    sentences: list[str] = []
    for scale in results.children(f"{path}/maic/bootstrap"):
        here = f"{path}/maic/bootstrap/{scale}"
        if not sentences:
            sentences.append(
                f"Bootstrap: {results.value(f'{here}/replicates')} replicates, seed "
                f"{results.value(f'{here}/seed')}; {results.value(f'{here}/resampled')}."
            )
        sentences += texts(results, f"{here}/notes")
    return list(dict.fromkeys(sentences))


def assumptions(results: Results, path: str) -> tuple[str, ...]:
    """What the weighted comparison rests on, and how its sides were read."""
    sides = (f"{path}/{side}/note" for side in ("treatment", "comparator"))
    return (
        *texts(results, f"{path}/maic/log_or/assumptions"),
        *texts(results, f"{path}/maic/log_or/notes"),
        *(str(results.value(note)) for note in sides if note in results),
    )
