"""Pareto sets equal the plain list of all journeys, less those that another one betters."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from naive import TooMany, Way, World, every_way
from random_timetables import FIRST, SECOND, Case, cases, examples, planner_of
from timetables import toy, trip

import mobiplan as mp
from mobiplan.journeys.coupling import positions_of
from mobiplan.planner.paretos import pareto

NAMES = ("arrival", "departure", "duration", "transfers", "walking", "waiting", "toll", "fare")


def toll(trip_row: int, index: int) -> int:
    """What riding a hop costs, as a criterion of the caller's: anything, but always the same."""
    return (7 * trip_row + 3 * index * index) % 5


def fare(trip_row: int, board: int, alight: int) -> int:
    """What a leg costs; it is no sum over hops."""
    return (5 * trip_row + 11 * board + alight * alight) % 7


def by_toll(graph: mp.TimeExpandedGraph) -> Any:
    timetable, connections = graph.timetable, graph.connections
    hop = timetable.hops
    row = hop.trip[connections.hop]
    index = hop.call[connections.hop] - timetable.trips.call_ptr[row]
    return [toll(*pair) for pair in zip(row.tolist(), index.tolist(), strict=True)]


def by_fare(timetable: mp.Timetable, start: Any, end: Any) -> Any:
    ptr = timetable.trips.call_ptr
    row = np.searchsorted(ptr, start, side="right") - 1
    legs = zip(row.tolist(), (start - ptr[row]).tolist(), (end - ptr[row]).tolist(), strict=True)
    return [fare(*leg) for leg in legs]


CRITERION = {
    "toll": mp.Criterion("toll", by_toll),
    "fare": mp.Criterion("fare", per_leg=by_fare),
}


def amount(world: World, way: Way, name: str) -> int:
    """What a journey has of a criterion, by its definition."""
    every = world.connections
    aboard = [every[hop] for hop in way.hops]
    if name == "arrival":
        return way.arrival
    if name == "departure":
        return -way.departure
    if name == "duration":
        return way.arrival - way.departure
    if name == "transfers":
        return way.transfers
    if name == "walking":
        return way.walking
    if name == "waiting":
        doors = 0
        if way.departure != aboard[0].departure:  # walked there, and doors close early
            doors = world.closing(world.boards(aboard[0]))
        return sum(end - start for start, end in way.waits) + doors
    if name == "toll":
        return sum(toll(c.trip, c.index) for c in aboard)
    begins = [0, *(k for k in range(1, len(aboard)) if is_new_leg(way, aboard, k)), len(aboard)]
    legs = [(aboard[a], aboard[b - 1]) for a, b in pairwise(begins)]
    return sum(fare(one.trip, one.index, other.index + 1) for one, other in legs)


def is_new_leg(way: Way, aboard: list[Any], k: int) -> bool:
    before, here = aboard[k - 1], aboard[k]
    same_run = (before.trip, before.day) == (here.trip, here.day)
    return k in way.changes or not same_run


@st.composite
def questions(draw: Any) -> dict[str, Any]:
    one, other = draw(st.permutations("ABCDEF"))[:2]
    date, hour = draw(st.sampled_from(((FIRST, 8), (FIRST, 8), (FIRST, 23), (SECOND, 0))))
    start = pd.Timestamp(f"{date} {hour:02d}:{draw(st.integers(0, 30)):02d}", tz="Europe/Paris")
    span = draw(st.sampled_from((15, 30, 60)))
    question = {
        "origin": one,
        "destination": other,
        "depart": start,
        "arrive": start + pd.Timedelta(minutes=span),
        "criteria": draw(st.lists(st.sampled_from(NAMES), min_size=1, max_size=4, unique=True)),
    }
    if draw(st.booleans()):
        question["slack"] = draw(st.sampled_from((0.0, 0.25, 1.0)))
    elif draw(st.booleans()):
        question["window"] = pd.Timedelta(minutes=draw(st.sampled_from((5, 10))))
    return question


@examples(150)
@given(cases(most_trips=5), st.lists(questions(), min_size=3, max_size=3))
def test_pareto_sets_equal_the_plain_list_of_journeys(
    case: Case, asked: list[dict[str, Any]]
) -> None:
    """Any criteria, by connection and by leg, with slack, in windows; rounds and bags."""
    planner, world = planner_of(case)
    stations = planner.timetable.stations.id
    for question in asked:
        names = question["criteria"]
        ends = [stations.row(question[side]) for side in ("origin", "destination")]
        if None in ends:
            continue
        origin, destination = ({row: 0} for row in ends)
        if world.on_foot(origin, destination) is not None:
            continue
        start, end = (int(question[name].timestamp()) for name in ("depart", "arrive"))
        options = {**question, "criteria": [CRITERION.get(name, name) for name in names]}
        try:
            every = every_way(world, origin, destination, start, end)
            found = pareto(planner, **options)
        except (TooMany, mp.OutsideCalendar):
            continue
        if "window" in question:
            until = start + question["window"].total_seconds()
            every = [way for way in every if way.departure < until]
        if "slack" in question and every:
            first = min(way.arrival for way in every)
            bound = start + int((1 + question["slack"]) * (first - start))
            every = [way for way in every if way.arrival <= bound]
        ways: dict[tuple[int, ...], set[tuple[int, ...]]] = {}
        for way in every:
            vector = tuple(amount(world, way, name) for name in names)
            ways.setdefault(vector, set()).add(way.hops)
        vectors = set(ways)
        best = {
            v
            for v in vectors
            if not any(w != v and all(a <= b for a, b in zip(w, v, strict=True)) for w in vectors)
        }
        for answer in (
            found,
            pareto(planner, **options, by_bags=True),
            pareto(planner, **options, narrow=False),
        ):
            shown = vectors_of(answer, names)
            assert len(set(shown)) == len(shown), question
            assert set(shown) <= best, question
            # Who leaves a train and boards it again takes the same train: listed once.
            trains = hops_of(world, answer)
            assert all(v in shown or ways[v] & trains for v in best), question


