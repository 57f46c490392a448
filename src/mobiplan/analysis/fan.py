"""A fan: the best journeys between one place and many, by one sweep over the timetable.

Every journey is the one that a single question would find: with one departure time the earliest
arrival (then the latest departure, then the fewest changes), with one arrival time the latest
departure, and in a window or on a day the shortest journey that leaves in it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from mobiplan import times
from mobiplan.errors import InvalidQuery
from mobiplan.journeys.itinerary import Place
from mobiplan.planner.constraints import limited_by
from mobiplan.planner.filling import Ends, destinations_of, origins_of
from mobiplan.planner.matrices import every_station
from mobiplan.planner.profiles import window_of
from mobiplan.search.ends import Found
from mobiplan.search.everywhere import (
    Best,
    Doors,
    Window,
    best_arrivals,
    best_departures,
    from_one,
    to_one,
)
from mobiplan.search.shortcuts import hop_shortcut
from mobiplan.timetable.arrays import Int32, Int64
from mobiplan.timetable.distance import distance_m
from mobiplan.timetable.footpaths import BY_TABLE
from mobiplan.timetable.graph import NEVER, TimeExpandedGraph

if TYPE_CHECKING:
    from mobiplan.planner.planner import Planner
    from mobiplan.search.pareto import Column
    from mobiplan.search.reach import Destinations
    from mobiplan.timetable.timetable import Timetable

#: Needs that a label has to carry; the number of changes is a layer of the plain sweep.
BY_BAGS = ("max_walking", "max_wait", "max_night_wait", "max_duration", "via")


class When(NamedTuple):
    """When the journeys of a fan may be under way, in seconds since the graph's epoch."""

    window: Window
    shortest: bool  # the shortest of the window; else the best of one instant
    instant: int  # travel times count from then (towards a place: until then), unless `shortest`
    longest: int = NEVER  # s: journeys that take longer need not be found


class Many(NamedTuple):
    """The places at the broad end of a fan, as the sweeps take them."""

    ends: Ends
    goals: Doors  # by arrival group
    begins: Doors  # by boarding group
    across: Int32  # (k,) of the way from a goal's group, s by a city's metro or bus


def when_of(
    planner: Planner,
    *,
    depart: times.TimeLike | None,
    arrive: times.TimeLike | None,
    date: times.DateLike | None,
    window: times.DurationLike | None,
    within: times.DurationLike | None,
    towards: bool,
    days: int,
) -> tuple[TimeExpandedGraph, When]:
    """Return the graph that a question needs, and its times in it.

    Raises
    ------
    InvalidQuery, OutsideCalendar
    """
    if not isinstance(days, int) or days < 1:
        raise InvalidQuery(f"days={days!r}: a whole number of service days, at least 1")
    longest = None if within is None else times.parse_duration(within, "within")
    first = planner.timetable.dates[0]
    if towards and depart is None and date is None:
        if arrive is None or window is not None:
            raise InvalidQuery(
                f"when? give arrive='{first} 18:00', or date='{first}' for the shortest journeys "
                "of a day"
            )
        tz = times.zone(planner.timetable.timezones[0])
        instant = times.parse_time(arrive, tz, "arrive")
        graph, _ = planner.windows.around(instant, days, backward=True)
        last = instant - graph.epoch
        begin = 0 if longest is None else max(last - longest, 0)
        return graph, When(Window(begin, NEVER, min(last, graph.complete_until)), False, last)
    if towards and date is None and window is None:
        raise InvalidQuery(
            "towards a place one asks by arrive=, or for a day (date=) or a window (depart= with "
            "window=); for journeys from a place leave towards=True out"
        )
    begins, until, latest = window_of(planner, depart, arrive, date, window, needed=False)
    shortest = date is not None or window is not None
    last_start = begins if until is None or not shortest else until - 1
    graph, _ = planner.windows.around(begins, days, backward=False)
    begin = max(begins - graph.epoch, 0)
    end = graph.complete_until
    if longest is not None:
        end = min(end, last_start - graph.epoch + longest)
    if latest is not None:
        end = min(end, latest - graph.epoch)
    leaves_before = until - graph.epoch if shortest and until is not None else NEVER
    window_of_graph = Window(begin, leaves_before, end)
    return graph, When(window_of_graph, shortest, begin, NEVER if longest is None else longest)


