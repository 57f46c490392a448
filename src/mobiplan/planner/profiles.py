"""Profiles: every useful departure of a window, as a `JourneySet`."""

from __future__ import annotations

import dataclasses
import time
from functools import partial
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

import numpy as np

from mobiplan import times
from mobiplan.errors import InvalidQuery
from mobiplan.journeys import JourneySet
from mobiplan.journeys.diagnosis import Diagnosis
from mobiplan.journeys.itinerary import CHANGE, IN_SEAT, Itinerary, Question, Ride, Statistics
from mobiplan.journeys.language import phrase
from mobiplan.planner.constraints import limited_by
from mobiplan.planner.diagnosing import diagnose, local, nothing
from mobiplan.search.ends import Bounds, Found
from mobiplan.search.profile import MOST_TRANSFERS, Profile, Scratch, make_scratch
from mobiplan.search.profile import profile as find_profile
from mobiplan.search.shortcuts import hop_shortcut
from mobiplan.timetable.graph import ALIGHTING, BOARDING, NEVER, TimeExpandedGraph
from mobiplan.traveller.needs import Needs

if TYPE_CHECKING:
    from mobiplan.planner.places import PlaceLike
    from mobiplan.planner.planner import Planner


def profile(
    planner: Planner,
    origin: PlaceLike,
    destination: PlaceLike,
    *,
    depart: times.TimeLike | None = None,
    arrive: times.TimeLike | None = None,
    date: times.DateLike | None = None,
    window: times.DurationLike | None = None,
    days: int = 3,
    transfers: int = MOST_TRANSFERS,
    beyond: bool | None = None,
    narrow: bool = True,
) -> JourneySet:
    """Answer `Planner.profile`; `beyond` and `narrow` as in `mobiplan.search.profile`.

    By default departures after a day compete with those of the day, those after a window do not.
    """
    if beyond is None:
        beyond = date is not None
    if not isinstance(days, int) or days < 1:
        raise InvalidQuery(f"days={days!r}: a whole number of service days, at least 1")
    if not isinstance(transfers, int) or not 0 <= transfers <= MOST_TRANSFERS:
        raise InvalidQuery(
            f"transfers={transfers!r}: a whole number from 0 to {MOST_TRANSFERS}, the most "
            "changes that a profile looks at"
        )
    most, transfers = transfers, _most(planner, transfers)
    start = planner.place(origin, "origin")
    end = planner.place(destination, "destination")
    first, until, not_after = window_of(planner, depart, arrive, date, window)
    assert until is not None
    days = max(days, _days_of(planner, first, until))
    question = Question("profile", start, end, first, not_after, days, until)
    planner.places.refuse_one_place(start, end)
    graph, graph_seconds = planner.windows.around(first, days, backward=False)
    began = time.perf_counter()
    itineraries, looked_at = _search(planner, graph, question, transfers, beyond, narrow)
    seconds = time.perf_counter() - began
    statistics = Statistics(
        f"sweep, at most {transfers} transfers", looked_at, seconds, graph_seconds, graph.horizon
    )
    why = "" if itineraries else partial(_diagnose, planner, graph, question, most, beyond)
    return JourneySet(planner, question, graph, itineraries, statistics, why)


def _most(planner: Planner, transfers: int) -> int:
    """Return how many changes the needs allow, too."""
    allowed = planner.needs.max_transfers
    return transfers if allowed is None else min(transfers, allowed)


def window_of(
    planner: Planner,
    depart: times.TimeLike | None,
    arrive: times.TimeLike | None,
    date: times.DateLike | None,
    window: times.DurationLike | None,
    *,
    needed: bool = True,
) -> tuple[int, int | None, int | None]:
    """Return when the window begins and ends, and the latest arrival; s since 1970 UTC.

    Where a window is not `needed` a departure alone does; it has no end then.
    """
    tz = times.zone(planner.timetable.timezones[0])
    first = None if depart is None else times.parse_time(depart, tz, "depart")
    not_after = None if arrive is None else times.parse_time(arrive, tz, "arrive")
    ends = [] if not_after is None or not needed else [not_after + 1]
    if window is not None:
        if first is None:
            raise InvalidQuery(f"window={window!r} counts from depart=, which is missing")
        length = times.parse_duration(window, "window")
        if length == 0:
            raise InvalidQuery(f"window={window!r} is empty: give a duration such as '4 h'")
        ends.append(first + length)
    if date is not None:
        midnight, next_midnight = times.calendar_day(times.parse_date(date), tz)
        first = midnight if first is None else max(first, midnight)
        ends.append(next_midnight)
    if first is None or (needed and not ends):
        day = planner.timetable.dates[0]
        raise InvalidQuery(
            f"which departures? give date='{day}' for a whole day, or depart='{day} 08:00' with "
            "window='4 h' or arrive= (there is no default; this timetable runs from "
            f"{day} to {planner.timetable.dates[-1]})"
        )

    def clock(seconds: int) -> str:
        return f"{times.local_time(seconds, tz):%Y-%m-%d %H:%M}"

    if not_after is not None and first > not_after:
        raise InvalidQuery(f"depart {clock(first)} is after arrive {clock(not_after)}")
    until = min(ends, default=None)
    if until is not None and first >= until:
        raise InvalidQuery(
            f"depart {clock(first)} is not before the end of the window, {clock(until)}"
        )
    return first, until, not_after