def hops_of(world: World, found: mp.JourneySet) -> set[tuple[int, ...]]:
    """The connections of each journey, as the twin numbers them."""
    graph = found.graph
    connections, trips = graph.connections, graph.timetable.trips
    at = {(c.trip, c.day, c.index): k for k, c in enumerate(world.connections)}
    every = set()
    for itinerary in found.itineraries:
        hops = []
        for ride in itinerary.rides:
            for p in positions_of(graph, ride):
                run = connections.rows[p, 2]
                row = int(connections.run_trip[run])
                index = int(graph.timetable.hops.call[connections.hop[p]] - trips.call_ptr[row])
                hops.append(at[row, int(connections.run_day[run]) + graph.first_day, index])
        every.add(tuple(hops))
    return every


def vectors_of(found: mp.JourneySet, names: list[str]) -> list[tuple[int, ...]]:
    """What the answer says of itself: from its itineraries and its table."""
    table, epoch = found.to_frame(), found.graph.epoch
    rows = []
    for k, itinerary in enumerate(found.itineraries):
        facts = {
            "arrival": epoch + itinerary.arrival,
            "departure": -epoch - itinerary.departure,
            "duration": itinerary.arrival - itinerary.departure,
            "transfers": table["transfers"].iloc[k],
            "walking": int(table["walking"].iloc[k].total_seconds()),
            "waiting": int(found[k].waiting.total_seconds()),
        }
        facts |= {name: table[name].iloc[k] for name in found.amounts}
        rows.append(tuple(int(facts[name]) for name in names))
    return rows


def test_a_slower_train_without_a_change_and_a_cheaper_one_stay() -> None:
    planner = toy(
        trip("A 08:00", "B 08:30", number="1"),
        trip("B 08:40", "C 09:00", number="2"),
        trip("A 08:05", "C 09:30", number="3"),
        trip("A 08:10", "C 09:40", number="4"),
    ).planner()
    cheap = mp.Criterion("euros", lambda graph: np.where(number(graph) == "4", 5.0, 20.0))
    found = planner.pareto(
        "A", "C", depart="2026-06-02 08:00", criteria=("arrival", "transfers", cheap)
    )
    assert [(f"{j.arrival:%H:%M}", j.transfers) for j in found] == [
        ("09:00", 1),
        ("09:30", 0),
        ("09:40", 0),
    ]
    assert found.to_frame()["euros"].tolist() == [40.0, 20.0, 5.0]


def number(graph: mp.TimeExpandedGraph) -> Any:
    trips = graph.connections.run_trip[graph.connections.rows[:, 2]]
    return np.array([graph.timetable.trips.number[row] for row in trips.tolist()])


def test_slack_bounds_the_arrival_and_says_so() -> None:
    planner = toy(
        trip("A 08:00", "B 08:30", number="1"),
        trip("B 08:40", "C 09:00", number="2"),
        trip("A 08:05", "C 09:30", number="3"),
    ).planner()
    asked = {"origin": "A", "destination": "C", "depart": "2026-06-02 08:00"}
    narrow = planner.pareto(**asked, slack=0.25)
    assert [f"{j.arrival:%H:%M}" for j in narrow] == ["09:00"]
    assert narrow.stats.bound == "arrival by 2026-06-02 09:15, 25% more than the fastest takes"
    wide = planner.pareto(**asked, slack="30 min")
    assert [f"{j.arrival:%H:%M}" for j in wide] == ["09:00", "09:30"]


@pytest.mark.parametrize(
    ("criteria", "words"),
    [
        (("arrival", "beauty"), "'beauty' is none of"),
        ((), "at least one"),
        (("arrival", "arrival"), "given twice"),
        ("arrival", "give a list"),
        ((mp.Criterion("toll", [1.0, 2.0]),), "2 amounts for"),
        ((mp.Criterion("toll", lambda graph: -np.ones(graph.n)),), "0 or more"),
        ((mp.Criterion("toll", lambda graph: ["free"]),), "amounts are numbers"),
    ],
)
def test_criteria_that_cannot_be_used_are_refused_in_words(criteria: Any, words: str) -> None:
    planner = toy(trip("A 08:00", "B 08:30", number="1")).planner()
    with pytest.raises(mp.InvalidQuery, match=words):
        planner.pareto("A", "B", depart="2026-06-02 08:00", criteria=criteria)
