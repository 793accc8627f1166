"""Each arm has random numbers of its own, from the seed and from what the curve is called."""

from __future__ import annotations

import numpy as np

from survcomp.reconstruction.streams import streams


def test_one_seed_gives_each_curve_its_own():
    first, second = (streams([name], 1)[1].normal(size=3) for name in ("T/a/PFS", "T/b/PFS"))
    assert not np.any(first == second)


def test_an_arm_has_the_same_alone_and_beside_another():
    alone = streams(["T/a/PFS"], 1)[1].normal(size=3)
    beside = streams(["T/b/PFS", "T/a/PFS"], 1)[2].normal(size=3)
    assert alone.tolist() == beside.tolist()


def test_the_same_seed_and_name_give_the_same_and_another_seed_others():
    def three(seed: int) -> list[float]:
        return streams(["T/a/PFS"], seed)[1].normal(size=3).tolist()

    assert three(1) == three(1) != three(2)


def test_a_generator_gives_others_when_asked_again():
    generator = np.random.default_rng(1)
    first, second = (streams(["T/a/PFS"], generator)[1].normal() for _ in range(2))
    assert first != second


def test_without_a_seed_nothing_is_repeated():
    assert streams(["a"], None)[1].normal() != streams(["a"], None)[1].normal()
