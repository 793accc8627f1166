"""The house keeps its shape: imports point one way, the edges alone touch files."""

from __future__ import annotations

import ast
import importlib
import pkgutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest
from support.paths import ROOT

import survcomp

PACKAGE = ROOT / "survcomp"
FLOORS = (
    "errors",
    "values",
    "evidence",
    "digitization",
    "estimation",
    "reconstruction",
    "adjustment",
    "plotting",
    "comparison",
    "extrapolation",
    "economics",
    "report",
    "analysis",
    "cli",
)
"""From the lowest up: each may import from those before it."""

ROOMS = {
    "values": ("populations", "curves", "patients", "contrasts", "prognostic", "records"),
    "evidence": ("trial_folders", "own_files"),
    "estimation": ("over_draws", "cox", "outcome_models"),
    "reconstruction": ("figure", "printed"),
    "adjustment": ("weighting", "diagnostics", "imputed"),
    "comparison": (
        "two_arms",
        "networks",
        "reweighting",
        "bootstrap",
        "matching_adjusted",
        "outcome_models",
        "standardised",
        "sensitivity_analyses",
    ),
    "report": ("document", "kinds", "figures", "tables", "chapters", "forms"),
    "analysis": ("plan", "steps", "review"),
}
"""The rooms of each floor, in the order in which one may import from another."""

WITHOUT_FILES = {
    "values",
    "estimation",
    "reconstruction",
    "adjustment",
    "comparison",
    "extrapolation",
    "economics",
}


def parts_of(path: Path, package: Path) -> tuple[str, ...]:
    return (*path.relative_to(package).parts[:-1], path.stem)


def imported_modules(path: Path) -> set[str]:
    named = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            named |= {f"{node.module}.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.Import):
            named |= {alias.name for alias in node.names}
    return named


def imports_within(package: Path) -> Iterator[tuple[tuple[str, ...], tuple[str, ...]]]:
    """What imports, and what is imported, each as its parts below survcomp."""
    for path in sorted(package.rglob("*.py")):
        here = parts_of(path, package)
        if here[-1] in ("__init__", "__main__"):
            continue
        for module in sorted(imported_modules(path)):
            head, *there = module.split(".")
            if head == "survcomp" and there:
                yield here, tuple(there)


def upward_imports(package: Path, floors: tuple[str, ...]) -> list[str]:
    """Imports from a higher floor."""
    return [
        f"{'.'.join(here)} imports {'.'.join(there)}"
        for here, there in imports_within(package)
        if there[0] in floors and floors.index(there[0]) > floors.index(here[0])
    ]


def backward_imports(package: Path, rooms: dict[str, tuple[str, ...]]) -> list[str]:
    """Imports from a later room of the same floor."""
    wrong = []
    for here, there in imports_within(package):
        order = rooms.get(here[0], ())
        same_floor = here[0] == there[0] and len(here) > 1 and len(there) > 1
        both_rooms = same_floor and here[1] in order and there[1] in order
        if both_rooms and order.index(there[1]) > order.index(here[1]):
            wrong.append(f"{'.'.join(here)} imports {'.'.join(there)}")
    return wrong


def circles(package: Path, depth: int) -> list[tuple[str, ...]]:
    """Modules or, at depth 2, rooms and modules of one floor, that import each other in a ring."""
    graph: dict[tuple[str, ...], set[tuple[str, ...]]] = {}
    known = {parts_of(path, package) for path in package.rglob("*.py")}
    for here, there in imports_within(package):
        target = there if there in known else there[:-1]
        one, other = here[:depth], target[:depth]
        if one != other and target in known:
            graph.setdefault(one, set()).add(other)

    def reached(start: tuple[str, ...]) -> set[tuple[str, ...]]:
        seen: set[tuple[str, ...]] = set()
        waiting = [start]
        while waiting:
            new = graph.get(waiting.pop(), set()) - seen
            seen |= new
            waiting += new
        return seen

    return sorted(node for node in graph if node in reached(node))


def test_every_module_belongs_to_a_floor():
    names = {parts_of(path, PACKAGE)[0] for path in PACKAGE.rglob("*.py")}
    assert names - {"__init__", "__main__"} <= set(FLOORS)


def test_every_folder_of_a_floor_is_a_room_in_the_order():
    for floor in PACKAGE.iterdir():
        if floor.is_dir() and floor.name != "__pycache__":
            folders = {p.name for p in floor.iterdir() if p.is_dir()} - {"__pycache__"}
            assert folders == set(ROOMS.get(floor.name, ())), floor.name


def test_imports_point_downwards():
    assert upward_imports(PACKAGE, FLOORS) == []


def test_imports_between_the_rooms_of_a_floor_point_one_way():
    assert backward_imports(PACKAGE, ROOMS) == []


@pytest.mark.parametrize("depth", [2, 9], ids=["rooms", "modules"])
def test_nothing_imports_itself_in_a_circle(depth):
    assert circles(PACKAGE, depth) == []


def house(folder: Path, **modules: str) -> Path:
    for name, imported in modules.items():
        path = folder.joinpath(*name.split("__")).with_suffix(".py")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"from survcomp.{imported} import thing\n")
    return folder