def _days_of(planner: Planner, first: int, until: int) -> int:
    """Return how many calendar days a window touches."""
    tz = times.zone(planner.timetable.timezones[0])
    one, other = (times.local_time(instant, tz).date() for instant in (first, until - 1))
    return (other - one).days + 1


def _search(
    planner: Planner,
    graph: TimeExpandedGraph,
    question: Question,
    transfers: int,
    beyond: bool,
    narrow: bool,
) -> tuple[list[Itinerary], int]:
    """Answer a question on its graph; also return how many connections were looked at."""
    assert question.leave_before is not None
    until = question.leave_before - graph.epoch
    bounds = planner.bounds_in(graph, question)._replace(until=until)
    if set(limited_by(planner.needs)) - {"max_transfers"}:
        search = partial(_by_bags, planner, question, transfers, beyond, narrow)
    else:
        search = partial(_by_lanes, planner, question, transfers, beyond, narrow)
    found, looked_at = search(graph, bounds)
    if planner.timetable.rules.no_hop_shortcuts:
        refused: list[int] = []
        while more := _shortcuts(graph, found):
            refused += more
            found, again = search(graph.without_boarding(refused), bounds)
            looked_at += again
    itineraries = _itineraries(planner, graph, question, found)
    walk = planner.walking_time(question.origin, question.destination)
    if walk is not None:  # also after the last train
        arrive = NEVER if question.arrive is None else question.arrive - graph.epoch
        itineraries = _with_walk(itineraries, walk, bounds.depart, until, arrive)
    return itineraries, looked_at


def _by_lanes(
    planner: Planner,
    question: Question,
    transfers: int,
    beyond: bool,
    narrow: bool,
    graph: TimeExpandedGraph,
    bounds: Bounds,
) -> tuple[Profile, int]:
    """Sweep backward, with a lane for each number of transfers."""
    ends = planner.places.ends(question.origin, question.destination)
    scratch = _scratch(planner, graph)
    return find_profile(graph, scratch, ends, bounds, transfers, beyond=beyond, narrow=narrow)


def _by_bags(
    planner: Planner,
    question: Question,
    transfers: int,
    beyond: bool,
    narrow: bool,
    graph: TimeExpandedGraph,
    bounds: Bounds,
) -> tuple[Profile, int]:
    """Sweep forward, with all that the needs limit in the labels.

    Journeys that arrive first are found beforehand, one by one: they keep most others out.
    """
    from mobiplan.planner.limited import one_after_another, sweep_within
    from mobiplan.search.pareto import Column

    columns = [Column(before=-1.0), Column(transfer=1.0, limit=transfers)]
    known, before = one_after_another(planner, graph, question, bounds) if narrow else ([], 0)
    within = bounds._replace(until=NEVER) if beyond else bounds
    ended, looked_at = sweep_within(
        planner, graph, question, within, columns, narrow=narrow, known=known
    )
    looked_at += before
    departure = np.array([found.departure for found in ended.found], dtype=np.int32)
    arrival = np.array([found.arrival for found in ended.found], dtype=np.int32)
    kept = np.flatnonzero(departure < bounds.until)
    kept = kept[np.lexsort((ended.amounts[kept, 1], arrival[kept], departure[kept]))]
    rides = [ended.found[j].rides for j in kept]
    ptr = np.cumsum([0, *(len(part) for part in rides)], dtype=np.int32)
    every = np.concatenate(rides) if rides else np.zeros((0, 3), dtype=np.int32)
    changes = ended.amounts[kept, 1].astype(np.int32)
    return Profile(departure[kept], arrival[kept], changes, ptr, every), looked_at


