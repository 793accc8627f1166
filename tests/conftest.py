"""Shared fixtures: golden numbers, seeded generators, and guards on shared state."""

from __future__ import annotations

import csv
import os
from pathlib import Path

import numpy as np
import pytest
from hypothesis import settings
from support.data_root import write_data_root
from support.paths import GOLDEN, ROOT

# A build must not fail by the luck of the draw: the same examples every time. To look for new
# ones: HYPOTHESIS_PROFILE=explore pytest. No deadlines: a busy machine is no defect.
settings.register_profile("steady", derandomize=True, database=None, deadline=None)
settings.register_profile("explore", derandomize=False, deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "steady"))


@pytest.fixture(scope="session")
def golden():
    """Golden numbers of one R script, by name: golden("estimate")["cox/plain/1"]."""

    def read(name: str) -> dict[str, float]:
        with (GOLDEN / f"{name}.csv").open() as file:
            return {row["name"]: float(row["value"]) for row in csv.DictReader(file)}

    return read


@pytest.fixture
def rng():
    return np.random.default_rng(20261121)


@pytest.fixture(scope="session")
def root() -> Path:
    """The checkout, which holds data/digitized."""
    return ROOT


@pytest.fixture(autouse=True)
def global_random_state_is_left_alone():
    """Numbers come from generators that are passed in, never from the global one."""
    before = np.random.get_state()[1].copy()  # noqa: NPY002
    yield
    assert np.array_equal(before, np.random.get_state()[1])  # noqa: NPY002


@pytest.fixture
def data_root(tmp_path) -> Path:
    """Two made-up studies and an analysis of them, to be broken."""
    return write_data_root(tmp_path)


@pytest.fixture
def edit(data_root):
    """Replace text in a file below the data root: edit("my_trial/trial.toml", old, new)."""

    def change(name: str, old: str, new: str) -> None:
        base = "analyses" if name.endswith("analysis.toml") else "data/digitized"
        path = data_root / base / name
        text = path.read_text()
        assert old in text, old
        path.write_text(text.replace(old, new))

    return change
