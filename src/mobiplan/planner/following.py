"""Following a journey: the way on for who is under way when something changes.

Where a traveller is, a search begins as anywhere else: with boarding groups and the moment from
which each can be used. Only that the train they sit in, or board next, is caught in any case:
its connection has a boarding group of its own (`mobiplan.timetable.late`). So the way on is an
ordinary earliest arrival, and staying aboard, getting off sooner or later and other trains need
no rule of their own.
"""

from __future__ import annotations

import threading
import time
from functools import partial
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from mobiplan import times
from mobiplan.errors import InvalidQuery
from mobiplan.journeys import Journey, JourneySet
from mobiplan.journeys.coupling import number_of, positions_of
from mobiplan.journeys.diagnosis import Diagnosis, Relaxation
from mobiplan.journeys.doors import end_station, start_station
from mobiplan.journeys.itinerary import Itinerary, Place, Question, Ride, Statistics
from mobiplan.journeys.language import Phrase, phrase
from mobiplan.journeys.walks import pair_between, walk_between
from mobiplan.planner.diagnosing import explain, local
from mobiplan.planner.places import Places
from mobiplan.planner.planner import Planner
from mobiplan.search.ends import Ends
from mobiplan.search.pareto import OnFoot
from mobiplan.timetable.arrays import Int32
from mobiplan.timetable.graph import ARRIVAL, BOARDING, DEPARTURE, NEVER, RUN, TimeExpandedGraph
from mobiplan.timetable.late import Waits, delayed, same_connection, spread_delay, with_own_door

if TYPE_CHECKING:
    from mobiplan.traveller.needs import Needs


class Stand(NamedTuple):
    """Where a traveller is; times in seconds since 1970."""

    place: Place  # where the way on begins
    since: int  # from when on they can act
    ready: int  # when they are at the place
    came: int  # the ride that they left there, -1 none
    aboard: int  # position of the connection they are in, in the journey's graph; -1 none
    coming: int  # the ride they are in or that comes next, -1 none


class Start(NamedTuple):
    """How the search begins there, by boarding group; all (k,)."""

    group: Int32
    access: Int32  # s from `Stand.since` until a departure can be caught
    leave: Int32  # s before that departure at which the way on begins
    walk: Int32  # s on foot
    across: Int32  # s across a city


class PlacesAhead(Places):
    """The places that a planner knows, and where a follower's way on begins."""

    def __init__(self, known: Places, stand: Stand, start: Start) -> None:
        vars(self).update(vars(known))
        self.stand, self.start = stand, start

    def ends(self, origin: Place, destination: Place) -> Ends:
        """Return where the way on begins; the destination as ever."""
        group, access, leave, _, _ = self.start
        ends = super().ends(origin, destination)
        return ends._replace(origin=group, access=access, leave=leave)

    def on_foot(self, origin: Place, destination: Place) -> OnFoot:
        """Return the walks from where the way on begins; the others as ever."""
        last = super().ends(origin, destination)
        after = self._across_to(destination, self._arrival_stations(last))
        return OnFoot(self.start.walk, self.start.across, last.egress - after, self.pair_cross)

    def walking_time(self, origin: Place, destination: Place) -> int | None:
        """Return the time on foot from where one stands; None aboard a train."""
        walk = super().walking_time(origin, destination)
        if walk is None or self.stand.aboard >= 0:
            return None
        return self.stand.ready - self.stand.since + walk

    def _arrival_stations(self, ends: Ends) -> Int32:
        return self.timetable.groups.arrival_station[ends.destination]


class Follower(Planner):
    """A planner whose questions begin where a traveller is."""

    def __init__(self, planner: Planner, graph: TimeExpandedGraph, places: PlacesAhead) -> None:
        vars(self).update(vars(planner))
        self.timetable, self.places = graph.timetable, places
        self._thread = threading.local()


