"""The figure of a reconstruction as a file is whole, and the same on every run."""

from __future__ import annotations

from xml.etree import ElementTree

import numpy as np
import pytest
from support.published import patients, published, simulate

from survcomp.reconstruction import reconstruct
from survcomp.report.figures.reconstruction import figure_bytes
from survcomp.values import Curve, Landmark


@pytest.fixture(scope="module")
def bare():
    ipd = patients(*simulate(60, np.random.default_rng(7)))
    return reconstruct(published(ipd, table=False), draws=0)


def test_svg_and_png_are_whole_and_repeat(bare):
    svg = figure_bytes(bare, "svg")
    assert ElementTree.fromstring(svg).tag.endswith("svg")
    assert b"Published and rebuilt: T/a/OS" in svg
    assert svg == figure_bytes(bare, "svg")
    assert figure_bytes(bare, "png") == figure_bytes(bare, "png")


def test_nobody_with_an_event_can_be_drawn():
    ipd = patients([5, 6, 7, 8], [0, 0, 0, 0])
    curve = Curve(
        trial="T", arm="a", treatment="drug", endpoint="OS", n=4,
        landmarks=(Landmark(time=4, survival=1.0),),
    )  # fmt: skip
    rebuilt = reconstruct(curve, draws=0)
    assert rebuilt.ipd.n_events <= ipd.n
    assert figure_bytes(rebuilt, "png").startswith(b"\x89PNG")
