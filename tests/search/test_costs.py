"""The sweep for the least cost equals the sweep with bags over one column, for whoever travels."""

from __future__ import annotations

from typing import Any, NamedTuple

import naive
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from random_timetables import FIRST, SECOND, Case, cases, examples, planner_of

import mobiplan as mp
from mobiplan.journeys.itinerary import CHANGE, Question
from mobiplan.planner.costing import night_s
from mobiplan.search import features as kinds
from mobiplan.search.costs import search_costs
from mobiplan.search.earliest import earliest_arrival, latest_departure
from mobiplan.search.ends import Bounds, Found
from mobiplan.search.features import Features, Own, Query, Spread, Wish, amounts_of
from mobiplan.search.network import FAR, ToCome, least_to_come, least_to_come_each
from mobiplan.search.pareto import (
    Column,
    Ended,
    Legs,
    added_up,
    no_limits,
    search_bags,
    time_corridor,
)
from mobiplan.search.terms import Terms, make_terms
from mobiplan.timetable.graph import RUN

CROSSING = 3
SLACKS = (180, 480)


class World(NamedTuple):
    """A planner, and a search on its graph."""

    planner: mp.Planner
    graph: mp.TimeExpandedGraph
    terms: Terms
    question: Question

    @property
    def features(self) -> Features:
        return self.terms.features

    def query(self, bounds: Bounds, wish: Wish = Wish()) -> Query:  # noqa: B008
        places, question = self.planner.places, self.question
        ends = places.ends(question.origin, question.destination)
        on_foot = places.on_foot(question.origin, question.destination)
        return Query(self.graph, ends, bounds, on_foot, self.features, wish)

    def search(
        self,
        bounds: Bounds,
        weights: Any,
        wish: Wish = Wish(),  # noqa: B008
        **options: Any,
    ) -> list[Found | None]:
        query, labels = self.query(bounds, wish), self.planner._labels(self.graph)
        return search_costs(query, labels, self.terms, weights, **options)[0]

    def cost(self, bounds: Bounds, weights: Any, found: Found, wish: Wish = Wish()) -> float:  # noqa: B008
        return float(amounts_of(self.query(bounds, wish), found) @ weights)

    def bags(self, bounds: Bounds, columns: list[Column], *, by_arrival: bool) -> Ended:
        graph, planner, question = self.graph, self.planner, self.question
        ends = planner.places.ends(question.origin, question.destination)
        labels = planner._labels(graph)
        return search_bags(
            graph,
            labels,
            ends,
            bounds,
            columns,
            time_corridor(graph, labels, ends, bounds, narrow=False),
            no_limits(len(planner.timetable.stations.lat)),
            planner.places.on_foot(question.origin, question.destination),
            by_arrival=by_arrival,
            night=self.features.night,
            informed=False,
        )

    def twin(self, bounds: Bounds, weights: Any, transfers: int | None = None) -> float | None:
        """The least cost by bags: one criterion, and limits that they carry."""
        columns = [self.features.column(weights)]
        if transfers is not None:
            columns.append(Column(transfer=1.0, limit=float(transfers), wanted=False))
        last = float(bounds.until - 1 - bounds.depart)
        columns.append(Column(before=1.0, limit=last, wanted=False))
        ended = self.bags(bounds, columns, by_arrival=False)
        return float(ended.amounts[:, 0].min()) if ended.found else None


def random_features(planner: mp.Planner, graph: mp.TimeExpandedGraph, seed: int) -> Features:
    """Fares by leg for some trips, by boarding and hop for others, and criteria of one's own."""
    dice, timetable = np.random.default_rng(seed), planner.timetable
    trips, n_calls = timetable.trips, len(timetable.calls.stop)
    trip = np.repeat(np.arange(len(trips.kind)), np.diff(trips.call_ptr))
    later = trips.call_ptr[trip + 1] - 1 - np.arange(n_calls)

    def by_leg(share: float) -> Any:
        priced = dice.random(len(trips.kind)) < share
        ptr = np.concatenate([[0], np.cumsum(np.where(priced[trip], later, 0))]).astype(np.int32)
        return priced, ptr

    priced, ptr = by_leg(0.5)

    def fares() -> Spread:
        fee = np.where(priced, 0.0, dice.integers(0, 4, len(trips.kind)))
        hop = np.where(priced[trip], 0.0, dice.integers(0, 4, n_calls))
        return Spread(
            ptr, dice.random(ptr[-1]) * 9, fee, np.concatenate([[0.0], np.cumsum(hop)[:-1]])
        )

    own_ptr = by_leg(1.0)[1]
    own = (
        Own(added_up(graph, dice.integers(0, 5, graph.n).astype(np.float64)), None),
        Own(None, Legs(own_ptr, dice.integers(0, 5, own_ptr[-1]).astype(np.float64))),
    )
    chosen = own[: int(dice.integers(0, 3))]
    night = night_s(graph)
    return Features(
        *(fares(), fares(), night, len(timetable.kinds), CROSSING, SLACKS, chosen),
        unsuited=random_suiting(graph, dice) if dice.random() < 0.7 else None,
    )