def replan(
    planner: Planner,
    journey: Journey,
    *,
    at: times.TimeLike,
    delay: times.DurationLike | None = None,
    needs: Needs | None = None,
) -> JourneySet:
    """Answer `Planner.replan`."""
    followed = getattr(journey, "planner", None)
    if not isinstance(journey, Journey) or not isinstance(followed, Planner):
        raise InvalidQuery(
            f"replan({type(journey).__name__}): give one journey that a planner found, such as "
            "planner.earliest_arrival(...).best"
        )
    if followed._for_all.timetable is not planner._for_all.timetable:
        raise InvalidQuery(
            "this journey is of another timetable or other transfer rules: ask the planner that "
            "found it, journey.planner"
        )
    now = times.parse_time(at, times.zone(planner.timetable.timezones[0]), "at")
    delay_s = None if delay is None else times.parse_duration(delay, "delay")
    stand = locate(journey, now)
    if stand.coming < 0 and delay_s:
        raise InvalidQuery(f"delay={delay!r}: at {at} no train of the journey lies ahead")
    if needs is None:
        needs = still_to_pass(followed, journey, now)
    return _way_on(planner.under(needs), journey, stand, now, delay_s)


# ------------------------------------------------------------------ where one is


def locate(journey: Journey, now: int) -> Stand:
    """Return where who follows a journey is at `now` [s since 1970].

    Raises
    ------
    InvalidQuery
        If the journey has ended, or begins more than a day later.
    """
    graph, itinerary, rides = journey.graph, journey.itinerary, journey.itinerary.rides
    rows, epoch, here = graph.connections.rows, graph.epoch, now - graph.epoch
    if here >= itinerary.arrival:
        raise InvalidQuery(f"at: the journey has ended at {journey.arrival:%Y-%m-%d %H:%M}")
    if here < itinerary.departure - times.DAY_S:
        raise InvalidQuery(
            f"at: the journey begins at {journey.departure:%Y-%m-%d %H:%M}, more than a day later"
        )
    k = sum(rows[ride.board, DEPARTURE] <= here for ride in rides) - 1  # the last one boarded
    if k < 0 and here < itinerary.departure + bool(rides):
        since = max(now, journey.question.depart or now)
        return Stand(journey.question.origin, since, since, -1, -1, 0 if rides else -1)
    if not rides:  # on foot from door to door
        return Stand(journey.question.origin, now, now, -1, -1, -1)
    if k < 0:  # on foot to the first station
        there = max(now, epoch + itinerary.departure + itinerary.access)
        return Stand(_place(graph, start_station(graph, rides[0])), now, there, -1, -1, 0)
    ride = rides[k]
    left = int(rows[ride.alight, ARRIVAL])
    if here < left:
        positions = positions_of(graph, ride)
        position = int(positions[rows[positions, DEPARTURE] <= here][-1])
        place = _place(graph, start_station(graph, Ride(position, ride.alight)))
        departed = epoch + int(rows[position, DEPARTURE])
        return Stand(place, departed, departed, -1, position, k)
    if k + 1 == len(rides):  # on foot from the last station
        return Stand(_place(graph, end_station(graph, ride)), now, now, k, -1, -1)
    walk = walk_between(graph, ride, rides[k + 1])
    there = max(now, epoch + left + (walk.duration_s if walk else 0))
    return Stand(_place(graph, start_station(graph, rides[k + 1])), now, there, k, -1, k + 1)


def _place(graph: TimeExpandedGraph, station: int) -> Place:
    return Place(graph.timetable.stations.name[station], (station,), (0,))


def still_to_pass(planner: Planner, journey: Journey, now: int) -> Needs:
    """Return a planner's needs without the places that a journey has passed already."""
    needs, graph = planner.needs, journey.graph
    rows, timetable = graph.connections.rows, graph.timetable
    wanted = list(needs.via)
    positions = [p for ride in journey.itinerary.rides for p in positions_of(graph, ride).tolist()]
    for position in positions:
        call = int(timetable.hops.call[graph.connections.hop[position]])
        for row, when in ((call, DEPARTURE), (call + 1, ARRIVAL)):
            station = int(timetable.stops.station[timetable.calls.stop[row]])
            reached = rows[position, when] <= now - graph.epoch
            while wanted and reached and station in planner.place(wanted[0].place).stations:
                wanted.pop(0)
    return needs if len(wanted) == len(needs.via) else needs.replace(via=wanted or None)


