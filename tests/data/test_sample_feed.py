"""The bundled sample is what its script makes, and has the habits of SNCF's own export."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from itertools import combinations
from pathlib import Path

import pandas as pd
import pytest

ROOT = Path(__file__).parents[2]
SCRIPT = ROOT / "data" / "make_sample.py"
SAMPLE = ROOT / "src" / "mobiplan" / "data" / "sample.zip"

BRANDS = {"TGV INOUI", "OUIGO", "INTERCITES", "INTERCITES de nuit", "Train TER", "Car TER"}
WEEK = [f"202603{day}" for day in range(23, 30)]


def table(name: str) -> pd.DataFrame:
    with zipfile.ZipFile(SAMPLE) as archive, archive.open(f"{name}.txt") as file:
        return pd.read_csv(file, dtype=str, keep_default_na=False)


@pytest.fixture(scope="module")
def stops() -> pd.DataFrame:
    return table("stops")


@pytest.fixture(scope="module")
def trips() -> pd.DataFrame:
    return table("trips")


@pytest.fixture(scope="module")
def calls() -> pd.DataFrame:
    """stop_times, with minutes for times, brand and station taken from the stop id."""
    calls = table("stop_times")
    for column in ("arrival", "departure"):
        clock = calls[f"{column}_time"].str.split(":", expand=True).astype(int)
        assert (clock[2] == 0).all()
        calls[column] = clock[0] * 60 + clock[1]
    calls[["brand", "uic"]] = calls["stop_id"].str.extract(r"^StopPoint:OCE(.+)-(\d{8})$")
    calls["first"] = calls["trip_id"] != calls["trip_id"].shift()
    calls["last"] = calls["trip_id"] != calls["trip_id"].shift(-1)
    return calls


def test_the_committed_zip_is_what_the_script_makes() -> None:
    subprocess.run([sys.executable, SCRIPT, "--check"], check=True)


def test_the_script_makes_the_same_bytes_each_time() -> None:
    make = "import sys, make_sample; sys.stdout.buffer.write(make_sample.make())"
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
    assert len(first) > 100_000


def test_the_zip_is_small_enough_to_ship() -> None:
    assert SAMPLE.stat().st_size < 400_000


def test_there_are_thousands_of_trips_between_at_least_150_stations(
    stops: pd.DataFrame, trips: pd.DataFrame
) -> None:
    assert 2_000 <= len(trips) <= 5_000
    assert (stops["location_type"] == "1").sum() >= 150


def test_the_feed_says_that_it_is_synthetic() -> None:
    publisher = table("feed_info").loc[0, "feed_publisher_name"]
    assert publisher == "mobiplan (synthetic sample, not for travel)"


def test_service_is_one_week_of_dates_listed_one_by_one() -> None:
    with zipfile.ZipFile(SAMPLE) as archive:
        assert "calendar.txt" not in archive.namelist()
    dates = table("calendar_dates")
    assert sorted(dates["date"].unique()) == WEEK
    assert set(dates["exception_type"]) == {"1"}


def test_a_train_number_runs_once_a_day_and_varies_by_date(trips: pd.DataFrame) -> None:
    runs = trips.merge(table("calendar_dates"), on="service_id")
    assert not runs.duplicated(["trip_headsign", "date"]).any()
    assert trips["trip_headsign"].duplicated().any()


def test_transfers_are_a_header_and_nothing_more() -> None:
    transfers = table("transfers")
    assert transfers.empty
    assert list(transfers.columns[:2]) == ["from_stop_id", "to_stop_id"]


def test_each_trip_is_its_own_block(trips: pd.DataFrame) -> None:
    assert trips["block_id"].is_unique
    assert trips["trip_id"].is_unique
    assert trips["trip_id"].str.match(r"OCESN\d+F\d+:2026-03-20T00:42:25Z").all()


def test_every_trip_keeps_to_one_brand_and_all_brands_run(calls: pd.DataFrame) -> None:
    assert set(calls["brand"]) >= BRANDS
    assert (calls.groupby("trip_id")["brand"].nunique() == 1).all()


def test_every_station_is_served_and_every_stop_point_has_its_area(
    stops: pd.DataFrame, calls: pd.DataFrame
) -> None:
    areas = stops[stops["location_type"] == "1"]
    points = stops[stops["location_type"] == "0"]
    assert set(points["parent_station"]) == set(areas["stop_id"])
    assert set(points["stop_id"]) == set(calls["stop_id"])


def test_every_station_can_be_boarded_at_and_alighted_at(calls: pd.DataFrame) -> None:
    for rule in ("pickup_type", "drop_off_type"):
        assert set(calls.loc[calls[rule] == "0", "uic"]) == set(calls["uic"])


def test_stations_lie_in_france_or_next_to_it(stops: pd.DataFrame) -> None:
    assert stops["stop_lat"].astype(float).between(42, 52.5).all()
    assert stops["stop_lon"].astype(float).between(-4.9, 13.4).all()


def test_time_moves_forward_along_every_trip(calls: pd.DataFrame) -> None:
    dwell = calls["departure"] - calls["arrival"]
    run = calls["arrival"] - calls["departure"].shift()
    middle = ~(calls["first"] | calls["last"])
    assert dwell[middle].between(1, 5).all()
    assert (dwell[~middle] == 0).all()
    assert (run[~calls["first"]] > 0).all()


def test_night_trains_run_past_24_hours(calls: pd.DataFrame) -> None:
    night = calls[(calls["brand"] == "INTERCITES de nuit") & (calls["arrival"] >= 30 * 60)]
    assert night["trip_id"].nunique() >= 2


def test_nobody_boards_at_the_last_call_or_alights_at_the_first(calls: pd.DataFrame) -> None:
    assert (calls.loc[calls["last"], "pickup_type"] == "1").all()
    assert (calls.loc[calls["first"], "drop_off_type"] == "1").all()


def test_some_calls_on_the_way_forbid_boarding_or_alighting_or_both(calls: pd.DataFrame) -> None:
    middle = calls[~(calls["first"] | calls["last"])]
    rules = set(zip(middle["pickup_type"], middle["drop_off_type"], strict=True))
    assert rules == {("0", "0"), ("1", "0"), ("0", "1"), ("1", "1")}


def test_coupled_trains_share_hops_under_two_numbers_then_split_or_join(
    calls: pd.DataFrame, trips: pd.DataFrame
) -> None:
    tgv = calls[calls["brand"] == "TGV INOUI"]
    hops: dict[str, set[tuple[str, int, str, int]]] = {}
    for trip_id, trip in tgv.groupby("trip_id"):
        leaves = zip(trip["uic"], trip["departure"], strict=True)
        reaches = list(zip(trip["uic"], trip["arrival"], strict=True))[1:]
        hops[str(trip_id)] = {(*a, *b) for a, b in zip(leaves, reaches, strict=False)}
    number = dict(zip(trips["trip_id"], trips["trip_headsign"], strict=True))
    by_hop: dict[tuple[str, int, str, int], list[str]] = {}
    for trip_id, made in hops.items():
        for hop in made:
            by_hop.setdefault(hop, []).append(trip_id)
    coupled = {pair for sharing in by_hop.values() for pair in combinations(sorted(sharing), 2)}
    # each goes somewhere the other does not
    portions = [(a, b) for a, b in coupled if hops[a] - hops[b] and hops[b] - hops[a]]
    assert len(portions) >= 20
    assert all(number[a] != number[b] for a, b in portions)
    assert any(len(hops[a] & hops[b]) >= 2 for a, b in portions)


def test_one_place_is_reached_by_coach_only_and_seldom(calls: pd.DataFrame) -> None:
    mende = calls[calls["uic"] == "87783605"]
    assert set(mende["brand"]) == {"Car TER"}
    assert (mende["last"]).sum() <= 3
