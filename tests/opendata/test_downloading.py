"""A table is fetched once, whole or not at all, and keeps its origin."""

from __future__ import annotations

import json
import urllib.error
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from attributes.open_tables import csv_of

from mobiplan.errors import InvalidOpenData
from mobiplan.opendata import download, open_data

ABOUT = {"metas": {"default": {"modified": "2026-08-01T03:00:00+00:00", "license": "ODbL"}}}


class Platform:
    """Answers as the platform does, for the data sets that it knows."""

    def __init__(self, known: dict[str, bytes]) -> None:
        self.known = known
        self.asked: list[str] = []

    def __call__(self, url: str, timeout: float) -> Any:
        self.asked.append(url)
        id_, _, export = url.partition("/datasets/")[2].partition("/")
        if id_ not in self.known:
            raise urllib.error.HTTPError(url, 404, "unknown dataset", {}, None)  # type: ignore[arg-type]
        return BytesIO(self.known[id_] if export else json.dumps(ABOUT).encode())


def wifi(yes: str = "Oui") -> bytes:
    return csv_of("wifi", [f"000001;A;{yes}"])


def test_what_is_fetched_is_read_with_its_origin(tmp_path: Path) -> None:
    path = download("wifi", tmp_path / "new", opener=Platform({"gares-equipees-du-wifi": wifi()}))
    data = open_data(tmp_path / "new")
    assert path.name == "gares-equipees-du-wifi.csv"
    assert data.wifi["wifi"].tolist() == [1]
    assert data.source("wifi")[:3] == ("gares-equipees-du-wifi", "2026-08-01", "ODbL")


def test_a_table_that_is_there_is_not_fetched_again_unless_asked(tmp_path: Path) -> None:
    download("wifi", tmp_path, opener=Platform({"gares-equipees-du-wifi": wifi()}))
    platform = Platform({"gares-equipees-du-wifi": wifi("Non")})
    download("wifi", tmp_path, opener=platform)
    assert platform.asked == []
    download("wifi", tmp_path, opener=platform, refresh=True)
    assert open_data(tmp_path).wifi["wifi"].tolist() == [2]


def test_an_older_id_is_tried_and_never_leaves_two_files(tmp_path: Path) -> None:
    table = csv_of("equipment", ["87000001;A;;;;Toilettes"])
    old, new = "equipements-accessibilite-en-gares", "equipements-accessibilite-en-gare"
    assert download("equipment", tmp_path, opener=Platform({old: table})).stem == old
    refreshed = download("equipment", tmp_path, opener=Platform({new: table}), refresh=True)
    assert refreshed.stem == new
    assert sorted(path.name for path in tmp_path.iterdir()) == [f"{new}.csv", f"{new}.source.json"]


def test_a_failure_leaves_what_was_there(tmp_path: Path) -> None:
    download("wifi", tmp_path, opener=Platform({"gares-equipees-du-wifi": wifi()}))
    with pytest.raises(InvalidOpenData, match=r"404.*try again later, or export the table by hand"):
        download("wifi", tmp_path, opener=Platform({}), refresh=True)
    assert open_data(tmp_path).wifi["wifi"].tolist() == [1]
    assert len(list(tmp_path.iterdir())) == 2


def test_a_file_address_will_do(tmp_path: Path) -> None:
    """urllib opens ``file:`` too: the address is asked for as it was built."""
    with pytest.raises(InvalidOpenData, match="could not be fetched from file:"):
        download("wifi", tmp_path / "to", api=(tmp_path / "nowhere").as_uri())


def test_an_unknown_table_is_refused_before_anything_is_asked(tmp_path: Path) -> None:
    platform = Platform({})
    with pytest.raises(InvalidOpenData, match="mobiplan reads stations, fares"):
        download("timetables", tmp_path, opener=platform)
    assert platform.asked == []
