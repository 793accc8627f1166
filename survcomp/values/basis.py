"""What a published number was measured on: who, since when, judged by whom, until when.

These facts decide whether two curves may be compared at all. They travel with every
`Curve`, `IPD`, `Population` and `Response`; `survcomp.comparison` refuses a mismatch
unless the analysis names it as an assumption.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from survcomp.values.checks import check_interval, check_option, check_text, check_time

AnalysisSet = Literal[
    "randomised",
    "enrolled",
    "infused",
    "treated",
    "responders",
    "evaluable",
    "cohort",
    "not stated",
]
IndexDate = Literal[
    "randomisation",
    "enrolment",
    "apheresis",
    "infusion",
    "start of treatment",
    "became eligible",
    "first response",
    "not stated",
]
Assessor = Literal[
    "independent review committee",
    "investigator",
    "computerised algorithm",
    "not applicable",
    "not stated",
]
FollowUpMethod = Literal["reverse Kaplan-Meier", "observed times", "not stated"]
FollowUpSpread = Literal["range", "interquartile range", "none"]

NOT_STATED = "not stated"


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowUp:
    """Published follow-up of a data cut.

    Attributes
    ----------
    median : float
        Median follow-up, in the curve's time unit.
    low, high : float or None
        The spread printed beside the median.
    spread : {"range", "interquartile range", "none"}
        What `low` and `high` are.
    method : {"reverse Kaplan-Meier", "observed times", "not stated"}
        How the median was computed; most publications do not say.
    source : str
        Id of the citation, or the words of the assumption if it is one.

    Examples
    --------
    >>> import survcomp as sc
    >>> follow_up = sc.FollowUp(median=13.3, low=0.2, high=21.2, spread="range")
    >>> follow_up.longest
    21.2
    >>> follow_up.scaled(30.4375).median  # in days
    404.81875
    """

    median: float
    low: float | None = None
    high: float | None = None
    spread: FollowUpSpread = "none"
    method: FollowUpMethod = "not stated"
    source: str = ""

    def __post_init__(self) -> None:
        for name in ("median", "low", "high"):
            value = getattr(self, name)
            if value is not None:
                check_time(value, name=f"follow_up.{name}")
        check_option(self.spread, FollowUpSpread, name="follow_up.spread")
        check_option(self.method, FollowUpMethod, name="follow_up.method")
        check_interval(self.median, self.low, self.high, name="follow_up")

    def scaled(self, factor: float) -> FollowUp:
        """The same follow-up with every time multiplied, for another unit."""
        low, high = (None if x is None else x * factor for x in (self.low, self.high))
        return replace(self, median=self.median * factor, low=low, high=high)

    @property
    def longest(self) -> float | None:
        """Largest follow-up time, if a range was printed."""
        return self.high if self.spread == "range" else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """A data cut: its label, its date, and how long patients had been followed.

    Attributes
    ----------
    label : str
        How the analysis calls it, such as ``"27.7 months"``.
    date : str or None
        Calendar date of the cutoff, ISO 8601, if published.
    follow_up : FollowUp or None
        Follow-up at this cut, if published.

    Examples
    --------
    >>> import survcomp as sc
    >>> cut = sc.Cut(label="13.3 months", date="2020-01-14", follow_up=sc.FollowUp(median=13.3))
    >>> sc.Basis(analysis_set="infused", index_date="infusion", cut=cut).cut.label
    '13.3 months'
    """

    label: str
    date: str | None = None
    follow_up: FollowUp | None = None

    def __post_init__(self) -> None:
        check_text(self.label, name="cut.label")


@dataclass(frozen=True, slots=True, kw_only=True)
class Basis:
    """Who was counted, from when, judged by whom, censored how, until which data cut.

    Attributes
    ----------
    analysis_set : str
        "randomised", "enrolled", "infused", "treated", "responders", "evaluable",
        "cohort" or "not stated".
    index_date : str
        Time zero: "randomisation", "enrolment", "apheresis", "infusion",
        "start of treatment", "became eligible", "first response" or "not stated".
    assessor : str
        Who judged the event: "independent review committee", "investigator",
        "computerised algorithm", "not applicable" (death) or "not stated".
    censoring_rule : str
        In words, or "not stated".
    cut : Cut or None
        The data cut.

    Examples
    --------
    >>> from survcomp import Basis
    >>> Basis(analysis_set="infused", index_date="infusion").assessor
    'not stated'
    """

    analysis_set: AnalysisSet = "not stated"
    index_date: IndexDate = "not stated"
    assessor: Assessor = "not stated"
    censoring_rule: str = NOT_STATED
    cut: Cut | None = None

    def __post_init__(self) -> None:
        check_option(self.analysis_set, AnalysisSet, name="analysis_set")
        check_option(self.index_date, IndexDate, name="index_date")
        check_option(self.assessor, Assessor, name="assessor")
        check_text(self.censoring_rule, name="censoring_rule")

    def scaled(self, factor: float) -> Basis:
        """The same basis with the follow-up of its cut multiplied, for another unit."""
        if self.cut is None or self.cut.follow_up is None:
            return self
        return replace(self, cut=replace(self.cut, follow_up=self.cut.follow_up.scaled(factor)))

    def with_follow_up(self, follow_up: FollowUp) -> Basis:
        """The basis with an assumed follow-up, which compatibility checks then read."""
        cut = self.cut or Cut(label=NOT_STATED)
        return replace(self, cut=replace(cut, follow_up=follow_up))
