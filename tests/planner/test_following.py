"""Following a journey: the way on, by hand and by a plain twin; the next departures of each leg."""

from __future__ import annotations

import datetime as dt
import pickle
from dataclasses import replace
from functools import cached_property
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from naive import Answer, Call, Connection, World
from random_timetables import FIRST, SECOND, Case, cases, examples, planner_of
from timetables import place, told, toy, transfer, trip

import mobiplan as mp
from mobiplan.journeys.itinerary import IN_SEAT
from mobiplan.timetable.build import COUPLED_KINDS

DAY = "2026-06-02"
PLAIN = mp.TransferRules.plain(300)
LINE = (
    trip("A 08:00", "B 08:30/08:32", "C 09:00/09:02", "D 09:30", number="1"),
    trip("C 09:10", "E 10:00", number="2"),
    trip("C 09:40", "E 10:20", number="3"),
    trip("B 09:00", "E 10:10", number="4"),
    trip("D 09:45", "E 10:05", number="5"),
)


def first(planner: mp.Planner, origin: str, destination: str, **options: Any) -> mp.Journey:
    return planner.earliest_arrival(
        origin, destination, **({"depart": f"{DAY} 07:00"} | options)
    ).best


def way_on(planner: mp.Planner, journey: mp.Journey, at: str, delay: str | None = None) -> str:
    return told(planner.replan(journey, at=f"{DAY} {at}", delay=delay))


# ------------------------------------------------------------------ by hand


@pytest.mark.parametrize(
    ("at", "delay", "expected"),
    [
        ("07:30", None, "1 A 08:00 C 09:00, 2 C 09:10 E 10:00"),  # not gone yet
        ("08:00", "0 min", "1 A 08:00 C 09:00, 2 C 09:10 E 10:00"),
        ("08:10", "5 min", "1 A 08:00 C 09:05, 2 C 09:10 E 10:00"),  # the change still holds
        ("08:10", "6 min", "1 A 08:00 D 09:36, 5 D 09:45 E 10:05"),  # beyond the planned stop
        ("08:10", "15 min", "1 A 08:00 B 08:45, 4 B 09:00 E 10:10"),  # getting off sooner
        ("08:35", "15 min", "1 B 08:32 C 09:15, 3 C 09:40 E 10:20"),  # B lies behind
        ("08:31", "15 min", "1 A 08:00 B 08:31, 4 B 09:00 E 10:10"),  # it stands at B
        ("09:05", None, "2 C 09:10 E 10:00"),  # waiting at C
        ("09:05", "15 min", "2 C 09:25 E 10:15"),  # for a late train
        ("09:05", "60 min", "3 C 09:40 E 10:20"),  # too late: the next one
        ("09:30", "9 min", "2 C 09:10 E 10:09"),
    ],
)
def test_the_way_on_arrives_first(at: str, delay: str | None, expected: str) -> None:
    planner = toy(*LINE).planner(PLAIN)
    journey = first(planner, "A", "E")
    assert told(planner.earliest_arrival("A", "E", depart=f"{DAY} 07:00")) == (
        "1 A 08:00 C 09:00, 2 C 09:10 E 10:00"
    )
    assert way_on(planner, journey, at, delay) == expected


def test_a_late_train_says_how_late_it_is_and_no_other_train_does() -> None:
    planner = toy(*LINE).planner(PLAIN)
    late = planner.replan(first(planner, "A", "E"), at=f"{DAY} 08:10", delay="12 min").best
    assert [leg.note for leg in late.legs] == ["12 min late", ""]
    assert [f"{leg.departure:%H:%M}" for leg in late.legs] == ["08:00", "09:00"]
    assert late.id.startswith("2026-06-02:1:")


