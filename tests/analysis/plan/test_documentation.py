"""Every key of analysis.toml is documented, and the template can be read."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from survcomp.analysis import load
from survcomp.analysis.plan.scaffold import new_analysis
from survcomp.analysis.plan.schema import analysis_file, tables_within
from survcomp.analysis.plan.step import discovered
from survcomp.errors import InputError

TABLES = tables_within(analysis_file(discovered()))


def reference() -> str:
    """The part of docs/analysis_toml.md that is printed from the schema."""
    parts = []
    for table in TABLES:
        parts.append(f"### {table.__doc__.strip()}\n")
        parts.append("| key | required | default | meaning |\n|---|---|---|---|")
        for name, field in table.model_fields.items():
            required = "yes" if field.is_required() else ""
            default = ""
            if not field.is_required() and isinstance(field.default, (str, float, bool)):
                default = f"`{field.default}`" if field.default != "" else ""
            parts.append(f"| `{name}` | {required} | {default} | {field.description} |")
        parts.append("")
    return "\n".join(parts).strip()


def test_every_key_is_documented(root):
    text = (root / "docs/analysis_toml.md").read_text("utf-8")
    begin = text.index("<!-- begin") + text[text.index("<!-- begin") :].index("-->") + 3
    assert text[begin : text.index("<!-- end -->")].strip() == reference()
    for table in TABLES:
        for name, field in table.model_fields.items():
            assert field.description, f"{table.__name__}.{name}"


def test_a_new_analysis_is_valid_and_shows_every_table(data_root):
    path = new_analysis(data_root / "analyses" / "fresh")
    assert load(path.parent).table.comparisons[0].id == "pfs"
    text = path.read_text()
    for name in TABLES[0].model_fields:
        assert name in text, name


def test_the_template_s_optional_parts_are_valid(data_root):
    text = new_analysis(data_root / "analyses" / "fresh").read_text()
    whole = re.sub(r"^# (?=\[|[a-z_]+ = )", "", text, flags=re.MULTILINE)
    table = analysis_file(discovered()).model_validate(tomllib.loads(whole))
    assert table.comparisons[1].treatment.patients.covariates == ("age",)
    empty = {name for name in TABLES[0].model_fields if not getattr(table, name)}
    assert empty == set()
    left = [line for line in whole.splitlines() if line.startswith("#") and " = " in line]
    assert left == []


@pytest.mark.parametrize(
    ("folder", "message"),
    [
        ("", "lower case with underscores"),
        ("analyses", "exists already"),
        ("analyses/My Question", "lower case with underscores, .*got 'My Question'"),
        ("analyses/" + "a" * 61, "at most 60 letters"),
        ("../escape", "must lie inside"),
        ("loop/x", "cannot be the path of a file"),
    ],
)
def test_a_new_analysis_is_a_new_folder_of_the_project(data_root, monkeypatch, folder, message):
    root = data_root / "project"
    root.mkdir()
    for name in ("data", "analyses"):
        (data_root / name).rename(root / name)
    (root / "loop").symlink_to("loop")
    monkeypatch.chdir(root)
    before = sorted(data_root.rglob("*"))
    with pytest.raises(InputError, match=message):
        new_analysis(Path(folder))
    assert sorted(data_root.rglob("*")) == before


def test_an_analysis_is_never_overwritten(data_root):
    with pytest.raises(InputError, match="exists already"):
        new_analysis(data_root / "analyses" / "a_vs_b")