# ------------------------------------------------------------------ the way on


def _way_on(
    planner: Planner, journey: Journey, stand: Stand, now: int, delay_s: int | None
) -> JourneySet:
    """Return the way on that arrives first."""
    asked = journey.question
    question = Question(
        "earliest_arrival", stand.place, asked.destination, stand.since, None, asked.days
    )
    if stand.coming < 0 and journey.itinerary.departure <= now - journey.graph.epoch:
        return _rest_on_foot(planner, journey, question)
    plan, graph_seconds = planner.windows.around(now, asked.days, backward=False)
    began = time.perf_counter()
    graph, own = _as_it_is(plan, journey, stand, now, delay_s)
    start = _start(planner, journey, stand, graph, own)
    if own >= 0:
        graph = with_own_door(graph, own)
    follower = Follower(planner, graph, PlacesAhead(planner.places, stand, start))
    found, looked_at = follower.search(graph, question, "scan")
    seconds = time.perf_counter() - began
    statistics = Statistics("scan", looked_at, seconds, graph_seconds, graph.horizon)
    why = "" if found else partial(_diagnose, planner, journey, stand, now, delay_s)
    return JourneySet(planner, question, graph, (found,) if found else (), statistics, why)


def _rest_on_foot(planner: Planner, journey: Journey, question: Question) -> JourneySet:
    """Return the walk that is left of a journey."""
    whole = journey.itinerary
    begins = whole.arrival - whole.egress if whole.rides else whole.departure
    rest = Itinerary((), begins, whole.arrival, whole.arrival - begins)
    statistics = Statistics("none", 0, 0.0, 0.0, journey.graph.horizon)
    return JourneySet(planner, question, journey.graph, (rest,), statistics)


def _as_it_is(
    plan: TimeExpandedGraph, journey: Journey, stand: Stand, now: int, delay_s: int | None
) -> tuple[TimeExpandedGraph, int]:
    """Return the graph with what is late, and the follower's own connection in it, -1 for none.

    Raises
    ------
    InvalidQuery
        If the needs have taken that connection out of the graph.
    """
    if stand.coming < 0:
        return plan, -1
    before, rides = journey.graph, journey.itinerary.rides
    position = stand.aboard if stand.aboard >= 0 else rides[stand.coming].board
    own = same_connection(before, position, plan)
    if own < 0:
        number = number_of(before, int(before.connections.rows[position, RUN]))
        raise InvalidQuery(
            f"needs: they refuse the train {number}".rstrip() + " that the traveller sits in or "
            "boards next; replan under needs that allow it"
        )
    here, late = now - plan.epoch, _known(before, plan)
    if delay_s is not None:
        promised = _promises(before, plan, rides[stand.coming :])
        late = spread_delay(plan, own, here, delay_s, late, promised)
    shift = late.copy()
    if stand.aboard >= 0:
        # Who sits in a train that stands in a station may get off now, not when it came in.
        shift[own, 1] = max(shift[own, 1], here - plan.connections.rows[own, ARRIVAL])
    graph = delayed(plan, shift, late)
    return graph, same_connection(plan, own, graph)


def _known(before: TimeExpandedGraph, plan: TimeExpandedGraph) -> Int32:
    """Return what an earlier replanning knew of delays, in the positions of another graph."""
    late = np.zeros((plan.n, 2), dtype=np.int32)
    if before.late is not None:
        for position in np.flatnonzero(before.late.any(axis=1)).tolist():
            there = same_connection(before, position, plan)
            if there >= 0:
                late[there] = before.late[position]
    return late