def test_who_stays_seated_is_late_with_the_vehicle() -> None:
    planner = toy(
        trip("A 08:00", "B 09:00", number="1", block="x"),
        trip("B 09:05", "C 10:00", number="2", block="x"),
        trip("C 10:05", "D 11:00", number="3"),
        trip("C 10:30", "D 11:30", number="4"),
    ).planner(PLAIN)
    journey = first(planner, "A", "D")
    assert journey.legs[1].in_seat
    found = planner.replan(journey, at=f"{DAY} 08:30", delay="20 min")
    assert told(found) == "1 A 08:00 B 09:20, 2 B 09:25 C 10:20, 4 C 10:30 D 11:30"
    assert found.best.legs[1].note == "stay seated; 20 min late"
    waiting = planner.replan(journey, at=f"{DAY} 09:02", delay="20 min")  # it stands at B
    assert told(waiting) == "2 B 09:25 C 10:20, 4 C 10:30 D 11:30"


@pytest.mark.parametrize("level", ["trips", "stops"])
def test_a_guaranteed_change_waits_and_goes_on_late(level: str) -> None:
    """It would have left at 09:02; the one after it at C is not guaranteed."""
    trips = {"from_trip": "1", "to_trip": "2"} if level == "trips" else {}
    planner = toy(
        trip("A 08:00", "B 09:00", number="1"),
        trip("B 09:02", "C 10:00", number="2", line="M"),
        trip("C 10:05", "D 11:00", number="3"),
        trip("C 10:20", "D 11:20", number="4"),
        transfer("B", "B", type=1, **trips),
    ).planner()
    journey = first(planner, "A", "D")
    assert told(planner.earliest_arrival("A", "D", depart=f"{DAY} 07:00")) == (
        "1 A 08:00 B 09:00, 2 B 09:02 C 10:00, 3 C 10:05 D 11:00"
    )
    found = planner.replan(journey, at=f"{DAY} 08:30", delay="10 min")
    assert told(found) == "1 A 08:00 B 09:10, 2 B 09:10 C 10:08, 4 C 10:20 D 11:20"
    assert [leg.note for leg in found.best.legs] == [
        "10 min late",
        "guaranteed transfer; 8 min late",
        "",
    ]


def test_a_coupled_portion_is_as_late() -> None:
    """1 and 2 are one train as far as B; who changes to 3 at C comes by the other portion."""
    planner = toy(
        trip("A 08:00", "B 09:00/09:05", "C 10:00", number="1", brand="TGV INOUI", route_type=101),
        trip("A 08:00", "B 09:00/09:07", "D 10:00", number="2", brand="TGV INOUI", route_type=101),
    ).planner(PLAIN)
    journey = first(planner, "A", "C")
    late = planner.replan(journey, at=f"{DAY} 08:30", delay="30 min")
    by_number = {
        int(late.graph.connections.run_trip[row[2]]): row for row in late.graph.connections.rows
    }
    clocks = [late.graph.epoch + int(row[1]) for row in by_number.values()]
    assert {f"{pd.Timestamp(s, unit='s', tz='Europe/Paris'):%H:%M}" for s in clocks} == {"10:30"}


def test_on_foot_one_walks_on() -> None:
    """300 m: 355 s. At 09:03 one is on the way from B to W, and there at 09:05:55."""
    planner = toy(
        trip("A 08:00", "B 09:00", number="1"),
        trip("W 09:20", "C 10:00", number="2"),
        trip("W 09:05", "C 10:10", number="3"),
        trip("W 09:40", "C 10:30", number="4"),
        trip("B 09:15", "C 10:40", number="5"),
        place("B", at=(47.0, 5.0)),
        place("W", metres=300, north_of="B"),
    ).planner()
    journey = first(planner, "A", "C")
    assert [leg.train_number for leg in journey.legs] == ["1", "", "2"]
    assert way_on(planner, journey, "09:03") == "2 W 09:20 C 10:00"
    assert way_on(planner, journey, "09:03", "2 h") == "4 W 09:40 C 10:30"
    assert way_on(planner, journey, "08:30", "10 min") == (
        "1 A 08:00 B 09:10, walk B 09:10 W 09:15, 2 W 09:20 C 10:00"
    )


