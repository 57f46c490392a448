"""Travellers' files: read back equal, refused with the line, never half written."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from traveller.drawing import travellers

from mobiplan.errors import InvalidQuery
from mobiplan.traveller.traveller import Traveller


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("travellers")


@pytest.mark.parametrize("suffix", ["toml", "json"])
@given(who=travellers())
def test_a_traveller_is_read_back_equal(folder: Path, suffix: str, who: Traveller) -> None:
    path = folder / f"who.{suffix}"
    who.save(path)
    again = Traveller.load(path)
    assert again == who
    assert (again.name, again.sources) == (who.name, who.sources)


def test_a_file_reads_as_a_person_would_write_it(tmp_path: Path) -> None:
    me = Traveller(name="me", transfer="20 min", euros_per_hour=15, pace=3, via=("Lyon", "1 h"))
    me.save(tmp_path / "me.toml")
    text = (tmp_path / "me.toml").read_text(encoding="utf-8")
    for line in ('transfers = "20 min"', 'euros = "15 €/h"', 'pace = "3 km/h"', "waiting = 1.5"):
        assert line in text.splitlines()
    assert 'via = [["Lyon", "1 h"]]' in text


def test_what_a_file_does_not_say_is_as_in_the_standard_traveller(tmp_path: Path) -> None:
    path = tmp_path / "me.toml"
    path.write_text('version = 1\nweights.transfers = "20 min"\n')
    assert Traveller.load(path) == Traveller(transfers="20 min")
    assert Traveller.load(path).source("transfers").startswith("stated")
    assert Traveller.load(path).source("walking") == Traveller().source("walking")


TOML = """\
version = 1
name = "me"

[passenger]
age = 30

[weights]
walking = 2
{weight}
short_transfer = {{ "3 min" = 5 }}

[needs]
max_wait = "1 h"
{need}
"""


@pytest.mark.parametrize(
    ("weight", "need", "line", "says"),
    [
        ("waitng = 1", "", 9, "did you mean 'waiting'"),
        ("waiting = -1", "", 9, "0 or more"),
        ('transfers = "20 km"', "", 9, "'20 min'"),
        ('euros = "15 €/min"', "", 9, "min/€"),
        ("co2 = nan", "", 9, "finite"),
        ("riding = { rocket = 1 }", "", 9, "high speed"),
        ("own = { waiting = 1 }", "", 9, "another name"),
        ("", "max_transfer = 2", 14, "max_transfers"),
        ("", 'pace = "3 m/s"', 14, "km/h"),
        ("", 'avoid = { mode = "coach" }', 14, "did you mean 'modes'"),
        ("", 'not_before = "25:00"', 14, "06:30"),
        ("", 'not_before = "9:00"\nnot_after = "8:00"', 12, "not before"),
        ("transfer = 1\ntransfers = 2", "", 7, "say the same"),
        ("", "[passenger2]", 14, "passenger, weights, needs"),
        ("", '[sources]\nwalking = "hearsay"', 15, "assumed"),
    ],
)
def test_a_toml_file_is_refused_with_its_line_and_what_is_allowed(
    tmp_path: Path, weight: str, need: str, line: int, says: str
) -> None:
    path = tmp_path / "me.toml"
    path.write_text(TOML.format(weight=weight, need=need), encoding="utf-8")
    with pytest.raises(InvalidQuery, match=says) as refused:
        Traveller.load(path)
    assert f"{path}, line {line}: " in str(refused.value)


def changed(section: str, key: str, value: Any) -> str:
    document = Traveller(max_transfers=2).to_dict() | {"version": 1}
    (document[section] if section else document)[key] = value
    return json.dumps(document, indent=2, ensure_ascii=False)


@pytest.mark.parametrize(
    ("section", "key", "value"),
    [
        ("weights", "walking", -1),
        ("weights", "wlking", 1),
        ("weights", "transfers", "20 km"),
        ("needs", "max_transfers", -1),
        ("passenger", "class_", 3),
        ("passenger", "seat", "window"),
        ("sources", "walking", "hearsay"),
        ("", "colour", "red"),
        ("", "name", 7),
        ("", "version", 2),
        ("", "weights", 3),
    ],
)
def test_a_json_file_is_refused_with_its_line(
    tmp_path: Path, section: str, key: str, value: Any
) -> None:
    path = tmp_path / "me.json"
    text = changed(section, key, value)
    path.write_text(text, encoding="utf-8")
    lines = text.splitlines()
    start = next(n for n, ln in enumerate(lines) if f'"{section}":' in ln) if section else 0
    line = next(n for n, ln in enumerate(lines, 1) if n > start and f'"{key}":' in ln)
    with pytest.raises(InvalidQuery) as refused:
        Traveller.load(path)
    assert f"line {line}: " in str(refused.value)


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("me.toml", "version = \nname = 1", r"no TOML.*line 1"),
        ("me.json", '{"version": 1,}', r"no JSON.*line 1"),
        ("me.json", "[1]", "not a table"),
        ("me.json", '{"version": 1, "version": 1}', "given twice"),
        ("me.toml", 'name = "me"', "version = 1"),
        ("me.yaml", "version: 1", r"\.toml or \.json"),
    ],
)
def test_what_is_no_travellers_file_is_refused(
    tmp_path: Path, name: str, text: str, says: str
) -> None:
    (tmp_path / name).write_text(text)
    with pytest.raises(InvalidQuery, match=says):
        Traveller.load(tmp_path / name)


def test_a_file_of_another_encoding_is_refused(tmp_path: Path) -> None:
    (tmp_path / "me.toml").write_bytes('version = 1\nname = "Zoé"'.encode("latin-1"))
    with pytest.raises(InvalidQuery, match="UTF-8"):
        Traveller.load(tmp_path / "me.toml")


def test_a_missing_file_is_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        Traveller.load(tmp_path / "nobody.toml")


def test_saving_is_all_or_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "me.toml"
    Traveller(walking=3).save(path)

    def fails(*_: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(os, "replace", fails)
    with pytest.raises(OSError, match="disk full"):
        Traveller(walking=4).save(path)
    monkeypatch.undo()
    assert Traveller.load(path) == Traveller(walking=3)
    assert list(tmp_path.iterdir()) == [path]


def test_only_toml_and_json_are_written(tmp_path: Path) -> None:
    with pytest.raises(InvalidQuery, match=r"\.toml or \.json"):
        Traveller().save(tmp_path / "me.yaml")
