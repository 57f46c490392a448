"""The plan's best journey is the cheapest of all journeys, whoever travels."""

from __future__ import annotations

import dataclasses
import datetime as dt
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from naive import Judge, TooMany, Way, World, every_way
from random_timetables import FIRST, SECOND, Case, cases, examples, planner_of
from timetables import place, toy, trip

import mobiplan as mp
from mobiplan.planner import plans
from mobiplan.planner.costing import weights_row
from mobiplan.planner.least_cost import CENT, best_of_each
from mobiplan.planner.plans import choose
from mobiplan.search.ends import Found
from mobiplan.timetable.graph import DEPARTURE

PARIS = ZoneInfo("Europe/Paris")


def toll(timetable: mp.Timetable, start: Any, end: Any) -> Any:
    """A fare by leg of the caller's own: no sum over hops."""
    return (5.0 * start + 11.0 * end * end) % 7


SIDES = ("origin", "destination")
TOLL = mp.Criterion("toll", per_leg=toll)


def night_min(start: int, end: int) -> float:
    """Minutes between 23:00 and 5:00."""
    first = dt.datetime.fromtimestamp(start, PARIS).date() - dt.timedelta(days=1)
    total = 0.0
    for day in range((dt.datetime.fromtimestamp(end, PARIS).date() - first).days + 1):
        date = first + dt.timedelta(days=day)
        begin = dt.datetime.combine(date, dt.time(23), PARIS).timestamp()
        until = dt.datetime.combine(date + dt.timedelta(days=1), dt.time(5), PARIS).timestamp()
        total += max(0.0, min(end, until) - max(start, begin)) / 60
    return total


def knowing(planner: mp.Planner, seed: int) -> mp.Planner:
    """The same with random facts of access: unknown, yes and no."""
    dice, timetable = np.random.default_rng(seed), planner.timetable
    stations, trips = timetable.stations, timetable.trips

    def facts(n: int) -> Any:
        return dice.choice([0, 1, 1, 2], n).astype(np.int8)

    n_trips = len(trips.kind)
    return mp.Planner(
        dataclasses.replace(
            timetable,
            stations=stations._replace(wheelchair=facts(len(stations.lat))),
            trips=trips._replace(wheelchair=facts(n_trips), bicycle=facts(n_trips)),
        )
    )


def naive_unsuited(world: World, planner: mp.Planner, needs: mp.Needs, way: Way) -> float:
    """Count boarded and alighted stations and ridden trains by what is known of them."""
    counts = {0: 1.0, 1: 0.0, 2: 6.0}
    stations, trips = planner.timetable.stations, planner.timetable.trips
    aboard = [world.connections[hop] for hop in way.hops]

    def station(row: int) -> float:
        return counts[int(stations.wheelchair[row])] if needs.step_free == "prefer" else 0.0

    def train(row: int) -> float:
        count = counts[int(trips.wheelchair[row])] if needs.step_free == "prefer" else 0.0
        return count + (counts[int(trips.bicycle[row])] if needs.bicycle == "prefer" else 0.0)

    total = station(world.boards(aboard[0]).station) + train(aboard[0].trip)
    for k, (one, other) in enumerate(pairwise(aboard), 1):
        if k in way.changes:
            total += station(world.alights(one).station) + station(world.boards(other).station)
            total += train(other.trip)
        else:  # aboard one vehicle, whatever its number
            total += max(train(other.trip) - train(one.trip), 0.0) * (one.trip != other.trip)
    return total + station(world.alights(aboard[-1]).station)


def by_train_only(
    planner: mp.Planner, world: World, question: dict[str, Any]
) -> tuple[dict[int, int], dict[int, int], int, int] | None:
    """Both ends with the walks there, not before and not after; None where there is a walk."""
    ends = [planner.timetable.stations.id.row(question[side]) for side in SIDES]
    if None in ends:
        return None
    origin, destination = ({row: 0} for row in ends)
    if world.on_foot(origin, destination) is not None:
        return None
    start = int(question["depart"].timestamp()) if "depart" in question else 0
    return origin, destination, start, int(question["arrive"].timestamp())