def test_the_last_walk_is_walked_to_its_end() -> None:
    planner = toy(
        trip("A 08:00", "B 09:00", number="1"),
        place("B", at=(47.0, 5.0)),
        place("C", metres=300, north_of="B"),
    ).planner()
    journey = planner.earliest_arrival("A", "C", depart=f"{DAY} 07:00").best
    assert way_on(planner, journey, "09:02") == "walk B 09:00 C 09:05"
    with pytest.raises(mp.InvalidQuery, match="no train of the journey lies ahead"):
        planner.replan(journey, at=f"{DAY} 09:02", delay="5 min")


def test_the_doors_of_the_train_one_is_about_to_board_do_not_close_before_one() -> None:
    """Others have to be there two minutes before; who follows the journey stands inside."""
    planner = toy(
        trip("A 08:00", "B 09:00", number="1", brand="TGV INOUI"),
        trip("A 08:30", "B 09:30", number="2", brand="TGV INOUI"),
    ).planner(mp.TransferRules(door_closing={"TGV INOUI": 120}))
    journey = first(planner, "A", "B")
    assert way_on(planner, journey, "07:59") == "1 A 08:00 B 09:00"
    assert way_on(planner, journey, "07:59", "40 min") == "2 A 08:30 B 09:30"


def test_a_journey_that_was_replanned_is_followed_on_with_what_was_known() -> None:
    planner = toy(*LINE).planner(PLAIN)
    late = planner.replan(first(planner, "A", "E"), at=f"{DAY} 08:10", delay="6 min").best
    assert told(planner.replan(late, at=f"{DAY} 08:34")) == "1 A 08:00 D 09:36, 5 D 09:45 E 10:05"
    assert way_on(planner, late, "08:34", "2 min") == "1 A 08:00 C 09:02, 2 C 09:10 E 10:00"
    assert way_on(planner, late, "08:40", "20 min") == "1 B 08:38 C 09:20, 3 C 09:40 E 10:20"


def test_needs_hold_for_the_way_on() -> None:
    planner = toy(*LINE).planner(PLAIN)
    journey = first(planner, "A", "E", needs=mp.Needs(max_wait="20 min"))
    late = planner.replan(journey, at=f"{DAY} 08:35", delay="15 min")
    assert not late  # at C one would wait for 25 minutes
    assert "no wait longer than 25 min" in str(late.diagnosis)
    other = mp.Needs(max_wait="25 min")
    found = planner.replan(journey, at=f"{DAY} 08:35", delay="15 min", needs=other)
    assert told(found) == "1 B 08:32 C 09:15, 3 C 09:40 E 10:20"
    with pytest.raises(mp.InvalidQuery, match="refuse the train 1"):
        planner.replan(journey, at=f"{DAY} 08:35", needs=mp.Needs(avoid={"trains": 1}))


def test_a_place_that_was_passed_need_not_be_passed_again() -> None:
    planner = toy(*LINE).planner(PLAIN)
    journey = first(planner, "A", "E", needs=mp.Needs(via="B"))
    found = planner.replan(journey, at=f"{DAY} 09:05", delay="60 min")
    assert told(found) == "3 C 09:40 E 10:20"


def test_what_cannot_be_followed_is_refused() -> None:
    planner, other = toy(*LINE).planner(PLAIN), toy(*LINE).planner(PLAIN)
    journey = first(planner, "A", "E")
    for options, words in (
        ({"at": f"{DAY} 10:00"}, "has ended"),
        ({"at": "2026-06-01 07:59"}, "more than a day later"),
        ({"at": f"{DAY} 08:30", "delay": dt.timedelta(minutes=-5)}, "negative"),
        ({"at": f"{DAY} 08:30", "delay": "late"}, "not a duration"),
        ({"at": f"{DAY}"}, "no time of day"),
    ):
        with pytest.raises(mp.InvalidQuery, match=words):
            planner.replan(journey, **options)
    with pytest.raises(mp.InvalidQuery, match="another timetable"):
        other.replan(journey, at=f"{DAY} 08:30")
    with pytest.raises(mp.InvalidQuery, match="give one journey"):
        planner.replan(planner.profile("A", "E", date=DAY), at=f"{DAY} 08:30")  # type: ignore[arg-type]


