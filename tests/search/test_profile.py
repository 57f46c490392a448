"""The profile equals its naive twin, and agrees with the queries for one journey."""

from __future__ import annotations

import datetime as dt
import os
import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from naive import Answer, World
from naive import profile as naive_profile
from random_timetables import FIRST, SECOND, Case, cases, examples
from timetables import toy, transfer, trip

import mobiplan as mp
from mobiplan.journeys.itinerary import IN_SEAT
from mobiplan.planner.profiles import profile
from mobiplan.search.ends import Bounds
from mobiplan.search.profile import make_scratch
from mobiplan.search.profile import profile as find_profile

FEEDS = Path(__file__).parents[3] / "shared" / "feeds"
Triple = tuple[int, int, int]  # departure, arrival, transfers


def criteria(found: mp.JourneySet) -> list[Triple]:
    epoch = found.graph.epoch
    return [
        (
            epoch + i.departure,
            epoch + i.arrival,
            sum(ride.entry != IN_SEAT for ride in i.rides[1:]),
        )
        for i in found.itineraries
    ]


def told(found: mp.JourneySet) -> list[str]:
    return [f"{j.departure:%H:%M} {j.arrival:%H:%M} {j.transfers}" for j in found]


def rides_exist(world: World, found: mp.JourneySet) -> None:
    """Each change is one that the naive rules allow."""
    graph = found.graph
    connections = graph.connections
    at = {(c.trip, c.day, c.index): k for k, c in enumerate(world.connections)}

    def row(position: int) -> int:
        run = connections.rows[position, 2]
        index = int(connections.slot[position] - connections.run_slot[run])
        day = int(connections.run_day[run]) + graph.first_day
        return at[int(connections.run_trip[run]), day, index]

    for itinerary in found.itineraries:
        left = None
        for ride in itinerary.rides:
            board, alight = (world.connections[row(p)] for p in (ride.board, ride.alight))
            assert (board.trip, board.day) == (alight.trip, alight.day)
            assert board.index <= alight.index
            if left is not None:
                allowed = world.continues if ride.entry == IN_SEAT else world.changes
                assert left in allowed[row(ride.board)]
            left = row(ride.alight)


@st.composite
def windows(draw: Any) -> dict[str, Any]:
    names = draw(st.permutations("ABCDEF"))
    n, m = draw(st.sampled_from(((1, 1), (1, 1), (2, 1), (1, 2), (2, 2))))
    date, hour = draw(
        st.sampled_from(((FIRST, 7), (FIRST, 8), (FIRST, 8), (FIRST, 23), (SECOND, 0), (SECOND, 8)))
    )
    start = dt.datetime.fromisoformat(f"{date} {hour:02d}:{draw(st.integers(0, 59)):02d}+02:00")
    question: dict[str, Any] = {
        "origin": list(names[:n]),
        "destination": list(names[n : n + m]),
        "depart": start,
        "window": dt.timedelta(minutes=draw(st.sampled_from((5, 15, 30, 60, 24 * 60)))),
        "transfers": draw(st.sampled_from((0, 1, 2, 7, 7))),
    }
    if draw(st.booleans()):
        minutes = draw(st.sampled_from((10, 30, 60, 24 * 60)))
        question["arrive"] = start + dt.timedelta(minutes=minutes)
    return question


@examples(150)
@given(cases(), st.lists(windows(), min_size=4, max_size=4))
def test_the_profile_equals_its_naive_twin(case: Case, asked: list[dict[str, Any]]) -> None:
    """Exceptional arcs, restrictions, ties, several origins, walks, windows over midnight."""
    try:
        timetable = case.feed.load(case.rules)
    except mp.InvalidFeed as error:
        assume("contradict" not in str(error))
        raise
    world = World(timetable)
    assume(not world.contradicts_itself())
    planner = mp.Planner(timetable)
    known = timetable.stations.id
    for question in asked:
        places = {
            side: [name for name in question[side] if name in set(known)]
            for side in ("origin", "destination")
        }
        if not all(places.values()):
            continue
        try:
            found = profile(planner, **question | places, beyond=False)
        except mp.OutsideCalendar:
            continue
        wide = profile(planner, **question | places, narrow=False, beyond=False)
        assert criteria(wide) == criteria(found)
        assert [i.rides for i in wide.itineraries] == [i.rides for i in found.itineraries]
        bounds = planner.bounds_in(found.graph, found.question)
        assert found.question.leave_before is not None
        epoch = found.graph.epoch
        # The walk needs no timetable, the trains are known up to the end of the graph.
        expected = naive_profile(
            world,
            *({known.row(name): 0 for name in places[s]} for s in ("origin", "destination")),
            depart=epoch + bounds.depart,
            until=found.question.leave_before,
            arrive=epoch + bounds.arrive,
            transfers=question["transfers"],
        )
        assert criteria(found) == [(a.departure, a.arrival, a.transfers) for a in expected]
        rides_exist(world, found)
        assert bool(found) is not bool(found.diagnosis)