def random_suiting(graph: mp.TimeExpandedGraph, dice: np.random.Generator) -> Own:
    """Stations that count to board and to alight at, and trains; less for who stays seated."""
    timetable, connections = graph.timetable, graph.connections
    station = dice.choice([0.0, 1.0, 6.0], len(timetable.stations.lat))
    train = dice.choice([0.0, 1.0, 6.0], len(timetable.trips.kind))
    if dice.random() < 0.2:
        station[:] = 0.0
    call = timetable.hops.call[connections.hop]
    stop = timetable.stops.station[timetable.calls.stop]
    ridden = train[connections.run_trip[connections.rows[:, RUN]]]
    left, entered = connections.exception_from, connections.exception_to
    spared = station[stop[call[left] + 1]] + station[stop[call[entered]]]
    spared += np.minimum(ridden[left], ridden[entered])
    along = -station[stop[call]] - ridden, station[stop[call + 1]]
    return Own(along, None, station, spared)


def random_weights(features: Features, seed: int, n: int) -> Any:
    """Travellers who differ in everything; some do not mind some things at all."""
    dice = np.random.default_rng(seed)
    weights = dice.choice([0.0, 0.5, 1.0, 1.7, 4.0], (n, features.n_weights))
    return np.where(dice.random(weights.shape) < 0.5, weights, weights * dice.random(weights.shape))


def world_of(case: Case, question: dict[str, Any], seed: int) -> tuple[World, Bounds] | None:
    planner, _ = planner_of(case)
    try:
        start = planner.place(question["origin"])
        end = planner.place(question["destination"])
        planner.places.refuse_one_place(start, end)
        depart = int(question["depart"].timestamp())
        graph, _ = planner.windows.around(depart, 2, backward=False)
    except (mp.UnknownStation, mp.OutsideCalendar, mp.InvalidQuery):
        return None
    groups = planner.timetable.groups
    if (groups.pair_walk > groups.pair_minimum).any():
        return None  # a rule allows a change that takes longer on foot: waiting would be negative
    asked = Question("plan", start, end, depart, depart + question["span"], 2)
    bounds = planner.bounds_in(graph, asked)
    if question["until"]:
        bounds = bounds._replace(until=bounds.depart + question["until"])
    features = random_features(planner, graph, seed)
    terms = make_terms(graph, features, planner.places.pair_cross)
    return World(planner, graph, terms, asked), bounds


@st.composite
def questions(draw: Any) -> dict[str, Any]:
    one, other = draw(st.permutations("ABCDEF"))[:2]
    date, hour = draw(st.sampled_from(((FIRST, 8), (FIRST, 8), (FIRST, 23), (SECOND, 0))))
    start = pd.Timestamp(f"{date} {hour:02d}:{draw(st.integers(0, 20)):02d}", tz="Europe/Paris")
    return {
        "origin": one,
        "destination": other,
        "depart": start,
        "span": 60 * draw(st.sampled_from((15, 30, 90))),
        "until": 60 * draw(st.sampled_from((0, 0, 10, 20))),
        "transfers": draw(st.sampled_from((None, None, 0, 1, 2))),
    }


seeds = st.integers(0, 10**6)


@examples(150)
@given(cases(), st.lists(questions(), min_size=2, max_size=2), seeds)
def test_the_least_cost_equals_that_of_a_sweep_with_bags(
    case: Case, asked: list[dict[str, Any]], seed: int
) -> None:
    """Fares by leg, night, slack, doors, walks, seats, windows, limited changes; lanes; A*."""
    for question in asked:
        made = world_of(case, question, seed)
        if made is None:
            continue
        world, bounds = made
        weights = random_weights(world.features, seed + 1, 4)
        transfers = question["transfers"]
        ends = world.planner.places.ends(world.question.origin, world.question.destination)
        labels = world.planner._labels(world.graph)
        first, _ = earliest_arrival(world.graph, labels, ends, bounds)
        known = [] if first is None else [first]
        expected = [world.twin(bounds, row, transfers) for row in weights]
        answers = {
            "known": world.search(bounds, weights, transfers=transfers, known=known),
            "wide": world.search(bounds, weights, transfers=transfers, narrow=False),
            "singly": [
                world.search(bounds, row[None], transfers=transfers, known=known)[0]
                for row in weights
            ],
        }
        for name, found in answers.items():
            for row, one, least in zip(weights, found, expected, strict=True):
                assert (one is None) == (least is None), (name, question)
                if one is None or least is None:
                    continue
                assert world.cost(bounds, row, one) == pytest.approx(least, abs=1e-6), name
                assert bounds.depart <= one.departure < bounds.until
                assert one.arrival <= bounds.arrive
                if transfers is not None:
                    assert changes(world, one) <= transfers