def many(timetable: Timetable, ends: Ends | None = None) -> Many:
    """Lay places out for a fan; all stations by default."""
    if ends is None:
        every = every_station(timetable)
        ends, goals = every.ends, every.goals
    else:
        goals = destinations_of(timetable, ends)
    walk = goals.packed[1::2].copy()
    origins = origins_of(timetable, ends)
    order = np.argsort(origins.group, kind="stable")
    group, needed = origins.group[order], origins.access[order]
    n_groups = len(timetable.groups.boarding_stop)
    on_foot = needed > timetable.groups.closing[group]
    return Many(
        ends,
        Doors(goals.ptr, goals.packed[::2].copy(), walk, walk),
        Doors(
            np.searchsorted(group, np.arange(n_groups + 2)).astype(np.int32),
            origins.origin[order],
            needed,
            np.where(on_foot, needed, 0).astype(np.int32),
        ),
        _across(timetable, ends, goals),
    )


def _across(timetable: Timetable, ends: Ends, goals: Destinations) -> Int32:
    """Return which part of the ways to goals is not on foot: the table of city changes says it."""
    paths = timetable.footpaths
    by_table = paths.origin == BY_TABLE
    ways: dict[int, list[tuple[int, int]]] = {}
    columns = (paths.from_station, paths.to_station, paths.duration)
    for one, other, seconds in zip(*(c[by_table].tolist() for c in columns), strict=True):
        ways.setdefault(one, []).append((other, seconds))
    near = np.flatnonzero(ends.own & np.isin(ends.station, list(ways)))
    crossing: dict[tuple[int, int, int], int] = {}
    for place, station, walk in zip(
        ends.place[near].tolist(), ends.station[near].tolist(), ends.walk[near].tolist(),
        strict=True,
    ):  # fmt: skip
        for other, seconds in ways[station]:
            crossing[place, other, walk + seconds] = seconds
    station = np.repeat(
        np.append(timetable.groups.arrival_station, -1), np.diff(goals.ptr)
    ).tolist()
    place, walk = goals.packed[::2].tolist(), goals.packed[1::2].tolist()
    found = [crossing.get(way, 0) for way in zip(place, station, walk, strict=True)]
    return np.array(found, dtype=np.int32)


class Question(NamedTuple):
    """What a fan is asked: everything but the place and the others."""

    planner: Planner
    graph: TimeExpandedGraph
    when: When
    towards: bool = False
    budgets: tuple[Column, ...] = ()  # amounts that no journey exceeds


def fan(question: Question, place: Place, others: Many) -> Best:
    """Return the best journey from `place` to each of the others, or towards it from each.

    A walk from door to door counts, has no rides, and in a window begins with it.

    Raises
    ------
    InvalidQuery
        If journeys towards a place are to keep limits that only a search from a place keeps.
    """
    best = _by_train(question, place, others)
    if question.planner.timetable.rules.no_hop_shortcuts:
        best = _without_shortcuts(question, place, others, best)
    return _or_on_foot(question, best, walks(question.planner, place, others.ends))


def _by_train(question: Question, place: Place, others: Many) -> Best:
    planner, graph, when, towards, budgets = question
    places, transfers, n = planner.places, planner.needs.max_transfers, len(others.ends.ids)
    window, shortest = when.window, when.shortest
    carried = sorted(set(BY_BAGS).intersection(limited_by(planner.needs)))
    if towards and (carried or budgets):
        limits = carried or ["a budget"]
        raise InvalidQuery(
            f"towards a place there is no search with {', '.join(limits)}: leave it out, ask from "
            "the place, or ask planner.latest_departure for single pairs"
        )
    if towards:
        group, egress = places._arriving_at(place)
        swept = to_one(graph, group, egress, window, transfers)
        return best_departures(graph, swept, others.begins, n, window, shortest=shortest)
    if carried or budgets:
        from mobiplan.analysis.limits import best_within

        return best_within(planner, graph, when, place, others, budgets)
    swept = from_one(graph, *places.boarding_at(place), window, transfers)
    return best_arrivals(graph, swept, others.goals, n, window, shortest=shortest)