def naive_cost(
    world: World, planner: mp.Planner, me: mp.Traveller, way: Way, asked: dict[str, Any]
) -> float:
    """Add up what a journey costs, from its definition and the calls it makes."""
    every, timetable = world.connections, planner.timetable
    weights, prefer = me.weights, me.preferences
    aboard = [every[hop] for hop in way.hops]
    cost = weights["walking"] * way.walking / 60
    cost += weights["unsuited"] * naive_unsuited(world, planner, me.needs, way)
    wished = {"wish_depart": way.departure, "wish_arrive": way.arrival}
    if "wish_arrive" not in asked and "depart" not in asked:
        asked = asked | {"wish_arrive": asked["arrive"]}
    if "depart" in asked and not {"window", "wish_depart"} & asked.keys():
        before = way.departure - int(asked["depart"].timestamp())
        cost += weights["before_departure"] * before / 60
    for name in wished.keys() & asked.keys():
        late = (wished[name] - int(asked[name].timestamp())) / 60
        cost += weights["late"] * max(late, 0) + weights["early"] * max(-late, 0)
    legs, first = [], 0
    for k, (one, other) in enumerate(pairwise(aboard), 1):
        new_leg = k in way.changes or (one.trip, one.day) != (other.trip, other.day)
        if new_leg:
            legs.append((first, k - 1))
            first = k
        if k not in way.changes:  # stands still in a train
            kind = timetable.kinds[timetable.trips.kind[other.trip]]
            cost += prefer.riding(kind) * (other.departure - one.arrival) / 60
            cost += weights["night"] * night_min(one.arrival, other.departure)
    legs.append((first, len(aboard) - 1))
    for c in aboard:
        kind = timetable.kinds[timetable.trips.kind[c.trip]]
        cost += prefer.riding(kind) * (c.arrival - c.departure) / 60
        cost += weights["night"] * night_min(c.departure, c.arrival)
    fares, co2 = planner.attributes.fares(me.passenger), planner.attributes.emissions
    for a, b in legs:
        calls = timetable.trips.call_ptr[aboard[a].trip] + np.array(
            [aboard[a].index, aboard[b].index + 1]
        )
        cost += weights["euros"] * known(fares.leg(*calls.tolist()), 0.19)
        cost += weights["co2"] * known(co2.leg(*calls.tolist()), 0.2)
        cost += weights.get("toll", 0.0) * float(toll(timetable, calls[:1], calls[1:])[0])
    for k, (start, end) in zip(way.changes, way.waits, strict=True):
        one, other = aboard[k - 1], aboard[k]
        cost += weights["transfers"] + weights["waiting"] * (end - start) / 60
        cost += weights["night"] * night_min(start, end)
        needs = world.needs_in_general(world.alights(one), world.boards(other))
        if needs is None or other.departure < one.arrival + needs:
            continue  # a privilege of the two trips, which wait for each other
        spare = (other.departure - one.arrival - needs) / 60
        cost += sum(w for minutes, w in prefer.short_transfer.items() if spare < minutes)
    if way.departure != aboard[0].departure:  # walked there: doors close early
        cost += weights["waiting"] * world.closing(world.boards(aboard[0])) / 60
    return cost


def known(amount: mp.Amount, _: float) -> float:
    assert amount.is_known
    return amount.middle


@st.composite
def travellers(draw: Any) -> mp.Traveller:
    weight = st.sampled_from((0.0, 0.5, 1.0, 2.0, 5.0))
    return mp.Traveller(
        before_departure=draw(st.sampled_from((0.2, 0.5, 1.0))),
        early=draw(st.sampled_from((0.2, 0.6))),
        late=draw(st.sampled_from((0.5, 2.0))),
        waiting=draw(st.sampled_from((1.0, 1.5, 3.0))),
        walking=draw(st.sampled_from((1.0, 2.0))),
        transfers=draw(weight),
        euros=draw(weight),
        co2=draw(weight),
        night=draw(weight),
        riding={"coach": draw(st.sampled_from((1.0, 1.5))), "high speed": 0.9},
        short_transfer={"3 min": draw(weight), "8 min": draw(weight)},
        own={"toll": draw(weight)},
        unsuited=draw(weight),
        step_free=draw(st.sampled_from(("prefer", "ignore"))),
        bicycle=draw(st.sampled_from(("ignore", "prefer"))),
    )