def test_a_day_by_hand() -> None:
    """Fewer changes, a later departure or an earlier arrival each earn a place; nothing else."""
    feed = toy(
        trip("A 08:00", "D 12:00", number="1"),  # direct and slow
        trip("A 08:30", "B 09:00", number="2"),
        trip("B 09:10", "D 10:00", number="3"),
        trip("A 08:10", "B 08:50", number="4"),  # leaves earlier for the same train
        trip("A 09:30", "D 11:00", number="5"),  # makes 1 useless
        trip("A 22:00", "D 26:00", number="6"),  # arrives after midnight
        transfer("B", "B", minutes=5),
    )
    planner = feed.planner()
    day = planner.profile("A", "D", date="2026-06-02")
    assert told(day) == ["08:30 10:00 1", "09:30 11:00 0", "22:00 02:00 0"]
    assert (day.first, day.last) == (day[0], day[2])
    assert "7 transfers" in day.stats.engine
    morning = planner.profile("A", "D", depart="2026-06-02 08:00", window="90 min")
    assert told(morning) == ["08:00 12:00 0", "08:30 10:00 1"], "9:30 is not in the window"
    direct = planner.profile("A", "D", date="2026-06-02", transfers=0)
    assert told(direct) == ["09:30 11:00 0", "22:00 02:00 0"]
    early = planner.profile("A", "D", depart="2026-06-02 08:00", arrive="2026-06-02 10:30")
    assert told(early) == ["08:30 10:00 1"]


def test_departures_after_the_window_may_compete() -> None:
    """Who leaves at ten in the evening is there no sooner than who leaves in the morning."""
    planner = toy(
        trip("A 20:00", "D 23:00", number="1", dates="2026-06-02"),
        trip("A 22:00", "Z 22:30", number="2", dates="2026-06-02"),
        trip("Z 06:00", "A 06:30/06:35", "D 09:00", number="3", dates="2026-06-03"),
    ).planner()
    assert told(profile(planner, "A", "D", date="2026-06-02", beyond=False)) == [
        "20:00 23:00 0",
        "22:00 09:00 1",
    ]
    among_all = planner.profile("A", "D", date="2026-06-02")
    assert told(among_all) == ["20:00 23:00 0"]


def test_staying_seated_counts_no_transfer() -> None:
    feed = toy(
        trip("A 08:00", "B 09:00", number="1"),
        trip("B 09:00", "C 10:00", number="2"),
        trip("C 10:00", "D 11:00", number="3"),
        transfer("B", "B", type=4, from_trip="1", to_trip="2"),
        transfer("C", "C", type=4, from_trip="2", to_trip="3"),
    )
    found = feed.planner().profile("A", "D", date="2026-06-02", transfers=0)
    assert told(found) == ["08:00 11:00 0"]
    assert len(found.best.legs) == 3


def test_more_changes_than_lanes() -> None:
    """Eight changes are beyond the profile, and it says so."""
    hops = [
        trip(f"{a} {8 + k}:00", f"{b} {8 + k}:30")
        for k, (a, b) in enumerate(zip("ABCDEFGHI", "BCDEFGHIJ", strict=True))
    ]
    planner = toy(*hops).planner()
    assert told(planner.profile("A", "I", date="2026-06-02")) == ["08:00 15:30 7"]
    found = planner.profile("A", "J", date="2026-06-02")
    assert not found and "with at most 7 changes" in str(found.diagnosis)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({}, "which departures"),
        ({"depart": "2026-03-24 08:00"}, "which departures"),
        ({"arrive": "2026-03-24 08:00"}, "which departures"),
        ({"window": "4 h", "date": "2026-03-24"}, "counts from depart"),
        ({"depart": "2026-03-24 08:00", "window": "0 min"}, "is empty"),
        ({"depart": "2026-03-24 08:00", "arrive": "2026-03-24 07:00"}, "is after arrive"),
        ({"depart": "2026-03-25 08:00", "date": "2026-03-24"}, "end of the window"),
        ({"date": "2026-03-24", "transfers": 8}, "from 0 to 7"),
        ({"date": "2026-03-24", "days": 0}, "at least 1"),
    ],
)
def test_a_window_is_asked_for(
    sample_planner: mp.Planner, options: dict[str, Any], words: str
) -> None:
    with pytest.raises(mp.InvalidQuery, match=words):
        sample_planner.profile("Rennes", "Grenoble", **options)


def test_an_empty_profile_says_why(sample_planner: mp.Planner) -> None:
    night = sample_planner.profile("Rennes", "Lyon", depart="2026-03-24 23:50", window="5 min")
    assert not night and "the next one leaves at 2026-03-25" in str(night.diagnosis)
    with pytest.raises(mp.NoJourney):
        night.first  # noqa: B018


