"""Bootstrap of two arms that are observed or drawn: each replicate has both errors in it.

A replicate takes one draw of each arm and resamples its patients, so that the spread of the
replicates is the total: no variance between draws is added to it afterwards.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from survcomp.errors import InputError
from survcomp.estimation.cox.two_arm import fit_data_sets
from survcomp.estimation.over_draws.pairs import check_known_error, check_units
from survcomp.values.checks import FloatArray, Rng, generator
from survcomp.values.draws import Patients, as_draws
from survcomp.values.patients.ipd import IPD
from survcomp.values.patients.one_outcome import one_outcome
from survcomp.values.shown import frame_as_table, in_a_line

PATIENTS_AT_ONCE = 500_000
"""Resampled patients fitted together: it bounds the memory, not the answer."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class BootstrapPair:
    """Log hazard ratios of bootstrap replicates.

    Attributes
    ----------
    log_hr : ndarray of shape (replicates,)
        NaN where a replicate has no finite estimate.
    n_failed : int
        How many have none, such as when an arm without event was resampled.

    Examples
    --------
    >>> import numpy as np
    >>> import survcomp as sc
    >>> a, b = (sc.IPD.from_times(range(first, 41), [10] * 10, arm=name, time_unit="months",
    ...                           origin="observed", censoring="observed")
    ...         for first, name in ((8, "A"), (1, "B")))
    >>> pair = sc.bootstrap_pair(a, b, replicates=200, rng=1)
    >>> low, high = np.exp(np.nanquantile(pair.log_hr, [0.025, 0.975]))
    >>> print(f"{low:.2f} to {high:.2f}, {pair.n_failed} failed")
    0.51 to 1.45, 0 failed
    """

    log_hr: FloatArray
    n_failed: int

    def to_frame(self) -> pd.DataFrame:
        """One row a replicate: ``replicate estimate``, numbered from 1."""
        number = np.arange(1, self.log_hr.size + 1)
        return pd.DataFrame({"replicate": number, "estimate": self.log_hr})

    __repr__ = in_a_line
    _repr_html_ = frame_as_table


def bootstrap_pair(
    treatment: Patients, comparator: Patients, *, replicates: int, rng: Rng
) -> BootstrapPair:
    """Resample two arms, each replicate from one draw of each.

    Parameters
    ----------
    treatment, comparator : IPD, Reconstruction or Ensemble
        One arm each, in one time unit; observed patients count as their only draw.
    replicates : int
        Number of replicates, at least 1.
    rng : Generator or int
        Source of one seed a replicate; the same seed gives the same replicates.

    Returns
    -------
    BootstrapPair

    Raises
    ------
    InputError
        If `replicates` is not a number above 0, or a side is one reconstruction.
    IncompatibleError
        If the time units differ.

    References
    ----------
    Schomaker M, Heumann C (2018), Stat Med 37:2252 (their "MI Boot, pooled sample").

    Examples
    --------
    >>> import numpy as np
    >>> from survcomp import IPD, bootstrap_pair
    >>> a = IPD.from_times([5, 8, 12], [14, 15], arm="A", time_unit="months", origin="observed")
    >>> b = IPD.from_times([2, 3, 6, 9], [10], arm="B", time_unit="months", origin="observed")
    >>> pair = bootstrap_pair(a, b, replicates=200, rng=np.random.default_rng(1))
    >>> pair.log_hr.shape, pair.n_failed < 50
    ((200,), True)
    """
    if isinstance(replicates, bool) or not isinstance(replicates, int) or replicates < 1:
        raise InputError(f"`replicates` must be a whole number above 0; got {replicates!r}.")
    seeds = generator(rng).bit_generator.seed_seq.spawn(replicates)  # type: ignore[attr-defined]
    return bootstrap_seeds(treatment, comparator, seeds=seeds)


def bootstrap_seeds(
    treatment: Patients, comparator: Patients, *, seeds: Sequence[np.random.SeedSequence]
) -> BootstrapPair:
    """Replicates of given seeds, for work that is divided between processes.

    A replicate depends on its own seed only, so that any division of the seeds gives the
    same replicates as `bootstrap_pair`.
    """
    sides = as_draws(treatment, name="treatment"), as_draws(comparator, name="comparator")
    for name, side in zip(("treatment", "comparator"), sides, strict=True):
        check_known_error(side, name=name)
    left, right = sides[0].data, sides[1].data
    one_outcome(left[0], right[0])
    check_units(left[0], right[0])
    per_batch = max(1, PATIENTS_AT_ONCE // (left[0].n + right[0].n))
    batches = [seeds[i : i + per_batch] for i in range(0, len(seeds), per_batch)]
    estimates = np.concatenate([_batch(left, right, batch) for batch in batches])
    estimates.flags.writeable = False
    return BootstrapPair(log_hr=estimates, n_failed=int(np.isnan(estimates).sum()))


def _batch(
    left: tuple[IPD, ...], right: tuple[IPD, ...], seeds: Sequence[np.random.SeedSequence]
) -> FloatArray:
    n, size = len(seeds), left[0].n + right[0].n
    time, event = np.empty((n, size)), np.empty((n, size), dtype=bool)
    for row, seed in enumerate(seeds):
        rng = np.random.default_rng(seed)
        a, b = left[rng.integers(len(left))], right[rng.integers(len(right))]
        for ipd, place in ((a, slice(None, a.n)), (b, slice(a.n, None))):
            picked = rng.integers(ipd.n, size=ipd.n)
            time[row, place], event[row, place] = ipd.time[picked], ipd.event[picked]
    treated = np.tile(np.arange(size) < left[0].n, n)
    data_set = np.repeat(np.arange(n), size)
    return fit_data_sets(time.ravel(), event.ravel(), treated, data_set, n=n).log_hr
