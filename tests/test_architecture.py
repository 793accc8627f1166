"""The house keeps its shape: imports point one way, the edges alone touch files."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest
from support.paths import ROOT

import survcomp

PACKAGE = ROOT / "survcomp"
LAYERS = (
    "errors",
    "values",
    "evidence",
    "digitize",
    "estimate",
    "reconstruct",
    "adjust",
    "compare",
    "extrapolate",
    "report",
    "analysis",
    "cli",
)
WITHOUT_FILES = {"values", "estimate", "reconstruct", "adjust", "compare", "extrapolate"}


def layer_of(path: Path) -> str:
    return path.relative_to(PACKAGE).with_suffix("").parts[0]


def imported_modules(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
    return found


def upward_imports(package: Path, layers: tuple[str, ...]) -> list[str]:
    wrong = []
    for path in sorted(package.rglob("*.py")):
        here = path.relative_to(package).with_suffix("").parts[0]
        if here in ("__init__", "__main__"):
            continue
        for module in imported_modules(path):
            parts = module.split(".")
            if parts[0] != "survcomp" or len(parts) < 2 or parts[1] not in layers:
                continue
            if layers.index(parts[1]) > layers.index(here):
                wrong.append(f"{path.name} ({here}) imports {module}")
    return wrong


def test_every_module_belongs_to_a_layer():
    names = {layer_of(path) for path in PACKAGE.rglob("*.py")} - {"__init__", "__main__"}
    assert names <= set(LAYERS)


def test_imports_point_downwards():
    assert upward_imports(PACKAGE, LAYERS) == []


def test_the_test_of_imports_finds_an_upward_import(tmp_path):
    (tmp_path / "values").mkdir()
    (tmp_path / "values" / "bad.py").write_text("from survcomp.report import html\n")
    assert upward_imports(tmp_path, LAYERS) == ["bad.py (values) imports survcomp.report.html"]


@pytest.mark.parametrize(
    ("library", "homes"),
    [
        ("lifelines", {"survcomp/estimate/lifelines_adapter.py"}),
        (
            "statsmodels",
            {
                "survcomp/compare/pooling.py",
                "survcomp/estimate/proportions.py",
                "survcomp/estimate/outcome_models.py",
            },
        ),
        ("sklearn", {"survcomp/reconstruct/monotone.py", "survcomp/estimate/outcome_models.py"}),
        ("jinja2", {"survcomp/report/html.py"}),
        (
            "docx",
            {
                "survcomp/report/docx.py",
                "survcomp/report/word_fields.py",
                "survcomp/report/word_layout.py",
                "survcomp/report/word_styles.py",
                "survcomp/report/word_table.py",
            },
        ),
        ("xlsxwriter", {"survcomp/report/xlsx.py"}),
        ("typer", {"survcomp/cli.py"}),
        ("rich", {"survcomp/cli.py"}),
    ],
)
def test_each_library_is_behind_one_adapter(library, homes):
    users = {
        str(path.relative_to(ROOT))
        for path in PACKAGE.rglob("*.py")
        if any(name.split(".")[0] == library for name in imported_modules(path))
    }
    assert users == homes


def test_numbers_are_made_without_files_or_clock():
    """No open, print, pathlib, os, time or datetime below the edges."""
    forbidden = {"pathlib", "os", "time", "datetime", "io", "json", "random"}
    wrong = []
    for path in PACKAGE.rglob("*.py"):
        if layer_of(path) not in WITHOUT_FILES:
            continue
        wrong += [
            f"{path.name}: {name}"
            for name in imported_modules(path)
            if name.split(".")[0] in forbidden
        ]
        calls = [n for n in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(n, ast.Call)]
        wrong += [
            f"{path.name}: {call.func.id}()"
            for call in calls
            if isinstance(call.func, ast.Name) and call.func.id in {"open", "print"}
        ]
    assert wrong == []


def test_importing_the_package_loads_nothing_heavy():
    code = (
        "import sys, survcomp; "
        "heavy = {'lifelines', 'matplotlib', 'pandas', 'scipy', 'sklearn', 'statsmodels'}; "
        "print(sorted(heavy & set(sys.modules)))"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "[]"


def test_every_public_name_can_be_imported():
    for name in survcomp.__all__:
        assert getattr(survcomp, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        _ = survcomp.nonsense


def test_no_public_name_is_hidden_by_a_subpackage():
    """Importing survcomp.reconstruct would put the package in place of a function of that name."""
    packages = {path.name for path in PACKAGE.iterdir() if path.is_dir()}
    assert not packages & set(survcomp.__all__)


def test_public_names_are_listed_once_and_sorted():
    homes = [name for names in survcomp._HOMES.values() for name in names]
    assert sorted([*homes, "__version__"]) == sorted(survcomp.__all__)


def test_public_names_are_documented():
    for name in survcomp.__all__:
        thing = getattr(survcomp, name)
        if callable(thing):
            assert thing.__doc__, name
