"""`Planner`: answers questions about journeys."""

from __future__ import annotations

import threading
import time
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from mobiplan import times
from mobiplan.errors import InvalidQuery
from mobiplan.journeys import JourneySet
from mobiplan.journeys.itinerary import (
    CHANGE,
    GUARANTEED,
    IN_SEAT,
    Itinerary,
    Place,
    Question,
    Ride,
    Statistics,
)
from mobiplan.planner.diagnosing import diagnose
from mobiplan.planner.places import PlaceLike, Places
from mobiplan.planner.windows import Windows
from mobiplan.timetable.graph import NEVER, TimeExpandedGraph
from mobiplan.timetable.rules import TransferRules
from mobiplan.timetable.timetable import Timetable

if TYPE_CHECKING:
    from mobiplan.search.earliest import Engine, Found, Labels


class Planner:
    """Plans journeys on a timetable. One planner may be used from many threads.

    Parameters
    ----------
    timetable : Timetable
        As `mobiplan.load` returns it.
    transfer_rules : TransferRules, optional
        Other rules for changing trains than the timetable was loaded with.

    Examples
    --------
    >>> import mobiplan as mp
    >>> planner = mp.Planner(mp.sample())
    >>> journeys = planner.earliest_arrival("Rennes", "Grenoble", depart="2026-03-24 08:00")
    >>> journeys.best.transfers >= 1
    True
    """

    def __init__(self, timetable: Timetable, transfer_rules: TransferRules | None = None) -> None:
        if not isinstance(timetable, Timetable):
            raise InvalidQuery(
                f"Planner needs a Timetable, not {type(timetable).__name__}: "
                "make one with mobiplan.load(...)"
            )
        if transfer_rules is not None:
            timetable = timetable.with_rules(transfer_rules)
        self.timetable = timetable
        self.places = Places(timetable)
        self.windows = Windows(timetable)
        self._thread = threading.local()

    # ------------------------------------------------------------------ questions

    def earliest_arrival(
        self,
        origin: PlaceLike,
        destination: PlaceLike,
        *,
        depart: times.TimeLike | None = None,
        arrive: times.TimeLike | None = None,
        date: times.DateLike | None = None,
        days: int = 3,
        engine: Engine = "auto",
    ) -> JourneySet:
        """Find the journey that arrives first.

        Of several that arrive at the same minute, the one that leaves last is taken (nobody
        wants to sit three hours at the junction), then the one with fewest transfers.

        Parameters
        ----------
        origin, destination : place
            A station's name or id, a city's name (any of its stations), ``(lat, lon)`` in
            degrees, a shapely Point (x = lon, y = lat), or a list of places.
        depart, arrive : time, optional
            Not before, not after. ISO text, datetime or Timestamp; naive means the agency's
            own time.
        date : day, optional
            Instead of `depart`: the first journey that leaves on this local day.
        days : int
            How many service days are searched before the answer is "not before ...".
        engine : {"auto", "scan", "sweep", "dijkstra"}
            All give the same answer; "auto" is the fastest, the others are there to check it.

        Returns
        -------
        JourneySet
            At most one journey; an empty set says why in its ``diagnosis``.

        Raises
        ------
        UnknownStation, AmbiguousStation
            With the nearest names, or the candidates.
        OutsideCalendar
            If the day has no service; names the days that have.
        InvalidQuery
            If times are missing or malformed, or both places are one.

        Examples
        --------
        >>> import mobiplan as mp
        >>> planner = mp.Planner(mp.sample())
        >>> journey = planner.earliest_arrival("Rennes", "Lyon", depart="2026-03-24 08:00").best
        >>> journey.departure.hour >= 8
        True
        """
        return self._ask(
            "earliest_arrival", origin, destination, depart, arrive, date, days, engine
        )

    def latest_departure(
        self,
        origin: PlaceLike,
        destination: PlaceLike,
        *,
        arrive: times.TimeLike | None = None,
        depart: times.TimeLike | None = None,
        date: times.DateLike | None = None,
        days: int = 3,
        engine: Engine = "auto",
    ) -> JourneySet:
        """Find the journey that leaves last and still arrives by `arrive`.

        Of several that leave at the same minute, the one that arrives first is taken, then the
        one with fewest transfers. With `date`, the last journey that arrives on that day.
        Parameters, result and errors are those of `earliest_arrival`.

        Examples
        --------
        >>> import mobiplan as mp
        >>> planner = mp.Planner(mp.sample())
        >>> journey = planner.latest_departure("Rennes", "Lyon", arrive="2026-03-24 20:00").best
        >>> journey.arrival.hour <= 20
        True
        """
        return self._ask(
            "latest_departure", origin, destination, depart, arrive, date, days, engine
        )

    def graph(self, date: times.DateLike, days: int = 1) -> TimeExpandedGraph:
        """Return the time-expanded graph of `days` service dates from `date`.

        Trains that left on earlier service dates and are still under way are in it too.

        Raises
        ------
        OutsideCalendar
            If `date` has no service.
        """
        if days < 1:
            raise InvalidQuery(f"days={days!r}: at least one service date is needed")
        first = self.timetable.require_date(times.parse_date(date))
        return self.windows.of(first, days)[0]

    # ------------------------------------------------------------------ answering

    def _ask(
        self,
        method: str,
        origin: PlaceLike,
        destination: PlaceLike,
        depart: times.TimeLike | None,
        arrive: times.TimeLike | None,
        date: times.DateLike | None,
        days: int,
        engine: Engine,
    ) -> JourneySet:
        from mobiplan.search.earliest import ENGINES

        if engine not in ENGINES:
            raise InvalidQuery(f"engine={engine!r}: one of {', '.join(map(repr, ENGINES))}")
        if not isinstance(days, int) or days < 1:
            raise InvalidQuery(f"days={days!r}: a whole number of service days, at least 1")
        start = self.places.resolve(origin, "origin")
        end = self.places.resolve(destination, "destination")
        not_before, not_after = self._bounds(method, depart, arrive, date)
        question = Question(method, start, end, not_before, not_after, days)
        self.places.refuse_one_place(start, end)
        backward = method == "latest_departure"
        instant = not_after if backward else not_before
        assert instant is not None  # _bounds has seen to it
        graph, graph_seconds = self.windows.around(instant, days, backward=backward)
        began = time.perf_counter()
        itinerary, looked_at = self.search(graph, question, engine)
        seconds = time.perf_counter() - began
        statistics = Statistics(
            "scan" if engine == "auto" else engine,
            looked_at,
            seconds,
            graph_seconds,
            graph.horizon,
        )
        found = (itinerary,) if itinerary else ()
        diagnosis = "" if itinerary else partial(diagnose, self, graph, question)
        return JourneySet(self, question, graph, found, statistics, diagnosis)

    def search(
        self, graph: TimeExpandedGraph, question: Question, engine: Engine
    ) -> tuple[Itinerary | None, int]:
        """Answer a question on its graph; also return how many connections were looked at."""
        from mobiplan.search.earliest import earliest_arrival, latest_departure
        from mobiplan.search.shortcuts import hop_shortcut

        depart, arrive = self.bounds_in(graph, question)
        ends = self.places.ends(question.origin, question.destination)
        search = latest_departure if question.method == "latest_departure" else earliest_arrival
        labels = self._labels(graph)
        found, looked_at = search(graph, labels, ends, depart, arrive, engine)
        if self.timetable.rules.no_hop_shortcuts:
            refused: list[int] = []
            while found and (position := hop_shortcut(graph, found)) >= 0:
                refused.append(position)
                allowed = graph.without_boarding(refused)
                found, again = search(allowed, labels, ends, depart, arrive, engine)
                looked_at += again
        itinerary = self._itinerary(graph, question, found) if found else None
        walk = self._walk(graph, question)
        if walk and (itinerary is None or _comes_first(question.method, walk, itinerary)):
            itinerary = walk
        return itinerary, looked_at

    def bounds_in(self, graph: TimeExpandedGraph, question: Question) -> tuple[int, int]:
        """Return the bounds in seconds of the graph; only what is proven lies within them."""
        depart = 0 if question.depart is None else max(question.depart - graph.epoch, 0)
        arrive = NEVER - 1 if question.arrive is None else question.arrive - graph.epoch
        # Nothing later is proven; nothing arrives later than the last train and a walk.
        last = graph.last_arrival + max(question.destination.walks)
        return depart, min(arrive, graph.complete_until, last)

    def _itinerary(self, graph: TimeExpandedGraph, question: Question, found: Found) -> Itinerary:
        boards, alights, entries = zip(*found.rides.tolist(), strict=True)
        if any(entries):
            entries = tuple(
                _entry(graph, alights[i - 1], board) if entries[i] else CHANGE
                for i, board in enumerate(boards)
            )
        rows, groups = graph.connections.rows, self.timetable.groups
        access, egress = question.origin.walks[0], question.destination.walks[0]
        if len(question.origin.stations) > 1:
            station = groups.boarding_station[rows[boards[0], 3]]
            access = question.origin.walks[question.origin.stations.index(station)]
        if len(question.destination.stations) > 1:
            station = groups.arrival_station[rows[alights[-1], 4]]
            egress = question.destination.walks[question.destination.stations.index(station)]
        rides = tuple(map(Ride, boards, alights, entries))
        return Itinerary(rides, found.departure, found.arrival, access, egress)

    def _walk(self, graph: TimeExpandedGraph, question: Question) -> Itinerary | None:
        """Return the walk from door to door where both places are within reach."""
        duration = self.places.walking_time(question.origin, question.destination)
        if duration is None:
            return None
        depart, arrive = question.depart, question.arrive
        if depart is not None and arrive is not None and depart + duration > arrive:
            return None
        if question.method == "latest_departure":
            assert arrive is not None
            depart = arrive - duration
        assert depart is not None
        begin = depart - graph.epoch
        return Itinerary((), begin, begin + duration, duration)

    # ------------------------------------------------------------------ places and times

    def place(self, value: PlaceLike, argument: str = "place") -> Place:
        """Return the stations that `value` stands for and the walk to each.

        Raises
        ------
        UnknownStation, AmbiguousStation, InvalidQuery
        """
        return self.places.resolve(value, argument)

    def _bounds(
        self,
        method: str,
        depart: times.TimeLike | None,
        arrive: times.TimeLike | None,
        date: times.DateLike | None,
    ) -> tuple[int | None, int | None]:
        tz = times.zone(self.timetable.timezones[0])
        not_before = None if depart is None else times.parse_time(depart, tz, "depart")
        not_after = None if arrive is None else times.parse_time(arrive, tz, "arrive")
        if date is not None:
            first, end = times.calendar_day(times.parse_date(date), tz)
            not_before = first if not_before is None else max(first, not_before)
            if method == "latest_departure":
                not_after = end if not_after is None else min(end, not_after)
        if method == "earliest_arrival" and not_before is None:
            raise InvalidQuery(
                "when? give depart='2025-02-04 08:00' or date='2025-02-04' (there is no default "
                f"'now'; this timetable runs from {self.timetable.dates[0]} to "
                f"{self.timetable.dates[-1]})"
            )
        if method == "latest_departure" and not_after is None:
            raise InvalidQuery(
                "by when? give arrive='2025-02-04 18:00' or date='2025-02-04' (there is no "
                f"default; this timetable runs from {self.timetable.dates[0]} to "
                f"{self.timetable.dates[-1]})"
            )
        if not_before is not None and not_after is not None and not_before > not_after:
            raise InvalidQuery(
                f"depart {times.local_time(not_before, tz):%Y-%m-%d %H:%M} is after arrive "
                f"{times.local_time(not_after, tz):%Y-%m-%d %H:%M}"
            )
        return not_before, not_after

    def _labels(self, graph: TimeExpandedGraph) -> Labels:
        """Return this thread's label arrays for `graph`."""
        from mobiplan.search.earliest import make_labels

        held: tuple[TimeExpandedGraph, Labels] | None = getattr(self._thread, "held", None)
        if held is None or held[0] is not graph:
            held = (graph, make_labels(graph.connections, self.timetable.groups))
            self._thread.held = held
        return held[1]


def _entry(graph: TimeExpandedGraph, left: int, boarded: int) -> int:
    """Return how an exceptional arc lets one go on: seated, or by a change of trains."""
    connections = graph.connections
    here = connections.exception_from == left
    arcs = np.flatnonzero(here & (connections.exception_to == boarded))
    return IN_SEAT if connections.exception_transfers[arcs].min() == 0 else GUARANTEED


def _comes_first(method: str, walk: Itinerary, other: Itinerary) -> bool:
    """Whether a walk beats a ride in the stated order; it has no transfers and no waiting."""
    if method == "latest_departure":
        return (-walk.departure, walk.arrival) <= (-other.departure, other.arrival)
    return (walk.arrival, -walk.departure) <= (other.arrival, -other.departure)