@pytest.mark.parametrize("date", ["2026-03-24", "2026-03-28", "2026-03-29"])
def test_first_and_last_of_a_day(sample_planner: mp.Planner, date: str) -> None:
    """Also on the eve and on the day on which clocks go forward, 23 hours long."""
    for origin, destination in (("Rennes", "Grenoble"), ("Lyon", "Rennes"), ("Paris", "Lyon")):
        day = sample_planner.profile(origin, destination, date=date)
        agrees_with_single_queries(sample_planner, day, origin, destination, 20)
        assert {f"{journey.departure:%Y-%m-%d}" for journey in day} == {date}


def agrees_with_single_queries(
    planner: mp.Planner, day: mp.JourneySet, origin: Any, destination: Any, n: int
) -> None:
    """From each departure on, the first arrival is earliest_arrival's; the last is the latest."""
    graph, end = day.graph, day.question.leave_before
    assert end is not None
    closing = graph.timetable.groups.closing
    for journey in day[:n]:
        begin, rides = journey.itinerary.departure, journey.itinerary.rides
        if rides and journey.itinerary.access == 0:  # doors close before the departure
            begin -= int(closing[graph.connections.rows[rides[0].board, 3]])
        single = planner.earliest_arrival(
            origin,
            destination,
            depart=dt.datetime.fromtimestamp(graph.epoch + begin, dt.UTC),
            days=day.question.days,
        ).best
        first = min(other.arrival for other in day if other.departure >= journey.departure)
        if single.departure.timestamp() < end:
            assert single.arrival == first
        else:  # who waits for the next day arrives sooner than who leaves in the window
            assert single.arrival <= first
    latest = planner.latest_departure(origin, destination, arrive=day.last.arrival).best
    if latest.departure.timestamp() < end:
        assert latest.departure == day.last.departure
    else:
        assert latest.departure > day.last.departure


def test_lanes_may_be_of_any_width(sample_planner: mp.Planner) -> None:
    """They hold ranks of arrivals; where there are more than fit, a wider type is taken."""
    graph = sample_planner.graph("2026-03-24")
    scratch = make_scratch(graph)
    bounds = Bounds(0, graph.complete_until, graph.complete_until)
    for origin, goal, least in (
        ("Rennes", "Lyon Part Dieu", 536),
        ("Lyon Part Dieu", "Rennes", 238),
    ):
        places = (sample_planner.place(name) for name in (origin, goal))
        ends = sample_planner.places.ends(*places)
        at = np.isin(graph.connections.rows[:, 4], ends.destination)
        assert at.sum() >= least
        expected, _ = find_profile(graph, scratch, ends, bounds)
        assert len(expected.departure) > 10
        for width in (np.uint8, np.uint32):  # 255 and more arrivals are too many for the first
            lanes = np.empty(len(scratch.lanes), dtype=width)
            found, _ = find_profile(graph, scratch._replace(lanes=lanes), ends, bounds)
            assert all(map(np.array_equal, found, expected))


@pytest.fixture(scope="module")
def national() -> mp.Planner:
    paths = [FEEDS / f"{name}.zip" for name in ("sncf_tgv_20250122", "sncf_ter_20250122")]
    for path in paths:
        if not path.is_file():
            if os.environ.get("CI") == "true":
                pytest.fail(f"{path} is missing, and in CI it must not be")
            pytest.skip(f"{path} is missing: the real feeds lie beside the project")
    return mp.Planner(mp.load(paths))


def test_fifty_real_days(national: mp.Planner) -> None:
    timetable = national.timetable
    dice = random.Random(2026)
    busy = np.argsort(-timetable.stations.departures)[:1500].tolist()
    answered = 0
    while answered < 50:
        origin, destination = (timetable.stations.id[row] for row in dice.sample(busy, 2))
        hour = dice.randrange(24)
        options: dict[str, Any] = {"depart": f"2025-02-04 {hour:02d}:00", "window": "24 h"}
        try:
            day = national.profile(origin, destination, **options)
        except mp.InvalidQuery:
            continue
        wide = profile(national, origin, destination, **options, narrow=False)
        assert wide.itineraries == day.itineraries
        if not day:
            continue
        answered += 1
        agrees_with_single_queries(national, day, origin, destination, 10)
        assert is_pareto([Answer(a, d, k) for d, a, k in criteria(day)])
        times = [(j.departure, j.arrival, j.transfers) for j in day]
        assert [(d.timestamp(), a.timestamp(), k) for d, a, k in times] == criteria(day)


def is_pareto(answers: list[Answer]) -> bool:
    return not any(
        one != other
        and one.departure >= other.departure
        and one.arrival <= other.arrival
        and one.transfers <= other.transfers
        for one in answers
        for other in answers
    )
