"""The report of an analysis as a `Document`, from results alone: nothing is computed here."""

from __future__ import annotations

from dataclasses import replace

from survcomp.report.chapters.anchored import anchored_chapters
from survcomp.report.chapters.glossary import glossary
from survcomp.report.chapters.hazards import hazards
from survcomp.report.chapters.limitations import limitations
from survcomp.report.chapters.methods import methods, references
from survcomp.report.document.cells import (
    SIDES,
    comparison_settings,
    comparisons,
    is_weighted,
    responses,
    texts,
)
from survcomp.report.document.sections import (
    Block,
    Bullets,
    Document,
    Figure,
    Folded,
    Paragraph,
    Section,
    Terms,
    all_text,
    bullets,
    folded,
    folded_table,
    reporting,
    section,
    told_apart,
)
from survcomp.report.document.table import make
from survcomp.report.document.text import fill
from survcomp.report.document.words import Span, Words, plain, words
from survcomp.report.figures.forest import forest_figure, outcomes, rows
from survcomp.report.figures.kaplan_meier import km_figure
from survcomp.report.figures.weights import weight_figure
from survcomp.report.tables import authors as author_tables
from survcomp.report.tables import checklist as checklist_table
from survcomp.report.tables import evidence as evidence_tables
from survcomp.report.tables import models as model_tables
from survcomp.report.tables import published as published_tables
from survcomp.report.tables import responses as response_tables
from survcomp.report.tables import shape as shape_tables
from survcomp.report.tables import survival as survival_tables
from survcomp.report.tables import weighted_responses as weighted_response_tables
from survcomp.report.tables import weighting as weighting_tables
from survcomp.report.tables.sensitivity import sensitivity_section
from survcomp.values.records.results import Results

CURVES = (
    "Curves are rebuilt from printed numbers. The solid line ends where the last published number "
    "fixes it; beyond, the dotted line is an assumption. Open markers are published rates and "
    "medians with their intervals."
)
CHANGED = (
    "This is not the report of the analysis: settings were changed for this run, as listed. "
    "Numbers follow the change; the words of the analysis (summary, answers, limitations) do not."
)
NOTHING_PUBLISHED = (
    "No published effect for this pair in this population is at hand, so there is nothing to set "
    "beside these results."
)
FOREST = {
    "main": "Filled squares: our comparison.",
    "other": "Open squares: the same by another method or with one assumption changed.",
    "bound": "Triangles: bounds.",
    "published": "Diamonds with dashed lines: published.",
}
"""What each sign of a forest plot is, where it is drawn."""
ONE_DATA_SET = "Intervals from one rebuilt data set leave out the error of rebuilding the curves."
FIDELITY = ("D-05", "D-06", "D-07")
CURVE_PARTS = ("treatment/km", "comparator/km", "maic/km", "at_risk")
"""Groups of records of a comparison that the figure of its curves draws."""

PICO = ("population", "intervention", "comparator", "outcomes", "estimand")


def build_document(results: Results) -> Document:
    """Lay out the report of an analysis.

    Parameters
    ----------
    results : Results
        From `survcomp.analysis.run`; nothing else is read and nothing is computed.

    Returns
    -------
    Document
        Sections without content are left out.

    Raises
    ------
    InputError
        If a placeholder in the analysis names a record that does not exist.
    """
    found = (
        changed_settings(results),
        _question(results),
        _results(results),
        _comparisons(results),
        anchored_chapters(results),
        _response(results),
        _baseline(results),
        _points(results),
        _limitations(results),
        _methods(results),
        _evidence(results),
        _provenance(results),
    )
    document = Document(
        title=f"{results.title} [changed settings]" if results.changes else results.title,
        analysis=results.analysis,
        summary=fill(results.settings["summary"], results, where="summary"),
        sections=tuple(part for part in found if part is not None),
    )
    appended = (_checklist(results, document), _glossary(document))
    sections = (*document.sections, *(part for part in appended if part is not None))
    return told_apart(replace(document, sections=sections))


def _checklist(results: Results, document: Document) -> Section | None:
    """Which items are reported, and where in the document."""
    return section(
        "checklist",
        "Items reported",
        Paragraph(words(checklist_table.INTRODUCTION), "quiet"),
        checklist_table.checklist(results, document),
    )


