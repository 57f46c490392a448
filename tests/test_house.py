"""The house keeps its order: a room of mobiplan imports only the rooms that stand above it.

The order is the one of CONTRIBUTING.md. Imports are read with `ast`, so nothing is executed and an
import inside a function counts like any other.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[1] / "src" / "mobiplan"

# From the top of the house down; a room that does not exist yet only keeps its place.
ROOMS = [
    "errors",
    "times",
    "compiling",
    "opendata",
    "gtfs",
    "timetable",
    "search",
    "attributes",
    "traveller",
    "journeys",
    "reliability",
    "planner",
    "analysis",
    "content",
    "maps",
    "lab",
]
DOOR = "__init__"  # `import mobiplan` shows every room to the user; no room goes through it

# The one exception: a result carries its question and its planner, so `journeys.explore()`,
# `journey.later()` and `why_not()` import what they need inside the method; a timetable, a planner
# and an analysis show themselves on a map, and a planner is asked for analyses.
LOOKS_DOWN_INSIDE_METHODS = {
    "journeys": frozenset(ROOMS),
    "timetable": frozenset({"maps"}),
    "planner": frozenset({"analysis", "maps"}),
    "analysis": frozenset({"maps"}),
}

NAMES_THAT_SAY_NOTHING = {"utils", "misc", "helpers", "core", "common"}


@dataclass(frozen=True)
class Import:
    """One imported module, and whether the import runs when its file is imported."""

    file: str
    line: int
    module: str
    at_import: bool

    def __str__(self) -> str:
        return f"{self.file}:{self.line} imports {self.module}"


def room_of(path: Path) -> str:
    return path.relative_to(SOURCE).parts[0].removesuffix(".py")


def is_type_checking(node: ast.If) -> bool:
    return ast.unparse(node.test) in {"TYPE_CHECKING", "typing.TYPE_CHECKING"}


def imports_of(path: Path) -> Iterator[Import]:
    """Every import of a file, made absolute; `from mobiplan import x` is read as mobiplan.x."""
    package = ["mobiplan", *path.relative_to(SOURCE).parent.parts]
    where = str(path.relative_to(SOURCE.parent))

    def walk(node: ast.AST, at_import: bool) -> Iterator[Import]:
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield Import(where, node.lineno, alias.name, at_import)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            module = ".".join([*base, *([node.module] if node.module else [])])
            names = [alias.name for alias in node.names] if module == "mobiplan" else [""]
            for name in names:
                yield Import(where, node.lineno, f"{module}.{name}".rstrip("."), at_import)
        elif isinstance(node, ast.If) and is_type_checking(node):
            for child in node.body:
                yield from walk(child, False)
            for child in node.orelse:
                yield from walk(child, at_import)
        else:
            inside = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
            for child in ast.iter_child_nodes(node):
                yield from walk(child, at_import and not inside)

    yield from walk(ast.parse(path.read_text(encoding="utf-8"), str(path)), True)


FILES = sorted(SOURCE.rglob("*.py"))
IMPORTS = [(room_of(path), found) for path in FILES for found in imports_of(path)]


def test_every_file_lives_in_a_room() -> None:
    """A new room gets its place in ROOMS and its line in CONTRIBUTING.md."""
    homeless = {room_of(path) for path in FILES} - {*ROOMS, DOOR}
    assert not homeless


def complaints() -> Iterator[str]:
    """Each import that runs up the house."""
    for room, found in IMPORTS:
        if room == DOOR or found.module.split(".")[0] != "mobiplan":
            continue
        target = found.module.split(".")[1] if "." in found.module else DOOR
        if target not in ROOMS:
            yield f"{found}: a room imports rooms, not the front door"
        elif ROOMS.index(target) > ROOMS.index(room) and not (
            target in LOOKS_DOWN_INSIDE_METHODS.get(room, ()) and not found.at_import
        ):
            yield f"{found}, which stands below {room}"


def test_rooms_import_only_rooms_above() -> None:
    assert list(complaints()) == []


def test_only_gtfs_knows_gtfs_kit() -> None:
    assert [
        str(found)
        for room, found in IMPORTS
        if found.module.split(".")[0] == "gtfs_kit" and room != "gtfs"
    ] == []


@pytest.mark.parametrize("room", ["timetable", "search"])
def test_a_saved_timetable_plans_without_pandas(room: str) -> None:
    """pandas may be imported by a function that makes a table, never by importing the room."""
    heavy = {"pandas", "geopandas", "gtfs_kit"}
    assert [
        str(found)
        for owner, found in IMPORTS
        if owner == room and found.at_import and found.module.split(".")[0] in heavy
    ] == []


def test_names_say_something() -> None:
    parts = {part.removesuffix(".py") for path in FILES for part in path.relative_to(SOURCE).parts}
    assert not parts & NAMES_THAT_SAY_NOTHING


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("from ..gtfs import tables", [("mobiplan.gtfs", True)]),
        ("from .. import errors, times", [("mobiplan.errors", True), ("mobiplan.times", True)]),
        ("from . import names", [("mobiplan.timetable", True)]),
        ("import mobiplan.search.scan as s", [("mobiplan.search.scan", True)]),
        ("def f():\n    import pandas", [("pandas", False)]),
        ("if TYPE_CHECKING:\n    import csv\nelse:\n    import io", [("csv", False), ("io", True)]),
        ("class C:\n    import csv", [("csv", True)]),
    ],
)
def test_this_test_reads_imports(
    code: str, expected: list[tuple[str, bool]], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = SOURCE / "timetable" / "imagined.py"
    monkeypatch.setattr(Path, "read_text", lambda self, encoding: code)
    assert [(found.module, found.at_import) for found in imports_of(path)] == expected
