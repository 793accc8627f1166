"""Analyses: run them, pin what they found, check that a rerun agrees."""

from survcomp.analysis.plan.load import Plan, load
from survcomp.analysis.review.pin import (
    Check,
    Difference,
    compare,
    is_pinned,
    pinned_dict,
    read_pinned,
)
from survcomp.analysis.run import run

__all__ = [
    "Check",
    "Difference",
    "Plan",
    "compare",
    "is_pinned",
    "load",
    "pinned_dict",
    "read_pinned",
    "run",
]
