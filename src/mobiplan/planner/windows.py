"""Windows: which service dates a question needs, and their graphs, kept for the next one."""

from __future__ import annotations

import datetime as dt
import threading
import time
from collections import OrderedDict
from collections.abc import Callable

from mobiplan import times
from mobiplan.timetable.expanding import make_graph
from mobiplan.timetable.graph import TimeExpandedGraph
from mobiplan.timetable.timetable import Timetable

GRAPHS_KEPT = 2  # one to depart in, one to arrive in


class Windows:
    """The time-expanded graphs of one timetable; the last few are kept. Safe for threads."""

    def __init__(
        self,
        timetable: Timetable,
        plain: Windows | None = None,
        restricted: Callable[[TimeExpandedGraph], TimeExpandedGraph] | None = None,
    ) -> None:
        self.timetable = timetable
        self._plain = plain  # those of everybody, where the timetable is one traveller's
        self._restricted = restricted  # what a traveller's needs leave of a graph
        self._graphs: OrderedDict[tuple[int, int], TimeExpandedGraph] = OrderedDict()
        self._lock = threading.Lock()
        self._today = 0, 0, 0  # begin and end of the day asked about last, and its number

    def around(self, instant: int, days: int, *, backward: bool) -> tuple[TimeExpandedGraph, float]:
        """Return the graph of `days` service days from (or up to) the day of `instant`.

        `instant` is in seconds since 1970 UTC. Also returns the seconds spent on making it.

        Raises
        ------
        OutsideCalendar
            If no train runs on that day, or (looking forward) later on it.
        """
        dates = self.timetable.dates
        days = min(days, (dates[-1] - dates[0]).days + 1 + self.timetable.lookback)
        begin, end, day = self._today
        if begin <= instant < end:
            return self.of(day - days + 1 if backward else day, days)
        timetable = self.timetable
        tz = times.zone(timetable.timezones[0])
        first, last = timetable.span
        date = times.local_time(instant, tz).date()
        if not first <= instant <= last:
            # A train may leave on the eve of its service day, and arrive on the morning after.
            before = date < min(timetable.dates[0], times.local_time(first, tz).date())
            after = date > max(timetable.dates[-1], times.local_time(last, tz).date())
            late = instant > last and not backward and date > timetable.dates[-1]
            if before or after or late:
                raise timetable.outside(date)
        begin, end = times.calendar_day(date, tz)
        # Service days begin at noon minus twelve hours: when the clocks go forward, at 23:00.
        tomorrow = times.service_day_start(date + dt.timedelta(days=1), tz)
        day = (date - timetable.first_date).days
        self._today = max(begin, first), min(end, last + 1, tomorrow), day
        if backward and tomorrow <= instant:
            day += 1
        return self.of(day - days + 1 if backward else day, days)

    def of(self, first_day: int, days: int) -> tuple[TimeExpandedGraph, float]:
        """Return the graph of `days` service days and of the runs still under way before them."""
        lookback = self.timetable.lookback
        key = (first_day - lookback, days + lookback)
        graph = self._graphs.get(key)
        if graph is not None:
            return graph, 0.0
        with self._lock:
            graph = self._graphs.get(key)
            if graph is not None:
                return graph, 0.0
            began = time.perf_counter()
            if self._plain is None:
                graph = make_graph(self.timetable, *key)
            else:
                graph = self._plain.of(first_day, days)[0].under(self.timetable)
            if self._restricted is not None:
                graph = self._restricted(graph)
            while len(self._graphs) >= GRAPHS_KEPT:
                self._graphs.popitem(last=False)
            self._graphs[key] = graph
            return graph, time.perf_counter() - began
