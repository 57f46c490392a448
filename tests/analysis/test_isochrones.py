"""Isochrones: areas grow with the limit, hold what is reached, and measure what they should."""

from __future__ import annotations

import math
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely import MultiPoint, Point
from timetables import place, toy, trip

import mobiplan as mp

DAY = "2026-06-02"
SAMPLE = "2026-03-24"


@pytest.mark.parametrize(
    "asked",
    [{"date": SAMPLE}, {"depart": f"{SAMPLE} 08:00"}, {"arrive": f"{SAMPLE} 20:00"}],
    ids=lambda asked: " ".join(asked),
)
@pytest.mark.parametrize("traveller", [None, "wheelchair"])
def test_areas_grow_and_hold_every_station_reached(
    sample_planner: mp.Planner, asked: dict[str, Any], traveller: str | None
) -> None:
    reach = sample_planner.reach("Rennes", "4 h", **asked, traveller=traveller)
    limits = ["3 h", "30 min", "1 h", "4 h", "2 h"]
    areas = reach.isochrones(limits)
    assert isinstance(areas, gpd.GeoDataFrame) and areas.crs.to_epsg() == 4326
    assert areas["limit"].tolist() == sorted(map(pd.Timedelta, limits))
    assert areas["area_km2"].is_monotonic_increasing
    frame = reach.to_frame()
    for row in areas.itertuples():
        inside = frame["travel_time"] <= row.limit
        assert row.stations == inside.sum()
        assert row.geometry.is_valid and row.geometry.covers(frame.geometry[inside]).all()
    for small, large in zip(areas.geometry, areas.geometry[1:], strict=False):
        outside = gpd.GeoSeries([small.difference(large)], crs=4326).to_crs(2154).area.iloc[0]
        assert outside < 1.0, "square metres of rounding"


def one_train() -> mp.Planner:
    return toy(
        trip("A 08:00", "B 08:30"),
        place("A", at=(47.0, 5.0)),
        place("B", at=(47.5, 5.0)),
    ).planner()


def test_a_circle_is_as_wide_as_one_walks_in_what_is_left() -> None:
    """Five minutes left at B: 300 s * 1.1 m/s / 1.3 as the crow flies; at A the cap holds."""
    reach = one_train().reach("A", "35 min", depart=f"{DAY} 08:00")
    areas = reach.isochrones("35 min", max_walk_m=700)
    radius = 300 * 1.1 / 1.3
    polygon = 32 / math.pi * math.sin(math.pi / 32)  # of a circle, with 64 corners
    expected = math.pi * (700**2 + radius**2) * polygon / 1e6
    assert areas["area_km2"].iloc[0] == pytest.approx(expected, rel=1e-6)
    local = gpd.GeoSeries([Point(5.0, 47.5)], crs=4326).to_crs(2154).iloc[0]
    area = areas.geometry.to_crs(2154).iloc[0]
    for angle in np.linspace(0, 2 * math.pi, 7):
        for distance, inside in ((radius * 0.98, True), (radius * 1.02, False)):
            at = Point(local.x + distance * math.cos(angle), local.y + distance * math.sin(angle))
            assert area.covers(at) == inside


def test_a_slower_walker_reaches_less() -> None:
    planner = one_train()
    asked = {"within": "40 min", "depart": f"{DAY} 08:00"}
    sizes = [
        planner.reach("A", **asked, needs=needs).isochrones("40 min")["area_km2"].iloc[0]
        for needs in (mp.Needs(pace=2.0), None, mp.Needs(pace=6.0))
    ]
    assert sizes[0] < sizes[1] < sizes[2]


def test_a_station_reached_in_the_last_second_lies_inside() -> None:
    reach = one_train().reach("A", "30 min", depart=f"{DAY} 08:00")
    areas = reach.isochrones("30 min", max_walk_m=0)
    assert areas["stations"].tolist() == [2]
    assert areas.geometry.covers(Point(5.0, 47.5)).all()


@pytest.mark.parametrize(("lat", "lon"), [(40.7, -74.0), (-33.9, 151.2), (64.1, -21.9)])
def test_areas_are_true_to_scale_outside_france(lat: float, lon: float) -> None:
    planner = toy(
        trip("A 08:00", "B 08:30"), place("A", at=(lat, lon)), place("B", at=(lat + 0.3, lon))
    ).planner()
    areas = planner.reach("A", "3 h", depart=f"{DAY} 08:00").isochrones("3 h", max_walk_m=1000)
    assert areas.crs.to_epsg() == 4326
    assert areas.geometry.iloc[0].covers(MultiPoint([(lon, lat), (lon, lat + 0.3)]))
    assert areas["area_km2"].iloc[0] == pytest.approx(2 * math.pi, rel=0.01)


def test_stations_of_unknown_place_have_no_area() -> None:
    planner = toy(trip("A 08:00", "B 08:30"), place("B", at=(math.nan, math.nan))).planner()
    areas = planner.reach("A", "1 h", depart=f"{DAY} 08:00").isochrones(["20 min", "1 h"])
    assert areas["stations"].tolist() == [1, 1]
    nowhere = toy(
        trip("A 08:00", "B 08:30"),
        place("A", at=(math.nan, math.nan)),
        place("B", at=(math.nan, math.nan)),
    ).planner()
    areas = nowhere.reach("A", "1 h", depart=f"{DAY} 08:00").isochrones("1 h")
    assert areas["stations"].tolist() == [0] and areas.geometry.is_empty.all()


@pytest.mark.parametrize(
    ("limits", "more", "message"),
    [
        ([], {}, "asks for no area"),
        (["1 h", "5 h"], {}, r"limits holds 5 h .* the reach ends at 4 h"),
        ("soon", {}, "limits"),
        ("1 h", {"max_walk_m": -1}, "max_walk_m=-1"),
    ],
)
def test_what_cannot_be_asked(
    sample_planner: mp.Planner, limits: Any, more: dict[str, Any], message: str
) -> None:
    reach = sample_planner.reach("Rennes", "4 h", date=SAMPLE)
    with pytest.raises(mp.InvalidQuery, match=message):
        reach.isochrones(limits, **more)
