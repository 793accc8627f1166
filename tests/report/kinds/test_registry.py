"""A kind of comparison is one module: the main table, the forest plot and the list have it."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from support.attaching import laid_beside
from support.reports import real_results

from survcomp.report import kinds as kinds_package
from survcomp.report.figures.forest import headline_rows, rows
from survcomp.report.forms.available import render
from survcomp.report.forms.index_page import Entry
from survcomp.report.kinds.registry import kind_of, kinds, label_of
from survcomp.report.tables.survival import survival_results
from survcomp.values.records.grounds import Ground

OF_A_NETWORK = """
from survcomp.report.kinds.forest_row import Row, forest_row
from survcomp.report.kinds.registry import Kind, Survival, label_of


def effect(results, path):
    return f"{path}/log_hr"


def sides(results, path):
    return "Zebras", "Okapis"


def rows(results, path):
    line = forest_row(results, effect(results, path), "Whole network", "main")
    return Row(label_of(results, path)), line


KIND = Kind(
    place=25,
    name="network",
    table="networks",
    leads_with=effect,
    holds=lambda results, path: "what a network holds",
    cannot_be_verified=lambda results, path: "Networks: all of it must hold.",
    survival=Survival(sides=sides, rows=rows),
)
"""
PATH = "network/all"
LABEL = "Every trial of zebras"


@pytest.fixture(scope="module")
def results():
    """Those of a real analysis, with an effect of its anchored comparison as that of a network."""
    real = real_results("tutorial_anchored")
    [table] = real.settings["anchored"]
    of_effect = re.compile(r"anchored/rfs/maic/(?=(log_hr|hr)/)")
    added = tuple(
        replace(record, id=of_effect.sub(f"{PATH}/", record.id))
        for record in real.records
        if of_effect.match(record.id)
    )
    network = {"id": "all", "label": LABEL, "endpoint": table["endpoint"]}
    settings = {**real.settings, "networks": [network]}
    ground = Ground(prefix=PATH, settings=("networks.all",))
    return replace(
        real,
        settings=settings,
        records=(*real.records, *added),
        grounds=(*real.grounds, ground),
    )


@pytest.fixture
def with_networks(tmp_path):
    with laid_beside(kinds_package, tmp_path, "network", OF_A_NETWORK):
        yield


def test_the_kinds_stand_in_their_order():
    assert [kind.name for kind in kinds()] == ["comparison", "anchored", "response"]
    assert kind_of("response/orr/maic").table == "responses"


@pytest.mark.usefixtures("with_networks")
def test_the_main_table_has_a_row_of_it(results):
    table = survival_results(results)
    cells = [cell.text for cell in table.rows[-1]]
    assert cells[0] == label_of(results, PATH) == LABEL
    assert cells[1].startswith("HR ")
    assert cells[-2:] == ["Zebras", "Okapis"]


@pytest.mark.usefixtures("with_networks")
def test_the_forest_plots_have_rows_of_it(results):
    endpoint = results.settings["networks"][0]["endpoint"]
    assert [(row.label, row.style) for row in rows(results, endpoint)][-2:] == [
        (LABEL, "heading"),
        ("Whole network", "main"),
    ]
    assert [row.record for row in headline_rows(results)][-1] == f"{PATH}/log_hr/estimate"


@pytest.mark.usefixtures("with_networks")
def test_the_report_and_the_list_of_analyses_have_it(results):
    html = render("html", results)
    assert f'data-record="{PATH}/log_hr/estimate"' in html
    assert "Networks: all of it must hold." in html
    entry = Entry(analysis="x", results=results, files=(), state="", agrees=True)
    assert entry.effects[-1][0] == LABEL
    assert entry.effects[-1][2] == "what a network holds"
