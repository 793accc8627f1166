"""Terms of the field, for those readers of a report to whom they are new."""

from __future__ import annotations

import re

TERMS: dict[str, str] = {
    "AgD": "aggregate data: what a publication prints about a group of patients",
    "anchored": "a comparison through a comparator that both trials have",
    "Bucher": "the difference of two trials' effects against the same comparator",
    "CI": "confidence interval",
    "conditional": "an effect for patients with given covariates",
    "DOR": "duration of response",
    "ECOG": "performance status of the Eastern Cooperative Oncology Group",
    "E-value": "how strongly an unmeasured confounder would have to go with both treatment and "
    "outcome to explain an effect away",
    "ESS": "effective sample size: the patients who, unweighted, would tell as much",
    "HR": "hazard ratio; below 1 the treatment's patients have the event later",
    "ISS": "International Staging System of myeloma; R-ISS is its revised form",
    "MAIC": "matching-adjusted indirect comparison: patients are weighted until their baseline is "
    "that of another trial",
    "marginal": "an effect in a whole population, averaged over its covariates",
    "naive": "a comparison without any adjustment",
    "OR": "odds ratio",
    "ORR": "overall response rate",
    "OS": "overall survival",
    "PFS": "progression-free survival",
    "RMST": "restricted mean survival time: the area under a survival curve up to a stated time",
    "RR": "risk ratio",
    "sCR": "stringent complete response",
    "SD": "standard deviation",
    "SE": "standard error",
    "SMD": "standardised mean difference: a difference in standard deviations",
    "STC": "simulated treatment comparison: by a regression in one's own patients",
    "unanchored": "a comparison of single arms, without a common comparator",
}


def glossary(text: str) -> tuple[tuple[str, str], ...]:
    """Terms that occur in a text as whole words, with what they mean, in alphabetical order."""
    found = (term for term in TERMS if re.search(rf"(?<![\w-]){re.escape(term)}(?![\w-])", text))
    return tuple((term, TERMS[term]) for term in sorted(found, key=str.casefold))
