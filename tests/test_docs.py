"""The reference is complete: every public name stands on a page, is explained, and is shown.

The site is not built here (`make docs` takes half a minute, and says what is wrong itself).
"""

import ast
import inspect
import pkgutil
import re
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

import pytest

import mobiplan
import mobiplan.lab

ROOT = Path(__file__).parent.parent
PAGES = sorted((ROOT / "docs/api").glob("*.rst"))
PUBLIC = [
    f"{module.__name__}.{name}" for module in (mobiplan, mobiplan.lab) for name in module.__all__
]


class Entry(NamedTuple):
    """A directive of a page: what it documents, and which of its members."""

    name: str  # with its module
    kind: str  # "class", "function", "exception", "data", ...
    options: dict[str, str]
    made_by_mobiplan: bool  # the page writes "()": nobody else makes one

    @property
    def value(self) -> Any:
        """What the name stands for."""
        return pkgutil.resolve_name(self.name)

    def owners(self) -> list[type]:
        """The classes of ours that its members come from, the class itself last."""
        return [
            one for one in reversed(self.value.__mro__) if one.__module__.startswith("mobiplan.")
        ]

    def members(self) -> Iterator[tuple[str, Any]]:
        """The functions and properties of a class that the page shows."""
        if self.kind != "class" or "members" not in self.options:
            return
        named = re.findall(r"\w+", self.options["members"])
        hidden = re.findall(r"\w+", self.options.get("exclude-members", ""))
        found = {name: member for owner in self.owners() for name, member in vars(owner).items()}
        for name, member in found.items():
            if name.startswith("_") or name in hidden or (named and name not in named):
                continue
            if isinstance(member, classmethod | staticmethod):
                yield name, member.__func__
            elif isinstance(member, property):
                yield name, member.fget
            elif isinstance(member, cached_property):
                yield name, member.func
            elif inspect.isfunction(member):
                yield name, member


def entries(page: Path) -> Iterator[Entry]:
    """The directives of a page, in order."""
    module = ""
    for directive in re.finditer(
        r"^ *\.\. (\S+):: (\S+)\n((?:(?: +:[\w-]+:.*| {6,}\S.*)\n)*)",
        page.read_text(),
        re.MULTILINE,
    ):
        kind, name, given = directive.groups()
        made, name = name.endswith("()"), name.removesuffix("()")
        if kind in ("currentmodule", "automodule"):
            module = name
        elif kind.startswith("auto") or kind == "py:data":
            text = re.sub(r"\n {6,}", " ", given)
            options = dict(re.findall(r"^ +:([\w-]+): *(.*)$", text, re.MULTILINE))
            full = name if name.startswith("mobiplan.") else f"{module}.{name}"
            yield Entry(full, kind.removeprefix("auto").removeprefix("py:"), options, made)


ENTRIES = [entry for page in PAGES for entry in entries(page)]
CLASSES = [entry for entry in ENTRIES if entry.kind == "class"]
FUNCTIONS = [entry for entry in ENTRIES if entry.kind == "function"]


def documented(doc: str, sections: str) -> set[str]:
    """The names that a numpydoc section of parameters explains."""
    found = re.search(
        rf"^(?:{sections})\n-+\n(.*?)(?=^\w[^\n]*\n---|\Z)", doc, re.MULTILINE | re.DOTALL
    )
    heads = re.findall(r"^(\S.*)$", found[1], re.MULTILINE) if found else []
    return {name.strip(" *") for head in heads for name in head.split(" : ")[0].split(",")}


def parameters(function: Any) -> list[str]:
    """What a caller may give."""
    names = inspect.signature(function).parameters
    return [name for name in names if name not in ("self", "cls") and not name.startswith("_")]


def test_every_public_name_stands_on_one_page() -> None:
    """And nothing that is gone."""
    shown = [entry.name for entry in ENTRIES]
    assert sorted(set(PUBLIC) - set(shown)) == []
    assert sorted(name for name in shown if shown.count(name) > 1) == []
    assert [entry.name for entry in ENTRIES if entry.value is None] == []


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.name)
def test_what_a_page_shows_is_explained(entry: Entry) -> None:
    assert inspect.getdoc(entry.value) or entry.kind == "data"
    assert [name for name, member in entry.members() if not inspect.getdoc(member)] == []


