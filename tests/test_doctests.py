"""Every example in a docstring runs and prints what it says; every public name has one."""

from __future__ import annotations

import ast
import dataclasses
import doctest
import importlib
import inspect
import itertools
import pkgutil
import re
import textwrap
from pathlib import Path

import matplotlib as mpl
import matplotlib.pyplot as plt
import pytest

import survcomp

mpl.use("agg")

MODULES = sorted(
    module.name for module in pkgutil.walk_packages(survcomp.__path__, prefix="survcomp.")
)
ROOMS = (
    "adjustment",
    "comparison",
    "estimation",
    "evidence",
    "plotting",
    "reconstruction",
    "values",
)
DOCUMENTED = {"report.confounder_figure": "survcomp.report.figures.confounder"}
"""What docs/ shows of the floors above, and the module it is taken from."""

PARSER = doctest.DocTestParser()


def face():
    """What `survcomp/__init__.pyi` lists: the room that each name is taken from, and the name."""
    tree = ast.parse(Path(survcomp.__file__).with_suffix(".pyi").read_text(encoding="utf-8"))
    taken = [node for node in tree.body if isinstance(node, ast.ImportFrom) and node.module]
    return {(node.module, alias.name) for node in taken for alias in node.names}


def public():
    """Every public name and what it stands for, by "room.name"; of the rooms and of the face."""
    offered = {
        (room, name)
        for room in ROOMS
        for name in importlib.import_module(f"survcomp.{room}").__all__
    }
    of_rooms = {
        f"{room}.{name}": getattr(importlib.import_module(f"survcomp.{room}"), name)
        for room, name in sorted(offered | {key for key in face() if key[0] in ROOMS})
    }
    above = {
        name: getattr(importlib.import_module(module), name.rpartition(".")[2])
        for name, module in DOCUMENTED.items()
    }
    return of_rooms | above


PUBLIC = public()
CLASSES = {name: thing for name, thing in PUBLIC.items() if inspect.isclass(thing)}
FUNCTIONS = {name: thing for name, thing in PUBLIC.items() if inspect.isroutine(thing)}
CONSTANTS = sorted(PUBLIC.keys() - CLASSES.keys() - FUNCTIONS.keys())


def sections(thing):
    """Sections of a docstring: the text of each by its title."""
    parts = re.split(r"^([A-Z]\w+)\n-+$", inspect.getdoc(thing) or "", flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def examples(thing):
    """Examples of a docstring, of which at least one must print something."""
    found = PARSER.get_examples(sections(thing).get("Examples", ""))
    return found if any(example.want for example in found) else []


def raises(function):
    """Whether the body of a function raises by itself, or runs a check that does."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(inspect.unwrap(function))))
    called = [
        node.func.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    ]
    return any(isinstance(node, ast.Raise) for node in ast.walk(tree)) or any(
        name.startswith("check_") for name in called
    )


def said_beside(path):
    """Names that a module assigns and explains in a string on the next line."""
    body = ast.parse(path.read_text(encoding="utf-8")).body
    for assigned, string in itertools.pairwise(body):
        is_text = isinstance(string, ast.Expr) and isinstance(string.value, ast.Constant)
        if is_text and isinstance(assigned, (ast.Assign, ast.AnnAssign)):
            targets = assigned.targets if isinstance(assigned, ast.Assign) else [assigned.target]
            yield from (target.id for target in targets if isinstance(target, ast.Name))


@pytest.mark.parametrize("name", MODULES)
def test_examples(name):
    # what prints wider than a line of code may be is wrapped at a space
    failed, _ = doctest.testmod(
        importlib.import_module(name), optionflags=doctest.NORMALIZE_WHITESPACE
    )
    plt.close("all")
    assert failed == 0


def test_the_whole_face_is_looked_at():
    assert len(PUBLIC) > 240
    assert {room for room, _ in face()} <= set(ROOMS)
    assert min(len(CLASSES), len(FUNCTIONS), len(CONSTANTS)) > 0


def test_every_public_name_has_an_example_that_prints():
    assert [name for name, thing in (CLASSES | FUNCTIONS).items() if not examples(thing)] == []


@pytest.mark.parametrize("name", CLASSES | FUNCTIONS)
def test_the_example_of_a_public_name_runs_where_it_is_pasted(name):
    """Without the names of its module, as a reader of `help()` runs it."""
    methods = vars(PUBLIC[name]).values() if name in CLASSES else ()
    inner = [getattr(method, "__func__", method) for method in methods]
    runner = doctest.DocTestRunner(optionflags=doctest.NORMALIZE_WHITESPACE)
    for thing in (PUBLIC[name], *(method for method in inner if inspect.isfunction(method))):
        runner.run(PARSER.get_doctest(thing.__doc__ or "", {}, name, None, None))
    plt.close("all")
    assert runner.summarize(verbose=False).failed == 0


def test_every_public_constant_is_explained():
    files = [
        path for room in ROOMS for path in (Path(survcomp.__file__).parent / room).rglob("*.py")
    ]
    said = {name for path in files for name in said_beside(path)}
    assert [name for name in CONSTANTS if name.partition(".")[2] not in said] == []


def test_every_public_function_says_what_it_takes_returns_and_raises():
    missing = []
    for name, function in FUNCTIONS.items():
        signature, said = inspect.signature(function), sections(function)
        wanted = {
            "Parameters": bool(signature.parameters),
            "Returns": signature.return_annotation != "None" and "Yields" not in said,
            "Raises": raises(function),
        }
        missing += [
            f"{name}: {title}"
            for title, is_wanted in wanted.items()
            if is_wanted and title not in said
        ]
    assert missing == []


def test_every_argument_of_a_public_function_is_explained():
    missing = []
    for name, function in FUNCTIONS.items():
        text = sections(function).get("Parameters", "")
        arguments = inspect.signature(function).parameters
        missing += [f"{name}({a})" for a in arguments if not re.search(rf"\b{a}\b", text)]
    assert missing == []


def test_every_field_of_a_public_class_is_explained():
    missing = []
    for name, thing in CLASSES.items():
        if not dataclasses.is_dataclass(thing):
            continue
        said = sections(thing)
        text = said.get("Attributes", "") + said.get("Parameters", "")
        fields = [
            f.name for f in dataclasses.fields(thing) if f.init and not f.name.startswith("_")
        ]
        missing += [f"{name}.{field}" for field in fields if not re.search(rf"\b{field}\b", text)]
    assert missing == []


def test_every_other_way_to_make_a_value_is_shown():
    missing = []
    for name, thing in CLASSES.items():
        shown = "".join(example.source for example in examples(thing))
        for other, made in vars(thing).items():
            if isinstance(made, classmethod) and not other.startswith("_"):
                own = PARSER.get_examples(inspect.getdoc(made.__func__) or "")
                if f"{other}(" not in shown and not any(example.want for example in own):
                    missing.append(f"{name}.{other}")
    assert missing == []
