"""Random numbers of an arm: its own, whatever seed the user gives to it and to others.

Draws of two arms are paired by their number when a contrast is pooled. With the same random
numbers in both, their errors would go together, and the contrast's would be too small.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np

from survcomp.values.checks import Rng, generator


def streams(ids: Sequence[str], rng: Rng) -> tuple[np.random.Generator, ...]:
    """A stream that the arms of a trial share, then one for each arm.

    Parameters
    ----------
    ids : sequence of str
        Ids of the curves. With a seed, each stream is that of the seed and a hash of the
        curve's id, the same on every machine; the shared one's is of all ids.
    rng : Generator, int or None
        A generator is spawned from, so that a second call with it gives other numbers;
        without a seed, the streams are of fresh entropy.
    """
    source = generator(rng)  # refuses what is neither
    if rng is None or isinstance(rng, np.random.Generator):
        return tuple(source.spawn(1 + len(ids)))
    together = "\n".join(ids)
    return tuple(
        np.random.default_rng(np.random.SeedSequence(int(rng), spawn_key=_words(name)))
        for name in (f"trial:{together}", *(f"arm:{one}" for one in ids))
    )


def _words(name: str) -> tuple[int, ...]:
    digest = hashlib.blake2b(name.encode(), digest_size=16).digest()
    return tuple(int.from_bytes(digest[i : i + 4], "little") for i in range(0, 16, 4))