@pytest.mark.parametrize("entry", CLASSES, ids=lambda entry: entry.name)
def test_what_a_class_inherits_from_us_is_shown_too(entry: Entry) -> None:
    if entry.options.get("members") == "" and len(entry.owners()) > 1:
        assert "inherited-members" in entry.options


@pytest.mark.parametrize("name", PUBLIC)
def test_every_public_class_and_function_is_shown_at_work(name: str) -> None:
    (entry,) = (entry for entry in ENTRIES if entry.name == name)
    if entry.kind in ("class", "function"):
        assert ">>>" in inspect.getdoc(entry.value), f"{name} has no example"


@pytest.mark.parametrize("entry", CLASSES, ids=lambda entry: entry.name)
def test_public_methods_with_parameters_are_shown_at_work(entry: Entry) -> None:
    if entry.name in PUBLIC:
        silent = [
            name
            for name, member in entry.members()
            if parameters(member) and ">>>" not in inspect.getdoc(member)
        ]
        assert silent == []


@pytest.mark.parametrize("entry", CLASSES + FUNCTIONS, ids=lambda entry: entry.name)
def test_each_parameter_is_explained_by_its_name(entry: Entry) -> None:
    functions = dict(entry.members()) if entry.kind == "class" else {"": entry.value}
    unexplained = {
        name: missing
        for name, function in functions.items()
        if (
            missing := set(parameters(function))
            - documented(inspect.getdoc(function), "Parameters")
        )
    }
    assert unexplained == {}


@pytest.mark.parametrize(
    "entry", [one for one in CLASSES if not one.made_by_mobiplan], ids=lambda entry: entry.name
)
def test_what_a_class_is_made_of_is_explained(entry: Entry) -> None:
    explained = documented(inspect.getdoc(entry.value), "Parameters|Attributes")
    assert set(parameters(entry.value)) - explained == set()


# ------------------------------------------------------------------ the files of the site


def setting(name: str) -> Any:
    """A literal of docs/conf.py, which imports Sphinx and so is read, not imported."""
    for node in ast.parse((ROOT / "docs/conf.py").read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == name:
            return ast.literal_eval(node.value)
    raise AssertionError(f"docs/conf.py does not set {name}")


def test_every_pattern_of_pages_finds_one() -> None:
    assert [p for p in setting("include_patterns") if not list(ROOT.glob(p))] == []


def test_the_side_bar_leads_to_every_page_and_to_no_other() -> None:
    """Sphinx takes either for an error, after half a minute."""
    listed = re.findall(r"^(?!```|:)(\S+)$", (ROOT / "docs/contents.md").read_text(), re.MULTILINE)
    pages = {path for pattern in setting("include_patterns") for path in ROOT.glob(pattern)}
    reached = {path for entry in listed for path in ROOT.glob(f"{entry}.*") if path in pages}
    assert pages - reached == {ROOT / f"{setting('root_doc')}.md"}
    assert [entry for entry in listed if not list(ROOT.glob(f"{entry}.*"))] == []


def test_the_style_sheets_are_there() -> None:
    (folder,) = setting("html_static_path")
    assert [n for n in setting("html_css_files") if not (ROOT / "docs" / folder / n).exists()] == []


@pytest.mark.parametrize(
    ("doc", "expected"),
    [
        (
            "Do.\n\nParameters\n----------\na, b : int\n    Two.\n*args\n    More.",
            {"a", "b", "args"},
        ),
        ("Do.\n\nParameters\n----------\na : int\n\nReturns\n-------\nc : int", {"a"}),
        ("Do.", set()),
    ],
)
def test_this_test_reads_docstrings(doc: str, expected: set[str]) -> None:
    assert documented(doc, "Parameters") == expected
