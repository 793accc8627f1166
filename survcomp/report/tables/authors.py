"""What the author of an analysis says that no number can say, as tables."""

from __future__ import annotations

from survcomp.report.document.table import Cell, Table, joined, make_if_any
from survcomp.report.document.text import fill
from survcomp.report.document.words import Words, words
from survcomp.values.records.results import Results


def covariates(results: Results) -> Table | None:
    """Candidates for adjustment in their order of importance, with the reasons."""
    rows: list[list[Cell | str]] = [
        [
            f"{rank}. {c['name']}",
            f"{c['role']} ({c['source']})",
            c["treatment"],
            c["comparator"],
            "yes" if c["used"] else "no",
            c["reason"],
            c["bias"] or "-",
        ]
        for rank, c in enumerate(results.settings["covariates"], 1)
    ]
    ranking = results.settings["ranking"]
    return make_if_any(
        "Candidate covariates, most important first",
        [
            "Covariate",
            "Believed to be",
            f"In {results.settings['treatment']}'s data",
            f"In {results.settings['comparator']}'s data",
            "Used",
            "Why",
            "Bias to expect if not",
        ],
        rows,
        notes=(ranking,) if ranking else (),
    )


def risk_of_bias(results: Results) -> Table | None:
    """Each domain with its judgement."""
    rows: list[list[Cell | str]] = []
    for index, entry in enumerate(results.settings["risk_of_bias"]):
        tone = "bad" if entry["judgement"] in ("high", "cannot be judged") else ""
        reason = fill(entry["reason"], results, where=f"risk_of_bias[{index}].reason")
        judgement = Cell(entry["judgement"], tone=tone)
        rows.append([entry["domain"].capitalize(), judgement, joined(*reason)])
    return make_if_any("Risk of bias", ["Domain", "Judgement", "Why"], rows)


def protocol(results: Results) -> tuple[tuple[str, Words], ...]:
    """What was decided beforehand, as terms."""
    decided = results.settings["protocol"]
    if not decided:
        return ()
    before = "yes" if decided["prespecified"] else "no"
    if decided["reference"]:
        before += f": {decided['reference']}"
    entries = [("Written before the analysis", before)]
    entries += [("Deviation", text) for text in decided["deviations"]]
    entries.append(("Analyses run", decided["analyses_run"]))
    return tuple((term, words(text)) for term, text in entries)
