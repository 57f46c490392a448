"""A traveller's file: TOML or JSON, small, for people to read, edit and pass on.

::

    version = 1
    name = "me"

    [passenger]            # class_, age, cards, luggage, price
    [weights]              # as keywords of Traveller: in minutes, or with a unit, "15 €/h"
    [needs]                # as keywords of Needs
    [sources]              # where a value comes from, "label: words"

Whatever is left out is as in the standard traveller. JSON has the same names.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import tempfile
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mobiplan.errors import InvalidQuery
from mobiplan.traveller.facts import FACTS, read_fact
from mobiplan.traveller.needs import Needs
from mobiplan.traveller.preferences import Preferences, said_as

VERSION = 1
LABELS = ("published", "modelled", "assumed", "learned", "stated")  # what a source begins with
SECTIONS = ("passenger", "weights", "needs", "sources")
_TOP = ("version", "name", *SECTIONS)
_HEADER = """\
# A traveller of mobiplan, to edit as you like. Weights are in minutes of an ordinary train that
# weigh as much, or carry a unit; what is left out is as in the standard traveller.
"""


def read(
    path: str | os.PathLike[str], preferences: Preferences, sources: Mapping[str, str]
) -> dict[str, Any]:
    """Return the fields of the traveller in a file.

    Parameters
    ----------
    path
        A file that ends in .toml or .json.
    preferences, sources
        What holds where the file says nothing of a weight, and where that comes from.

    Raises
    ------
    InvalidQuery
        If a key, a unit or a value is not allowed: names the file, the line and what is.
    """
    file = _File(Path(path), _suffix(path), _text(Path(path)))
    document = file.parsed()
    for key, value in document.items():
        with file.line_of("", key):
            _check_top(key, value)
    if "version" not in document:
        raise InvalidQuery(f"{path}: the version is missing; add version = {VERSION}")

    passenger, weights, needs, said = (document.get(section, {}) for section in SECTIONS)
    facts = dict(FACTS)
    for key, value in passenger.items():
        with file.line_of("passenger", key):
            facts[key] = read_fact(key, value)
    for key, value in weights.items():
        with file.line_of("weights", key):
            Preferences({key: value})
    for key, value in needs.items():
        with file.line_of("needs", key):
            Needs.from_dict({key: value})
    for key, value in said.items():
        with file.line_of("sources", key):
            _check_source(value)
    with file.line_of("", "weights"):  # one by one they were in order
        preferences = preferences.revised(weights)
    with file.line_of("", "needs"):
        limits = Needs.from_dict(needs)
    own_words = {said_as(key) for key in (*weights, *needs, *passenger)}
    inherited = {key: text for key, text in sources.items() if key not in own_words}
    return {
        "preferences": preferences,
        "needs": limits,
        **facts,
        "name": document.get("name", ""),
        "sources": inherited | said,
    }


def write(values: Mapping[str, Any], path: str | os.PathLike[str]) -> None:
    """Write what `Traveller.to_dict` returns; the file is whole, or as it was before.

    Raises
    ------
    InvalidQuery
        If the path ends in neither .toml nor .json.
    """
    document = {"version": VERSION} | {key: value for key, value in values.items() if value}
    if _suffix(path) == ".json":
        text = json.dumps(document, ensure_ascii=False, indent=2) + "\n"
    else:
        text = _HEADER + _toml(document)
    path = Path(path)
    handle, beside = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
        os.replace(beside, path)
    except BaseException:
        Path(beside).unlink(missing_ok=True)
        raise


# ---------------------------------------------------------------------- reading


@dataclass(frozen=True)
class _File:
    """A file's text, and where in it a key stands."""

    path: Path
    suffix: str
    text: str

    def parsed(self) -> dict[str, Any]:
        try:
            if self.suffix == ".json":
                document = json.loads(self.text, object_pairs_hook=_each_once)
            else:
                document = tomllib.loads(self.text)
        except (tomllib.TOMLDecodeError, json.JSONDecodeError) as error:
            raise InvalidQuery(f"{self.path} is no {self.suffix[1:].upper()}: {error}") from error
        except InvalidQuery as error:
            raise InvalidQuery(f"{self.path}: {error}") from error
        if not isinstance(document, dict):
            raise InvalidQuery(f"{self.path}: not a table of {', '.join(_TOP)}")
        return document

    @contextlib.contextmanager
    def line_of(self, section: str, key: str) -> Iterator[None]:
        """Let an error say where in the file its cause stands."""
        try:
            yield
        except InvalidQuery as error:
            raise InvalidQuery(f"{self.path}, line {self._line(section, key)}: {error}") from error

    def _line(self, section: str, key: str) -> int:
        """The line of a key; of its section where the key is not found; the first at worst."""
        key_here = rf"""["']?{re.escape(key)}["']?\s*[=:.]"""
        header = (
            rf"""\s*\[\s*["']?{re.escape(section or key)}["']?\s*[\].]|["'\s]*{section}["']\s*:"""
        )
        found, inside = 1, not section
        for number, line in enumerate(self.text.splitlines(), 1):
            if re.match(header, line):
                found, inside = number, True
            elif re.match(r"\s*\[", line) and self.suffix == ".toml":
                inside = False
            if inside and re.search(rf"(?:^|[\s{{,.]){key_here}", line):
                return number
        return found


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise InvalidQuery(f"{path} is not written in UTF-8: {error}") from error


def _suffix(path: str | os.PathLike[str]) -> str:
    suffix = Path(path).suffix.lower()
    if suffix not in (".toml", ".json"):
        raise InvalidQuery(f"{os.fspath(path)!r}: a traveller's file ends in .toml or .json")
    return suffix


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """What JSON leaves open and TOML forbids."""
    made = dict(pairs)
    if len(made) < len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise InvalidQuery(f"{twice!r} is given twice")
    return made


def _check_top(key: str, value: Any) -> None:
    if key not in _TOP:
        raise InvalidQuery(f"unknown key {key!r}: there are {', '.join(_TOP)}")
    if key == "version" and (value != VERSION or isinstance(value, bool)):
        raise InvalidQuery(f"version {value!r}: this mobiplan reads version {VERSION}")
    if key == "name" and not isinstance(value, str):
        raise InvalidQuery(f"name={value!r}: give text")
    if key in SECTIONS and not isinstance(value, Mapping):
        raise InvalidQuery(f"{key} is not a table of values by name")


def _check_source(value: Any) -> None:
    if not isinstance(value, str) or value.partition(": ")[0] not in LABELS:
        raise InvalidQuery(
            f"{value!r}: a source reads 'label: where from'; labels are {', '.join(LABELS)}"
        )


# ---------------------------------------------------------------------- writing


def _toml(document: Mapping[str, Any]) -> str:
    plain = {key: value for key, value in document.items() if not isinstance(value, Mapping)}
    lines = [f"{key} = {_value(value)}" for key, value in plain.items()]
    for section, values in document.items():
        if isinstance(values, Mapping):
            lines += ["", f"[{section}]"]
            lines += [f"{_key(key)} = {_value(value)}" for key, value in values.items()]
    return "\n".join(lines) + "\n"


def _value(value: Any) -> str:
    """A value as TOML writes it. JSON's text is TOML's, but for one control character."""
    if isinstance(value, Mapping):
        inside = ", ".join(f"{_key(key)} = {_value(part)}" for key, part in value.items())
        return f"{{ {inside} }}" if inside else "{}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_value, value))}]"
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _key(key: str) -> str:
    return key if re.fullmatch(r"[A-Za-z0-9_-]+", key) else _value(key)