seeds = st.integers(0, 10**6)


@st.composite
def questions(draw: Any) -> dict[str, Any]:
    one, other = draw(st.permutations("ABCD"))[:2]
    date, hour = draw(st.sampled_from(((FIRST, 8), (FIRST, 8), (FIRST, 23), (SECOND, 0))))
    start = pd.Timestamp(f"{date} {hour:02d}:{draw(st.integers(0, 30)):02d}", tz="Europe/Paris")
    end = start + pd.Timedelta(minutes=draw(st.sampled_from((15, 30, 60))))
    when = draw(st.sampled_from(({"depart": start, "arrive": end}, {"arrive": end})))
    return {"origin": one, "destination": other, **when}


@examples(100)
@given(cases(most_trips=5), travellers(), st.lists(questions(), min_size=3, max_size=3), seeds)
def test_the_best_plan_is_the_cheapest_of_all_journeys(
    case: Case, me: mp.Traveller, asked: list[dict[str, Any]], seed: int
) -> None:
    """Weights, fares by hop and by leg, access, night, slack, doors; forward and backward."""
    planner, world = planner_of(case)
    planner = knowing(planner, seed)
    unpriced = {"Metro", "Bus", "Navette"}  # brands without a fare, or with fares unknown
    if unpriced & set(planner.timetable.brands):
        return
    for question in asked:
        where_and_when = by_train_only(planner, world, question)
        if where_and_when is None:
            continue
        origin, destination, start, end = where_and_when
        try:
            found = planner.plan(**question, traveller=me, criteria=[TOLL], draws=3)
            every = every_way(world, origin, destination, start, end)
        except (TooMany, mp.OutsideCalendar):
            continue
        costs = [naive_cost(world, planner, me, way, question) for way in every]
        assert bool(found) == bool(costs), question
        if costs:
            assert found.best.cost == pytest.approx(min(costs), abs=1e-6), question
            told = [journey.cost for journey in found]
            assert told == sorted(told)
            for journey in found:
                parts = journey.why().contributions
                assert sum(part.contribution for part in parts) == pytest.approx(
                    journey.cost, abs=1e-9
                )


def two_trains() -> mp.Planner:
    return toy(
        trip("Paris 08:00", "Lyon 10:00", number="1", brand="TGV INOUI"),
        trip("Paris 08:10", "Dijon 10:00", number="2"),
        trip("Dijon 10:20", "Lyon 12:20", number="3"),
    ).planner()


def test_the_cheap_slow_way_is_taken_by_whom_time_costs_little() -> None:
    planner = two_trains()
    asked = {"origin": "Paris", "destination": "Lyon", "depart": "2026-06-02 07:50"}
    fares = {"fast": 90.0, "slow": 20.0}
    dear = mp.Criterion(
        "ticket",
        per_leg=lambda timetable, start, end: np.where(
            timetable.trips.call_ptr[1] > start, fares["fast"], fares["slow"]
        ),
    )
    free = mp.Traveller(euros=0)
    hasty = free.replace(own={"ticket": 60 / 120})
    thrifty = free.replace(own={"ticket": 60 / 10})
    numbers = [
        [leg.train_number for leg in planner.plan(**asked, traveller=me, criteria=[dear]).best.legs]
        for me in (hasty, thrifty)
    ]
    assert numbers == [["1"], ["2", "3"]]


def test_with_all_weight_on_time_the_plan_is_the_earliest_arrival() -> None:
    planner = mp.Planner(mp.sample())
    hurried = mp.Traveller.from_weights({"before_departure": 1, "waiting": 1, "walking": 1})
    for origin, destination in (("Rennes", "Lyon"), ("Brest", "Nice"), ("Lille", "Bordeaux")):
        asked = {"origin": origin, "destination": destination, "depart": "2026-03-24 08:00"}
        plan = planner.plan(**asked, traveller=hurried, draws=0)
        assert plan.best.arrival == planner.earliest_arrival(**asked).best.arrival


