"""Arms fitted together: the accrual is one, the rest is each arm's own."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest

from survcomp.reconstruction.printed.shared_design import Joint, assign_draws, log_evidence


@dataclass(frozen=True)
class Linear:
    """An arm whose residuals are linear in its unknowns."""

    matrix: np.ndarray
    offset: np.ndarray
    accrual: tuple[int, ...]

    @property
    def size(self) -> int:
        return self.matrix.shape[1]

    @property
    def numbers(self) -> int:
        return self.matrix.shape[0]

    def residuals(self, unknown, longest):
        return unknown @ self.matrix.T - self.offset

    def jacobian(self, unknown, longest, at):
        return np.broadcast_to(self.matrix, (unknown.shape[0], *self.matrix.shape))


def two_arms(seed: int = 1) -> Joint:
    rng = np.random.default_rng(seed)
    return Joint(
        (
            Linear(rng.normal(size=(3, 4)), rng.normal(size=3), (2,)),
            Linear(rng.normal(size=(2, 5)), rng.normal(size=2), (1,)),
        )
    )


def test_the_accrual_of_all_arms_is_that_of_the_first():
    joint = two_arms()
    first, second = joint.columns
    assert joint.size == 4 + 5 - 1
    assert second[1] == first[2]
    assert sorted({*first, *second}) == list(range(joint.size))


def test_parts_go_in_and_come_out():
    joint, rng = two_arms(), np.random.default_rng(2)
    parts = [rng.normal(size=(6, arm.size)) for arm in joint.arms]
    whole = joint.joined(parts)
    assert whole[:, joint.columns[0]] == pytest.approx(parts[0])
    not_shared = [0, 2, 3, 4]
    assert whole[:, joint.columns[1][not_shared]] == pytest.approx(parts[1][:, not_shared])


def test_derivatives_are_those_of_the_residuals():
    joint, rng = two_arms(), np.random.default_rng(3)
    unknown, longest = rng.normal(size=(4, joint.size)), np.ones((4, 2))
    at = joint.residuals(unknown, longest)
    slopes = joint.jacobian(unknown, longest, at)
    for k in range(joint.size):
        moved = unknown.copy()
        moved[:, k] += 1e-6
        assert slopes[:, :, k] == pytest.approx(
            (joint.residuals(moved, longest) - at) / 1e-6, abs=1e-6
        )


def test_the_evidence_is_exact_where_everything_is_linear():
    """y = A theta + e, both standard normal: y ~ N(0, I + A A')."""
    joint = two_arms()
    longest = np.ones((1, 2))
    zero = np.zeros((1, joint.size))
    offset = joint.residuals(zero, longest)[0]
    slope = joint.jacobian(zero, longest, offset[None])[0]
    best = -np.linalg.solve(np.eye(joint.size) + slope.T @ slope, slope.T @ offset)[None]
    total = np.eye(offset.size) + slope @ slope.T
    exact = -0.5 * (offset @ np.linalg.solve(total, offset) + np.linalg.slogdet(total)[1])
    assert log_evidence(joint, best, longest) == pytest.approx(exact)


def test_candidates_are_drawn_in_proportion_to_their_weight():
    chosen = assign_draws(np.log([0.1, 0.0 + 1e-300, 0.9]), 100, np.random.default_rng(1))
    counts = np.bincount(chosen, minlength=3)
    assert counts.tolist() == [10, 0, 90]
    assert not np.all(np.diff(chosen) >= 0)