def _glossary(document: Document) -> Section | None:
    """Terms that the report uses."""
    found = glossary(f"{plain(document.summary)}\n{all_text(document.sections)}")
    terms = tuple((term, words(meaning)) for term, meaning in found)
    return section("glossary", "Glossary", Terms(terms, layout="beside") if terms else None)


def changed_settings(results: Results) -> Section | None:
    """A banner and a table of what was changed for this run, if anything was."""
    if not results.changes:
        return None
    changed = [
        [c.path, evidence_tables.setting_text(c.before), evidence_tables.setting_text(c.after)]
        for c in results.changes
    ]
    return section(
        "changed",
        "Settings changed for this run",
        Paragraph(words(CHANGED), "banner"),
        make(
            "Settings changed for this run", ["Setting", "In the analysis", "In this run"], changed
        ),
    )


def _question(results: Results) -> Section | None:
    question = results.settings["question"]
    items = tuple((name.capitalize(), words(question[name])) for name in PICO)
    protocol = author_tables.protocol(results)
    return section(
        "question",
        "Question",
        Terms(items, layout="beside"),
        section(
            "protocol",
            "Protocol",
            Terms(protocol, layout="beside") if protocol else None,
            items=("A-05",),
        ),
        items=("A-01", "M-13"),
    )


def _results(results: Results) -> Section | None:
    published = published_tables.published(results)
    asked = results.settings["published"] or not results.settings["comparisons"]
    missing = published is None and not asked
    return section(
        "results",
        "Results",
        reporting(survival_tables.survival_results(results, "main", "sensitivity"), "O-03"),
        *(_forest(results, outcome) for outcome in outcomes(results)),
        survival_tables.checks(results),
        published,
        Paragraph(words(NOTHING_PUBLISHED), "banner") if missing else None,
        reporting(published_tables.exploratory(results), "M-14"),
    )


def _forest(results: Results, outcome: str) -> Figure:
    found = rows(results, outcome)
    styles = {row.style for row in found}
    caption = f"{outcome}: our contrasts"
    if "published" in styles:
        caption += " beside the published ones"
    note = [text for style, text in FOREST.items() if style in styles]
    if {"other", "bound"} & styles and _is_rebuilt(results):
        note.append(ONE_DATA_SET)
    shows = tuple(row.record for row in found if row.record)
    return Figure(caption, forest_figure(results, outcome), " ".join(note), shows=shows)


def _is_rebuilt(results: Results) -> bool:
    paths = comparisons(results, "main", "sensitivity", "check")
    return any(f"{p}/{side}/reconstruction/curve" in results for p in paths for side in SIDES)


def _comparisons(results: Results) -> Section | None:
    paths = comparisons(results, "main", "sensitivity", "check")
    if not paths:
        return None
    rebuilt = _is_rebuilt(results)
    return section(
        "curves",
        "Curves and reconstruction" if rebuilt else "Curves",
        Paragraph(words(CURVES), "quiet") if rebuilt else None,
        *(_comparison(results, path) for path in paths),
    )


def _comparison(results: Results, path: str) -> Section | None:
    settings = comparison_settings(results, path)
    weighted = is_weighted(results, path)
    adjustment = f"{path}/adjustment"
    return section(
        path.split("/")[1],
        str(settings["label"]),
        Figure(
            f"Kaplan-Meier curves: {settings['label']}",
            km_figure(results, path),
            items=("O-01", "M-10") if weighted else ("O-01",),
            shows=tuple(f"{path}/{part}" for part in CURVE_PARTS),
        ),
        Paragraph(words(_sentence(str(results.value(adjustment)))), "banner")
        if adjustment in results
        else None,
        *_disagreements(results, path),
        Paragraph(words(str(settings["note"]))) if settings["note"] else None,
        reporting(shape_tables.observed(results, path), "O-02", "O-04"),
        reporting(survival_tables.variants(results, path), "D-08", "H-05"),
        *(reporting(table, "M-15") for table in model_tables.models(results, path)),
        *weighting_tables.weighting(results, path),
        _weights(results, path) if weighted else None,
        *hazards(results, path),
        _assumptions(results, path),
        folded_table(reporting(shape_tables.by_time(results, path), "O-02")),
        folded_table(reporting(survival_tables.fidelity(results, path), *FIDELITY)),
        sensitivity_section(results, path),
    )


def _disagreements(results: Results, path: str) -> tuple[Block, ...]:
    """That the draws and the one data set of the figure do not go together."""
    ids = (f"{path}/over_draws/disagreement", f"{path}/maic/over_draws/disagreement")
    found = dict.fromkeys(str(results.value(id)) for id in ids if id in results)
    return tuple(Paragraph(words(text), "banner") for text in found)


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}."


