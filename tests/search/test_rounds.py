"""Arrival and transfers equal their naive twin, and the profile on real feeds; lines are lines."""

from __future__ import annotations

import datetime as dt
import os
import random
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from naive import Answer, World
from random_timetables import (
    FIRST,
    PLACES,
    SECOND,
    STATIONS,
    STOPS,
    Case,
    cases,
    examples,
)
from timetables import place, toy, transfer, trip

import mobiplan as mp
from mobiplan.search.earliest import make_labels
from mobiplan.search.ends import Bounds, Found
from mobiplan.search.lines import FROM, LINE, RUNS, TO, Lines, make_lines
from mobiplan.search.profile import make_scratch, profile
from mobiplan.search.rounds import arrival_and_transfers
from mobiplan.timetable.graph import NEVER, TimeExpandedGraph

FEEDS = Path(__file__).parents[3] / "shared" / "feeds"
Triple = tuple[int, int, int]  # arrival, departure, transfers


class Search:
    """The search on one window of a planner; times in seconds since 1970."""

    def __init__(self, planner: mp.Planner, depart: int, days: int = 3) -> None:
        self.planner = planner
        self.graph = planner.windows.around(depart, days, backward=False)[0]
        self.labels = make_labels(self.graph.connections, planner.timetable.groups)
        self.lines = make_lines(self.graph)

    def ends(self, origin: Any, destination: Any) -> Any:
        places = self.planner.places
        return places.ends(places.resolve(origin, "origin"), places.resolve(destination, "to"))

    def ask(
        self, origin: Any, destination: Any, depart: int, arrive: int = 2**40, **options: Any
    ) -> list[Found]:
        epoch = self.graph.epoch
        bounds = Bounds(depart - epoch, min(arrive - epoch, NEVER - 1))
        ends = self.ends(origin, destination)
        return arrival_and_transfers(self.graph, self.labels, self.lines, ends, bounds, **options)[
            0
        ]

    def criteria(self, found: list[Found]) -> list[Triple]:
        epoch = self.graph.epoch
        return [
            (epoch + one.arrival, epoch + one.departure, transfers_of(self.graph, one))
            for one in found
        ]


def transfers_of(graph: TimeExpandedGraph, found: Found) -> int:
    connections = graph.connections
    arcs = zip(
        connections.exception_from.tolist(),
        connections.exception_to.tolist(),
        connections.exception_transfers.tolist(),
        strict=True,
    )
    seated = {(one, other) for one, other, transfers in arcs if transfers == 0}
    return sum(
        not (here[2] and (before[1], here[0]) in seated)
        for before, here in pairwise(found.rides.tolist())
    )


def pareto_set(
    world: World,
    origins: dict[int, int],
    destinations: dict[int, int],
    depart: int,
    arrive: int,
    transfers: int,
    slack: float | None,
) -> list[Triple]:
    """The twin: of all journeys the best with 0, 1, ... changes, where one more change pays."""
    answers = [a for a in world.journeys(origins, destinations, depart) if a.arrival <= arrive]
    if slack is not None and answers:
        fastest = min(a.arrival for a in answers) - depart
        answers = [a for a in answers if a.arrival - depart <= (1 + slack) * fastest]
    found: list[Answer] = []
    for most in range(transfers + 1):
        allowed = [a for a in answers if a.transfers <= most]
        if allowed:
            best = min(allowed, key=lambda a: (a.arrival, -a.departure, a.transfers))
            if not found or best.arrival < found[-1].arrival:
                found.append(best)
    return [(a.arrival, a.departure, a.transfers) for a in reversed(found)]


def assert_possible(world: World, graph: TimeExpandedGraph, found: Found, ends: Any) -> None:
    """Each ride exists, each change is one that the naive rules allow, both ends fit."""
    connections = graph.connections
    at = {(c.trip, c.day, c.index): k for k, c in enumerate(world.connections)}

    def row(position: int) -> int:
        run = connections.rows[position, 2]
        index = int(connections.slot[position] - connections.run_slot[run])
        day = int(connections.run_day[run]) + graph.first_day
        return at[int(connections.run_trip[run]), day, index]

    left = None
    for board, alight, entry in found.rides.tolist():
        one, other = world.connections[row(board)], world.connections[row(alight)]
        assert (one.trip, one.day) == (other.trip, other.day)
        assert one.index <= other.index
        if left is not None:
            changes, seated = (left in way[row(board)] for way in (world.changes, world.continues))
            assert changes or (entry and seated)
        left = row(alight)
    first, last = connections.rows[found.rides[0, 0]], connections.rows[found.rides[-1, 1]]
    leave = dict(zip(ends.origin.tolist(), ends.leave.tolist(), strict=True))
    egress = dict(zip(ends.destination.tolist(), ends.egress.tolist(), strict=True))
    assert found.departure == first[0] - leave[int(first[3])]
    assert found.arrival == last[1] + egress[int(last[4])]