def test_no_way_on_says_so_and_can_be_pickled() -> None:
    planner = toy(
        trip("A 08:00", "B 09:00", number="1"), trip("B 09:10", "C 10:00", number="2")
    ).planner(PLAIN)
    lost = planner.replan(first(planner, "A", "C"), at=f"{DAY} 08:30", delay="30 min")
    assert not lost
    assert str(lost.diagnosis).startswith("no way on from A at 2026-06-02 08:30 to C")
    assert str(pickle.loads(pickle.dumps(lost)).diagnosis) == str(lost.diagnosis)


# ------------------------------------------------------------------ by a plain twin


class LateWorld(World):
    """The same trips, of which one is late from a moment on, and what follows from it."""

    def __init__(
        self, timetable: mp.Timetable, trip_row: int, day: int, since: int, delay: int
    ) -> None:
        super().__init__(timetable)
        self.numbers = timetable.trips.number
        plan = World(timetable)
        self.plan, self.since = plan.connections, since
        at = {(c.trip, c.day, c.index): k for k, c in enumerate(self.plan)}
        self.late = [[0, 0] for _ in self.plan]
        seated = plan.in_seat()
        todo = [(trip_row, day, 0, delay)]
        while todo:
            row, on, index, seconds = todo.pop()
            for i in [k for key, k in at.items() if key[:2] == (row, on) and key[2] >= index]:
                c, moved = self.plan[i], False
                for end, planned in enumerate((c.departure, c.arrival)):
                    if planned > since and self.late[i][end] < seconds:
                        self.late[i][end] = seconds
                        moved = True
                if not moved:
                    continue
                todo += [(o.trip, o.day, o.index, seconds) for o in self.coupled_to(c)]
                if not self.late[i][1]:
                    continue
                for one, one_day, end, two, two_day, start in seated:
                    if (one, one_day, end) == (c.trip, c.day, c.index + 1):
                        todo.append((two, two_day, start, self.late[i][1]))
                for j in range(i + 1, len(self.plan)):
                    if plan.may_change(c, self.plan[j]) and self.waits(plan, c, self.plan[j]):
                        held = c.arrival + self.late[i][1] - self.plan[j].departure
                        if held > 0:
                            go = self.plan[j]
                            todo.append((go.trip, go.day, go.index, held))

    def coupled_to(self, c: Connection) -> list[Connection]:
        def where(one: Connection) -> tuple[int, ...]:
            stops = (self.boards(one).stop, self.alights(one).stop)
            return (one.day, one.departure, one.arrival, *stops)

        return [
            other
            for other in self.plan
            if where(other) == where(c)
            and self.numbers[other.trip] != self.numbers[c.trip]
            and self.trips[other.trip].kind in COUPLED_KINDS
            and self.trips[c.trip].kind in COUPLED_KINDS
        ]

    @staticmethod
    def waits(plan: World, i: Connection, j: Connection) -> bool:
        """Whether a rule for these two trips guarantees the change, and asks for less."""
        come, go = plan.alights(i), plan.boards(j)
        needs, others = plan.needs(come, go), plan.needs_in_general(come, go)
        rules = plan.governing(come, go, 6)
        return (
            needs != others
            and plan._is_privileged(i, j, needs)
            and any(rule.type == 1 for rule in rules)
        )

    @cached_property
    def connections(self) -> list[Connection]:
        shifted = [
            replace(c, departure=c.departure + leaves, arrival=c.arrival + comes)
            for c, (leaves, comes) in zip(self.plan, self.late, strict=True)
        ]
        return sorted(shifted, key=lambda c: c.order)