def test_contributions_add_up_to_the_cost() -> None:
    planner = mp.Planner(mp.sample(), data=mp.sample_data())
    for preset in ("standard", "budget", "climate", "family"):
        found = planner.plan("Rennes", "Nice", depart="2026-03-24 08:00", traveller=preset)
        for journey in found:
            parts = journey.personal.contributions(0).values()
            assert sum(c for _, _, c in parts) == pytest.approx(journey.cost, abs=1e-9)
            minutes = sum(
                amount
                for name, (amount, _, _) in journey.personal.contributions(0).items()
                if name.startswith("riding") or name in ("waiting", "walking")
            )
            assert minutes * 60 == pytest.approx(journey.duration.total_seconds(), abs=1e-6)


def test_the_set_serves_more_with_each_journey() -> None:
    costs = np.array([[10.0, 10, 30, 30], [20, 25, 5, 30], [21, 26, 6, 4], [22, 26, 5.5, 30]])
    assert choose(costs, "abcd", 1) == ([0], pytest.approx(1 / 3))
    assert choose(costs, "abcd", 2)[0] == [0, 1]
    assert choose(costs, "abcd", 3) == ([0, 1, 2], 1.0)


def test_where_one_changes_is_a_choice_only_if_it_matters_to_many() -> None:
    """By the trains a, b, a: the third journey is best for 1 of 40 draws, then for 2 of them."""
    for n, shown in ((1, [0, 1]), (2, [0, 1, 2])):
        costs = np.full((3, 41), 20.0)
        costs[0, :20], costs[1, 20 : 41 - n], costs[2, 41 - n :] = 10, 10, 10
        costs[1:, 0] = 15, 18
        assert choose(costs, "abc", 3)[0] == [0, 1, 2]
        assert choose(costs, "aba", 3) == (shown, pytest.approx(1.0 if n == 2 else 39 / 40))


def test_who_stays_aboard_is_not_told_to_get_off_where_the_train_stops_long() -> None:
    """To some draws waiting is less of a burden than riding; the traveller is none of them."""
    planner = toy(trip("A 08:00", "B 12:00/13:00", "C 17:00", number="3")).planner()
    asked = {"origin": "A", "destination": "C", "depart": "2026-06-02 08:00"}
    alone, among = (
        planner.plan(**asked, traveller=mp.Traveller(waiting=1.05, transfers="0 min"), draws=draws)
        for draws in (0, 64)
    )
    assert alone.best.transfers == among.best.transfers == 0
    assert among.best.cost == alone.best.cost


def test_limits_of_labels_take_all_draws() -> None:
    planner = two_trains()
    needs = mp.Needs(max_wait="3 h")
    asked = {"origin": "Paris", "destination": "Lyon", "depart": "2026-06-02 07:50"}
    assert planner.plan(**asked, needs=needs).personal.n_draws == 64
    assert planner.plan(**asked).personal.n_draws == 64


def test_an_empty_plan_says_why() -> None:
    planner = two_trains()
    found = planner.plan(
        *("Paris", "Lyon"),
        depart="2026-06-02 09:00",
        traveller=mp.Traveller(max_transfers=0),
    )
    assert len(found) == 0
    assert found.diagnosis
    assert found.coverage is None


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({}, "when"),
        ({"depart": "2026-06-02 08:00", "traveller": 3}, "traveller=3"),
        ({"depart": "2026-06-02 08:00", "traveller": "superman"}, "superman"),
        ({"depart": "2026-06-02 08:00", "draws": -1}, "draws=-1"),
        ({"depart": "2026-06-02 08:00", "most": 0}, "most=0"),
    ],
)
def test_malformed_plans_are_refused_in_words(options: dict[str, Any], words: str) -> None:
    with pytest.raises(mp.InvalidQuery, match=words):
        two_trains().plan("Paris", "Lyon", **options)