def _scratch(planner: Planner, graph: TimeExpandedGraph) -> Scratch:
    """Return this thread's arrays for `graph`; they go when the graph goes."""
    held: WeakKeyDictionary[TimeExpandedGraph, Scratch] | None
    held = getattr(planner._thread, "profiles", None)
    if held is None:
        held = planner._thread.profiles = WeakKeyDictionary()
    scratch = held.get(graph)
    if scratch is None:
        scratch = held[graph] = make_scratch(graph)
    return scratch


def _shortcuts(graph: TimeExpandedGraph, found: Profile) -> list[int]:
    """Return where the trains of changes that undercut a minimum are boarded."""
    positions = {
        hop_shortcut(
            graph,
            Found(
                int(found.departure[j]),
                int(found.arrival[j]),
                found.rides[found.ride_ptr[j] : found.ride_ptr[j + 1]],
            ),
        )
        for j in range(len(found.departure))
    }
    return sorted(positions - {-1})


def _itineraries(
    planner: Planner, graph: TimeExpandedGraph, question: Question, found: Profile
) -> list[Itinerary]:
    """Make itineraries of positions, all at once: a day holds a hundred."""
    from mobiplan.planner.planner import _entry

    rows, groups = graph.connections.rows, graph.timetable.groups
    boards, alights, entries = found.rides.T.tolist()
    if any(entries):
        entries = [
            _entry(graph, alights[i - 1], board) if entries[i] else CHANGE
            for i, board in enumerate(boards)
        ]
    rides = list(map(Ride, boards, alights, entries))
    first = groups.boarding_station[rows[found.rides[found.ride_ptr[:-1], 0], BOARDING]]
    last = groups.arrival_station[rows[found.rides[found.ride_ptr[1:] - 1, 1], ALIGHTING]]
    access = planner.places.reach(question.origin)
    egress = planner.places.reach(question.destination)
    ptr = found.ride_ptr.tolist()
    return [
        Itinerary(tuple(rides[begin:end]), departure, arrival, access[one], egress[other])
        for begin, end, departure, arrival, one, other in zip(
            ptr[:-1],
            ptr[1:],
            found.departure.tolist(),
            found.arrival.tolist(),
            first.tolist(),
            last.tolist(),
            strict=True,
        )
    ]


def _with_walk(
    itineraries: list[Itinerary], walk: int, depart: int, until: int, arrive: int
) -> list[Itinerary]:
    """Drop what takes as long as the walk, and list the walk once.

    One may set out at any time: it is listed at the first minute at which no train is as good.
    """
    faster = [i for i in itineraries if i.arrival - i.departure < walk]
    begin = depart
    for itinerary in faster:  # by departure
        no_change = all(ride.entry == IN_SEAT for ride in itinerary.rides[1:])
        if no_change and itinerary.arrival - walk <= begin <= itinerary.departure:
            begin = itinerary.departure + 60
    if begin >= until or begin + walk > arrive:
        return faster
    on_foot = Itinerary((), begin, begin + walk, walk)
    before = sum(i.departure <= begin for i in faster)
    return [*faster[:before], on_foot, *faster[before:]]


def _some(
    transfers: int, beyond: bool, planner: Planner, graph: TimeExpandedGraph, question: Question
) -> Itinerary | None:
    """Return one journey of a profile."""
    found = _search(planner, graph, question, _most(planner, transfers), beyond, narrow=True)[0]
    return found[0] if found else None


def _diagnose(
    planner: Planner, graph: TimeExpandedGraph, question: Question, transfers: int, beyond: bool
) -> Diagnosis:
    """Say why no journey leaves in the window: bounds, changes allowed, or the timetable."""
    if planner.needs:
        return diagnose(planner, graph, question, partial(_some, transfers, beyond))
    assert question.depart is not None and question.leave_before is not None
    none = nothing(question)
    when = {"start": local(planner, question.depart), "end": local(planner, question.leave_before)}
    earliest = dataclasses.replace(question, method="earliest_arrival")
    if planner.search(graph, earliest, "auto")[0]:
        [limit] = Needs(max_transfers=transfers).limits()
        return Diagnosis(phrase("more changes", nothing=none, limit=limit, **when))
    later = dataclasses.replace(earliest, leave_before=None, arrive=None)
    itinerary = planner.search(graph, later, "auto")[0]
    if itinerary and question.leave_before <= graph.epoch + itinerary.departure:
        leaves = local(planner, graph.epoch + itinerary.departure)
        return Diagnosis(phrase("next after window", nothing=none, time=leaves, **when))
    return diagnose(planner, graph, earliest)
