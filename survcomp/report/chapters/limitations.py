"""Limitations: what the author says, and what an analysis shows by its own numbers."""

from __future__ import annotations

from collections.abc import Iterator

from survcomp.report.document.cells import SIDES, is_weighted, naive_effect
from survcomp.report.document.chapter import Chapter
from survcomp.report.document.sections import Bullets, Section, present, reporting, section
from survcomp.report.document.text import fill, shown
from survcomp.report.document.words import Span, Words, words
from survcomp.report.kinds.comparison import comparisons
from survcomp.report.kinds.registry import comparison_settings, kinds, label_of
from survcomp.report.kinds.response import responses
from survcomp.report.tables.authors import risk_of_bias
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
    of_each: list[Words] = []
    for path in paths:
        sentences = tuple(_of_one(results, path))
        if sentences:
            text = [part for sentence in sentences for part in (*sentence, Span(" "))][:-1]
            of_each.append(words(Span(f"{label_of(results, path)}. ", strong=True), *text))
    return (*_of_all(results, paths), *of_each)


def _of_all(results: Results, paths: tuple[str, ...]) -> Iterator[Words]:
    if paths:
        yield words(
            "Unanchored: the compared arms have no comparator in common, so the effects are "
            "unbiased only if every prognostic factor and effect modifier that differs between the "
            "trials is adjusted for. That cannot be verified, and is rarely believed."
        )
    yield from _unverified(results, of_survival=True)
    naive = [path for path in paths if not is_weighted(results, path)]
    if naive:
        share = "None" if len(naive) == len(paths) else f"{len(naive)} of {len(paths)}"
        verb = "is" if share == "None" else "are not"
        yield words(f"{share} of the survival comparisons {verb} adjusted for anything.")
    yield from _unadjusted_responses(results)
    yield from _unverified(results, of_survival=False)
    yield from _of_curves(results, paths)


def _unverified(results: Results, *, of_survival: bool) -> Iterator[Words]:
    """What must hold for each comparison and cannot be verified, and what weighting leaves."""
    for kind in (kind for kind in kinds() if (kind.survival is not None) == of_survival):
        for path in kind.paths(results):
            must_hold = kind.cannot_be_verified(results, path)
            weights = _of_weights(results, path) if is_weighted(results, path) else ()
            if must_hold:
                yield words(
                    Span(f"{label_of(results, path)}. ", strong=True),
                    must_hold,
                    *(part for sentence in weights for part in (Span(" "), *sentence)),
                )


def _unadjusted_responses(results: Results) -> Iterator[Words]:
    every = responses(results)
    naive = [path for path in every if not is_weighted(results, path)]
    if every and len(naive) == len(every):
        yield words("The comparisons of response are not adjusted for anything.")
    elif naive:
        yield words(
            f"{len(naive)} of {len(every)} comparisons of response are not adjusted for anything."
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


def limitations_chapter(results: Results) -> tuple[Section, ...]:
    """The author's sentences and judgements, then those from the numbers."""
    said = tuple(
        fill(text, results, where=f"limitations[{i}]")
        for i, text in enumerate(results.settings["limitations"])
    )
    shown_by_numbers = limitations(results)
    return present(
        section(
            "limitations",
            "Limitations",
            Bullets(said) if said else None,
            reporting(risk_of_bias(results), "B-04"),
            section(
                "shown_limitations",
                "What the results themselves show",
                Bullets(shown_by_numbers) if shown_by_numbers else None,
            ),
            items=("A-02",),
        )
    )


CHAPTER = Chapter(place=90, build=limitations_chapter)