@examples(40)
@given(cases(most_trips=5), travellers(), questions(), st.floats(0.0, 60.0), seeds)
def test_a_limit_on_the_price_leaves_the_cheapest_of_those_that_keep_to_it(
    case: Case, me: mp.Traveller, question: dict[str, Any], most: float, seed: int
) -> None:
    planner, world = planner_of(case)
    planner = knowing(planner, seed)
    if {"Metro", "Bus", "Navette"} & set(planner.timetable.brands):
        return
    where_and_when = by_train_only(planner, world, question)
    if where_and_when is None:
        return
    origin, destination, start, end = where_and_when
    limit = mp.Needs(max_price=round(most, 1))
    try:
        found = planner.plan(**question, traveller=me, criteria=[TOLL], needs=limit, draws=0)
        every = every_way(world, origin, destination, start, end)
    except (TooMany, mp.OutsideCalendar):
        return
    only_euros = {name: 0.0 for name in me.weights} | {"euros": 1.0}
    price = mp.Traveller.from_weights(only_euros)
    kept = [
        way for way in every if naive_cost(world, planner, price, way, question) <= limit.max_price
    ]
    assert bool(found) == bool(kept)
    if kept:
        costs = [naive_cost(world, planner, me, way, question) for way in kept]
        assert found.best.cost == pytest.approx(min(costs), abs=1e-6)
    elif every:
        assert "the cheapest costs" in str(found.diagnosis)


@examples(60)
@given(
    cases(most_trips=5),
    travellers(),
    questions(),
    st.sampled_from(({"max_transfers": 0}, {"max_transfers": 1}, {"max_duration": "12 min"})),
    seeds,
)
def test_under_a_limit_the_plan_is_the_cheapest_of_those_that_keep_to_it(
    case: Case, me: mp.Traveller, question: dict[str, Any], limit: dict[str, Any], seed: int
) -> None:
    """By layers of changes, and by bags."""
    planner, world = planner_of(case)
    planner = knowing(planner, seed)
    if {"Metro", "Bus", "Navette"} & set(planner.timetable.brands):
        return
    where_and_when = by_train_only(planner, world, question)
    if where_and_when is None:
        return
    origin, destination, start, end = where_and_when
    needs = mp.Needs(**limit)
    try:
        found = planner.plan(**question, traveller=me, criteria=[TOLL], needs=needs, draws=2)
        every = every_way(world, origin, destination, start, end)
    except (TooMany, mp.OutsideCalendar):
        return
    longest_s = needs.seconds("max_duration") or 10**9
    changes = 10**9 if needs.max_transfers is None else needs.max_transfers
    kept = [
        way
        for way in every
        if way.arrival - way.departure <= longest_s and way.transfers <= changes
    ]
    assert bool(found) == bool(kept)
    if kept:
        costs = [naive_cost(world, planner, me, way, question) for way in kept]
        assert found.best.cost == pytest.approx(min(costs), abs=1e-6)


MINUTES = st.sampled_from(("0 min", "1 min", "3 min", "6 min", "15 min"))
LIMITS = {
    "max_transfers": st.integers(0, 2),
    "max_walking": MINUTES,
    "max_wait": MINUTES,
    "max_night_wait": MINUTES,
    "max_duration": st.sampled_from(("3 min", "10 min", "20 min", "60 min")),
    "max_price": st.sampled_from((2.0, 5.0, 10.0, 20.0)),
    "via": st.lists(
        st.one_of(st.sampled_from("ABCDEF"), st.tuples(st.sampled_from("ABCDEF"), MINUTES)),
        min_size=1,
        max_size=2,
    ),
}


@st.composite
def limits(draw: Any) -> mp.Needs:
    """One to three limits on whole journeys."""
    names = draw(st.lists(st.sampled_from(sorted(LIMITS)), min_size=1, max_size=3, unique=True))
    try:
        return mp.Needs(**{name: draw(LIMITS[name]) for name in names})
    except mp.InvalidQuery:
        return mp.Needs(max_wait="3 min")


@st.composite
def wishes(draw: Any) -> dict[str, Any]:
    """A question with a window, wished times, both or neither."""
    question = draw(questions())
    end = question["arrive"]
    if "depart" in question and draw(st.booleans()):
        question["window"] = draw(st.sampled_from(("5 min", "20 min")))
    for name in draw(st.sampled_from(((), ("wish_depart",), ("wish_arrive",)))):
        question[name] = end - pd.Timedelta(minutes=draw(st.sampled_from((0, 5, 10, 25))))
    return question


