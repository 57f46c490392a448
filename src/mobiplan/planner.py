"""`Planner`: the user's door. Names and times in, journeys out."""

from __future__ import annotations

import datetime as dt
import math
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from mobiplan import times
from mobiplan.errors import InvalidQuery, UnknownStation
from mobiplan.journeys import JourneySet
from mobiplan.journeys.diagnosis import Diagnosis
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
from mobiplan.timetable.distance import distance_m
from mobiplan.timetable.graph import NEVER, TimeExpandedGraph, make_graph
from mobiplan.timetable.rules import TransferRules
from mobiplan.timetable.timetable import Timetable

if TYPE_CHECKING:
    from shapely import Point

    from mobiplan.search.earliest import Engine, Found
    from mobiplan.search.scan import Ends, Labels

#: A station's name or id, a city, (lat, lon), a shapely Point, or a list of these.
PlaceLike: TypeAlias = "str | tuple[float, float] | Point | list[Any] | Place"

GRAPHS_KEPT = 3


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

    def __init__(
        self, timetable: Timetable, transfer_rules: TransferRules | None = None
    ) -> None:
        if not isinstance(timetable, Timetable):
            raise InvalidQuery(
                f"Planner needs a Timetable, not {type(timetable).__name__}: "
                "make one with mobiplan.load(...)"
            )
        if transfer_rules is not None:
            timetable = timetable.with_rules(transfer_rules)
        self.timetable = timetable
        self._graphs: OrderedDict[tuple[int, int], TimeExpandedGraph] = OrderedDict()
        self._graphs_lock = threading.Lock()
        self._thread = threading.local()
        groups, n_stations = timetable.groups, len(timetable.stations.lat)
        self._boarding = _by_station(groups.boarding_station, n_stations)
        self._arrival = _by_station(groups.arrival_station, n_stations)

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
            All give the same answer; "auto" is the fastest.

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
        return self._graph(first, days)[0]

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
        start, end = self.place(origin, "origin"), self.place(destination, "destination")
        not_before, not_after = self._bounds(method, depart, arrive, date)
        question = Question(method, start, end, not_before, not_after, days)
        self._refuse_one_place(start, end)
        graph, graph_seconds = self._window(question)
        began = time.perf_counter()
        itinerary, looked_at = self._search(graph, question, engine)
        seconds = time.perf_counter() - began
        statistics = Statistics(
            "scan" if engine == "auto" else engine,
            looked_at,
            seconds,
            graph_seconds,
            _horizon(graph),
        )
        diagnosis = Diagnosis("") if itinerary else self._diagnose(graph, question)
        found = (itinerary,) if itinerary else ()
        return JourneySet(self, question, graph, found, statistics, diagnosis)

    def _search(
        self, graph: TimeExpandedGraph, question: Question, engine: Engine
    ) -> tuple[Itinerary | None, int]:
        from mobiplan.search.earliest import earliest_arrival, latest_departure

        depart, arrive = self._seconds(graph, question)
        ends = self._ends(question.origin, question.destination)
        search: Callable[..., tuple[Found | None, int]] = (
            earliest_arrival if question.method == "earliest_arrival" else latest_departure
        )
        labels = self._labels(graph)
        if depart > arrive:
            return None, 0
        found, looked_at = search(graph, labels, ends, depart, arrive, engine)
        itinerary = self._itinerary(graph, question, found) if found else None
        walk = self._walk(question, depart, arrive)
        if walk and (itinerary is None or _comes_first(question.method, walk, itinerary)):
            itinerary = walk
        return itinerary, looked_at

    def _seconds(self, graph: TimeExpandedGraph, question: Question) -> tuple[int, int]:
        """Return the bounds in seconds of the graph; only what is proven lies within them."""
        depart = 0 if question.depart is None else max(question.depart - graph.epoch, 0)
        arrive = NEVER - 1 if question.arrive is None else question.arrive - graph.epoch
        latest = min(graph.complete_until, int(graph.last_arrival))
        return depart, min(arrive, latest)

    def _itinerary(
        self, graph: TimeExpandedGraph, question: Question, found: Found
    ) -> Itinerary:
        connections, groups = graph.connections, self.timetable.groups
        rides = []
        seats = dict(
            zip(
                zip(
                    connections.exception_from.tolist(),
                    connections.exception_to.tolist(),
                    strict=True,
                ),
                connections.exception_transfers.tolist(),
                strict=True,
            )
        ) if found.exceptional.any() else {}
        left = -1
        for board, alight, exceptional in zip(
            found.boards.tolist(), found.alights.tolist(), found.exceptional.tolist(), strict=True
        ):
            entry = CHANGE
            if exceptional:
                entry = IN_SEAT if seats[left, board] == 0 else GUARANTEED
            rides.append(Ride(board, alight, entry))
            left = alight
        first = connections.rows[rides[0].board, 3]
        last = connections.rows[rides[-1].alight, 4]
        origin = int(groups.boarding_station[first])
        destination = int(groups.arrival_station[last])
        return Itinerary(
            tuple(rides),
            found.departure,
            found.arrival,
            dict(zip(question.origin.stations, question.origin.walks, strict=True))[origin],
            dict(zip(question.destination.stations, question.destination.walks, strict=True))[
                destination
            ],
        )

    def _walk(self, question: Question, depart: int, arrive: int) -> Itinerary | None:
        """Return the walk from door to door where both places are within reach."""
        duration = self._walking_time(question.origin, question.destination)
        if duration is None or depart + duration > arrive:
            return None
        if question.method == "latest_departure":
            if question.arrive is None:
                return None
            return Itinerary((), arrive - duration, arrive, duration)
        if question.depart is None:
            return None
        return Itinerary((), depart, depart + duration, duration)

    def _walking_time(self, origin: Place, destination: Place) -> int | None:
        timetable, rules = self.timetable, self.timetable.rules
        if origin.lat is not None and destination.lat is not None:
            metres = float(
                distance_m(
                    origin.lat, origin.lon or 0.0, destination.lat, destination.lon or 0.0
                )
            )
            if metres <= rules.access_reach_m:
                return math.ceil(metres * rules.detour / rules.walking_speed_m_s)
            return None
        direct = [
            walk + other
            for station, walk in zip(origin.stations, origin.walks, strict=True)
            for to, other in zip(destination.stations, destination.walks, strict=True)
            if station == to
        ]
        paths = timetable.footpaths
        if origin.lat is None and destination.lat is None:
            low = np.searchsorted(paths.from_station, origin.stations, side="left")
            high = np.searchsorted(paths.from_station, origin.stations, side="right")
            for a, b in zip(low.tolist(), high.tolist(), strict=True):
                reached = np.isin(paths.to_station[a:b], destination.stations)
                direct.extend(paths.duration[a:b][reached].tolist())
        return min(direct, default=None)

    # ------------------------------------------------------------------ places and times

    def place(self, value: PlaceLike, argument: str = "place") -> Place:
        """Return the stations that `value` stands for and the walk to each.

        Raises
        ------
        UnknownStation, AmbiguousStation, InvalidQuery
        """
        if isinstance(value, Place):
            return value
        if isinstance(value, str):
            return self._named_place(value, argument)
        if isinstance(value, list):
            if not value:
                raise InvalidQuery(f"{argument}=[] names no place")
            return _union([self.place(part, argument) for part in value])
        if hasattr(value, "geom_type"):
            if value.geom_type != "Point" or value.is_empty:
                raise InvalidQuery(f"{argument}={value!r}: of shapely's shapes only a Point")
            return self._point(float(value.y), float(value.x), argument)
        if isinstance(value, tuple) and len(value) == 2:
            try:
                return self._point(float(value[0]), float(value[1]), argument)
            except (TypeError, ValueError):
                pass
        raise InvalidQuery(
            f"{argument}={value!r} is not a place: give a station's name or id, a city, "
            "(lat, lon), a shapely Point, or a list of these"
        )

    def _named_place(self, text: str, argument: str) -> Place:
        timetable = self.timetable
        stop = timetable.stops.id.row(text)
        if stop is not None:
            rows = [int(timetable.stops.station[stop])]
        else:
            try:
                rows = timetable.names.resolve(text)
            except UnknownStation as error:
                raise UnknownStation(f"{argument}: {error}") from None
        return Place(text, tuple(rows), (0,) * len(rows))

    def _point(self, lat: float, lon: float, argument: str) -> Place:
        if not (-90 <= lat <= 90 and -180 <= lon <= 180):
            raise InvalidQuery(
                f"{argument}=({lat}, {lon}) is not a point on earth: give (lat, lon) in degrees"
            )
        stations, rules = self.timetable.stations, self.timetable.rules
        metres = distance_m(lat, lon, stations.lat, stations.lon)
        metres = np.where(np.isnan(metres), np.inf, metres)
        near = np.flatnonzero(metres <= rules.access_reach_m)
        if len(near) == 0:
            nearest = int(metres.argmin())
            raise UnknownStation(
                f"{argument}=({lat}, {lon}): no station within {rules.access_reach_m:.0f} m; the "
                f"nearest is {stations.name[nearest]!r}, {metres[nearest] / 1000:.1f} km away "
                "(TransferRules(access_reach_m=...) sets the reach)"
            )
        near = near[np.argsort(metres[near], kind="stable")]
        walks = np.ceil(metres[near] * rules.detour / rules.walking_speed_m_s).astype(int)
        label = f"{lat:.5f}, {lon:.5f}"
        return Place(label, tuple(near.tolist()), tuple(walks.tolist()), lat, lon)

    def _refuse_one_place(self, origin: Place, destination: Place) -> None:
        if origin.lat is not None or destination.lat is not None:
            return
        shared = sorted(set(origin.stations) & set(destination.stations))
        if shared:
            names = ", ".join(self.timetable.stations.name[row] for row in shared[:3])
            raise InvalidQuery(
                f"origin {origin.label!r} and destination {destination.label!r} are one place "
                f"({names}): ask for two"
            )

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

    # ------------------------------------------------------------------ graphs

    def _window(self, question: Question) -> tuple[TimeExpandedGraph, float]:
        """Return the graph that a question needs, and the seconds spent on making it."""
        timetable = self.timetable
        tz = times.zone(timetable.timezones[0])
        instant = question.depart
        forward = question.method == "earliest_arrival"
        if not forward:
            instant = question.arrive
        assert instant is not None
        date = times.local_time(instant, tz).date()
        last = timetable.dates[-1] + dt.timedelta(days=timetable.lookback + (not forward))
        if not timetable.dates[0] <= date <= last:
            timetable.require_date(date)
        day = (date - timetable.first_date).days
        first = day if forward else day - question.days + 1
        return self._graph(first, question.days)

    def _graph(self, first_day: int, days: int) -> tuple[TimeExpandedGraph, float]:
        """Return the graph of `days` service days and of those still under way before them."""
        lookback = self.timetable.lookback
        key = (first_day - lookback, days + lookback)
        with self._graphs_lock:
            graph = self._graphs.get(key)
            if graph is not None:
                self._graphs.move_to_end(key)
                return graph, 0.0
            began = time.perf_counter()
            graph = make_graph(self.timetable, *key)
            self._graphs[key] = graph
            if len(self._graphs) > GRAPHS_KEPT:
                self._graphs.popitem(last=False)
            return graph, time.perf_counter() - began

    def _labels(self, graph: TimeExpandedGraph) -> Labels:
        """Return this thread's label arrays for `graph`."""
        from mobiplan.search.earliest import make_labels

        held: tuple[TimeExpandedGraph, Labels] | None = getattr(self._thread, "held", None)
        if held is None or held[0] is not graph:
            held = (graph, make_labels(graph.connections, self.timetable.groups))
            self._thread.held = held
        return held[1]

    def _ends(self, origin: Place, destination: Place) -> Ends:
        from mobiplan.search.scan import Ends

        closing = self.timetable.groups.closing
        boarding = [self._boarding[row] for row in origin.stations]
        arrival = [self._arrival[row] for row in destination.stations]
        first = _concatenate(boarding)
        walk = np.repeat(np.array(origin.walks, dtype=np.int32), [len(part) for part in boarding])
        access = (walk + closing[first]).astype(np.int32)
        return Ends(
            first,
            access,
            np.where(walk > 0, access, 0).astype(np.int32),
            _concatenate(arrival),
            np.repeat(
                np.array(destination.walks, dtype=np.int32), [len(part) for part in arrival]
            ),
        )

    # ------------------------------------------------------------------ no answer

    def _diagnose(self, graph: TimeExpandedGraph, question: Question) -> Diagnosis:
        """Say why there is no journey."""
        tz = times.zone(self.timetable.timezones[0])
        origin, destination = question.origin.label, question.destination.label
        ends = self._ends(question.origin, question.destination)
        rows = graph.connections.rows
        depart, arrive = self._seconds(graph, question)
        inside = slice(*np.searchsorted(rows[:, 0], [depart, arrive]))
        when = f"between {_clock(depart, graph, tz)} and {_clock(arrive, graph, tz)}"
        if not np.isin(rows[inside, 3], ends.origin).any():
            return Diagnosis(f"no train that one may board leaves {origin} {when}")
        if not np.isin(rows[inside, 4], ends.destination).any():
            return Diagnosis(f"no train that one may leave calls at {destination} {when}")
        if question.method == "earliest_arrival" and question.arrive is not None:
            free = Question(
                question.method,
                question.origin,
                question.destination,
                question.depart,
                None,
                question.days,
            )
            itinerary, _ = self._search(graph, free, "auto")
            if itinerary:
                return Diagnosis(
                    f"the earliest arrival at {destination} is "
                    f"{_clock(itinerary.arrival, graph, tz)}, after arrive="
                    f"{_clock(question.arrive - graph.epoch, graph, tz)}"
                )
        return Diagnosis(
            f"no journey from {origin} to {destination} {when}, the horizon of days="
            f"{question.days}; a larger days= looks further"
        )


