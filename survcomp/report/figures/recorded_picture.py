"""The numbers of the figure of an unmeasured confounder, read back from their records."""

from __future__ import annotations

import numpy as np

from survcomp.comparison.sensitivity_analyses.baseline import UnevenCovariate
from survcomp.comparison.sensitivity_analyses.picture import ConfounderPicture
from survcomp.comparison.sensitivity_analyses.yardsticks import Benchmark
from survcomp.report.document.cells import below
from survcomp.values.records.results import Results


def recorded_picture(results: Results, path: str) -> ConfounderPicture:
    """The figure's numbers, read back from their records."""
    difference, ratios, bias = (
        np.array(results.value(f"{path}/{name}"))
        for name in ("difference", "hazard_ratio", "log_bias")
    )
    about = path.removesuffix("/picture") + "/about"
    return ConfounderPicture(
        treatment=str(results.value(f"{path}/treatment")),
        comparator=str(results.value(f"{path}/comparator")),
        outcome=str(results.value(f"{path}/outcome")),
        estimate=results.value(f"{path}/estimate"),
        ci_low=results.value(f"{path}/ci_low"),
        ci_high=results.value(f"{path}/ci_high"),
        near=results.value(f"{path}/near"),
        level=results.value(f"{about}/level"),
        mean_prevalence=results.value(f"{path}/mean_prevalence"),
        ticks=tuple(results.value(f"{path}/ticks")),
        difference=difference,
        hazard_ratio=ratios,
        log_bias=bias.reshape(ratios.size, difference.size),
        benchmarks=tuple(_benchmark(results, at) for at in below(results, f"{path}/benchmark")),
        uneven=tuple(_uneven(results, at) for at in below(results, f"{path}/uneven")),
    )


def _benchmark(results: Results, path: str) -> Benchmark:
    return Benchmark(
        covariate=str(results.value(f"{path}/covariate")),
        words=str(results.value(f"{path}/words")),
        **{n: results.value(f"{path}/{n}") for n in ("difference", "hazard_ratio", "log_bias")},
    )


def _uneven(results: Results, path: str) -> UnevenCovariate:
    fields = (
        "title", "prevalence_treated", "prevalence_comparator", "hazard_ratio", "absence",
        "same_definition",
    )  # fmt: skip
    return UnevenCovariate(
        covariate=path.rsplit("/", 1)[-1], **{n: results.value(f"{path}/{n}") for n in fields}
    )
