"""G-46: the order of rows and of feeds never changes the tables; and the real feeds."""

import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from gtfs.text_feeds import LINE, encoded, line
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mobiplan.gtfs import Tables, read

FEEDS = Path(__file__).parents[3] / "shared" / "feeds"
RICH = line(
    frequencies="trip_id,start_time,end_time,headway_secs,exact_times\nT2,7:00:00,8:00:00,1200,1\n"
    "T2,9:00:00,9:30:00,600,1",
    transfers="from_stop_id,to_stop_id,transfer_type,min_transfer_time\nA1,A1,2,60\nA,B,3,\n"
    "A1,A1,2,60\nB1,C1,0,",
    trips=LINE["trips.txt"] + "\n        L1,S,T3,Aville,103\n        L0,Z,T0,Bourg,100",
    routes=LINE["routes.txt"] + "\n        L0,R,0,Zero,101",
    stops=LINE["stops.txt"] + "\n        P1,Pont,48,2,,,\n        P2,Pont,48,2,,,",
    stop_times=LINE["stop_times.txt"]
    + "\n        T0,23:50:00,23:50:00,P2,7\n        T0,00:10:00,00:10:00,P1,8"
    + "\n        T3,05:00:00,05:00:00,A1,1\n        T3,,,B1,2\n        T3,,,B1,2"
    + "\n        T3,06:00:00,06:00:00,C1,3",
    calendar_dates=LINE["calendar_dates.txt"] + "\n        Z,20260602,1",
)


def real(*names: str) -> list[Path]:
    paths = [FEEDS / f"{name}.zip" for name in names]
    if not all(path.exists() for path in paths):
        pytest.skip(f"the real feeds are not at {FEEDS}")
    return paths


def assert_same(one: Tables, other: Tables) -> None:
    for name in ("agencies", "stations", "stops", "routes", "trips", "stop_times", "transfers"):
        pd.testing.assert_frame_equal(getattr(one, name), getattr(other, name))
    np.testing.assert_array_equal(one.active, other.active)
    assert (one.first_date, one.timezones) == (other.first_date, other.timezones)
    pd.testing.assert_frame_equal(one.checks, other.checks)


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(rng=st.randoms(use_true_random=False))
def test_g46_shuffling_the_rows_of_every_file_changes_nothing(write, rng):
    shuffled = {}
    for name, text in RICH.items():
        header, *rows = encoded(text).decode().splitlines()
        rng.shuffle(rows)
        shuffled[name] = "\n".join([header, *rows])
    assert_same(read(write(shuffled)), read(write(RICH)))


def test_g46_shuffling_a_real_feed_changes_nothing(tmp_path):
    (path,) = real("sncf_tgv_20210309")
    rng = np.random.default_rng(1)
    shuffled = tmp_path / path.name
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(shuffled, "w") as target:
        for name in source.namelist():
            header, *rows = source.read(name).decode("utf-8-sig").splitlines()
            rng.shuffle(rows)
            target.writestr(name, "\n".join([header, *rows]) + "\n")
    assert_same(read(shuffled), read(path))


def test_g46_the_order_of_feeds_changes_nothing():
    paths = real("sncf_tgv_20210309", "sncf_intercites_20210309", "us_caltrain_2017")
    one, other = read(paths), read(paths[::-1])
    assert_same(one, other)
    assert one.sources == other.sources
    assert one.timezones == ("Europe/Paris", "America/Los_Angeles")


def n_rows(path: Path, name: str) -> int:
    with zipfile.ZipFile(path) as archive:
        if name not in archive.namelist():
            return 0
        lines = archive.read(name).decode("utf-8-sig").splitlines()
    return sum(1 for text in lines[1:] if text.strip())


def assert_accounted_for(paths: list[Path]) -> Tables:
    """Rows in = rows in the tables + rows that the report counts as left out."""
    tables = read(paths)
    out = tables.checks[tables.checks["action"].str.startswith("left out")]
    for file, table in (
        ("trips.txt", tables.trips),
        ("stop_times.txt", tables.stop_times),
        ("transfers.txt", tables.transfers),
    ):
        lost = int(out.loc[out["file"] == file, "count"].sum())
        assert len(table) + lost == sum(n_rows(path, file) for path in paths), file
    stops = tables.stops
    assert tables.stop_times["stop"].between(0, len(stops) - 1).all()
    assert set(stops["station"]) == set(range(len(tables.stations))), "a stop for every station"
    trips, times = tables.trips, tables.stop_times
    np.testing.assert_array_equal(
        trips["first"] + trips["calls"], [*trips["first"][1:], len(times)]
    )
    np.testing.assert_array_equal(np.repeat(np.arange(len(trips)), trips["calls"]), times["trip"])
    for ids in (tables.stations["id"], stops["id"], trips["id"], tables.routes["id"]):
        assert ids.is_unique
    return tables


@pytest.mark.parametrize(
    "names",
    [
        ("sncf_tgv_20250122", "sncf_ter_20250122"),
        (
            *("sncf_tgv_20210309", "sncf_ter_20210309", "sncf_intercites_20210309"),
            "sncf_transilien_lines_20210309",
        ),
        ("us_amtrak_2021-10",),
        ("us_caltrain_2017",),
        ("us_mnr_2026-08",),
        ("fr_ratp_metro_2019-02",),
    ],
    ids=lambda names: names[0],
)
def test_every_row_of_a_real_feed_is_in_the_tables_or_counted(names):
    assert_accounted_for(real(*names))


def test_the_national_feeds_of_2025_are_what_was_counted_in_them():
    tables = read(real("sncf_tgv_20250122", "sncf_ter_20250122"))
    assert (len(tables.trips), len(tables.stop_times)) == (36358, 317027)
    assert set(tables.trips["brand"]) == {
        *("TGV INOUI", "OUIGO", "Lyria", "ICE", "Train TER", "TramTrain"),
        *("Car TER", "Car", "Navette"),
    }
    assert (tables.trips["number"] != "").all()
    lyon = tables.stations.set_index("id").loc["StopArea:OCE87686006"]
    assert (lyon["code"], lyon["name"]) == ("87686006", "Paris Gare de Lyon Hall 1 - 2")
    assert tables.stations["code"].str.fullmatch(r"\d{8}").all()


def test_the_feeds_of_2021_merge_transilien_with_sncf():
    tables = read(real("sncf_tgv_20210309", "sncf_ter_20210309", "sncf_transilien_lines_20210309"))
    stations = tables.stations.set_index("id")
    assert "StopArea:DUA8711300" not in stations.index
    row = stations.index.get_loc("StopArea:OCE87113001")  # Paris Est
    times = tables.stop_times
    calls = times[tables.stops["station"].to_numpy()[times["stop"]] == row]
    brands = set(tables.trips["brand"].to_numpy()[calls["trip"]])
    assert brands >= {"Transilien", "TGV INOUI", "Train TER"}
