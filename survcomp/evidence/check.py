"""Does the evidence agree with itself? One fault for each number that does not.

The schema says what a trial.toml may hold; the checks here say whether the numbers in it
can be true together: counts and percentages, intervals and estimates, PFS and OS.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from itertools import combinations

from survcomp.errors import Fault, FileFaultError, SurvcompError
from survcomp.evidence.files import shown
from survcomp.evidence.find import Source, Where, sources_at
from survcomp.evidence.trial_folders import schema
from survcomp.evidence.trial_folders.read import read_table, trial_from_table
from survcomp.evidence.trial_folders.references import Finding
from survcomp.values.checks import printed_step
from survcomp.values.curves.printed import rate_step
from survcomp.values.curves.traced import CurvePoints
from survcomp.values.response import counts_printed_as
from survcomp.values.trial import Trial

RESPONSE_ORDER = ("sCR", ">=CR", ">=VGPR", "ORR")


def check_evidence(where: Where, *, trials: tuple[str, ...] | None = None) -> list[Fault]:
    """Check every trial of the evidence, or the named ones.

    Parameters
    ----------
    where : path or Sources
        Folder that holds data/digitized; or that folder over the evidence that is shipped, see
        `find_evidence`.
    trials : tuple of str, optional
        Trial folders; all of them when left out.

    Returns
    -------
    list of Fault
        Empty when nothing is wrong.

    Raises
    ------
    NotFoundError
        If a named trial does not exist.

    Examples
    --------
    >>> import survcomp as sc
    >>> sc.check_evidence(sc.find_evidence(), trials=("karmma",))  # no faults
    []
    """
    sources = sources_at(where)
    names = sources.trials if trials is None else trials
    return [fault for trial in names for fault in check_trial(sources.of(trial), trial)]


def check_trial(source: Source, trial: str) -> list[Fault]:
    """Check one trial: schema first, then values, then agreement between numbers."""
    file = shown(source.folder(trial) / "trial.toml", source.root)
    try:
        table = read_table(source, trial)
    except FileFaultError as error:
        return list(error.faults)
    faults: list[Fault] = []
    try:
        value = trial_from_table(table, source)
        faults += [Fault(file, *finding) for finding in _traces_agree_with_print(table, value)]
    except FileFaultError as error:
        faults += error.faults
    except SurvcompError as error:
        faults.append(Fault(file, "", str(error)))
    for rule in RULES:
        faults += [Fault(file, *finding) for finding in rule(table)]
    return faults


def _counts_agree_with_percentages(table: schema.TrialFile) -> Iterator[Finding]:
    """Numbers in use only: a number is sometimes set aside because it does not agree."""
    for index, response in enumerate(table.responses):
        if not response.set_aside:
            yield from _count_and_percent(
                f"responses[{index}]", response.events, response.percent, response.n
            )
    for index, population in enumerate(table.populations):
        for row, moment in enumerate(population.moments):
            if moment.set_aside:
                continue
            n = population.n if moment.n is None else moment.n
            field = f"populations[{index}].moments[{row}]"
            yield from _count_and_percent(field, moment.count, moment.percent, n, slack=0.5)


def _count_and_percent(
    field: str, count: int | None, percent: float | None, n: int, *, slack: float = 0.0
) -> Iterator[Finding]:
    """A count must print as its percentage.

    Baseline tables round 5 up or down and some drop the last digit, hence `slack`, in
    units of the last printed digit, for them.
    """
    if count is None or percent is None:
        return
    if n == 0 or count > n:
        yield field, f"{count} of {n} patients cannot be"
        return
    exact = 100 * count / n
    if count in counts_printed_as(percent, n):
        return
    if abs(exact - percent) > (0.5 + slack) * printed_step(percent) + 1e-9:
        yield field, f"{count} of {n} is {exact:.2f} %, but {percent:g} % is printed"


def _intervals_hold_estimates(table: schema.TrialFile) -> Iterator[Finding]:
    """Responses only: medians, landmarks and contrasts check theirs when they are made."""
    for index, response in enumerate(table.responses):
        if response.ci is None:
            continue
        percent = response.percent
        if percent is None:
            percent = 100 * (response.events or 0) / response.n
        low, high = (p if isinstance(p, float) else None for p in response.ci)
        if (low is not None and low > percent) or (high is not None and high < percent):
            yield f"responses[{index}].ci", f"{response.ci} does not hold {percent:g} %"


def _ratios_are_centred(table: schema.TrialFile) -> Iterator[Finding]:
    """A Wald interval of a ratio is symmetric on the log scale, up to rounding.

    An estimate far from the geometric middle is a misprint or another kind of interval.
    """
    for index, contrast in enumerate(table.contrasts):
        if contrast.ci is None:
            continue
        low, high = contrast.ci
        half = [0.5 * printed_step(v) for v in (low, high)]
        if min(low - half[0], high - half[1]) <= 0:
            continue
        middle_low = math.sqrt((low - half[0]) * (high - half[1]))
        middle_high = math.sqrt((low + half[0]) * (high + half[1]))
        slack = 0.1 * math.log(high / low) if high > low else 0.0
        edge = 0.5 * printed_step(contrast.estimate)
        too_low = contrast.estimate + edge < middle_low * math.exp(-slack)
        too_high = contrast.estimate - edge > middle_high * math.exp(slack)
        if too_low or too_high:
            yield (
                f"contrasts[{index}].ci",
                f"{low:g} to {high:g} has its middle at {math.sqrt(low * high):.3g}, far from "
                f"the estimate {contrast.estimate:g}; check for a misprint",
            )


def _pfs_is_not_above_os(table: schema.TrialFile) -> Iterator[Finding]:
    overall = {(c.arm, c.cut): (i, c) for i, c in enumerate(table.curves) if c.endpoint == "OS"}
    for index, curve in enumerate(table.curves):
        if curve.endpoint == "PFS" and (curve.arm, curve.cut) in overall:
            other, os = overall[curve.arm, curve.cut]
            for field, problem in _above(curve, os):
                yield f"curves[{index}].{field}", f"{problem} (curves[{other}])"


def _above(pfs: schema.CurveTable, os: schema.CurveTable) -> Iterator[Finding]:
    rates = {rate.time: rate.survival for rate in os.landmarks if not rate.set_aside}
    for row, rate in enumerate(pfs.landmarks):
        limit = rates.get(rate.time)
        if limit is None or rate.set_aside:
            continue
        if rate.survival > limit + 0.5 * (rate_step(rate.survival) + rate_step(limit)):
            yield (
                f"landmarks[{row}]",
                f"PFS {rate.survival:g} at {rate.time:g} exceeds OS {limit:g}",
            )
    longest = min((m.estimate for m in os.medians if not m.set_aside), default=math.inf)
    for row, median in enumerate(pfs.medians):
        if not median.set_aside and median.estimate > longest:
            yield f"medians[{row}]", f"median PFS {median.estimate:g} exceeds median OS {longest:g}"


def _sizes_agree(table: schema.TrialFile) -> Iterator[Finding]:
    sizes = {(arm.id, s.analysis_set): s.n for arm in table.arms for s in arm.sets}
    groups: tuple[tuple[str, tuple[schema.CurveTable | schema.PopulationTable, ...]], ...] = (
        ("curves", table.curves),
        ("populations", table.populations),
    )
    for field, items in groups:
        for index, item in enumerate(items):
            size = sizes.get((item.arm, item.analysis_set))
            if size is not None and item.n != size:
                yield (
                    f"{field}[{index}].n",
                    f"is {item.n}, but arm {item.arm!r} has {size} {item.analysis_set}",
                )


def _responses_are_ordered(table: schema.TrialFile) -> Iterator[Finding]:
    """A stringent complete response is a complete response, and so on up to ORR."""
    shares: dict[tuple[str, str, int], dict[str, tuple[int, float]]] = {}
    for index, r in enumerate(table.responses):
        if r.outcome in RESPONSE_ORDER and not r.set_aside:
            share = 100 * r.events / r.n if r.events is not None else r.percent or 0.0
            shares.setdefault((r.arm, r.cut, r.n), {})[r.outcome] = (index, share)
    for group in shares.values():
        present = [(outcome, *group[outcome]) for outcome in RESPONSE_ORDER if outcome in group]
        for (deep, index, share), (wide, _, wider) in combinations(present, 2):
            if share > wider + 0.5:
                yield f"responses[{index}]", f"{deep} {share:.1f} % exceeds {wide} {wider:.1f} %"


def _traces_agree_with_print(table: schema.TrialFile, trial: Trial) -> Iterator[Finding]:
    """A traced curve starts at 1 and passes through the numbers printed beside it."""
    for index, (item, curve) in enumerate(zip(table.curves, trial.curves, strict=True)):
        if curve.points is None:
            continue
        field = f"curves[{index}]"
        start, slack = curve.points.survival[0], curve.points.survival_resolution
        if start < 1 - slack - 1e-9:
            yield (
                f"{field}.points",
                f"starts at S({curve.points.time[0]:g}) = {start:g}; a survival curve is traced "
                f"from 1 at time 0 (resolution {slack:g})",
            )
        for row, rate in enumerate(item.landmarks):
            if not rate.set_aside:
                half = 0.5 * rate_step(rate.survival)
                low, high = curve.points.between(rate.time, rate.time)
                if not low - half - 1e-9 <= rate.survival <= high + half + 1e-9:
                    yield (
                        f"{field}.landmarks[{row}]",
                        f"S({rate.time:g}) = {rate.survival:g} is printed, but the traced curve "
                        f"lies between {low:.3g} and {high:.3g} there (resolution included)",
                    )
        for row, median in enumerate(item.medians):
            if not median.set_aside:
                yield from _median_of_trace(f"{field}.medians[{row}]", median, curve.points)


def _median_of_trace(
    field: str, median: schema.MedianTable, points: CurvePoints
) -> Iterator[Finding]:
    """The curve comes down to one half at the printed median, and nowhere before it."""
    reached = math.isfinite(median.estimate)
    half = 0.5 * printed_step(median.estimate) if reached else 0.0
    low, high = points.between(median.estimate - half, median.estimate + half)
    if high < 0.5 - 1e-9 or low > 0.5 + 1e-9:
        words = f"{median.estimate:g} is printed" if reached else "not reached is printed"
        where = "there" if reached else "at its end"
        yield (
            field,
            f"{words}, but the traced curve lies between {low:.3g} and {high:.3g} {where} "
            "(resolution included), not at 0.5",
        )


RULES: tuple[Callable[[schema.TrialFile], Iterator[Finding]], ...] = (
    _counts_agree_with_percentages,
    _intervals_hold_estimates,
    _ratios_are_centred,
    _pfs_is_not_above_os,
    _sizes_agree,
    _responses_are_ordered,
)
"""Every check of agreement; each yields the field and what is wrong with it."""
