"""The figure of a reconstruction: what was published is on it, and nothing covers anything."""

from __future__ import annotations

from itertools import combinations

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from support.published import patients, published, simulate

from survcomp.errors import InputError
from survcomp.plotting import reconstruction
from survcomp.reconstruction import reconstruct
from survcomp.values import AtRisk, Basis, Curve, Landmark, MedianTime, Ticks

mpl.use("agg")


@pytest.fixture(autouse=True)
def _close_figures():
    yield
    import matplotlib.pyplot as plt

    plt.close("all")


@pytest.fixture(scope="module")
def ipd():
    return patients(*simulate(60, np.random.default_rng(7)))


@pytest.fixture(scope="module")
def traced(ipd):
    curve = published(ipd, ticks=Ticks.from_times(ipd.time[~ipd.event]))
    return reconstruct(curve, draws=12, rng=1)


@pytest.fixture(scope="module")
def bare(ipd):
    return reconstruct(published(ipd, table=False), draws=0)


@pytest.fixture(scope="module")
def printed():
    curve = Curve(
        trial="T", arm="a", treatment="drug", endpoint="PFS", n=97,
        basis=Basis(index_date="infusion"),
        landmarks=(
            Landmark(time=12, survival=0.766, ci_low=0.67, ci_high=0.84),
            Landmark(time=27, survival=0.549),
        ),
        median=MedianTime(estimate=34.9, ci_low=25.2, ci_high=float("inf")),
        at_risk=AtRisk.from_rows([0, 6, 12, 12.5, 13, 18, 24, 30], [97, 85, 74, 73, 72, 55, 30, 3]),
    )  # fmt: skip
    return reconstruct(curve, draws=0)


def texts(axes):
    return [text.get_text() for text in axes.texts]


def legend(figure):
    return [text.get_text() for text in figure.axes[0].get_legend().get_texts()]


def test_a_traced_curve_with_its_table(traced):
    main = reconstruction(traced)
    words = legend(main.figure)
    assert words[0] == "95 % of 12 draws (error of the reconstruction)"
    assert words[1].startswith(f"Rebuilt: 60 patients, {traced.ipd.n_events} events")
    assert words[2] == "Rebuilt: censored"
    assert words[3] == f"Published: {traced.curve.points.time.size} traced points"
    assert words[4] == "Published: censoring ticks"
    shown = texts(main)
    counts = [f"{count:.0f}" for count in traced.curve.at_risk.count]
    assert shown[:3] == ["At risk", "Published", counts[0]]
    assert shown[2 : 2 + len(counts)] == counts
    assert shown[2 + len(counts) :] == ["Rebuilt", *counts]
    assert (main.get_xlabel(), main.get_ylabel()) == ("Months from time zero", "OS, %")
    points = next(line for line in main.lines if line.get_label().startswith("Published: "))
    assert np.array_equal(points.get_ydata(), traced.curve.points.survival)


def test_the_band_holds_the_draws(traced):
    band = reconstruction(traced).collections[0].get_paths()[0].vertices
    assert band[:, 0].max() <= traced.published_to
    assert band[:, 1].min() >= 0
    assert band[:, 1].max() <= 1


def test_without_table_and_draws(bare):
    ax = reconstruction(bare)
    assert texts(ax)[:2] == ["At risk (none published)", "Rebuilt"]
    assert not any("draws" in words for words in legend(ax.figure))


def test_printed_numbers_are_marked(printed):
    main = reconstruction(printed)
    assert main.get_xlabel() == "Months from infusion"
    assert legend(main.figure)[-2:] == [
        "Published: rates, with interval",
        "Published: median, with interval",
    ]
    marks = [bars[0].get_xydata().tolist() for bars in main.containers]
    assert marks == [[[12, 0.766]], [[27, 0.549]], [[34.9, 0.5]], [[34.9, 0.5]]]
    shown = texts(main)
    assert shown[0] == "At risk (not all published times are shown)"
    assert shown[2:5] == ["97", "85", "74"]
    assert "73" not in shown[:5]  # the published one, too near 74 to be read


@pytest.mark.parametrize("name", ["traced", "bare", "printed"])
def test_no_text_covers_another(name, request):
    figure = reconstruction(request.getfixturevalue(name)).figure
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    renderer = canvas.get_renderer()
    (main,) = figure.axes
    labels = [
        *main.texts,
        *main.get_legend().get_texts(),
        main.xaxis.label,
        *main.get_xticklabels(),
    ]
    boxes = [text.get_window_extent(renderer) for text in labels if text.get_text()]
    page = figure.bbox
    assert all(page.x0 <= box.x0 and box.x1 <= page.x1 and page.y0 <= box.y0 for box in boxes)
    assert not any(one.overlaps(two) for one, two in combinations(boxes, 2))
    # the legend lies clear of the rebuilt curve
    frame = main.get_legend().get_window_extent(renderer)
    step = next(line for line in main.lines if line.get_label().startswith("Rebuilt"))
    time, survival = step.get_data()
    grid = np.linspace(0, time[-1], 200)
    level = np.asarray(survival)[np.searchsorted(time, grid, side="right") - 1]
    pixels = main.transData.transform(np.column_stack([grid, level]))
    assert not any(frame.contains(x, y) for x, y in pixels)


def test_every_mark_is_in_the_legend(traced, printed):
    assert len(legend(reconstruction(traced).figure)) == 5
    assert legend(reconstruction(printed).figure) == [
        f"Rebuilt: 97 patients, {printed.ipd.n_events} events",
        "Rebuilt, beyond what is published",
        "Rebuilt: censored",
        "Published: rates, with interval",
        "Published: median, with interval",
    ]


def test_the_ticks_label_the_whole_axis(printed):
    """The published table ends at 30 months, the printed median lies at 34.9."""
    ax = reconstruction(printed)
    assert list(ax.get_xticks()) == [0, 6, 12, 18, 24, 30, 36]


def test_what_is_no_reconstruction_is_refused(traced):
    with pytest.raises(InputError, match="`rebuilt` takes a Reconstruction; got IPD"):
        reconstruction(traced.ipd)


def test_it_draws_on_given_axes(bare):
    import matplotlib.pyplot as plt

    _, ax = plt.subplots()
    assert reconstruction(bare, ax=ax) is ax