def _assumptions(results: Results, path: str) -> Folded | None:
    effect = "maic" if is_weighted(results, path) else "unadjusted"
    blocks: list[Block | None] = [bullets(texts(results, f"{path}/{effect}/log_hr/assumptions"))]
    for side in SIDES:
        here = f"{path}/{side}"
        sentences = [
            *texts(results, f"{here}/notes"),
            *texts(results, f"{here}/joined"),
            *texts(results, f"{here}/reconstruction/notes"),
        ]
        if f"{here}/reconstruction/censoring" in results:
            sentences.append(f"Censoring: {results.value(f'{here}/reconstruction/censoring')}.")
        if sentences:
            name = f"{results.value(f'{here}/study')}, {results.value(f'{here}/label')}"
            blocks += [Paragraph(words(Span(name, strong=True))), bullets(tuple(sentences))]
    return folded("What this comparison assumes", *blocks)


def _response(results: Results) -> Section | None:
    weighted = [path for path in responses(results) if is_weighted(results, path)]
    return section(
        "response",
        "Response",
        response_tables.responses(results),
        *(_weighted_response(results, path) for path in weighted),
        response_tables.descriptive(results),
    )


def _weighted_response(results: Results, path: str) -> Section | None:
    return section(
        path.replace("/", "-"),
        str(comparison_settings(results, path)["label"]),
        Paragraph(words(f"Adjustment: {results.value(f'{path}/adjustment')}."), "banner"),
        *(reporting(table, "M-15") for table in model_tables.models(results, path)),
        *weighted_response_tables.weighting(results, path),
        _weights(results, path),
        folded(
            "What this comparison assumes",
            bullets(weighted_response_tables.assumptions(results, path)),
        ),
    )


def _weights(results: Results, path: str) -> Figure:
    return Figure(
        "Weights of the patients, rescaled to mean 1",
        weight_figure(results, path),
        items=("M-05",),
        shows=(f"{path}/maic/weights/histogram",),
    )


def _points(results: Results) -> Section | None:
    items = tuple(
        (f"{i + 1}. {p['question']}", fill(p["answer"], results, where=f"points[{i}].answer"))
        for i, p in enumerate(results.settings["points"])
    )
    return section("points", "What a reviewer will ask", Terms(items) if items else None)


def _limitations(results: Results) -> Section | None:
    items: list[Words] = [
        fill(text, results, where=f"limitations[{i}]")
        for i, text in enumerate(results.settings["limitations"])
    ]
    shown = limitations(results)
    return section(
        "limitations",
        "Limitations",
        Bullets(tuple(items)) if items else None,
        reporting(author_tables.risk_of_bias(results), "B-04"),
        section("shown_limitations", "What the results themselves show", Bullets(shown))
        if shown
        else None,
        items=("A-02",),
    )


def _baseline(results: Results) -> Section | None:
    return section(
        "baseline",
        "Who was treated, and what could be adjusted for",
        reporting(evidence_tables.baselines(results), "A-04"),
        reporting(author_tables.covariates(results), "M-01", "M-02"),
    )


def _methods(results: Results) -> Section | None:
    cited = references(results)
    return section(
        "methods",
        "Methods",
        bullets(methods(results)),
        section("references", "References", bullets(cited)) if cited else None,
    )


def _evidence(results: Results) -> Section | None:
    return section(
        "evidence",
        "Evidence used",
        reporting(evidence_tables.evidence(results), "A-03", "D-03"),
        reporting(evidence_tables.studies(results), "A-04"),
        folded_table(evidence_tables.set_aside(results)),
    )


def _provenance(results: Results) -> Section | None:
    return section(
        "provenance",
        "Provenance",
        Paragraph(
            words(
                "Every number above comes from results.json beside this report, where it has an "
                "id. Where a number comes from, a click on it says on a screen, and so does ",
                Span(f"survcomp trace reports/{results.analysis} ID", strong=True),
                ". Whether the analysis still gives the same numbers, ",
                Span(f"survcomp check analyses/{results.analysis}", strong=True),
                " says.",
            )
        ),
        evidence_tables.sources(results),
        folded_table(evidence_tables.inputs(results)),
        folded_table(evidence_tables.defaults(results)),
    )
