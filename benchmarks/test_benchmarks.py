"""The same pieces under pytest-benchmark: ``python -m pytest benchmarks``.

For comparing one state of the code with another (``--benchmark-compare``); figures against the
reference come from run.py, which interleaves.
"""

from __future__ import annotations

from contextlib import ExitStack
from itertools import cycle, pairwise
from pathlib import Path
from typing import Any

import comparing
import feeds
import flatfeed
import numpy as np
import pytest
import routing
import scaling
from queries import by_passengers, place, uniform
from reference import NEVER, Reference
from rows import DAYS, ROWS, questions

import mobiplan as mp
from mobiplan.timetable.expanding import make_graph


@pytest.fixture(scope="module")
def timetable() -> mp.Timetable:
    if not feeds.NATIONAL.present:
        pytest.skip(f"the national feeds are not in {feeds.SHARED / 'feeds'}")
    return mp.load(feeds.NATIONAL.paths())


def test_load(benchmark: Any, timetable: mp.Timetable) -> None:
    benchmark.pedantic(
        lambda: mp.Planner(mp.load(feeds.NATIONAL.paths())), rounds=5, warmup_rounds=1
    )


def test_reopen(benchmark: Any, timetable: mp.Timetable, tmp_path: Path) -> None:
    timetable.save(tmp_path / "saved")
    benchmark(lambda: mp.Planner(mp.load(tmp_path / "saved")))


def test_arcs_of_three_days(benchmark: Any, timetable: mp.Timetable) -> None:
    first = timetable.require_date(feeds.NATIONAL.date)
    graph = benchmark(lambda: make_graph(timetable, first, 3))
    assert graph.n > 250_000


@pytest.mark.parametrize("engine", ["scan", "sweep", "dijkstra"])
@pytest.mark.parametrize("method", ["earliest_arrival", "latest_departure"])
def test_query(benchmark: Any, timetable: mp.Timetable, method: str, engine: str) -> None:
    planner = mp.Planner(timetable)
    when = "depart" if method == "earliest_arrival" else "arrive"
    asked = [
        (place(timetable, q.origin), place(timetable, q.destination), q.depart)
        for q in uniform(timetable, feeds.NATIONAL.date, 50)
    ]
    turn = cycle(asked)

    def ask() -> Any:
        origin, destination, instant = next(turn)
        query = getattr(planner, method)
        return query(origin, destination, **{when: instant}, days=2, engine=engine)

    ask()
    benchmark(ask)


def test_reference(benchmark: Any, timetable: mp.Timetable) -> None:
    reference = Reference(timetable, feeds.NATIONAL.date)
    turn = cycle(uniform(timetable, feeds.NATIONAL.date, 50))

    def ask() -> Any:
        q = next(turn)
        depart = int(q.depart.timestamp()) - reference.epoch
        return reference.earliest_arrival(q.origin, q.destination, depart)

    ask()
    benchmark(ask)


def test_reference_and_mobiplan_agree(timetable: mp.Timetable) -> None:
    """Same model, same arrivals; and the legs of the reference are a journey."""
    reference = Reference(timetable, feeds.NATIONAL.date)
    planner = mp.Planner(timetable, mp.TransferRules.plain(300))
    arrays = reference.arrays
    asked = uniform(timetable, feeds.NATIONAL.date, 100)
    asked += by_passengers(timetable, feeds.NATIONAL.date, 100, feeds.PASSENGERS)
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
        lambda seed: uniform(timetable, feeds.NATIONAL.date, 50, seed),
        lambda seed: by_passengers(timetable, feeds.NATIONAL.date, 50, feeds.PASSENGERS, seed),
    ):
        assert draw(1) == draw(1) != draw(2)
        dates = {query.depart.date() for query in draw(1)}
        assert dates == {feeds.NATIONAL.date}
    busy = by_passengers(timetable, feeds.NATIONAL.date, 200, feeds.PASSENGERS)
    departures = timetable.stations.departures
    assert np.median(departures[[q.origin for q in busy]]) > 3 * np.median(departures)