def _by_station(station_of_group: Any, n_stations: int) -> list[Any]:
    order = np.argsort(station_of_group, kind="stable").astype(np.int32)
    bounds = np.searchsorted(station_of_group[order], np.arange(1, n_stations))
    return list(np.split(order, bounds))


def _concatenate(parts: Sequence[Any]) -> Any:
    return parts[0] if len(parts) == 1 else np.concatenate(parts)


def _union(places: list[Place]) -> Place:
    """Join places; a station that several reach keeps its shortest walk."""
    walks: dict[int, int] = {}
    for place in places:
        for station, walk in zip(place.stations, place.walks, strict=True):
            walks[station] = min(walk, walks.get(station, walk))
    label = " or ".join(dict.fromkeys(place.label for place in places))
    return Place(label, tuple(walks), tuple(walks.values()))


def _comes_first(method: str, walk: Itinerary, other: Itinerary) -> bool:
    """Whether a walk beats a ride in the stated order; it has no transfers and no waiting."""
    if method == "latest_departure":
        return (-walk.departure, walk.arrival) <= (-other.departure, other.arrival)
    return (walk.arrival, -walk.departure) <= (other.arrival, -other.departure)


def _clock(seconds: int, graph: TimeExpandedGraph, tz: Any) -> str:
    return f"{times.local_time(graph.epoch + seconds, tz):%Y-%m-%d %H:%M}"


def _horizon(graph: TimeExpandedGraph) -> str:
    first = graph.timetable.first_date + dt.timedelta(days=graph.first_day)
    last = first + dt.timedelta(days=graph.n_days - 1)
    return f"{first} to {last}"

