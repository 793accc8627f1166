"""Which items of a reporting checklist an analysis reports, found out from its results.

The items are those that guidance and reviews of population-adjusted indirect comparisons ask
for: question (A), digitised and rebuilt curves (D), observed survival (O), hazards (H),
extrapolation (E), weighting (M) and bias (B). Nothing is ticked by hand: a rule looks for the
records that an item needs, and an item that is missing says why.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from survcomp.analysis.steps.parts.checklist_rules import (
    NO_SENSITIVITY,
    NO_SHAPE,
    REPORTED,
    Finding,
    Item,
    always,
    comparability,
    estimand,
    if_rebuilt,
    if_survival,
    if_traced,
    if_weighted,
    logrank,
    naive_beside,
    never,
    no_extrapolation,
    non_proportional,
    over_draws,
    sensitivity,
    setting,
    unavailable,
    weighted_curves,
    weights_varied,
)
from survcomp.values.records.grounds import Ground
from survcomp.values.records.results import Record, Results


def with_checklist(results: Results) -> Results:
    """The results with a record for the title, level, status and reason of every item."""
    return replace(
        results,
        records=(*results.records, *_records(results)),
        grounds=(*results.grounds, Ground(prefix="checklist")),
    )


def _records(results: Results) -> Iterator[Record]:
    for item in ITEMS:
        finding = item.rule(results)
        fields = {
            "title": item.title,
            "level": item.level,
            "status": finding.status,
            "why": finding.why,
        }
        for field, value in fields.items():
            if value:
                yield Record(id=f"checklist/{item.id}/{field}", value=value, kind="text")


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
    Item("A-01", "Estimand, with endpoint, time zero and censoring rule", estimand),
    Item("A-02", "Anchored or unanchored, and what that assumes", always),
    Item("A-03", "Data sources of each arm", always),
    Item("A-04", "Studies and how comparable they are", comparability),
    Item(
        "A-05",
        "Protocol, deviations, number of analyses run",
        setting("protocol", "the analysis has no `protocol`"),
    ),
    Item("A-06", "Flow of patients and curves", never("no flow is drawn"), "optional"),
    Item("A-07", "Why this method was chosen", never("no flow of choices is drawn"), "optional"),
    Item(
        "D-01",
        "Source, picture and tracing of each curve",
        if_traced("reconstruction/tracing", "the evidence does not describe the tracing"),
    ),
    Item(
        "D-02",
        "Calibration of the axes",
        if_traced("reconstruction/tracing", "the evidence does not describe the calibration"),
    ),
    Item(
        "D-03",
        "Published numbers that were used",
        if_rebuilt("reconstruction/support", "what a curve rests on is not recorded"),
    ),
    Item(
        "D-04",
        "Rebuilt curve on the picture",
        if_traced("reconstruction/overlay", "pictures are not kept"),
    ),
    Item(
        "D-05",
        "Published against rebuilt numbers",
        if_rebuilt("fidelity", "nothing published can be compared"),
    ),
    Item(
        "D-06",
        "Distance of the rebuilt from the traced curve",
        if_traced("fidelity", "distances were not worked out"),
    ),
    Item(
        "D-07",
        "Verdict on the fitness of each rebuilt curve",
        if_rebuilt("reconstruction/grade", "no grade was given"),
    ),
    Item("D-08", "Error of rebuilding carried to the effect", over_draws, "optional"),
    Item(
        "O-01",
        "Kaplan-Meier curves with numbers at risk and events",
        if_survival("at_risk", "no numbers at risk"),
    ),
    Item(
        "O-02",
        "Patients, events, medians, survival by time, follow-up",
        if_survival("treatment/follow_up", "follow-up is not worked out"),
    ),
    Item(
        "O-03",
        "Log-rank test, hazard ratio, ties and transformation",
        logrank,
    ),
    Item(
        "O-04",
        "Maturity: from when on few are at risk",
        if_survival("treatment/km/few_at_risk_after", "not worked out"),
    ),
    Item("H-01", "log(-log S) by log time", if_survival("treatment/hazard", NO_SHAPE)),
    Item("H-02", "Hazards by time", if_survival("treatment/hazard", NO_SHAPE)),
    Item(
        "H-03",
        "Test of proportional hazards",
        if_survival("proportional_hazards/chi_squared", NO_SHAPE),
    ),
    Item(
        "H-04",
        "Quantile-quantile plot for accelerated failure time",
        lambda results: Finding("does not apply", "no accelerated failure time model is used"),
    ),
    Item("H-05", "Effects that need no proportional hazards", non_proportional),
    *(Item(f"E-{i:02d}", title, no_extrapolation) for i, title in enumerate(EXTRAPOLATION, 1)),
    Item(
        "M-01",
        "Candidate covariates, their ranking and reasons",
        setting("covariates", "the analysis lists no `covariates`"),
    ),
    Item("M-02", "Important covariates that are not available", unavailable),
    Item("M-03", "Published baseline as it was used", if_weighted("balance", "not recorded")),
    Item("M-04", "Balance before and after weighting", if_weighted("balance", "not recorded")),
    Item(
        "M-05",
        "Histogram of the weights",
        if_weighted("maic/weights/histogram", "not recorded"),
    ),
    Item("M-06", "Distribution of the weights", if_weighted("maic/weights", "not recorded")),
    Item(
        "M-07",
        "Effective sample size and its reduction",
        if_weighted("maic/weights/ess", "not recorded"),
    ),
    Item("M-08", "Overlap with the target", if_weighted("maic/overlap", "not recorded")),
    Item(
        "M-09",
        "Naive and adjusted effects side by side",
        naive_beside,
    ),
    Item(
        "M-10",
        "Curves before and after weighting",
        weighted_curves,
    ),
    Item(
        "M-11",
        "Interval method named, and the others beside it",
        if_weighted("maic/variance", "not recorded"),
    ),
    Item(
        "M-12",
        "Other covariates, weights and patients",
        weights_varied,
    ),
    Item("M-13", "Whose answer this is: the target population", always),
    Item(
        "M-14",
        "Both trials' effects and how they were combined",
        lambda results: (
            REPORTED
            if results.settings.get("anchored") or results.settings.get("exploratory")
            else Finding("does not apply", "nothing is compared through a common comparator")
        ),
    ),
    Item(
        "M-15",
        "A model of the outcome beside the weights",
        if_weighted("models", "the analysis asks for no `models`"),
        "optional",
    ),
    Item("B-01", "Unmeasured confounder: tipping point", sensitivity("confounder", NO_SENSITIVITY)),
    Item("B-02", "E-values", sensitivity("e_value", NO_SENSITIVITY), "optional"),
    Item("B-03", "Shifted null", sensitivity("null", NO_SENSITIVITY), "optional"),
    Item(
        "B-04",
        "Risk of bias by domain",
        setting("risk_of_bias", "the analysis has no `risk_of_bias`"),
    ),
)
"""Every item, in the order of the checklist."""