Ridden = tuple[int, int, int, int]  # trip, day, first index, last index


def ridden(journey: mp.Journey) -> list[Ridden]:
    graph = journey.graph
    connections = graph.connections
    found = []
    for ride in journey.itinerary.rides:
        run = connections.rows[ride.board, 2]
        first, last = (int(connections.slot[p] - connections.run_slot[run]) for p in ride[:2])
        day = int(connections.run_day[run]) + graph.first_day
        found.append((int(connections.run_trip[run]), day, first, last))
    return found


def by_twin(
    timetable: mp.Timetable, journey: mp.Journey, origin: int, goal: int, now: int, delay: int
) -> Answer | None:
    """Every way on: the one of earliest arrival, latest departure, fewest changes."""
    plan, rides = World(timetable), ridden(journey)
    planned = {(c.trip, c.day, c.index): c for c in plan.connections}
    boarded = [r for r in rides if planned[r[:3]].departure <= now]
    last = boarded[-1] if boarded else None
    aboard = last is not None and now < planned[*last[:2], last[3]].arrival
    coming = boarded[-1] if aboard else rides[len(boarded)]
    world = LateWorld(timetable, coming[0], coming[1], now, delay)
    every = world.connections
    at = {(c.trip, c.day, c.index): k for k, c in enumerate(every)}
    labels: list[dict[int, int]] = [{} for _ in every]  # departure -> fewest changes
    answers = []
    if aboard:
        indices = range(coming[2], coming[3] + 1)
        here = max(i for i in indices if planned[*coming[:2], i].departure <= now)
        k = at[*coming[:2], here]
        every[k] = replace(every[k], arrival=max(every[k].arrival, now))
        labels[k][every[k].departure] = 0
    else:
        own = at[coming[:3]]
        station, since, ready, come, left = standing(plan, journey, origin, now, boarded, coming)
        reach = world.around({station: 0})
        for j, c in enumerate(every):
            go = world.boards(c)
            if j != own and (not go.may_board or go.station not in reach):
                continue
            walk = reach[go.station]
            before = walk + world.closing(go)
            needs = 0 if come is None else world.needs_in_general(come, go)
            caught = needs is not None and c.departure >= max(left + needs, ready + before)
            if caught or j == own:
                labels[j][c.departure - (before if walk else 0)] = 0
        on_foot = world.on_foot({station: 0}, {goal: 0})
        if on_foot is not None:
            answers.append(Answer(ready + on_foot, since, 0))
    egress = world.around({goal: 0})
    for j, c in enumerate(every):
        for before, more in ((world.continues[j], 0), (world.changes[j], 1)):
            for i in before if c.departure >= now else ():
                for began, changes in labels[i].items():
                    labels[j][began] = min(changes + more, labels[j].get(began, 99))
        stop = world.alights(c)
        if stop.may_alight and stop.station in egress:
            arrival = c.arrival + egress[stop.station]
            answers += [Answer(arrival, began, n) for began, n in labels[j].items()]
    return min(answers, key=lambda a: (a.arrival, -a.departure, a.transfers), default=None)


def standing(
    plan: World,
    journey: mp.Journey,
    origin: int,
    now: int,
    boarded: list[Ridden],
    coming: Ridden,
) -> tuple[int, int, int, Call | None, int]:
    """The station, from when one acts, when one is there; the call one came by and when."""
    planned = {(c.trip, c.day, c.index): c for c in plan.connections}
    begins = journey.graph.epoch + journey.itinerary.departure
    next_train = planned[coming[:3]]
    station = plan.boards(next_train).station
    if not boarded and now <= begins:
        since = max(now, journey.question.depart or now)
        return origin, since, since, None, 0
    if not boarded:
        return station, now, max(now, begins + journey.itinerary.access), None, 0
    last = planned[*boarded[-1][:2], boarded[-1][3]]
    come, walk = plan.alights(last), 0
    if come.station != station and journey.itinerary.rides[len(boarded)].entry != IN_SEAT:
        if plan.needs_in_general(come, plan.boards(next_train)) is not None:
            walk = plan.walk(come.station, station)
        else:
            between = max(next_train.departure - last.arrival, 0)
            walk = plan.walks.get((come.station, station), between)
    return station, now, max(now, last.arrival + walk), come, last.arrival


