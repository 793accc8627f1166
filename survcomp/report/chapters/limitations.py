"""Limitations that an analysis shows by its own numbers, in words."""

from __future__ import annotations

from collections.abc import Iterator

from survcomp.report.document.cells import (
    SIDES,
    anchored,
    comparison_settings,
    comparisons,
    is_exploratory,
    is_weighted,
    naive_effect,
    responses,
)
from survcomp.report.document.text import shown
from survcomp.report.document.words import Span, Words, words
from survcomp.values.records.results import Results

SMALL_ESS = 50.0
"""Below this, robust standard errors were too small in simulations (Chandler 2024)."""
IMBALANCE = 0.1
"""A standardised difference above this is usually called an imbalance."""
FOLLOW_UP_RATIO = 1.5
LARGE_SHARE = 0.25
FEW = {"median": "its median", "landmarks": "a few rates", "counts": "counts of events"}
"""What a curve rests on that has no figure."""


def limitations(results: Results) -> tuple[Words, ...]:
    """Sentences, each with the records it rests on."""
    paths = comparisons(results, "main", "sensitivity")
    found: list[Words] = []
    for path in paths:
        sentences = tuple(_of_one(results, path))
        if sentences:
            label = comparison_settings(results, path)["label"]
            text = [part for sentence in sentences for part in (*sentence, Span(" "))][:-1]
            found.append(words(Span(f"{label}. ", strong=True), *text))
    return (*_of_all(results, paths), *found)


def _of_all(results: Results, paths: tuple[str, ...]) -> Iterator[Words]:
    if paths:
        yield words(
            "Unanchored: the compared arms have no comparator in common, so the effects are "
            "unbiased only if every prognostic factor and effect modifier that differs between the "
            "trials is adjusted for. That cannot be verified, and is rarely believed."
        )
    for path in anchored(results):
        exploratory = is_exploratory(results, path)
        label = comparison_settings(results, path)["label"]
        yield words(
            Span(f"{label}. ", strong=True),
            "Exploratory: the trials have no comparator in common."
            if exploratory
            else "Anchored: the effects are unbiased only if every effect modifier that differs "
            "between the trials is adjusted for, which cannot be verified.",
            *(part for sentence in _of_weights(results, path) for part in (Span(" "), *sentence)),
        )
    naive = [path for path in paths if not is_weighted(results, path)]
    if naive:
        share = "None" if len(naive) == len(paths) else f"{len(naive)} of {len(paths)}"
        verb = "is" if share == "None" else "are not"
        yield words(f"{share} of the survival comparisons {verb} adjusted for anything.")
    yield from _of_responses(results)
    yield from _of_curves(results, paths)


def _of_responses(results: Results) -> Iterator[Words]:
    """That responses are not adjusted, or what weighting them leaves."""
    every = responses(results)
    naive = [path for path in every if not is_weighted(results, path)]
    if every and len(naive) == len(every):
        yield words("The comparisons of response are not adjusted for anything.")
    elif naive:
        yield words(
            f"{len(naive)} of {len(every)} comparisons of response are not adjusted for anything."
        )
    for path in every:
        if is_weighted(results, path):
            label = comparison_settings(results, path)["label"]
            yield words(
                Span(f"{label}. ", strong=True),
                "Unanchored: unbiased only if everything that affects response and differs "
                "between the trials is adjusted for, which cannot be verified.",
                *(part for s in _of_weights(results, path) for part in (Span(" "), *s)),
            )


def _of_one(results: Results, path: str) -> Iterator[Words]:
    yield from _of_follow_up(results, path)
    if is_weighted(results, path):
        yield from _of_weights(results, path)
    share = f"{path}/over_draws/log_hr/share_reconstruction"
    if share in results and results.value(share) >= LARGE_SHARE:
        effect = naive_effect(results, path)
        yield words(
            Span(shown(results[share]), record=share),
            " of the variance of the ",
            Span("naive effect", record=f"{effect}/estimate"),
            " comes from rebuilding the curves, not from the number of patients.",
        )


def _of_curves(results: Results, paths: tuple[str, ...]) -> Iterator[Words]:
    """Curves that are known by a few numbers, each named once."""
    named: dict[str, Span] = {}
    for path in paths:
        for side in SIDES:
            here = f"{path}/{side}"
            id = f"{here}/reconstruction/support"
            if id in results and results.value(id) in FEW:
                endpoint = comparison_settings(results, path)["endpoint"]
                cut = (
                    f", {results.value(f'{here}/basis/cut')}"
                    if f"{here}/basis/cut" in results
                    else ""
                )
                name = f"{results.value(f'{here}/study')}, {results.value(f'{here}/label')}"
                words_of = f"{name}, {endpoint}{cut}: {FEW[str(results.value(id))]}"
                named.setdefault(words_of, Span(words_of, record=id))
    if named:
        parts: list[str | Span] = []
        for span in named.values():
            parts += [span, "; "]
        yield words(
            "Known by a few printed numbers only, so that the shape between and beyond them is an "
            "assumption: ",
            *parts[:-1],
            ".",
        )


def _of_follow_up(results: Results, path: str) -> Iterator[Words]:
    ids = [f"{path}/{side}/follow_up/estimate" for side in SIDES]
    medians = [float(results.value(id)) for id in ids]
    if max(medians) > FOLLOW_UP_RATIO * min(medians):
        unit = results[ids[0]].unit
        yield words(
            "Median follow-up differs: ",
            Span(shown(results[ids[0]]), record=ids[0]),
            " and ",
            Span(shown(results[ids[1]]), record=ids[1]),
            f" {unit}. A hazard ratio over different periods rests on proportional hazards.",
        )


def _of_weights(results: Results, path: str) -> Iterator[Words]:
    ess = f"{path}/maic/weights/ess"
    if results.value(ess) < SMALL_ESS:
        yield words(
            "The effective sample size is ",
            Span(shown(results[ess]), record=ess),
            "; intervals at such sizes are less reliable than they look.",
        )
    left = []
    for index in results.children(f"{path}/balance/row"):
        row = f"{path}/balance/row/{index}"
        id = f"{row}/difference_after"
        known = not results.value(f"{row}/matched") and id in results
        if known and abs(results.value(id)) > IMBALANCE:
            name = f"{results.value(f'{row}/covariate')} ({results.value(f'{row}/kind')})"
            left += [Span(f"{name}, "), Span(shown(results[id]), record=id), Span(" SD; ")]
    if left:
        left[-1] = Span(" SD.")
        yield words("Not matched and still different after weighting: ", *left)
