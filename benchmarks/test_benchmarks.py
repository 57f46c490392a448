"""The same pieces under pytest-benchmark: ``python -m pytest benchmarks``.

For comparing one state of the code with another (``--benchmark-compare``); figures against the
reference come from run.py, which interleaves.
"""

from __future__ import annotations

from itertools import cycle, pairwise
from pathlib import Path
from typing import Any

import feeds
import numpy as np
import pytest
from queries import by_passengers, place, uniform
from reference import NEVER, Reference

import mobiplan as mp
from mobiplan.timetable.graph import make_graph


@pytest.fixture(scope="module")
def timetable() -> mp.Timetable:
    return mp.load(feeds.paths())


def test_load(benchmark: Any) -> None:
    benchmark.pedantic(lambda: mp.Planner(mp.load(feeds.paths())), rounds=5, warmup_rounds=1)


def test_reopen(benchmark: Any, timetable: mp.Timetable, tmp_path: Path) -> None:
    timetable.save(tmp_path / "saved")
    benchmark(lambda: mp.Planner(mp.load(tmp_path / "saved")))


def test_arcs_of_three_days(benchmark: Any, timetable: mp.Timetable) -> None:
    first = timetable.require_date(feeds.NATIONAL_DATE)
    graph = benchmark(lambda: make_graph(timetable, first, 3))
    assert graph.n > 250_000


@pytest.mark.parametrize("engine", ["scan", "sweep", "dijkstra"])
@pytest.mark.parametrize("method", ["earliest_arrival", "latest_departure"])
def test_query(benchmark: Any, timetable: mp.Timetable, method: str, engine: str) -> None:
    planner = mp.Planner(timetable)
    when = "depart" if method == "earliest_arrival" else "arrive"
    asked = [
        (place(timetable, q.origin), place(timetable, q.destination), q.depart)
        for q in uniform(timetable, feeds.NATIONAL_DATE, 50)
    ]
    turn = cycle(asked)

    def ask() -> Any:
        origin, destination, instant = next(turn)
        query = getattr(planner, method)
        return query(origin, destination, **{when: instant}, days=2, engine=engine)

    ask()
    benchmark(ask)


def test_reference(benchmark: Any, timetable: mp.Timetable) -> None:
    reference = Reference(timetable, feeds.NATIONAL_DATE)
    turn = cycle(uniform(timetable, feeds.NATIONAL_DATE, 50))

    def ask() -> Any:
        q = next(turn)
        depart = int(q.depart.timestamp()) - reference.epoch
        return reference.earliest_arrival(q.origin, q.destination, depart)

    ask()
    benchmark(ask)


def test_reference_and_mobiplan_agree(timetable: mp.Timetable) -> None:
    """Same model, same arrivals; and the legs of the reference are a journey."""
    reference = Reference(timetable, feeds.NATIONAL_DATE)
    planner = mp.Planner(timetable, mp.TransferRules.plain(300))
    arrays = reference.arrays
    asked = uniform(timetable, feeds.NATIONAL_DATE, 100)
    asked += by_passengers(timetable, feeds.NATIONAL_DATE, 100, feeds.PASSENGERS)
    answered = 0
    for q in asked:
        depart = int(q.depart.timestamp()) - reference.epoch
        arrival, legs = reference.earliest_arrival(q.origin, q.destination, depart)
        origin, destination = place(timetable, q.origin), place(timetable, q.destination)
        journeys = planner.earliest_arrival(origin, destination, depart=q.depart, days=2)
        ours = [int(j.arrival.timestamp()) - reference.epoch for j in journeys]
        assert ours == ([arrival] if arrival < NEVER else [])
        if not legs:
            continue
        answered += 1
        assert arrays.start[legs[0][0]] == q.origin
        assert arrays.departure[legs[0][0]] >= depart
        assert arrays.end[legs[-1][1]] == q.destination
        for first, last in legs:
            assert arrays.trip[first] == arrays.trip[last] and first <= last
        for (_, last), (first, _) in pairwise(legs):
            assert arrays.end[last] == arrays.start[first]
            assert arrays.departure[first] - arrays.arrival[last] >= 300
    assert answered > 100


def test_queries_are_seeded(timetable: mp.Timetable) -> None:
    for draw in (
        lambda seed: uniform(timetable, feeds.NATIONAL_DATE, 50, seed),
        lambda seed: by_passengers(timetable, feeds.NATIONAL_DATE, 50, feeds.PASSENGERS, seed),
    ):
        assert draw(1) == draw(1) != draw(2)
        dates = {query.depart.date() for query in draw(1)}
        assert dates == {feeds.NATIONAL_DATE}
    busy = by_passengers(timetable, feeds.NATIONAL_DATE, 200, feeds.PASSENGERS)
    departures = timetable.stations.departures
    assert np.median(departures[[q.origin for q in busy]]) > 3 * np.median(departures)
