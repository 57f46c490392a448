"""SNCF's own tables over its own feeds of 2025-01: what is found, and how fast.

The files lie beside the project, in ../shared; without them these tests are skipped, but never in
CI.
"""

from __future__ import annotations

import csv
import os
import time
from pathlib import Path

import numpy as np
import pytest

import mobiplan as mp
from mobiplan.attributes import Attributes, Label, Passenger
from mobiplan.attributes.access import FEATURES, NO
from mobiplan.opendata import open_data
from mobiplan.timetable.timetable import Timetable

SHARED = Path(__file__).parents[3] / "shared"
TABLES = SHARED / "opendata"
FEEDS = [SHARED / "feeds" / f"sncf_{name}_20250122.zip" for name in ("tgv", "ter")]

pytestmark = pytest.mark.skipif(
    not (TABLES.is_dir() or "CI" in os.environ), reason=f"{TABLES} is not there"
)


@pytest.fixture(scope="module")
def timetable() -> Timetable:
    return mp.load(FEEDS)


@pytest.fixture(scope="module")
def attributes(timetable: Timetable) -> Attributes:
    return Attributes(timetable, open_data(TABLES))


def test_every_table_is_read() -> None:
    data = open_data(TABLES)
    rows = {name: len(data.table(name)) for name in data}
    assert rows == {
        "assistance": 51_861,
        "emissions": 119,
        "equipment": 1_717,
        "fares": 33_438,
        "hours": 6_517,
        "passengers": 30_210,
        "stations": 2_793 + 2,
        "wifi": 2_997,
    }


def test_direct_pairs_of_the_inoui_are_found_as_written_and_both_ways(
    timetable: Timetable, attributes: Attributes
) -> None:
    """45 % as written, 91 % in either direction (of pairs that one may board and alight at)."""
    fares = attributes.fares()
    legs = fares.legs
    trips = np.searchsorted(timetable.trips.call_ptr, legs.from_call, side="right") - 1
    station = timetable.stops.station[timetable.calls.stop]
    direct = (
        (timetable.trips.brand[trips] == timetable.brands.index("TGV INOUI"))
        & (timetable.calls.pickup[legs.from_call] != 1)
        & (timetable.calls.drop_off[legs.to_call] != 1)
    )
    found = {
        (int(one), int(two)): int(label)
        for one, two, label in zip(
            station[legs.from_call[direct]],
            station[legs.to_call[direct]],
            fares.label[direct],
            strict=True,
        )
    }
    labels = np.array(list(found.values()))
    assert len(labels) == 3_327
    assert 0.45 < (labels == Label.PUBLISHED).mean() < 0.46
    assert 0.91 < (labels <= Label.OPPOSITE).mean() < 0.92
    assert (labels <= Label.MODELLED).all()


def test_prices_are_those_of_the_file(timetable: Timetable, attributes: Attributes) -> None:
    """The file is read here a second time, in the plainest way."""
    with (TABLES / "tarifs-tgv-inoui-ouigo.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = [row for row in csv.DictReader(file, delimiter=";")]
    plain = {
        (row["Gare origine - code UIC"], row["Gare destination - code UIC"]): (
            float(row["Prix minimum"]),
            float(row["Prix maximum"]),
        )
        for row in rows
        if (row["Transporteur"], row["Classe"], row["Profil tarifaire"])
        == ("TGV INOUI", "1", "Tarif Normal")
    }
    fares = attributes.fares(Passenger(class_=1))
    inoui = timetable.brands.index("TGV INOUI")
    code, station = timetable.stations.code, timetable.stops.station[timetable.calls.stop]
    chance = np.random.default_rng(1)
    published = np.flatnonzero(fares.label == Label.PUBLISHED)
    checked = 0
    for leg in chance.choice(published, 500, replace=False):
        board, alight = int(fares.legs.from_call[leg]), int(fares.legs.to_call[leg])
        trip = int(np.searchsorted(timetable.trips.call_ptr, board, side="right")) - 1
        if timetable.trips.brand[trip] == inoui:
            amount = fares.leg(board, alight)
            assert (amount.low, amount.high) == plain[code[station[board]], code[station[alight]]]
            checked += 1
    assert checked > 300


def test_the_fit_is_off_by_a_tenth_in_the_median(attributes: Attributes) -> None:
    attributes.fares()
    models = attributes.fares().models.set_index(["carrier", "class_", "profile"])
    inoui = models.loc[("TGV INOUI", 2, "Tarif Normal")]
    assert inoui["pairs"] > 4_000
    assert inoui["low_error"] < 0.10 and inoui["high_error"] < 0.12


def test_emissions_find_the_pairs_and_never_brussels_for_paris(
    timetable: Timetable, attributes: Attributes
) -> None:
    emissions = attributes.emissions
    shares = np.bincount(emissions.label, minlength=5) / len(emissions.label)
    assert shares[Label.PUBLISHED] + shares[Label.OPPOSITE] > 0.10
    assert shares[Label.UNKNOWN] == 0
    by_name = {name: timetable.names.resolve(name)[0] for name in ("Paris Nord", "Paris Est")}
    london = emissions.alternatives(by_name["Paris Nord"], by_name["Paris Est"])
    assert london["car"].low < 1  # two neighbours, not 300 km apart
    # The table's kilograms over ours by factor and distance: within 15 % in the median.
    known = emissions.row >= 0
    km = attributes.fare_tables.distances.call_km
    modelled = 0.0035 * (km[emissions.legs.to_call[known]] - km[emissions.legs.from_call[known]])
    ratio = emissions.kg[known] / modelled
    assert 0.85 < np.median(ratio) < 1.15


def test_stations_never_say_no_without_a_table_that_does(attributes: Attributes) -> None:
    access = attributes.access
    for feature in FEATURES:
        assert (access.values[feature] == NO).any() == (feature == "wifi")
    assert not access.trip_wheelchair.any() and not access.trip_bicycle.any()
    assert (access.values["step_free"] > 0).sum() > 180
    assert np.isfinite(access.passengers).sum() > 2_000


def test_the_whole_timetable_is_priced_within_a_second(timetable: Timetable) -> None:
    def seconds() -> float:
        attributes = Attributes(timetable, open_data(TABLES))
        begin = time.perf_counter()
        attributes.fares().costs()
        attributes.emissions.costs()
        return time.perf_counter() - begin

    assert min(seconds() for _ in range(3)) < 1.0