@examples(100)
@given(
    cases(most_trips=5),
    st.lists(travellers(), min_size=4, max_size=4),
    limits(),
    st.lists(wishes(), min_size=3, max_size=3),
)
def test_under_limits_every_draw_has_the_cheapest_of_all_that_keep_to_them(
    case: Case, people: list[mp.Traveller], needs: mp.Needs, asked: list[dict[str, Any]]
) -> None:
    """Any limit of labels, any wished time, any weights: nothing is refused, nothing left out."""
    planner, world = planner_of(case)
    if {"Metro", "Bus", "Navette"} & set(planner.timetable.brands):
        return
    judge = Judge(world, planner.timetable, needs)
    try:
        planner.under(needs.replace(max_price=None))
    except mp.UnknownStation:
        return
    kinds, short = planner.timetable.kinds, {"3 min": 1.0, "8 min": 2.0}
    people = [one.replace(short_transfer=short) for one in people]
    rows = np.array([weights_row(one.preferences, kinds, ["toll"]) for one in people])
    for question in asked:
        where_and_when = by_train_only(planner, world, question)
        if where_and_when is None:
            continue
        origin, destination, start, end = where_and_when
        least: list[Any] = []

        def spied(*args: Any, found_of_each: list[Any] = least, **options: Any) -> Any:
            found, looked_at = best_of_each(*args, **options)
            found_of_each[:] = found
            return found, looked_at

        try:
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(plans, "around", lambda _, n: rows[1:])
                patch.setattr(plans, "best_of_each", spied)
                found = planner.plan(
                    **question, traveller=people[0], criteria=[TOLL], needs=needs, draws=3
                )
            every = every_way(world, origin, destination, start, end)
        except (TooMany, mp.OutsideCalendar):
            continue
        if "window" in question:
            until = start + 60 * int(question["window"].split()[0])
            every = [way for way in every if way.departure < until]
        every = [way for way in every if judge.allows(way, origin)]
        if needs.max_price is not None:
            only_euros = {name: 0.0 for name in people[0].weights} | {"euros": 1.0}
            price = mp.Traveller.from_weights(only_euros)
            dear = [naive_cost(world, planner, price, way, question) for way in every]
            most = needs.max_price + CENT
            every = [way for way, euros in zip(every, dear, strict=True) if euros <= most]
        assert bool(found) == bool(every), (question, needs)
        assert len(least) == (len(people) if every else 0), (question, needs)
        if every:
            costs = [naive_cost(world, planner, people[0], way, question) for way in every]
            assert found.best.cost == pytest.approx(min(costs), abs=1e-6), (question, needs)
        for one, me in zip(least, people, strict=False):
            costs = [naive_cost(world, planner, me, way, question) for way in every]
            mine = [same_journey(found.graph, one, way, world) for way in every]
            assert min(np.array(costs)[mine]) == pytest.approx(min(costs), abs=1e-6), question


def same_journey(graph: Any, one: Found, way: Way, world: World) -> bool:
    """Whether a way rides the connections that a search has found."""
    connections, trips = graph.connections, graph.timetable.hops.trip

    def at(hop: int) -> tuple[int, int]:
        connection = world.connections[hop]
        return connection.trip, connection.departure - graph.epoch

    every = [at(hop) for hop in way.hops]
    ridden = []
    for board, alight, _ in one.rides.tolist():
        first, last = connections.slot[[board, alight]].tolist()
        positions = connections.position[first : last + 1]
        departures = connections.rows[positions, DEPARTURE].tolist()
        ridden += zip(trips[connections.hop[positions]].tolist(), departures, strict=True)
    return ridden == every