@st.composite
def busy_cases(draw: Any) -> Case:
    """Slow and fast trips that meet, some of them guaranteed or one vehicle."""
    calls_of: list[list[tuple[str, int]]] = []
    items: list[Any] = []
    for number in range(draw(st.integers(6, 14))):
        stops = draw(st.lists(st.sampled_from(STOPS), min_size=2, max_size=4, unique=True))
        now = draw(st.integers(8 * 60, 8 * 60 + 20))
        if number and draw(st.integers(0, 3)):
            one = draw(st.integers(0, number - 1))
            stop, now = draw(st.sampled_from(calls_of[one][1:]))
            now += draw(st.sampled_from((0, 0, 1, 5)))
            stops = [stop, *(other for other in stops if other[0] != stop[0])]
            stops = stops if len(stops) > 1 else [stop, "D" if stop != "D" else "A"]
            kind = draw(st.sampled_from((0, 0, 1, 4, 4)))
            if kind:
                numbers = {"from_trip": str(one), "to_trip": str(number)}
                items.append(transfer(stop, stop, type=kind, **numbers))
        pace = draw(st.sampled_from((0, 0, 1, 3, 25)))
        calls = []
        for stop in stops:
            calls.append((stop, now))
            now += pace + draw(st.sampled_from((0, 0, 1)))
        calls_of.append(calls)
        told = [f"{stop} {when // 60:02d}:{when % 60:02d}" for stop, when in calls]
        items.append(trip(*told, number=str(number), brand="TER", dates=f"{FIRST} {SECOND}"))
    rules = mp.TransferRules(
        small=draw(st.sampled_from((0, 0, 120))),
        medium=0,
        large=60,
        reach_m=draw(st.sampled_from((0.0, 500.0))),
        door_closing=draw(st.sampled_from(({}, {}, {"TER": 60}))),
        city_changes=False,
    )
    return Case(toy(*items, *PLACES), rules)


@st.composite
def questions(draw: Any) -> dict[str, Any]:
    """When, and how much of the set; asked from everywhere to everywhere."""
    start = draw(st.sampled_from((f"{FIRST} 08:00", f"{FIRST} 08:00", f"{FIRST} 23:45")))
    depart = int(dt.datetime.fromisoformat(f"{start}+02:00").timestamp())
    depart += 60 * draw(st.integers(0, 15))
    return {
        "depart": depart,
        "arrive": depart + 60 * draw(st.sampled_from((20, 60, 48 * 60, 48 * 60))),
        "transfers": draw(st.sampled_from((0, 1, 2, 7, 7, 7))),
        "slack": draw(st.sampled_from((None, None, None, 0.0, 0.25, 1.0))),
    }


def places_of(known: Any) -> list[tuple[list[str], list[str]]]:
    """Every station to every other, and two stations to two."""
    names = [name for name in STATIONS if name in set(known)]
    pairs = [([one], [other]) for one in names for other in names if one != other]
    return pairs + ([(names[:2], names[2:4])] if len(names) > 3 else [])


@examples(60)
@given(cases() | busy_cases() | busy_cases(), questions())
def test_the_set_equals_its_naive_twin(case: Case, question: dict[str, Any]) -> None:
    """Privileges, restrictions, ties, hops of no time, loops, walks, several origins."""
    try:
        timetable = case.feed.load(case.rules)
    except mp.InvalidFeed as error:
        assume("contradict" not in str(error))
        raise
    world = World(timetable)
    assume(not world.contradicts_itself())
    try:
        search = Search(mp.Planner(timetable), question["depart"])
    except mp.OutsideCalendar:
        return
    known = timetable.stations.id
    for origin, destination in places_of(known):
        found = search.ask(origin, destination, **question)
        wide = search.ask(origin, destination, **question, narrow=False)
        assert [f.rides.tolist() for f in wide] == [f.rides.tolist() for f in found]
        ends = [{known.row(name): 0 for name in names} for names in (origin, destination)]
        assert search.criteria(found) == pareto_set(world, *ends, **question)
        for one in found:
            assert_possible(world, search.graph, one, search.ends(origin, destination))


