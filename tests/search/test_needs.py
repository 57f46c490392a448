"""Every query under needs equals the plain list of all journeys, less those that break one."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from naive import Answer, Judge, PacedWorld, TooMany, World, every_way
from random_timetables import FIRST, SECOND, Case, cases, examples, planner_of

import mobiplan as mp

MINUTE = st.sampled_from(("0 min", "1 min", "3 min", "6 min", "15 min"))
BRANDS = ("TER", "TGV INOUI", "Navette", "Bus", "Metro")
DEFINED = {
    "max_transfers": st.integers(0, 2),
    "max_walking": MINUTE,
    "max_wait": MINUTE,
    "max_night_wait": MINUTE,
    "max_duration": st.sampled_from(("3 min", "10 min", "20 min", "60 min")),
    "extra_transfer_time": MINUTE,
    "transfer_time_factor": st.sampled_from((1.0, 1.5, 2.0)),
    "pace": st.sampled_from((2.0, 3.0)),
    "via": st.lists(
        st.one_of(st.sampled_from("ABCDEF"), st.tuples(st.sampled_from("ABCDEF"), MINUTE)),
        min_size=1,
        max_size=2,
    ),
    "not_before": st.sampled_from(("08:05", "00:05")),
    "not_after": st.sampled_from(("08:20", "23:55")),
    "bicycle": st.just("prefer"),
}
SELECTED = {
    "modes": st.sampled_from(("regional", "high speed", "coach", "metro")),
    "brands": st.sampled_from(BRANDS),
    "trains": st.sampled_from("123456"),
    "lines": st.sampled_from("tugncm"),
    "stations": st.sampled_from("ABCDEF"),
    "board_at": st.sampled_from("ABCDEF"),
    "change_at": st.sampled_from("ABCDEF"),
    "pass_through": st.sampled_from("ABCDEF"),
}


@st.composite
def needs(draw: Any) -> mp.Needs:
    """One to three limits of any kind."""
    values: dict[str, Any] = {}
    for name in draw(st.lists(st.sampled_from(sorted(DEFINED)), max_size=2, unique=True)):
        values[name] = draw(DEFINED[name])
    for way in ("avoid", "only"):
        if draw(st.integers(0, 3)) == 0:
            kind = draw(st.sampled_from(sorted(SELECTED)))
            values[way] = {kind: draw(st.lists(SELECTED[kind], min_size=1, max_size=3))}
    try:
        return mp.Needs(**values)
    except mp.InvalidQuery:
        return mp.Needs(max_transfers=1)


@st.composite
def asked(draw: Any) -> dict[str, Any]:
    one, other = draw(st.permutations("ABCDEF"))[:2]
    date, hour = draw(st.sampled_from(((FIRST, 8), (FIRST, 8), (FIRST, 23), (SECOND, 0))))
    start = pd.Timestamp(f"{date} {hour:02d}:{draw(st.integers(0, 30)):02d}", tz="Europe/Paris")
    span = draw(st.sampled_from((15, 30, 60, 24 * 60)))
    return {
        "origin": one,
        "destination": other,
        "depart": start,
        "arrive": start + pd.Timedelta(minutes=span),
    }


def told(found: mp.JourneySet) -> list[Answer]:
    epoch = found.graph.epoch
    return [
        Answer(epoch + i.arrival, epoch + i.departure, journey.transfers)
        for i, journey in zip(found.itineraries, found, strict=True)
    ]


@examples(150)
@given(cases(most_trips=5), needs(), st.lists(asked(), min_size=3, max_size=3))
def test_queries_under_needs_equal_the_plain_list_of_journeys(
    case: Case, wanted: mp.Needs, questions: list[dict[str, Any]]
) -> None:
    """Earliest arrival, latest departure, profile: masks, minima and resources together."""
    planner, _ = planner_of(case)
    stations = planner.timetable.stations.id
    try:
        under = planner.under(wanted)
    except (mp.UnknownStation, mp.InvalidQuery):
        return  # they name what this timetable does not have
    world = paced(planner, wanted)
    judge = Judge(world, planner.timetable, wanted)
    for question in questions:
        ends = [stations.row(question[side]) for side in ("origin", "destination")]
        if None in ends:
            continue
        origin, destination = ({row: 0} for row in ends)
        start, end = (int(question[name].timestamp()) for name in ("depart", "arrive"))
        try:
            every = every_way(world, origin, destination, start, end)
        except TooMany:
            continue
        every = [way for way in every if judge.allows(way, origin)]
        answers = {Answer(way.arrival, way.departure, way.transfers) for way in every}
        walk = world.on_foot(origin, destination)
        if walk is not None and under.walking_time(*places(under, question)) is None:
            walk = None
        try:
            first = told(planner.earliest_arrival(**question, needs=wanted))
            last = told(planner.latest_departure(**question, needs=wanted))
        except mp.OutsideCalendar:
            continue
        forward = answers | ({Answer(start + walk, start, 0)} if walk is not None else set())
        forward = {a for a in forward if a.arrival <= end}
        backward = answers | ({Answer(end, end - walk, 0)} if walk is not None else set())
        backward = {a for a in backward if a.departure >= start}
        by_arrival = sorted(forward, key=lambda a: (a.arrival, -a.departure, a.transfers))[:1]
        by_departure = sorted(backward, key=lambda a: (-a.departure, a.arrival, a.transfers))[:1]
        assert first == by_arrival, (question, wanted)
        assert last == by_departure, (question, wanted)
        if walk is None:
            profile = told(planner.profile(**question, needs=wanted))
            assert profile == pareto(answers, end), (question, wanted)


def places(planner: mp.Planner, question: dict[str, Any]) -> list[Any]:
    return [planner.place(question[side]) for side in ("origin", "destination")]


def paced(planner: mp.Planner, wanted: mp.Needs) -> World:
    """The twin at the pace of the needs, from the timetable of everybody."""
    timetable, known = planner.timetable, planner.timetable.stations.id
    rows = {known.row(name) for name in wanted.avoid.get("change_at", ())}
    if "change_at" in wanted.only:
        named = {known.row(name) for name in wanted.only["change_at"]}
        rows |= set(range(len(known))) - named
    return PacedWorld(
        timetable,
        timetable.rules.walking_speed_m_s / wanted.pace_m_s if wanted.pace_m_s else 1.0,
        wanted.transfer_time_factor or 1.0,
        wanted.seconds("extra_transfer_time") or 0,
        frozenset(rows),
    )


def pareto(answers: set[Answer], until: int) -> list[Answer]:
    """Those than which none leaves later, arrives sooner and changes less often."""
    found = [a for a in answers if a.departure <= until and a.transfers <= 7]
    best = [
        a
        for a in found
        if not any(
            b != a
            and b.departure >= a.departure
            and b.arrival <= a.arrival
            and b.transfers <= a.transfers
            for b in found
        )
    ]
    return sorted(best, key=lambda a: (a.departure, a.arrival))


@examples(40)
@given(cases(most_trips=5), needs(), asked())
def test_matrices_under_needs_equal_single_questions(
    case: Case, wanted: mp.Needs, question: dict[str, Any]
) -> None:
    planner, _ = planner_of(case)
    stations = planner.timetable.stations.id
    if question["origin"] not in set(stations):
        return
    depart = question["depart"]
    try:
        to_all = planner.one_to_all(question["origin"], depart=depart, needs=wanted)
        matrix = planner.travel_times(depart=depart, needs=wanted)
        single = {
            name: planner.earliest_arrival(question["origin"], name, depart=depart, needs=wanted)
            for name in stations
            if name != question["origin"]
        }
        few = sorted(single)[:2]
        part = planner.travel_times(question["origin"], few, depart=depart, needs=wanted)
    except (mp.UnknownStation, mp.OutsideCalendar, mp.InvalidQuery):
        return  # they name what this timetable does not have
    arrivals = dict(zip(to_all["id"], to_all["arrival"], strict=True))
    mine = matrix[matrix["from_id"] == question["origin"]]
    times = dict(zip(mine["to_id"], mine["travel_time"], strict=True))
    assert [times[name] for name in few] == part["travel_time"].tolist(), wanted
    for name, found in single.items():
        if found:
            assert arrivals[name] == found.best.arrival, (name, wanted)
            assert times[name] == found.best.arrival - depart, (name, wanted)
        else:
            assert pd.isna(arrivals[name]) and pd.isna(times[name]), (name, wanted)


def test_a_limit_on_the_price_is_refused_rather_than_ignored() -> None:
    planner = mp.Planner(mp.sample())
    with pytest.raises(mp.InvalidQuery, match=r"only planner\.plan"):
        planner.earliest_arrival(
            "Rennes", "Lyon", depart="2026-03-24 08:00", needs=mp.Needs(max_price=20)
        )
