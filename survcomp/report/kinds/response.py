"""Comparisons of response."""

from __future__ import annotations

from survcomp.report.document.cells import best_response, is_weighted
from survcomp.report.kinds.registry import BesideModels, Kind
from survcomp.values.records.results import Results


def responses(results: Results) -> tuple[str, ...]:
    """Paths of the response comparisons."""
    return KIND.paths(results)


def _leads_with(results: Results, path: str) -> str:
    return f"{best_response(results, path)}/log_rr"


def _holds(results: Results, path: str) -> str:
    if not is_weighted(results, path):
        return ""
    return str(results.value(f"{_leads_with(results, path)}/interval"))


def _cannot_be_verified(results: Results, path: str) -> str:
    if not is_weighted(results, path):
        return ""
    return (
        "Unanchored: unbiased only if everything that affects response and differs "
        "between the trials is adjusted for, which cannot be verified."
    )


KIND = Kind(
    place=30,
    name="response",
    table="responses",
    leads_with=_leads_with,
    holds=_holds,
    cannot_be_verified=_cannot_be_verified,
    models=BesideModels(naive_below="", leads="log_or"),
)