@st.composite
def followed(draw: Any) -> dict[str, Any]:
    one, other = draw(st.permutations("ABCDEF"))[:2]
    date, hour = draw(st.sampled_from(((FIRST, 8), (FIRST, 8), (FIRST, 23), (SECOND, 0))))
    start = pd.Timestamp(f"{date} {hour:02d}:{draw(st.integers(0, 30)):02d}", tz="Europe/Paris")
    return {
        "question": {"origin": one, "destination": other, "depart": start},
        "which": draw(st.integers(0, 9)),
        "minute": draw(st.integers(-3, 30)),
        "delay": draw(st.sampled_from((0, 1, 2, 3, 5, 8, 20, 90))),
    }


@examples(60)
@given(cases(most_trips=7), st.lists(followed(), min_size=5, max_size=5))
def test_the_way_on_equals_the_best_of_all_ways(case: Case, asked: list[dict[str, Any]]) -> None:
    """From a train, a station, a walk; trains late, held and coupled; rules at every level."""
    planner, _ = planner_of(case)
    stations = planner.timetable.stations.id
    for one in asked:
        question = one["question"]
        ends = [stations.row(question[side]) for side in ("origin", "destination")]
        if None in ends:
            continue
        try:
            journeys = planner.profile(**question, window="1 h")
        except mp.OutsideCalendar:
            continue
        journeys = [j for j in journeys if j.itinerary.rides]
        if not journeys:
            continue
        journey = journeys[one["which"] % len(journeys)]
        now = pd.Timestamp(journey.departure) + pd.Timedelta(minutes=one["minute"])
        last_train = journey.graph.connections.rows[journey.itinerary.rides[-1].alight, 1]
        if now.timestamp() >= journey.graph.epoch + last_train:
            continue
        found = planner.replan(journey, at=now, delay=f"{one['delay']} min")
        told = None
        if found:
            itinerary, epoch = found.itineraries[0], found.graph.epoch
            told = Answer(
                epoch + itinerary.arrival, epoch + itinerary.departure, found.best.transfers
            )
        seconds = int(now.timestamp())
        twin = by_twin(planner.timetable, journey, *ends, seconds, 60 * one["delay"])
        assert told == twin, (one, journey)


@examples(60)
@given(cases(), st.lists(followed(), min_size=4, max_size=4))
def test_who_is_on_time_arrives_when_the_journey_does(
    case: Case, asked: list[dict[str, Any]]
) -> None:
    planner, _ = planner_of(case)
    known = set(planner.timetable.stations.id)
    for one in asked:
        question = one["question"]
        if not {question["origin"], question["destination"]} <= known:
            continue
        try:
            journeys = planner.earliest_arrival(**question)
        except mp.OutsideCalendar:
            continue
        for journey in journeys:
            rides, rows = journey.itinerary.rides, journey.graph.connections.rows
            if not rides or rows[rides[0].alight, 1] == rows[rides[0].board, 0]:
                continue  # a train of no time has left and come in when it leaves
            again = planner.replan(journey, at=journey.departure, delay="0 min").best
            assert (again.arrival, again.transfers) == (journey.arrival, journey.transfers)


# ------------------------------------------------------------------ next departures


