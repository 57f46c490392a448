"""Scan, sweep, Dijkstra and networkx agree with the naive twin on random timetables."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from naive import Answer, World
from random_timetables import FIRST, SECOND, Case, cases

import mobiplan as mp
from mobiplan.journeys.itinerary import IN_SEAT

ENGINES = ("scan", "sweep", "dijkstra")
Question = dict[str, Any]


def load(case: Case) -> mp.Planner:
    """A planner; a feed whose rules contradict each other is another test's matter."""
    try:
        return case.feed.planner(case.rules)
    except mp.InvalidFeed as error:
        assume("contradict" not in str(error))
        raise


@st.composite
def questions(draw: Any) -> Question:
    """Where from, where to and when; a place may be several stations."""
    names = draw(st.permutations("ABCDEF"))
    n, m = draw(st.sampled_from(((1, 1), (1, 1), (2, 1), (1, 2), (2, 2))))
    date, hour = draw(
        st.sampled_from(((FIRST, 7), (FIRST, 8), (FIRST, 8), (FIRST, 23), (SECOND, 0), (SECOND, 8)))
    )
    minute = draw(st.integers(0, 59))
    span = draw(st.sampled_from((5, 15, 30, 60, 24 * 60)))
    return {
        "origin": list(names[:n]),
        "destination": list(names[n : n + m]),
        "start": f"{date} {hour:02d}:{minute:02d}",
        "minutes": span,
    }


def ask(planner: mp.Planner, method: str, question: Question, bounds: str, engine: str) -> Any:
    import pandas as pd

    known = set(planner.timetable.stations.id)
    places = {
        side: [name for name in question[side] if name in known]
        for side in ("origin", "destination")
    }
    if not all(places.values()):
        return None
    start = pd.Timestamp(question["start"], tz="Europe/Paris")
    end = start + pd.Timedelta(minutes=question["minutes"])
    if bounds == "both":
        when = {"depart": start, "arrive": end}
    else:
        when = {"depart": start} if method == "earliest_arrival" else {"arrive": end}
    try:
        return getattr(planner, method)(**places, **when, engine=engine), places, when
    except mp.OutsideCalendar:
        return None


def criteria(planner: mp.Planner, found: mp.JourneySet) -> Answer | None:
    if not found:
        return None
    itinerary, epoch = found.itineraries[0], found.graph.epoch
    return Answer(
        epoch + itinerary.arrival, epoch + itinerary.departure, found.best.transfers
    )


def expected(world: World, planner: mp.Planner, method: str, places: Any, when: Any) -> Any:
    rows = planner.timetable.stations.id
    ends = [{rows.row(name): 0 for name in names} for names in places.values()]
    limits = {name: int(time.timestamp()) for name, time in when.items()}
    return getattr(world, method)(*ends, **limits)


def assert_possible(world: World, found: mp.JourneySet) -> None:
    """Each ride exists, each change is allowed, doors are open at the first boarding."""
    graph, itinerary = found.graph, found.itineraries[0]
    connections = graph.connections
    at = {(c.trip, c.day, c.index): k for k, c in enumerate(world.connections)}
    every = world.connections

    def row(position: int) -> int:
        run = connections.rows[position, 2]
        trip = int(connections.run_trip[run])
        index = int(connections.slot[position] - connections.run_slot[run])
        return at[trip, int(connections.run_day[run]) + graph.first_day, index]

    left = None
    for ride in itinerary.rides:
        board, alight = every[row(ride.board)], every[row(ride.alight)]
        assert (board.trip, board.day) == (alight.trip, alight.day)
        assert board.index <= alight.index
        assert graph.epoch + connections.rows[ride.board, 0] == board.departure
        assert graph.epoch + connections.rows[ride.alight, 1] == alight.arrival
        if left is not None:
            if ride.entry == IN_SEAT:
                assert left in world.continues[row(ride.board)]
            else:
                assert left in world.changes[row(ride.board)]
        left = row(ride.alight)


def walkable(world, planner, places):
    rows = planner.timetable.stations.id
    return world._on_foot(*({rows.row(n): 0 for n in names} for names in places.values())) is not None


def compare(case: Case, asked: list[Question]) -> None:
    planner = load(case)
    world = World(planner.timetable)
    assume(not world.contradicts_itself())
    for question in asked:
        for method in ("earliest_arrival", "latest_departure"):
            for bounds in ("one", "both"):
                answers = {}
                for engine in ENGINES:
                    reply = ask(planner, method, question, bounds, engine)
                    if reply is None:
                        break
                    found, places, when = reply
                    answers[engine] = criteria(planner, found)
                    if found:
                        assert_possible(world, found)
                if answers and not walkable(world, planner, places):
                    answers["naive"] = expected(world, planner, method, places, when)
                    assert len(set(answers.values())) == 1, (method, places, when, answers)


@given(cases(), st.lists(questions(), min_size=6, max_size=6))
def test_engines_agree_with_the_naive_twin(case: Case, asked: list[Question]) -> None:
    """Arrival, departure and transfers, with one bound and with both."""
    compare(case, asked)
