"""The time-expanded graph: its order, its arcs, its exceptional arcs, its window."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from naive import World
from random_timetables import Case, cases, examples
from timetables import toy, transfer, trip

import mobiplan as mp
from mobiplan.timetable.expanding import make_graph
from mobiplan.timetable.graph import ALIGHTING, ARRIVAL, BOARDING, DEPARTURE, RUN
from mobiplan.timetable.pace import at_own_pace

ONE = dt.date(2026, 6, 2)


@examples(40)
@given(cases())
def test_the_graph_of_a_random_timetable(case: Case) -> None:
    """The stated order; arcs as a linear search finds them; one vehicle; never back in time."""
    try:
        timetable = case.feed.load(case.rules)
    except mp.InvalidFeed:
        return
    world = World(timetable)
    if world.contradicts_itself():
        return
    graph = make_graph(timetable, 0, timetable.active.shape[1])
    check_that_connections_stand_in_the_stated_order(graph, world)
    check_that_arcs_are_those_of_a_linear_search(graph)
    check_that_one_stays_seated_in_one_vehicle(graph, world)
    check_that_every_arc_leads_forward(graph)


def check_that_connections_stand_in_the_stated_order(
    graph: mp.TimeExpandedGraph, world: World
) -> None:
    """By departure, arrival, day, riding order, station, train: as the naive twin sorts them."""
    rows, connections = graph.connections.rows, graph.connections
    found = [
        (
            graph.epoch + int(rows[i, DEPARTURE]),
            graph.epoch + int(rows[i, ARRIVAL]),
            int(connections.run_day[rows[i, RUN]]),
            int(connections.slot[i] - connections.run_slot[rows[i, RUN]]),
            int(connections.run_trip[rows[i, RUN]]),
        )
        for i in range(graph.n)
    ]
    assert found == [(c.departure, c.arrival, c.day, c.index, c.trip) for c in world.connections]
    assert connections.position[connections.slot].tolist() == list(range(graph.n))


def check_that_arcs_are_those_of_a_linear_search(graph: mp.TimeExpandedGraph) -> None:
    """Wait: the next of the group; transfer: the first later one of each group in reach."""
    rows, groups, arcs, n = graph.connections.rows, graph.timetable.groups, graph.arcs, graph.n
    n_boarding = len(groups.boarding_stop)
    boarding, run, departure, arrival, alighting = (
        rows[:, k].tolist() for k in (BOARDING, RUN, DEPARTURE, ARRIVAL, ALIGHTING)
    )
    for i in range(n):
        group = boarding[i]
        later = (j for j in range(i + 1, n) if boarding[j] == group)
        assert arcs.next_in_group[i] == (next(later, n) if group < n_boarding else n)
        assert arcs.next_in_run[i] == next((j for j in range(i + 1, n) if run[j] == run[i]), n)
        pairs = range(groups.pair_ptr[alighting[i]], groups.pair_ptr[alighting[i] + 1])
        assert arcs.transfer_ptr[i + 1] - arcs.transfer_ptr[i] == len(pairs)
        for arc, pair in enumerate(pairs, start=int(arcs.transfer_ptr[i])):
            ready, to = arrival[i] + groups.pair_minimum[pair], groups.pair_to[pair]
            caught = (j for j in range(i + 1, n) if boarding[j] == to and departure[j] >= ready)
            assert arcs.transfer_to[arc] == next(caught, n)


def check_that_one_stays_seated_in_one_vehicle(graph: mp.TimeExpandedGraph, world: World) -> None:
    """Published in-seat transfers and blocks, on exactly the dates on which they hold."""
    connections = graph.connections
    seated = connections.exception_transfers == 0
    found = set(
        zip(
            connections.exception_from[seated].tolist(),
            connections.exception_to[seated].tolist(),
            strict=True,
        )
    )
    at = {(c.trip, c.day, c.index): k for k, c in enumerate(world.connections)}
    expected = {
        (at[one, day, end - 1], at[two, later, start])
        for one, day, end, two, later, start in world.in_seat()
    }
    assert found == {(i, j) for i, j in expected if i < j}


def check_that_every_arc_leads_forward(graph: mp.TimeExpandedGraph) -> None:
    rows, connections, position = graph.connections.rows, graph.connections, np.arange(graph.n)
    for following in (graph.arcs.next_in_group, graph.arcs.next_in_run):
        assert (following > position).all()
    one, two = connections.exception_from, connections.exception_to
    assert (two > one).all()
    changes = connections.exception_transfers == 1
    assert (rows[two[changes], DEPARTURE] >= rows[one[changes], ARRIVAL]).all()


def test_a_very_long_trip_keeps_its_riding_order() -> None:
    """900 calls, 300 in each minute: only the riding order tells the hops apart."""
    calls = [f"{'BA'[k % 2]} 10:{k // 300:02d}" for k in range(900)]
    planner = toy(trip("S 09:00", *calls, "C 11:00", number="1")).planner()
    check_that_every_arc_leads_forward(planner.graph("2026-06-02"))
    found = planner.earliest_arrival("S", "C", depart="2026-06-02 08:00").best
    assert len(found.legs[0].stops) == 900


def test_a_window_knows_until_when_it_is_complete() -> None:
    """The second day is outside the window: what leaves then is not proven."""
    timetable = toy(trip("A 08:00", "B 25:00", dates="2026-06-02 2026-06-03")).load()
    graph = make_graph(timetable, 0, 1)
    midnight = int(dt.datetime(2026, 6, 2, 22, tzinfo=dt.UTC).timestamp())
    assert graph.epoch + graph.complete_until == midnight
    assert make_graph(timetable, 0, 2).complete_until > 10**9


def test_a_graph_looks_back_for_trains_still_under_way() -> None:
    planner = toy(trip("A 08:00", "M 49:00", "B 50:00"), trip("A 08:00", "B 09:00", number="2",
                  dates="2026-06-04")).planner()  # fmt: skip
    graph = planner.graph("2026-06-04")
    assert {graph.date_of(run) for run in range(len(graph.connections.run_trip))} == {
        ONE,
        dt.date(2026, 6, 4),
    }


@examples(60)
@given(cases(), st.sampled_from((0.5, 1.0, 3.0)), st.sampled_from((0, 60, 600)), st.booleans())
def test_graphs_of_one_traveller_share_what_trips_do(
    case: Case, walking_speed_m_s: float, extra_s: int, closed: bool
) -> None:
    """A traveller's graph from everybody's is the one made of the traveller's timetable."""
    try:
        timetable = case.feed.load(case.rules)
    except mp.InvalidFeed:
        return
    stations = np.zeros(len(timetable.stations.lat), dtype=bool)
    stations[::2] = closed
    slow = at_own_pace(
        timetable,
        walking_speed_m_s=walking_speed_m_s,
        extra_s=extra_s,
        no_change_at=stations,
    )
    days = 0, timetable.active.shape[1]
    everybody = make_graph(timetable, *days)
    shared, own = everybody.under(slow), make_graph(slow, *days)
    for one, other in zip(shared.connections, own.connections, strict=True):
        np.testing.assert_array_equal(one, other)
        assert one.dtype == other.dtype and not one.flags.writeable
    for one, other in zip((*shared.blocks, *shared.arcs), (*own.blocks, *own.arcs), strict=True):
        np.testing.assert_array_equal(one, other)
    assert shared.blocks is everybody.blocks
    assert (shared.epoch, shared.complete_until) == (own.epoch, own.complete_until)
    assert shared.without_boarding([]).blocks is not everybody.blocks


def test_days_outside_the_calendar_hold_no_trains() -> None:
    timetable = toy(trip("A 08:00", "B 09:00")).load()
    assert make_graph(timetable, -3, 3).n == 0
    assert make_graph(timetable, 1, 2).n == 0
    assert make_graph(timetable, -3, 4).n == 1


def test_arrays_are_read_only_and_contiguous() -> None:
    graph = toy(
        trip("A 08:00", "B 09:00", number="1"),
        trip("B 09:00", "C 10:00", number="2"),
        transfer("B", "B", type=1, from_trip="1", to_trip="2"),
    ).planner().graph("2026-06-02")  # fmt: skip
    for table in (graph.connections, graph.arcs):
        for column in table:
            assert column.flags.c_contiguous
            assert not column.flags.writeable
    with pytest.raises(ValueError, match="read-only"):
        graph.arcs.next_in_run[0] = 7
