"""The cells of a matrix: what the journeys between many places take, cost and emit.

Two ways to choose the journey of a cell: the earliest or shortest one, by a fan from each origin;
or the one of least cost for each of many travellers, by one search for each pair of places.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from mobiplan.analysis.fan import BY_BAGS, Question, When, fan, many, walks, when_of
from mobiplan.analysis.reach import travel_times_of
from mobiplan.analysis.rides import crossings, worth_of
from mobiplan.journeys.itinerary import IN_SEAT, Itinerary, Place
from mobiplan.journeys.itinerary import Question as Asked
from mobiplan.journeys.leg import CITY_CHANGE
from mobiplan.journeys.walks import way_between
from mobiplan.planner.constraints import limited_by
from mobiplan.planner.costing import weights_row
from mobiplan.planner.filling import Ends
from mobiplan.planner.least_cost import best_of_each, query_of
from mobiplan.planner.plans import _asked, _priced, graph_of
from mobiplan.search.ends import Found
from mobiplan.search.everywhere import Window, from_one, soonest_by_minute
from mobiplan.search.features import BEFORE, Wish
from mobiplan.timetable.arrays import Float64, Int64
from mobiplan.timetable.graph import NEVER, TimeExpandedGraph
from mobiplan.traveller.traveller import Traveller

if TYPE_CHECKING:
    from mobiplan.planner.planner import Planner

NEVER_S = np.iinfo(np.int64).min  # numpy's "not a time": there is no journey


class Cells(NamedTuple):
    """What cells hold, of any shape; NEVER_S, -1 and NaN where there is no journey."""

    travel_time: Int64  # s
    transfers: Int64
    price_min: Float64  # euros, NaN unknown
    price_max: Float64  # euros, NaN unknown
    co2_kg: Float64  # NaN unknown
    cost: Float64  # equivalent minutes of a traveller; NaN where nobody weighs

    @classmethod
    def empty(cls, *shape: int) -> Cells:
        """Return cells without journeys."""
        numbers = [np.full(shape, math.nan) for _ in range(4)]
        return cls(np.full(shape, NEVER_S), np.full(shape, -1), *numbers)

    def turned(self) -> Cells:
        """Return rows as columns."""
        columns: Any = (column.T for column in self)
        return Cells(*columns)


class Times(NamedTuple):
    """When, as the caller says it."""

    depart: Any = None
    arrive: Any = None
    date: Any = None
    window: Any = None
    within: Any = None
    days: int = 3

    @property
    def departs(self) -> bool:
        """Whether nothing but a departure was said."""
        return self.depart is not None and self.arrive is self.date is self.window is None

    @property
    def towards(self) -> bool:
        """Whether journeys are told by their arrival alone."""
        return self.arrive is not None and self.depart is None and self.date is None


# ---------------------------------------------------------------------- earliest and shortest


class Fans(NamedTuple):
    """What the rows of a matrix share; a row is a fan, from a place or (by arrival) towards one."""

    planner: Planner
    origins: Ends
    destinations: Ends
    times: Times
    percentiles: tuple[float, ...]
    priced: bool  # whether fares and emissions are asked for


def fan_rows(fans: Fans, rows: Int64) -> tuple[Cells, Int64]:
    """Return the cells (n_rows, n_others) of some fans.

    Also return the travel times at the percentiles (n_percentiles, n_rows, n_others) [s].
    """
    planner, when_asked = fans.planner, fans.times
    towards = when_asked.towards
    here, there = fans.origins, fans.destinations
    if towards:
        here, there = there, here
    graph, when = when_of(planner, **when_asked._asdict(), towards=towards)
    others = many(planner.timetable, there)
    question = Question(planner, graph, when, towards)
    cells = Cells.empty(len(rows), len(there.ids))
    slow = np.full((len(fans.percentiles), *cells.travel_time.shape), NEVER_S)
    longest = _seconds(when_asked.within)
    for k, row in enumerate(rows.tolist()):
        place = here.to_place(row)
        best = fan(question, place, others)
        lasts = travel_times_of(question, best)
        found = (best.arrival < NEVER) & (lasts <= longest)
        cells.travel_time[k, found] = lasts[found]
        cells.transfers[k, found] = best.transfers[found]
        if fans.priced:

            def ends(other: int, place: Place = place) -> tuple[Place, Place]:
                away = there.to_place(other)
                return (away, place) if towards else (place, away)

            by_metro = crossings(graph, best, np.flatnonzero(found), ends)
            worth = worth_of(planner, graph, best.rides, best.ride_ptr, None, by_metro)
            for name, values in worth._asdict().items():
                getattr(cells, name)[k, found] = values[found]
        if fans.percentiles:
            slow[:, k] = _percentiles(question, place, others, longest, fans.percentiles)
    return cells, slow


def _percentiles(
    question: Question, place: Place, others: Any, longest: int, percentiles: Iterable[float]
) -> Int64:
    """Return the travel times that so many in a hundred of the minutes keep to, (p, n) [s]."""
    planner, graph, when = question.planner, question.graph, question.when
    window, n = when.window, len(others.ends.ids)
    instants = np.arange(window.depart, window.until, 60)
    last = min(int(instants[-1]) + longest, graph.complete_until)
    plain = not set(BY_BAGS).intersection(limited_by(planner.needs))
    if plain and not planner.timetable.rules.no_hop_shortcuts:
        group, access, _ = planner.places.boarding_at(place)
        sets_out = Window(window.depart, NEVER, last)
        swept = from_one(graph, group, access, access, sets_out, planner.needs.max_transfers)
        arrival = soonest_by_minute(graph, swept, others.goals, n, sets_out, len(instants))
        lasts = np.where(arrival < NEVER, arrival - instants, NEVER)
        lasts = np.minimum(lasts, walks(planner, place, others.ends)[:, None])
    else:  # limits of whole journeys: minute by minute
        lasts = np.full((n, len(instants)), NEVER)
        for m, instant in enumerate(instants.tolist()):
            alone = When(Window(instant, NEVER, min(instant + longest, last)), False, instant)
            there = fan(question._replace(when=alone), place, others).arrival
            lasts[:, m] = np.where(there < NEVER, there - instant, NEVER)
    lasts = np.sort(np.where(lasts > longest, NEVER, lasts), axis=1)
    ranks = [max(math.ceil(p / 100 * len(instants)) - 1, 0) for p in percentiles]
    chosen = lasts[:, ranks].T
    return np.where(chosen < NEVER, chosen, NEVER_S)


def _seconds(within: Any) -> int:
    from mobiplan import times

    return NEVER - 1 if within is None else times.parse_duration(within, "within")


# ---------------------------------------------------------------------- personal


class Alike(NamedTuple):
    """Travellers whom one search serves: alike in all but their weights."""

    who: Traveller  # one of them
    numbers: list[int]  # of all of them
    weights: Float64  # (n, n_weights) as `weights_row`


class Personals(NamedTuple):
    """What the pairs of a personal matrix share."""

    planner: Planner
    n_travellers: int
    groups: tuple[Alike, ...]
    times: Times
    pairs: tuple[tuple[Place, Place], ...]
    priced: bool  # whether fares and emissions are asked for

    @classmethod
    def of(
        cls,
        planner: Planner,
        travellers: Sequence[Traveller],
        times: Times,
        pairs: Sequence[tuple[Place, Place]],
        *,
        priced: bool,
    ) -> Personals:
        """Group the travellers."""
        groups: dict[Any, list[int]] = {}
        for number, who in enumerate(travellers):
            steps = tuple(who.preferences.short_transfer)
            key = (who.needs, who.passenger, who.price, steps)
            groups.setdefault(key, []).append(number)
        kinds = planner.timetable.kinds
        alike = []
        for numbers in groups.values():
            rows = [weights_row(travellers[k].preferences, kinds) for k in numbers]
            alike.append(Alike(travellers[numbers[0]], numbers, np.array(rows)))
        return cls(planner, len(travellers), tuple(alike), times, tuple(pairs), priced)


def personal_rows(personals: Personals, rows: Int64) -> Cells:
    """Return the cells (n_rows, n_travellers) of some pairs: the best of `Planner.plan` of each."""
    cells = Cells.empty(len(rows), personals.n_travellers)
    for k, row in enumerate(rows.tolist()):
        start, end = personals.pairs[row]
        for group in personals.groups:
            if _one_place(start, end):
                for column in cells:
                    column[k, group.numbers] = 0
            else:
                _fill_pair(cells, k, personals, Asked("plan", start, end, None, None, 0), group)
    return cells


def _fill_pair(cells: Cells, k: int, personals: Personals, pair: Asked, group: Alike) -> None:
    """Fill the cells of one pair for travellers who are alike in all but their weights."""
    who, times = group.who, personals.times
    planner = personals.planner.under(who.needs)
    asked = _asked(planner, times.depart, times.arrive, times.date, times.window, None, None)
    question = dataclasses.replace(
        pair, depart=asked.depart, arrive=asked.arrive, days=times.days, leave_before=asked.until,
        wish=asked.wish,
    )  # fmt: skip
    graph, _ = graph_of(planner, question)
    rows = group.weights
    if not asked.waits:
        rows = rows.copy()
        rows[:, BEFORE] = 0.0
    wish = Wish(*(None if t is None else t - graph.epoch for t in asked.wish))
    features = planner.features(graph, who, question)
    query = query_of(planner, graph, question, features, wish)
    found, _ = best_of_each(planner, query, question, rows)
    itineraries, amounts = _priced(planner, query, question, found)
    if not itineraries:
        return
    costs = amounts @ rows.T
    chosen = _own(found, itineraries, costs)
    lasts = _travel_times(graph, itineraries, question)
    changes = np.array([transfers_of(itinerary) for itinerary in itineraries])
    known = lasts[chosen] <= _seconds(times.within)
    numbers, best = np.array(group.numbers)[known], chosen[known]
    cells.travel_time[k, numbers] = lasts[best]
    cells.transfers[k, numbers] = changes[best]
    cells.cost[k, numbers] = costs[best, np.flatnonzero(known)]
    if personals.priced:
        rides = [_rides(itinerary) for itinerary in itineraries]
        ptr = np.cumsum([0, *map(len, rides)])
        flat = np.array([ride for part in rides for ride in part], dtype=np.int32).reshape(-1, 2)
        ends = question.origin, question.destination
        by_metro = [
            row
            for row, one in enumerate(itineraries)
            if not one.rides
            and way_between(graph, *ends, one.arrival - one.departure)[2].kind == CITY_CHANGE
        ]
        worth = worth_of(planner, graph, flat, ptr, who.passenger, by_metro)
        for name, values in worth._asdict().items():
            getattr(cells, name)[k, numbers] = values[best]


def _own(found: Sequence[Found], itineraries: Sequence[Itinerary], costs: Float64) -> Int64:
    """Return the best itinerary of each traveller (n,); of equal ones that found for oneself."""
    chosen: Int64 = costs.argmin(axis=0)
    if len(found) != len(chosen):
        return chosen
    number = {_rides(itinerary): row for row, itinerary in enumerate(itineraries)}
    for person, one in enumerate(found):
        mine = number.get(tuple(map(tuple, one.rides[:, :2].tolist())))
        if mine is not None and costs[mine, person] <= costs[chosen[person], person] + 1e-9:
            chosen[person] = mine
    return chosen


def _rides(itinerary: Itinerary) -> tuple[tuple[int, int], ...]:
    return tuple((ride.board, ride.alight) for ride in itinerary.rides)


def transfers_of(itinerary: Itinerary) -> int:
    """Count the changes; to stay seated is none."""
    return sum(ride.entry != IN_SEAT for ride in itinerary.rides[1:])


def _one_place(one: Place, other: Place) -> bool:
    plain = one.lat is None and other.lat is None
    return plain and bool(set(one.stations) & set(other.stations))


def _travel_times(
    graph: TimeExpandedGraph, itineraries: Sequence[Itinerary], question: Asked
) -> Int64:
    """Return travel times as matrices count them (n,) [s]: from the asked instant, or alone."""
    begin, end = np.array([(one.departure, one.arrival) for one in itineraries]).T
    if question.depart is None:
        assert question.arrive is not None
        return np.asarray(question.arrive - graph.epoch - begin)
    if question.leave_before is None:
        return np.asarray(end + graph.epoch - question.depart)
    return np.asarray(end - begin)