def _promises(
    before: TimeExpandedGraph, plan: TimeExpandedGraph, rides: tuple[Ride, ...]
) -> tuple[Waits, ...]:
    """Return the changes ahead that are guaranteed where the trains call, whatever their trip."""
    groups, waits = before.timetable.groups, []
    for ride, following in pairwise(rides):
        pair = pair_between(before, ride, following)
        if pair >= 0 and groups.pair_guaranteed[pair]:
            come = same_connection(before, ride.alight, plan)
            go = same_connection(before, following.board, plan)
            if min(come, go) >= 0:
                waits.append(Waits(come, go, int(groups.pair_minimum[pair])))
    return tuple(waits)


def _start(
    planner: Planner, journey: Journey, stand: Stand, graph: TimeExpandedGraph, own: int
) -> Start:
    """Return what can be boarded from where one stands, and one's own train in any case.

    The change from the train that one came by takes what it always takes; a walk begins now.
    """
    groups, places = planner.timetable.groups, planner.places
    if stand.aboard >= 0:
        return _only(len(groups.boarding_stop))
    ends = places.ends(stand.place, journey.question.destination)
    on_foot = places.on_foot(stand.place, journey.question.destination)
    ready = ends.access + (stand.ready - stand.since)
    kept = np.ones(len(ready), dtype=bool)
    if stand.came >= 0:
        left = journey.itinerary.rides[stand.came].alight
        connections, epoch = journey.graph.connections, journey.graph.epoch
        call = int(planner.timetable.hops.call[connections.hop[left]]) + 1
        group = int(groups.arrival[call])
        pairs = slice(groups.pair_ptr[group], groups.pair_ptr[group + 1])
        minimum = np.full(len(groups.boarding_stop), NEVER, dtype=np.int32)
        minimum[groups.pair_to[pairs]] = groups.pair_minimum[pairs]
        ago = stand.since - (epoch + int(connections.rows[left, ARRIVAL]))
        ready = np.maximum(ready, minimum[ends.origin] - ago)
        kept = minimum[ends.origin] < NEVER
    start = Start(ends.origin, ready, ends.leave, on_foot.access, on_foot.across)
    start = Start(*(column[kept].astype(np.int32) for column in start))
    if own < 0:
        return start
    mine = _only(len(groups.boarding_stop))
    if stand.came < 0 and stand.place is journey.question.origin and journey.itinerary.access:
        # Not yet gone: the walk to the first train is still to come.
        usual = start.group == graph.connections.rows[own, BOARDING]
        mine = Start(mine.group, *(column[usual][:1] for column in start[1:]))
    return Start(*(np.append(one, other) for one, other in zip(start, mine, strict=True)))


def _only(group: int) -> Start:
    """Return a start at one boarding group, without delay."""
    none = np.zeros(1, dtype=np.int32)
    return Start(np.array([group], dtype=np.int32), none, none, none, none)


def _diagnose(
    planner: Planner, journey: Journey, stand: Stand, now: int, delay_s: int | None
) -> Diagnosis:
    """Say why there is no way on."""
    subject = phrase(
        "no way on",
        place=stand.place.label,
        time=local(planner, now),
        destination=journey.question.destination.label,
    )
    ask = partial(_again, planner, journey, stand, now, delay_s)
    otherwise = partial(_within, subject, journey.question.days)
    return Diagnosis(explain=partial(explain, subject, planner.needs, ask, otherwise))


def _again(
    planner: Planner,
    journey: Journey,
    stand: Stand,
    now: int,
    delay_s: int | None,
    needs: Needs,
    _: frozenset[str],
) -> Journey | None:
    """Look for the way on under other needs."""
    found = _way_on(planner._for_all.under(needs), journey, stand, now, delay_s)
    return found.best if found else None


def _within(subject: Phrase, days: int, _: tuple[Relaxation, ...]) -> Phrase:
    return phrase("days over", subject=subject, days=days)