def test_a_window_bounds_the_departure_and_a_wish_moves_it() -> None:
    planner = toy(
        *(
            trip(f"A {hour:02d}:00", f"B {hour + 1:02d}:00", number=str(hour))
            for hour in range(6, 20)
        )
    ).planner()
    asked = {"origin": "A", "destination": "B", "traveller": mp.Traveller(euros=0), "draws": 0}
    window = planner.plan(**asked, depart="2026-06-02 07:30", window="3 h").best
    assert 8 <= window.departure.hour <= 10
    day = planner.plan(**asked, date="2026-06-02", wish_depart="2026-06-02 11:50").best
    assert day.departure.hour == 12
    there = planner.plan(**asked, date="2026-06-02", wish_arrive="2026-06-02 16:20").best
    assert there.arrival.hour == 16
    by_then = planner.plan(**asked, arrive="2026-06-02 16:20").best
    assert by_then.arrival.hour == 16


def test_a_table_of_questions_equals_single_plans() -> None:
    planner = mp.Planner(mp.sample(), data=mp.sample_data())
    asked = pd.DataFrame(
        {
            "origin": ["Rennes", "Lille", "Brest", "Rennes"],
            "destination": ["Lyon", "Nice", "Grenoble", "Lyon"],
            "depart": ["2026-03-24 08:00", "2026-03-24 06:30", None, "2026-03-24 08:00"],
            "needs": [None, None, None, mp.Needs(max_transfers=0, max_duration="1 h")],
        },
        index=["a", "b", "c", "d"],
    )
    table = planner.plan_many(asked, traveller="budget", depart="2026-03-24 10:00", progress=False)
    assert table.index.tolist() == ["a", "b", "c", "d"]
    for label, row in asked.iterrows():
        single = planner.plan(
            row["origin"],
            row["destination"],
            depart=row["depart"] if isinstance(row["depart"], str) else "2026-03-24 10:00",
            needs=row["needs"] if isinstance(row["needs"], mp.Needs) else None,
            traveller="budget",
            draws=0,
        )
        told = table.loc[label]
        if not single:
            assert told["status"] == str(single.diagnosis)
            assert pd.isna(told["departure"]) and pd.isna(told["cost"])
            continue
        assert told["status"] == "ok"
        assert told["cost"] == single.best.cost
        assert told["arrival"] == single.best.arrival
        assert told["travel_time"] == single.best.duration
        assert told["transfers"] == single.best.transfers
    assert table["status"].tolist().count("ok") == 3


@pytest.mark.parametrize(
    ("changes", "error", "words"),
    [
        ({"origin": ["Lyon", "Atlantis"]}, mp.UnknownStation, "row 1, column 'origin'"),
        ({"destination": ["Lyon", None]}, mp.InvalidQuery, "row 1, column 'destination': empty"),
        ({"depart": ["2026-03-24 08:00", "soon"]}, mp.InvalidQuery, "row 1, column 'depart'"),
        ({"hour": [1, 2]}, mp.InvalidQuery, "column 'hour'"),
    ],
)
def test_a_bad_row_is_named(changes: dict[str, Any], error: type[Exception], words: str) -> None:
    planner = mp.Planner(mp.sample())
    asked = pd.DataFrame(
        {
            "origin": ["Rennes", "Rennes"],
            "destination": ["Lyon", "Lyon"],
            "depart": ["2026-03-24 08:00", "2026-03-24 08:00"],
        }
        | changes
    )
    asked.loc[0, "origin"] = "Rennes"
    with pytest.raises(error, match=words):
        planner.plan_many(asked, progress=False, threads=1)


def test_who_rides_through_a_station_with_steps_pays_nothing_there() -> None:
    """The train that arrives first is not known to suit; the other one is, and its ends are."""
    planner = toy(
        trip("A 08:00", "X 08:10", "B 08:30", number="1", wheelchair=1),
        trip("A 08:00", "B 08:25", number="2"),
        place("A", wheelchair=1),
        place("X", wheelchair=2),
        place("B", wheelchair=1),
    ).planner()
    asked = {"origin": "A", "destination": "B", "depart": "2026-06-02 08:00", "draws": 0}
    me = mp.Traveller(euros=0)
    assert planner.plan(**asked, traveller=me).best.legs[0].train_number == "2"
    best = planner.plan(**asked, traveller=me, needs=mp.Needs(step_free="prefer")).best
    assert best.legs[0].train_number == "1"
    assert best.cost == pytest.approx(30.0)