@examples(50)
@given(cases(most_trips=12))
def test_runs_of_a_line_call_alike_and_never_overtake(case: Case) -> None:
    try:
        timetable = case.feed.load(case.rules)
    except mp.InvalidFeed as error:
        assume("contradict" not in str(error))
        raise
    graph = mp.Planner(timetable).graph(timetable.dates[0], days=2)
    assert_lines(graph, make_lines(graph))


def assert_lines(graph: TimeExpandedGraph, lines: Lines) -> None:
    rows, hops = graph.connections.rows, lines.hops
    assert sorted(lines.runs[:, 0].tolist()) == list(range(graph.n)), "each connection once"
    assert (lines.runs[:, 1:] == rows[lines.runs[:, 0], :2]).all()
    before: Any = None
    for s in range(len(hops) - 1):
        runs = lines.runs[hops[s, RUNS] : hops[s + 1, RUNS]]
        here = rows[runs[:, 0]]
        assert (here[:, 3:] == hops[s, [FROM, TO]]).all()
        assert (np.diff(runs[:, 0]) > 0).all()
        assert (np.diff(runs[:, 2]) >= 0).all()
        if before is not None and hops[s, LINE] == hops[s - 1, LINE]:
            assert (here[:, 2] == before).all(), "the same runs in the same order"
        before = here[:, 2]


def clock(search: Search, found: list[Found]) -> list[str]:
    def told(instant: int) -> str:
        return f"{dt.datetime.fromtimestamp(instant, dt.timezone(dt.timedelta(hours=2))):%H:%M}"

    return [f"{told(d)} {told(a)} {k}" for a, d, k in search.criteria(found)]


EIGHT = int(dt.datetime.fromisoformat("2026-06-02 08:00+02:00").timestamp())


def test_fewer_changes_may_come_hours_later() -> None:
    search = Search(
        toy(
            trip("A 08:00", "B 09:00"),
            trip("B 09:10", "C 10:00"),
            trip("C 10:10", "D 11:00"),  # two changes
            trip("B 12:10", "D 14:00"),  # one change, and one may leave A later for it:
            trip("A 10:00", "B 12:00"),
            trip("A 20:00", "D 23:00"),  # direct
            trip("A 21:00", "D 22:30"),  # direct, later and yet sooner
            transfer("B", "B", minutes=5),
            transfer("C", "C", minutes=5),
        ).planner(),
        EIGHT,
    )
    everything = ["08:00 11:00 2", "10:00 14:00 1", "21:00 22:30 0"]
    assert clock(search, search.ask("A", "D", EIGHT)) == everything
    assert clock(search, search.ask("A", "D", EIGHT, transfers=1)) == everything[1:]
    assert clock(search, search.ask("A", "D", EIGHT, slack=1.0)) == everything[:2]
    assert clock(search, search.ask("A", "D", EIGHT, slack=0.99)) == everything[:1]
    by_two = EIGHT + 6 * 3600
    assert clock(search, search.ask("A", "D", EIGHT, by_two)) == everything[:2]
    assert search.ask("D", "A", EIGHT) == []


def test_a_later_departure_is_not_worth_a_change() -> None:
    """The earliest arrival alone would take the two trains: they leave later."""
    search = Search(
        toy(
            trip("A 08:00", "D 11:00"),
            trip("A 09:00", "B 09:30"),
            trip("B 10:00", "D 11:00"),
        ).planner(),
        EIGHT,
    )
    assert clock(search, search.ask("A", "D", EIGHT)) == ["08:00 11:00 0"]


def test_staying_seated_is_no_change_and_overtaking_trains_are_no_line() -> None:
    search = Search(
        toy(
            trip("A 08:00", "B 09:00", number="1"),
            trip("A 08:10", "B 08:50", number="2"),  # overtakes 1, which alone goes on to C
            trip("B 09:00", "C 10:00", number="3"),
            trip("A 08:20", "D 08:25"),
            trip("D 08:40", "C 09:30"),
            transfer("B", "B", type=4, from_trip="1", to_trip="3"),
        ).planner(),
        EIGHT,
    )
    found = search.ask("A", "C", EIGHT)
    assert clock(search, found) == ["08:20 09:30 1", "08:00 10:00 0"]
    assert found[1].rides[:, 2].tolist() == [0, 1]


