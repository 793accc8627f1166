"""Tables about the evidence: what was used, what each curve rests on, where it was read."""

from __future__ import annotations

import ast

from survcomp.report.document.cells import NONE, SIDES, cell
from survcomp.report.document.table import Cell, Table, make, make_if_any
from survcomp.report.document.text import shown
from survcomp.report.kinds.comparison import comparisons
from survcomp.values.records.results import Results

SUPPORT_LABEL: dict[str, str] = {
    "figure+risk": "figure and at risk",
    "figure": "figure only",
    "landmarks": "rates only",
    "median": "median only",
    "counts": "counts only",
}


def evidence(results: Results) -> Table | None:
    """Every curve that was used, what it rests on, and where it was read."""
    rows: list[list[Cell | str]] = []
    seen: set[str] = set()
    for path in comparisons(results):
        for side in SIDES:
            here = f"{path}/{side}"
            id = f"{here}/reconstruction/curve"
            if id not in results or results.value(id) in seen:
                continue
            seen.add(str(results.value(id)))
            support = str(results.value(f"{here}/reconstruction/support"))
            basis = [
                str(results.value(f"{here}/basis/{f}")) for f in ("analysis_set", "index_date")
            ]
            sources = [
                s.removeprefix("citation:").removeprefix("file:") for s in results[id].sources
            ]
            endpoint = str(results.value(id)).split("/")[2]
            rows.append(
                [
                    f"{results.value(f'{here}/study')}, {results.value(f'{here}/label')}",
                    endpoint,
                    cell(results, f"{here}/basis/cut"),
                    cell(results, f"{here}/n"),
                    f"{basis[0]}, from {basis[1]}",
                    Cell(
                        SUPPORT_LABEL[support], tone="" if support.startswith("figure") else "bad"
                    ),
                    ", ".join(sources),
                ]
            )
    return make_if_any(
        "Curves used and what each rests on",
        ["Arm", "Endpoint", "Data cut", "n", "Who, and time zero", "Rests on", "Read in"],
        rows,
        notes=("Sources are listed with their addresses at the end.",),
    )


def studies(results: Results) -> Table | None:
    """What each study is."""
    rows: list[list[Cell | str]] = []
    for trial in results.children("study"):
        here = f"study/{trial}"
        fields = ("name", "registry", "design", "phase", "population")
        rows.append([cell(results, f"{here}/{field}") for field in fields])
    columns = ["Study", "Registry", "Design", "Phase", "Who was included"]
    return make_if_any("Studies", columns, rows)


def baselines(results: Results) -> Table | None:
    """Published baselines side by side."""
    sides = results.children("baseline/side")
    if not sides:
        return None
    headings = [_baseline_heading(results, f"baseline/side/{i}") for i in sides]
    rows: list[list[Cell | str]] = []
    alone = []
    for name in results.children("baseline/row"):
        here = f"baseline/row/{name}"
        present = [i for i in sides if f"{here}/{i}/value" in results]
        label = str(results.value(f"{here}/label"))
        if len(present) == 1 and len(sides) > 1:
            alone.append(label)
            continue
        differ = bool(results.value(f"{here}/definitions_differ"))
        kind = results.value(f"{here}/kind")
        title = label if kind == "proportion" else f"{label}, {kind}"
        cells = [_baseline_cell(results, f"{here}/{i}", with_definition=differ) for i in sides]
        remark = Cell("definitions differ", tone="bad") if differ else Cell("")
        difference = cell(results, f"{here}/difference", missing="")
        rows.append([title, *cells, difference, remark])
    notes = [
        "The standardised difference is the difference of two proportions over the root of their "
        "mean variance; above 0.1 to 0.2 is usually called an imbalance."
    ]
    if alone:
        notes.append(f"Published for one side only: {'; '.join(alone)}.")
    columns = ["Characteristic", *headings, "Standardised difference", "Remark"]
    return make("Baseline characteristics as published", columns, rows, notes=notes)


def _baseline_heading(results: Results, path: str) -> str:
    words = [str(results.value(f"{path}/{field}")) for field in ("study", "label", "analysis_set")]
    return f"{words[0]}, {words[1]} ({shown(results[f'{path}/n'])} {words[2]})"


def _baseline_cell(results: Results, path: str, *, with_definition: bool) -> Cell:
    id = f"{path}/value"
    if id not in results:
        return Cell(NONE)
    text = shown(results[id])
    if f"{path}/count" in results:
        text = f"{shown(results[f'{path}/count'])} of {shown(results[f'{path}/n'])} ({text})"
    if f"{path}/low" in results:
        spread = results.value(f"{path}/spread")
        low, high = results.value(f"{path}/low"), results.value(f"{path}/high")
        text += f" ({spread} {low:g} to {high:g})"
    if with_definition and f"{path}/definition" in results:
        text += f"; {results.value(f'{path}/definition')}"
    return Cell(text, record=id)


def set_aside(results: Results) -> Table | None:
    """Published numbers that are kept but not used."""
    rows: list[list[Cell | str]] = []
    for trial in results.children("set_aside"):
        name = str(results.value(f"study/{trial}/name"))
        for index in results.children(f"set_aside/{trial}"):
            here = f"set_aside/{trial}/{index}"
            source = results[f"{here}/value"].sources[0].removeprefix("citation:")
            fields = [
                str(results.value(f"{here}/{field}")) for field in ("about", "value", "reason")
            ]
            rows.append([name, *fields, source])
    return make_if_any(
        "Where sources differ: numbers that are kept and not used",
        ["Study", "Quantity", "Printed", "Why it is not used", "Source"],
        rows,
    )


def sources(results: Results) -> Table | None:
    """Every citation used, with its address."""
    rows = [
        [key, entry["title"], entry["kind"], entry["url"]]
        for key, entry in results.citations.items()
    ]
    return make_if_any("Sources", ["Id", "What it is", "Kind", "Address"], rows)


def inputs(results: Results) -> Table:
    """Every input file with its hash."""
    rows = [[name, digest] for name, digest in results.inputs.items()]
    return make("Input files", ["File", "SHA-256"], rows)


def defaults(results: Results) -> Table | None:
    """Settings that were left to their default."""
    pairs = (entry.split(" = ", 1) for entry in results.defaults)
    rows = [[name, setting_text(_read(value))] for name, value in pairs]
    return make_if_any("Settings left to their default", ["Setting", "Value"], rows)


def setting_text(value: object) -> str:
    """A setting as an analysis.toml has it, or "none".

    Examples
    --------
    >>> setting_text(True), setting_text(None), setting_text((1.0, "at once"))
    ('true', 'none', '[1.0, at once]')
    """
    if value is None:
        return "none"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (tuple, list)):
        return f"[{', '.join(map(setting_text, value))}]"
    return str(value)


def _read(text: str) -> object:
    """What a default was: they are kept as Python writes them, words without quotation marks."""
    try:
        return ast.literal_eval(text)
    except (SyntaxError, ValueError):
        return text