def _without_shortcuts(question: Question, place: Place, others: Many, best: Best) -> Best:
    """Ask again, place by place, where a change is a shortcut (`search.shortcuts`)."""
    from mobiplan.analysis.limits import packed

    graph = question.graph
    found = [found_of(best, row) for row in range(len(best.arrival))]
    for row in range(len(found)):
        refused: list[int] = []
        while len(found[row].rides) and (position := hop_shortcut(graph, found[row])) >= 0:
            refused.append(position)
            allowed = question._replace(graph=graph.without_boarding(refused))
            found[row] = found_of(_by_train(allowed, place, others), row)
    return packed(graph, found)


def found_of(best: Best, row: int) -> Found:
    """Return one journey of a fan as a search returns it."""
    rides = best.rides[best.ride_ptr[row] : best.ride_ptr[row + 1]]
    return Found(int(best.departure[row]), int(best.arrival[row]), rides)


def walks(planner: Planner, place: Place, others: Ends) -> Int64:
    """Return how long it takes from door to door on foot (n,), NEVER where it is too far."""
    needs, rules = planner.needs, planner.timetable.rules
    to_station = np.full(len(planner.timetable.stations.lat), NEVER, dtype=np.int64)
    reached = planner.places.reach(place)
    to_station[list(reached)] = list(reached.values())
    own = np.flatnonzero(others.own)
    walk = np.full(len(others.ids), NEVER, dtype=np.int64)
    np.minimum.at(walk, others.place[own], to_station[others.station[own]] + others.walk[own])
    if place.lat is not None and place.lon is not None:  # from point to point straight
        metres = distance_m(place.lat, place.lon, others.lat, others.lon)
        near = np.flatnonzero(metres <= rules.access_reach_m)  # a place that is no point is NaN
        straight = np.ceil(metres[near] * rules.detour / rules.walking_speed_m_s)
        walk[near] = np.minimum(walk[near], straight.astype(np.int64))
    longest = [needs.seconds("max_walking"), needs.seconds("max_duration")]
    allowed = min((limit for limit in longest if limit is not None), default=NEVER - 1)
    return np.where((walk > allowed) | bool(needs.via), NEVER, walk)


def _or_on_foot(question: Question, best: Best, walk: Int64) -> Best:
    """Take the walk where it is better: in the stated order of single questions."""
    when, towards = question.when, question.towards
    window, trains = when.window, best.arrival < NEVER
    last = min(window.arrive, NEVER - 1)
    departure = np.where(towards & (not when.shortest), when.instant - walk, window.depart)
    arrival = departure + walk
    possible = (walk < NEVER) & (arrival <= last) & (departure >= window.depart)
    if when.shortest:
        better = walk <= best.arrival - best.departure
    elif towards:
        better = (departure > best.departure) | (
            (departure == best.departure) & (arrival <= best.arrival)
        )
    else:
        better = (arrival < best.arrival) | (
            (arrival == best.arrival) & (departure >= best.departure)
        )
    taken = possible & (better | ~trains)
    if not taken.any():
        return best
    lengths = np.where(taken, 0, np.diff(best.ride_ptr))
    kept = np.repeat(~taken, np.diff(best.ride_ptr))
    return Best(
        np.where(taken, departure, best.departure),
        np.where(taken, arrival, best.arrival),
        np.where(taken, 0, best.transfers),
        np.concatenate([[0], np.cumsum(lengths)]),
        best.rides[kept],
    )
