"""One to all and many to many beside the reference: ``python -m pytest benchmarks -k reach -s``.

Each round asks the reference 100 single queries and then ours, so that both see one machine; the
figure is the median of the rounds' ratios to the reference's median.
"""

from __future__ import annotations

import time
from typing import Any

import feeds
import numpy as np
import pytest
from queries import place, uniform
from reference import Reference

import mobiplan as mp

ROUNDS = 5
DAYS = 2


@pytest.fixture(scope="module")
def timetable() -> mp.Timetable:
    return mp.load(feeds.paths())


def seconds(function: Any) -> float:
    began = time.perf_counter()
    function()
    return time.perf_counter() - began


def test_reach_beside_the_reference(timetable: mp.Timetable) -> None:
    planner = mp.Planner(timetable)
    reference = Reference(timetable, feeds.NATIONAL_DATE, DAYS)
    asked = uniform(timetable, feeds.NATIONAL_DATE, 100)
    depart = f"{feeds.NATIONAL_DATE} 08:00"
    n = len(timetable.stations.lat)

    def ask_reference(query: Any) -> None:
        instant = int(query.depart.timestamp()) - reference.epoch
        reference.earliest_arrival(query.origin, query.destination, instant)

    def ask_one_to_all(query: Any) -> None:
        planner.one_to_all(place(timetable, query.origin), depart=query.depart, days=DAYS)

    def matrix(threads: int) -> None:
        planner.travel_times(depart=depart, days=DAYS, threads=threads)

    ask_reference(asked[0])
    ask_one_to_all(asked[0])
    matrix(2)
    ratios: dict[str, list[float]] = {}
    for _ in range(ROUNDS):
        base = np.median([seconds(lambda q=q: ask_reference(q)) for q in asked])
        one = np.median([seconds(lambda q=q: ask_one_to_all(q)) for q in asked])
        found = {"one_to_all": one} | {
            f"travel_times per origin, {k} threads": seconds(lambda k=k: matrix(k)) / n
            for k in (2, 1)
        }
        for name, took in found.items():
            ratios.setdefault(name, []).append(float(took / base))
    for name, several in ratios.items():
        print(f"{name}: {np.median(several):.2f} ({min(several):.2f} to {max(several):.2f})")


@pytest.mark.parametrize("lanes", [512, 1])
def test_100_origins_to_all(benchmark: Any, timetable: mp.Timetable, lanes: int) -> None:
    planner = mp.Planner(timetable)
    origins = sorted(timetable.stations.id)[:: len(timetable.stations.lat) // 100]
    asked = {"depart": f"{feeds.NATIONAL_DATE} 08:00", "days": DAYS, "lanes": lanes}
    planner.travel_times(origins, **asked)
    benchmark.pedantic(lambda: planner.travel_times(origins, **asked), rounds=5)


def test_500_random_cells_are_single_questions(timetable: mp.Timetable) -> None:
    planner = mp.Planner(timetable)
    depart = f"{feeds.NATIONAL_DATE} 08:00"
    table = planner.travel_times(depart=depart, days=DAYS)
    start = np.datetime64(f"{feeds.NATIONAL_DATE}T07:00:00")  # UTC
    for row in np.random.default_rng(3).choice(len(table), 500, replace=False).tolist():
        one, other, found = table.iloc[row]
        if one == other:
            assert found.total_seconds() == 0
            continue
        journeys = planner.earliest_arrival(one, other, depart=depart, days=DAYS)
        expected = [j.arrival.timestamp() - start.astype("int64") for j in journeys]
        assert expected == ([] if np.isnan(found.total_seconds()) else [found.total_seconds()])