def test_the_test_of_imports_finds_an_upward_import(tmp_path):
    package = house(tmp_path, values__bad="report.html")
    assert upward_imports(package, FLOORS) == ["values.bad imports report.html.thing"]


def test_the_test_of_rooms_finds_a_backward_import(tmp_path):
    package = house(tmp_path, report__document__bad="report.forms.html")
    assert backward_imports(package, ROOMS) == [
        "report.document.bad imports report.forms.html.thing"
    ]


def test_the_test_of_circles_finds_one_of_modules_and_one_of_rooms(tmp_path):
    package = house(
        tmp_path, values__a__x="values.b.y", values__b__y="values.loose", values__loose="values.a.x"
    )
    assert len(circles(package, 2)) == len(circles(package, 9)) == 3


@pytest.mark.parametrize(
    ("library", "homes"),
    [
        ("lifelines", {"survcomp/estimation/lifelines_adapter.py"}),
        (
            "statsmodels",
            {
                "survcomp/comparison/networks/pooling.py",
                "survcomp/estimation/proportions.py",
                "survcomp/estimation/outcome_models/binary.py",
            },
        ),
        (
            "sklearn",
            {
                "survcomp/reconstruction/monotone.py",
                "survcomp/estimation/outcome_models/binary.py",
            },
        ),
        ("jinja2", {"survcomp/report/forms/html.py"}),
        (
            "docx",
            {
                "survcomp/report/forms/docx.py",
                "survcomp/report/forms/word/fields.py",
                "survcomp/report/forms/word/layout.py",
                "survcomp/report/forms/word/styles.py",
                "survcomp/report/forms/word/table.py",
            },
        ),
        ("xlsxwriter", {"survcomp/report/forms/xlsx.py"}),
        (
            "typer",
            {
                "survcomp/cli/analyses.py",
                "survcomp/cli/app.py",
                "survcomp/cli/arguments.py",
                "survcomp/cli/evidence.py",
                "survcomp/cli/reconstruct.py",
                "survcomp/cli/review.py",
            },
        ),
        ("rich", {"survcomp/cli/review.py"}),
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
        if parts_of(path, PACKAGE)[0] not in WITHOUT_FILES:
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


def test_importing_the_values_loads_no_scipy():
    """Its statistics take as long to import as all the rest together."""
    code = "import sys, survcomp.values; print('scipy' in sys.modules)"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "False"


def test_every_public_name_can_be_imported():
    for name in survcomp.__all__:
        assert getattr(survcomp, name) is not None
    assert survcomp.__version__
    with pytest.raises(AttributeError, match="attribute nonsense"):
        _ = survcomp.nonsense


def test_no_public_name_is_hidden_by_a_module():
    """With every module imported, each public name of each package is what it should be.

    Importing ``package.name`` puts the module in the package's namespace, over a function
    of that name, unless the package itself imported the function afterwards.
    """
    for module in pkgutil.walk_packages(survcomp.__path__, "survcomp."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    packages = [m for n, m in sys.modules.items() if n.split(".")[0] == "survcomp" and m]
    hidden = [
        f"{package.__name__}.{name}"
        for package in packages
        for name in getattr(package, "__all__", ())
        if isinstance(getattr(package, name), ModuleType) and name not in FLOORS
    ]
    assert hidden == []


def test_no_room_has_the_name_of_a_public_function():
    """A room cannot be told from a function of its name, whoever imported which first."""
    for folder in (PACKAGE, *(p for p in PACKAGE.rglob("*") if (p / "__init__.py").exists())):
        package = importlib.import_module(".".join(folder.relative_to(ROOT).parts))
        rooms = {path.name for path in folder.iterdir() if path.is_dir()}
        functions = (*getattr(package, "__all__", ()), *survcomp.__all__)
        assert not rooms & set(functions) - set(FLOORS), folder.name


def test_public_names_are_listed_once_in_the_stub_and_nothing_else_is_shown():
    stub = ast.parse((PACKAGE / "__init__.pyi").read_text("utf-8"))
    names = [a for node in stub.body if isinstance(node, ast.ImportFrom) for a in node.names]
    assert all(alias.name == alias.asname for alias in names), "a checker reads `X as X` as public"
    assert sorted(alias.name for alias in names) == sorted(survcomp.__all__) == dir(survcomp)
    assert len(set(dir(survcomp))) == len(dir(survcomp))


def test_what_a_public_name_takes_and_is_adjusted_by_can_be_reached():
    for name in (
        "UnanchoredSurvival", "AnchoredSurvival", "Matching", "Question", "max_ess_weights",
        "two_stage_weights", "unanchored_g_computation", "unanchored_stc", "anchored_augmented",
        "standardised_hazard_ratio", "pool_contrasts", "balance_table", "reconstruct",
        "reconstruct_pair", "read_trial", "trials",
    ):  # fmt: skip
        assert name in survcomp.__all__
    assert survcomp.plotting.km


def test_public_names_are_documented():
    for name in survcomp.__all__:
        thing = getattr(survcomp, name)
        if callable(thing):
            assert thing.__doc__, name