def test_the_next_departures_of_each_leg() -> None:
    """From any stop of the station; coupled trains once; trains that do not call are none."""
    planner = toy(
        trip("A 08:00", "B:1 08:30", number="1"),
        trip("B:1 08:40", "C 09:00", number="2"),
        trip("A 08:10", "B:2 08:50", number="3"),
        trip("A 08:20", "X 08:30", "B:1 08:55", number="4"),
        trip("A 08:25", "X 08:30", number="5"),
        trip("A 08:30", "B:1 09:05 no alighting", "C 09:30", number="6"),
        trip("B:2 08:40", "C 09:10", number="7"),
        trip("B:1 09:40", "C 10:00", number="8", brand="TGV INOUI", route_type=101),
        trip("B:1 09:40", "C 10:00", "D 11:00", number="9", brand="TGV INOUI", route_type=101),
        trip("B:1 10:40", "C 11:00", number="10"),
        trip("B:1 11:40", "C 12:00", number="11"),
    ).planner(PLAIN)
    journey = first(planner, "A", "C")
    table = journey.next_departures(2)
    assert list(table.columns) == [
        "leg", "departure", "arrival", "train_number", "brand", "from_name", "to_name",
    ]  # fmt: skip
    rows = zip(table["leg"], table["train_number"], table["departure"], strict=True)
    assert [(leg, number, f"{time:%H:%M}") for leg, number, time in rows] == [
        (0, "3", "08:10"),
        (0, "4", "08:20"),
        (1, "6", "09:05"),
        (1, "8/9", "09:40"),
    ]
    assert table["brand"].tolist() == ["TER", "TER", "TER", "TGV INOUI"]
    assert table["arrival"].tolist()[2] == pd.Timestamp(f"{DAY} 09:30", tz="Europe/Paris")
    assert journey.next_departures(20)["train_number"].tolist()[4:] == ["10", "11"]
    with pytest.raises(mp.InvalidQuery, match="at least 1"):
        journey.next_departures(0)


def test_after_the_last_train_the_next_one_leaves_in_the_morning() -> None:
    planner = toy(
        trip("A 06:00", "B 07:00", number="1", dates=f"{DAY} 2026-06-03"),
        trip("A 22:00", "B 23:00", number="2", dates=f"{DAY} 2026-06-03"),
    ).planner()
    last = planner.latest_departure("A", "B", arrive=f"{DAY} 23:30").best
    assert f"{last.next_departures(1)['departure'].iloc[0]:%m-%d %H:%M}" == "06-03 06:00"


def test_who_stays_seated_misses_no_train_and_needs_hold_for_the_next_ones() -> None:
    planner = toy(
        trip("A 08:00", "B 09:00", number="1", block="x"),
        trip("B 09:05", "C 10:00", number="2", block="x"),
        trip("B 09:15", "C 10:00", number="3"),
        trip("A 08:10", "B 09:10", number="4", brand="Bus"),
        trip("A 08:20", "B 09:20", number="5"),
    ).planner(PLAIN)
    journey = first(planner, "A", "C", needs=mp.Needs(avoid={"brands": "Bus"}))
    table = journey.next_departures()
    assert table["leg"].tolist() == [0]
    assert table["train_number"].tolist() == ["5"]


def test_the_first_and_the_last_train_of_a_day_obey_needs() -> None:
    planner = toy(
        trip("A 05:00", "B 06:00", number="1", brand="Bus"),
        trip("A 07:00", "B 08:00", number="2"),
        trip("A 20:00", "B 21:00", number="3"),
        trip("A 22:00", "X 22:30", number="4"),
        trip("X 22:40", "B 23:30", number="5"),
    ).planner(PLAIN)
    needs = mp.Needs(avoid={"brands": "Bus"}, max_transfers=0)
    day = planner.profile("A", "B", date=DAY, needs=needs)
    assert [day.first.legs[0].train_number, day.last.legs[0].train_number] == ["2", "3"]
    assert told(planner.latest_departure("A", "B", date=DAY, needs=needs)) == "3 A 20:00 B 21:00"
    assert told(planner.earliest_arrival("A", "B", date=DAY, needs=needs)) == "2 A 07:00 B 08:00"
    assert (
        told(planner.latest_departure("A", "B", date=DAY)) == "4 A 22:00 X 22:30, 5 X 22:40 B 23:30"
    )
