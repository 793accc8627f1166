"""Terms of the field, for those readers of a report to whom they are new."""

from __future__ import annotations

import re

from survcomp.report.document.chapter import Appendix
from survcomp.report.document.sections import (
    Document,
    Section,
    Terms,
    all_text,
    present,
    section,
)
from survcomp.report.document.words import plain, words
from survcomp.values.records.results import Results

TERMS: dict[str, str] = {
    "ADaM": "the form in which trials hand over data for analysis: ADSL has the subjects, ADTTE "
    "their times to events",
    "AgD": "aggregate data: what a publication prints about a group of patients",
    "anchored": "a comparison through a comparator that both trials have",
    "augmented": "of an estimator: an outcome model whose residuals are weighted as well, right if "
    "either the model or the weights are (doubly robust)",
    "bias factor": "how many times too large or too small a confounder makes a hazard ratio",
    "bootstrap": "an interval from drawing the patients again, with replacement, many times",
    "Bucher": "the difference of two trials' effects against the same comparator",
    "CI": "confidence interval",
    "conditional": "an effect for patients with given covariates",
    "CR": "complete response",
    "DOR": "duration of response",
    "draws": "data sets that are all consistent with what was published of a curve; how far they "
    "lie apart is the error of rebuilding it",
    "ECOG": "performance status of the Eastern Cooperative Oncology Group",
    "enrolled scenario": "what the effect would be if those who were enrolled and never treated "
    "had failed first; no bound",
    "entropy": "of weights: those that meet the target and are otherwise as equal as can be; they "
    "are the weights of MAIC by the method of moments",
    "E-value": "how strongly an unmeasured confounder would have to go with both treatment and "
    "outcome to explain an effect away",
    "ESS": "effective sample size: the patients who, unweighted, would tell as much",
    "effective sample size": "the patients who, unweighted, would tell as much (ESS)",
    "G-computation": "an effect in the target population from a model of the outcome, averaged "
    "over its patients",
    "held out": "published, but not used for rebuilding a curve (it moved no patient), so that it "
    "can test it",
    "HR": "hazard ratio; below 1 the treatment's patients have the event later",
    "ISS": "International Staging System of myeloma; R-ISS is its revised form",
    "Kaplan-Meier": "the share of patients without the event, by time, of whom some are no longer "
    "followed",
    "MAIC": "matching-adjusted indirect comparison: patients are weighted until their baseline is "
    "that of another trial",
    "Mahalanobis": "a distance in standard deviations that allows for covariates that go together",
    "marginal": "an effect in a whole population, averaged over its covariates",
    "naive": "a comparison without any adjustment",
    "OR": "odds ratio",
    "ORR": "overall response rate",
    "OS": "overall survival",
    "PFS": "progression-free survival",
    "proportional": "of hazards: their ratio is the same at all times",
    "RD": "risk difference, in percentage points",
    "rebuilt": "of patients: made so that their curve is the published one; nobody in particular",
    "reverse Kaplan-Meier": "how long patients were followed, had none had an event",
    "RFS": "recurrence-free survival",
    "RMST": "restricted mean survival time: the area under a survival curve up to a stated time",
    "robust": "of a standard error: one that allows for patients who count as more or less than 1",
    "RR": "risk ratio",
    "sCR": "stringent complete response",
    "SD": "standard deviation",
    "SE": "standard error",
    "shifted null": "whether an effect could still be told from one this far from none",
    "SMD": "standardised mean difference: a difference in standard deviations",
    "STC": "simulated treatment comparison: by a regression in one's own patients",
    "tipping point": "where, as one assumption gives way, the conclusion changes",
    "unanchored": "a comparison of single arms, without a common comparator",
}


def glossary(text: str) -> tuple[tuple[str, str], ...]:
    """Terms that occur in a text as whole words, with what they mean, in alphabetical order.

    A word may begin a sentence; an abbreviation must be written as it is.
    """
    used = (term for term in TERMS if re.search(_pattern(term), text))
    return tuple((term, TERMS[term]) for term in sorted(used, key=_by_letters))


def _by_letters(term: str) -> str:
    return re.sub(r"\W", "", term).casefold()


def _pattern(term: str) -> str:
    first, rest = re.escape(term[0]), re.escape(term[1:])
    if term[:2].islower():  # "sCR" is no word
        first = f"[{first}{first.upper()}]"
    return rf"(?<![\w-]){first}{rest}(?![\w-])"


def terms_used(results: Results, document: Document) -> tuple[Section, ...]:
    """Terms that the report uses."""
    used = glossary(f"{plain(document.summary)}\n{all_text(document.sections)}")
    terms = tuple((term, words(meaning)) for term, meaning in used)
    return present(
        section("glossary", "Glossary", Terms(terms, layout="beside") if terms else None)
    )


APPENDIX = Appendix(place=20, build=terms_used)