@st.composite
def parallel_trains(draw: Any) -> mp.Planner:
    """Trains one way by the same stations, most of which one had better only ride through.

    Some take another number on the way, and keep their passengers.
    """
    known, bad = st.sampled_from(("", 1, 1)), st.sampled_from((1, 2, 2))
    items: list[Any] = [trip("A 07:00", "E 07:20", number="0")]
    for number in range(1, 7):
        now, calls = 8 * 60 + draw(st.integers(0, 20)), []
        for name in ["A", *(name for name in "BCD" if draw(st.booleans())), "E"]:
            calls.append(f"{name} {now // 60:02d}:{now % 60:02d}")
            now += draw(st.integers(2, 15))
        first, last = draw(st.sampled_from(((0, 9), (0, 9), (0, -1), (1, 9))))
        calls = calls[first:last]
        parted = draw(st.integers(1, len(calls))) if len(calls) > 2 and draw(st.booleans()) else 9
        for n, part in enumerate((calls[: parted + 1], calls[parted:])):
            if len(part) > 1:
                facts = {"wheelchair": draw(known), "bicycle": draw(known)}
                items.append(trip(*part, number=f"{number}{n}", block=f"v{number}", **facts))
    items += [place(name, wheelchair=draw(bad if name in "BCD" else known)) for name in "ABCDE"]
    return toy(*items).planner()


@examples(100)
@given(
    parallel_trains(),
    st.lists(st.sampled_from((1.0, 3.0, 10.0)), min_size=2, max_size=2),
    st.sampled_from((("prefer", "ignore"), ("prefer", "prefer"), ("ignore", "prefer"))),
    st.sampled_from(({}, {"max_transfers": 1}, {"max_wait": "2 h"}, {"max_walking": "1 h"})),
)
def test_among_many_trains_those_that_suit_are_preferred_exactly(
    planner: mp.Planner, weights: list[float], policies: tuple[str, str], limit: dict[str, Any]
) -> None:
    """The bound ahead of the search does not rule out who rides on through whatever station."""
    transfers, unsuited = weights
    step_free, bicycle = policies
    me = mp.Traveller.from_weights(
        {"before_departure": 1, "waiting": 1, "walking": 1, "transfers": transfers}
        | {"unsuited": unsuited},
        needs=mp.Needs(step_free=step_free, bicycle=bicycle, **limit),
    )
    world = World(planner.timetable)
    start = pd.Timestamp("2026-06-02 08:00", tz="Europe/Paris")
    asked = {"origin": "A", "destination": "E", "depart": start}
    stations = planner.timetable.stations.id
    ends = [{stations.row(asked[side]): 0} for side in SIDES]
    end = int(start.timestamp()) + 7200
    every = [
        way
        for way in every_way(world, *ends, int(start.timestamp()), end)
        if way.transfers <= limit.get("max_transfers", 9)
    ]
    costs = [naive_cost(world, planner, me, way, asked) for way in every]
    found = planner.plan(**asked, traveller=me, draws=4)
    assert bool(found) == bool(costs)
    if costs:
        assert found.best.cost == pytest.approx(min(costs), abs=1e-6)


@examples(60)
@given(parallel_trains(), st.sampled_from(("step_free", "bicycle")), st.sampled_from((0, 1, 3)))
def test_what_may_be_required_is_what_has_nothing_that_is_not_known_to_suit(
    planner: mp.Planner, policy: str, most: int
) -> None:
    """Who would pay any price for it finds a journey of none if, and only if, one is required."""
    asked = {"origin": "A", "destination": "E", "depart": "2026-06-02 08:00", "draws": 0}
    me = mp.Traveller(unsuited=10_000, euros=0, max_transfers=most)
    required = planner.plan(**asked, traveller=me.replace(**{policy: "require"}))
    preferred = planner.plan(**asked, traveller=me.replace(**{policy: "prefer"}))
    suits = bool(preferred) and preferred.features()["unsuited"][0] == 0
    assert bool(required) == suits
    if suits:
        assert required.best.cost == pytest.approx(preferred.best.cost, abs=1e-6)