def test_hops_of_no_time_are_ridden_in_the_stated_order() -> None:
    """At 8:30 the hop from B stands before the hop from C: nobody changes from that to this."""
    items = [
        trip("A 08:00", "E 08:05"),
        trip("E 08:05", "F 08:10"),
        trip("F 08:10", "G 08:15"),
        trip("G 08:15", "D 08:25"),  # three changes
        trip("A 08:10", "C 08:29"),
        trip("C 08:30", "B 08:30"),
        trip("B 08:30", "D 08:30"),
        trip("A 08:00", "D 09:00"),  # direct
    ]
    rules = mp.TransferRules.plain(0)
    search = Search(toy(*items).planner(rules), EIGHT)
    assert clock(search, search.ask("A", "D", EIGHT)) == ["08:00 08:25 3", "08:00 09:00 0"]
    items += [trip("A 08:00", "X 08:05"), trip("X 08:10", "B 08:20")]  # two changes, by B at 8:20
    search = Search(toy(*items).planner(rules), EIGHT)
    expected = ["08:00 08:25 3", "08:00 08:30 2", "08:00 09:00 0"]
    assert clock(search, search.ask("A", "D", EIGHT)) == expected


def test_walks_at_both_ends_count() -> None:
    planner = toy(
        place("X", at=(47.0, 5.0)),
        place("A", at=(47.0027, 5.0)),  # 300 m from X
        trip("A 08:30", "B 09:00"),
        trip("X 08:01", "Y 08:20"),
        trip("Y 08:30", "B 08:50"),
    ).planner(mp.TransferRules(reach_m=500.0))
    search = Search(planner, EIGHT)
    first, direct = search.ask("X", "B", EIGHT)
    assert clock(search, [first]) == ["08:01 08:50 1"]
    leave = search.graph.epoch + direct.departure
    assert EIGHT + 30 * 60 - leave == planner.timetable.footpaths.duration[0] > 0


@pytest.fixture(scope="module")
def national() -> mp.Planner:
    paths = [FEEDS / f"{name}.zip" for name in ("sncf_tgv_20250122", "sncf_ter_20250122")]
    for path in paths:
        if not path.is_file():
            if os.environ.get("CI") == "true":
                pytest.fail(f"{path} is missing, and in CI it must not be")
            pytest.skip(f"{path} is missing: the real feeds lie beside the project")
    return mp.Planner(mp.load(paths))


def test_a_hundred_real_questions_agree_with_the_profile(national: mp.Planner) -> None:
    """What leaves at some time of two days, by the sweep backward, holds the set."""
    timetable = national.timetable
    midnight = int(dt.datetime.fromisoformat("2025-02-04 00:00+01:00").timestamp())
    search = Search(national, midnight, days=2)
    graph = search.graph
    assert_lines(graph, search.lines)
    scratch = make_scratch(graph)
    dice = random.Random(2026)
    busy = np.argsort(-timetable.stations.departures)[:2500].tolist()
    for _ in range(100):
        origin, destination = (timetable.stations.id[row] for row in dice.sample(busy, 2))
        depart = midnight + 60 * dice.randrange(24 * 60)
        ends = search.ends(origin, destination)
        bounds = Bounds(depart - graph.epoch, graph.complete_until, graph.complete_until)
        found, _ = arrival_and_transfers(graph, search.labels, search.lines, ends, bounds)
        swept, _ = profile(graph, scratch, ends, bounds)
        expected: list[Triple] = []
        for most in range(8):
            allowed = np.flatnonzero(swept.transfers <= most)
            arrival = swept.arrival[allowed].min(initial=NEVER)
            if arrival < (expected[0][0] - graph.epoch if expected else NEVER):
                last = swept.departure[allowed][swept.arrival[allowed] == arrival].max()
                here = (graph.epoch + int(arrival), graph.epoch + int(last), most)
                expected.insert(0, here)
        assert search.criteria(found) == expected
        wide, _ = arrival_and_transfers(
            graph, search.labels, search.lines, ends, bounds, narrow=False
        )
        assert [f.rides.tolist() for f in wide] == [f.rides.tolist() for f in found]