def changes(world: World, found: Found) -> int:
    itinerary = world.planner._itinerary(world.graph, world.question, found)
    return sum(ride.entry == CHANGE for ride in itinerary.rides[1:])


@examples(100)
@given(cases(), questions(), seeds)
def test_wished_times_cost_what_they_miss(case: Case, question: dict[str, Any], seed: int) -> None:
    """Of the cheapest journeys for each pair of times, the one that is best with the wish."""
    made = world_of(case, question, seed)
    if made is None:
        return
    world, bounds = made
    features = world.features
    weights = random_weights(features, seed + 1, 1)
    without = weights.copy()
    without[:, [kinds.EARLY, kinds.LATE]] = 0.0
    dice = np.random.default_rng(seed)
    wish = Wish(
        *(
            bounds.depart + 60 * int(dice.integers(0, 40)) if dice.random() < 0.7 else None
            for _ in range(2)
        )
    )
    labels = world.planner._labels(world.graph)
    ends = world.planner.places.ends(world.question.origin, world.question.destination)
    known, _ = latest_departure(world.graph, labels, ends, bounds)
    # The least cost without the wish for each pair of times: early, late, both are good.
    every = world.bags(
        bounds,
        [
            features.column(without[0]),
            Column(before=1.0),
            Column(before=-1.0),
            Column(before=-1.0, riding=-1.0, walking=-1.0, crossing=-1.0, waiting=-1.0),
            Column(before=1.0, limit=float(bounds.until - 1 - bounds.depart), wanted=False),
        ],
        by_arrival=True,
    )
    costs = [world.cost(bounds, weights[0], one, wish) for one in every.found]
    least = min(costs, default=np.inf)
    for narrow in (True, False):
        found = world.search(
            *(bounds, weights),
            wish=wish,
            known=[] if known is None else [known],
            narrow=narrow,
        )[0]
        assert (found is None) == (least == np.inf)
        if found is not None:
            assert world.cost(bounds, weights[0], found, wish) == pytest.approx(least, abs=1e-6)


@examples(100)
@given(cases(), questions(), seeds, st.sampled_from((1.0, 1.25, 100.0)))
def test_what_is_to_come_equals_the_twin_up_to_the_frontier(
    case: Case, question: dict[str, Any], seed: int, beyond: float
) -> None:
    """For one traveller, and in the same order for others: never more, and less only beyond."""
    made = world_of(case, question, seed)
    if made is None or not len(made[0].terms.network.source):
        return
    world, _ = made
    terms, n_rows = world.terms, 3
    network, weights = terms.network, random_weights(world.features, seed + 1, n_rows)
    ends = world.planner.places.ends(world.question.origin, world.question.destination)
    groups = world.planner.timetable.groups
    goals = groups.arrival_station[ends.destination]
    origins = groups.boarding_station[ends.origin]
    lines = (len(network.ptr) - 1, len(network.source), len(network.ptr) - 1)
    order = np.zeros(0, dtype=np.int32)
    for rows in (weights[:1], weights):
        _, tolls, toll, foot = terms.rates(rows, wished=bool(seed % 2))
        at_goals = (ends.egress[:, None] * foot).astype(np.float32)
        to_come = ToCome(*(np.empty((n, len(rows)), dtype=np.float32) for n in lines))
        if toll is None:
            least_to_come_each(*network, tolls, goals, at_goals, order, *to_come)
        else:
            order = least_to_come(
                *(network.ptr, network.source, network.seat_ptr, network.seat_from),
                *(network.change_ptr, network.change_from, *toll, goals, at_goals[:, 0]),
                *(origins, float(FAR), beyond, *(part[:, 0] for part in to_come)),
            )
        for lane in range(len(rows)):
            ends_at: dict[int, float] = {}
            for station, cost in zip(goals.tolist(), at_goals[:, lane].tolist(), strict=True):
                ends_at[station] = min(cost, ends_at.get(station, np.inf))
            twin = naive.least_to_come(network, tolls[:, lane].tolist(), ends_at)
            # Whoever is alone knows all up to the origin; of several, all if all was looked at.
            known = min((twin[0][origin] for origin in origins.tolist()), default=np.inf)
            if len(rows) > 1:
                every = len(set(order.tolist()) - {-1}) == len(network.source)
                known = np.inf if every else -np.inf
            for part, exact in zip(to_come, twin, strict=True):
                for found, least in zip(part[:, lane].tolist(), exact, strict=True):
                    assert found <= least * (1 + 1e-5) + 1e-5
                    if least <= known and least < np.inf:
                        assert found == pytest.approx(least, rel=1e-5, abs=1e-4)
