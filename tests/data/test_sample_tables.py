"""The bundled open-data tables are what their script makes, for the bundled feed, and small."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import mobiplan as mp
from mobiplan.opendata import sample_data

ROOT = Path(__file__).parents[2]
SCRIPT = ROOT / "data" / "make_sample.py"
TABLES = ROOT / "src" / "mobiplan" / "data" / "opendata.zip"


def test_the_script_makes_the_same_bytes_each_time() -> None:
    make = "import sys, make_sample; sys.stdout.buffer.write(make_sample.make_opendata())"
    first, second = (
        subprocess.run(
            [sys.executable, "-B", "-c", make],
            cwd=SCRIPT.parent,
            env={**os.environ, "PYTHONHASHSEED": seed},
            check=True,
            capture_output=True,
        ).stdout
        for seed in ("1", "2")
    )
    assert first == second


def test_the_zip_is_small_enough_to_ship() -> None:
    assert TABLES.stat().st_size < 150_000


def test_most_pairs_are_listed_in_one_direction_only() -> None:
    fares = sample_data().fares
    fares = fares[(fares["carrier"] == "TGV INOUI") & (fares["profile"] == "Tarif Normal")]
    pairs = set(zip(fares["from_code"], fares["to_code"], strict=True))
    assert len(pairs) > 500
    assert not any((two, one) in pairs for one, two in pairs)


def test_the_tables_speak_of_the_feeds_stations(sample: mp.Timetable) -> None:
    data = sample_data()
    known = set(sample.stations.code)
    for name in ("fares", "emissions"):
        table = data.table(name)
        assert set(table["from_code"]) | set(table["to_code"]) <= known
    for name in ("equipment", "wifi", "hours", "passengers", "assistance"):
        assert set(data.table(name)["code"]) <= known