def test_every_row_answers_as_the_reference_does(timetable: mp.Timetable) -> None:
    planner = mp.Planner(timetable, mp.TransferRules.plain(300))
    asked = uniform(timetable, feeds.NATIONAL.date, 20)
    measured = routing.beside_the_reference(planner, asked, ROWS, 1, same_model=True)
    assert [one.row.title for one in measured[:4]] == [row.title for row in ROWS[:4]]
    assert {one.n_unlike for one in measured} == {None, 0}
    assert all(np.isfinite(one.ours).all() and one.ratio > 0 for one in measured)


def test_the_flat_feed_is_the_timetable_of_the_reference(
    timetable: mp.Timetable, tmp_path: Path
) -> None:
    date = feeds.NATIONAL.date
    flatfeed.write(timetable, date, tmp_path)
    flat = mp.load(tmp_path / "feed.zip")
    planner = mp.Planner(flat, mp.TransferRules.plain(300))
    reference = Reference(timetable, date, DAYS)
    hops = np.diff(flat.trips.call_ptr).sum() - len(flat.trips.service)
    assert hops == len(reference.arrays.departure)
    for question in questions(timetable, uniform(timetable, date, 50), reference.epoch):
        query = question.query
        arrival, _ = reference.earliest_arrival(query.origin, query.destination, question.depart_s)
        ends = f"s{query.origin}", f"s{query.destination}"
        found = planner.earliest_arrival(*ends, depart=query.depart, days=1)
        ours = [int(j.arrival.timestamp()) - reference.epoch for j in found]
        assert ours == ([arrival] if arrival < NEVER else [])


def test_peers_agree_where_they_are_installed(timetable: mp.Timetable, tmp_path: Path) -> None:
    date = feeds.NATIONAL.date
    flatfeed.write(timetable, date, tmp_path)
    reference = Reference(timetable, date, DAYS)
    asked = questions(timetable, uniform(timetable, date, 10), reference.epoch)
    planner = mp.Planner(timetable, mp.TransferRules.plain(300))
    n_installed = 0
    with ExitStack() as stack:
        for path in comparing.routers():
            peer = comparing.ready(path, planner, date, reference.epoch, tmp_path, stack)
            if isinstance(peer, comparing.Absent):
                continue
            n_installed += 1
            for question in asked:
                arrival, _ = routing.by_reference(reference)(question)
                found = peer.ask(question)
                assert found.answer == (arrival if arrival < NEVER else -1), peer.engine
                assert found.seconds > 0
    if not n_installed:
        pytest.skip("no peer is installed: make peers")


def test_a_router_that_is_not_installed_is_left_out(
    timetable: mp.Timetable, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "absent.py").write_text("import a_router_that_nobody_has\n")
    (tmp_path / "absent.mjs").write_text("")
    monkeypatch.setattr(comparing, "PEERS", tmp_path)
    asked = uniform(timetable, feeds.NATIONAL.date, 5)
    text = str(comparing.beside_the_peers(timetable, asked))
    assert "left out: absent.py, No module named 'a_router_that_nobody_has'" in text
    assert "left out: absent.mjs" in text
    assert "mobiplan `earliest_arrival(...).best`" in text


def test_a_region_holds_the_trips_within_it_and_no_other(
    timetable: mp.Timetable, tmp_path: Path
) -> None:
    west, south, east, north = feeds.BRITTANY
    region = mp.load(feeds.cut(feeds.TER, feeds.BRITTANY, tmp_path / "region"))
    whole = mp.load(feeds.TER.paths())

    def within(some: mp.Timetable) -> set[str]:
        lon, lat = (np.asarray(x)[some.calls.stop] for x in (some.stops.lon, some.stops.lat))
        inside = (west <= lon) & (lon <= east) & (south <= lat) & (lat <= north)
        every = np.minimum.reduceat(inside, some.trips.call_ptr[:-1])
        return {some.trips.id[row] for row in np.flatnonzero(every).tolist()}

    assert within(region) == within(whole) == set(region.trips.id)
    assert 500 < len(region.trips.id) < len(whole.trips.id) / 10


def test_labels_of_the_plot_do_not_touch() -> None:
    moved = scaling._apart({"a": 1.0, "b": 1.01, "c": 0.99, "d": 10.0})
    values = sorted(moved.values())
    assert all(high >= 1.5 * low for low, high in pairwise(values))
    assert moved["c"] == 0.99 and moved["d"] == 10.0
