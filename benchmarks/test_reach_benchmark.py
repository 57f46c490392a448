"""Matrices: ``python -m pytest benchmarks -k reach``; beside the reference they are in run.py."""

from __future__ import annotations

from typing import Any

import feeds
import numpy as np
import pytest

import mobiplan as mp

DAYS = 2


@pytest.fixture(scope="module")
def timetable() -> mp.Timetable:
    if not feeds.NATIONAL.present:
        pytest.skip(f"the national feeds are not in {feeds.SHARED / 'feeds'}")
    return mp.load(feeds.NATIONAL.paths())


@pytest.mark.parametrize("lanes", [512, 1])
def test_100_origins_to_all(benchmark: Any, timetable: mp.Timetable, lanes: int) -> None:
    planner = mp.Planner(timetable)
    origins = sorted(timetable.stations.id)[:: len(timetable.stations.lat) // 100]
    asked = {"depart": f"{feeds.NATIONAL.date} 08:00", "days": DAYS, "lanes": lanes}
    planner.travel_times(origins, **asked)
    benchmark.pedantic(lambda: planner.travel_times(origins, **asked), rounds=5)


def test_500_random_cells_are_single_questions(timetable: mp.Timetable) -> None:
    planner = mp.Planner(timetable)
    depart = f"{feeds.NATIONAL.date} 08:00"
    table = planner.travel_times(depart=depart, days=DAYS)
    start = np.datetime64(f"{feeds.NATIONAL.date}T07:00:00")  # UTC
    for row in np.random.default_rng(3).choice(len(table), 500, replace=False).tolist():
        one, other, found = table.iloc[row]
        if one == other:
            assert found.total_seconds() == 0
            continue
        journeys = planner.earliest_arrival(one, other, depart=depart, days=DAYS)
        expected = [j.arrival.timestamp() - start.astype("int64") for j in journeys]
        assert expected == ([] if np.isnan(found.total_seconds()) else [found.total_seconds()])
