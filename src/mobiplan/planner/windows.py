"""Windows: which service dates a question needs, and their graphs, kept for the next one."""

from __future__ import annotations

import datetime as dt
import threading
import time
from collections import OrderedDict

from mobiplan import times
from mobiplan.timetable.graph import TimeExpandedGraph, make_graph
from mobiplan.timetable.timetable import Timetable

GRAPHS_KEPT = 3


class Windows:
    """The time-expanded graphs of one timetable; the last few are kept. Safe for threads."""

    def __init__(self, timetable: Timetable) -> None:
        self.timetable = timetable
        self._graphs: OrderedDict[tuple[int, int], TimeExpandedGraph] = OrderedDict()
        self._lock = threading.Lock()

    def around(self, instant: int, days: int, *, backward: bool) -> tuple[TimeExpandedGraph, float]:
        """Return the graph of `days` service days from (or up to) the day of `instant`.

        `instant` is in seconds since 1970 UTC. Also returns the seconds spent on making it.

        Raises
        ------
        OutsideCalendar
            If no train could run on that day.
        """
        timetable = self.timetable
        day = (
            times.local_time(instant, times.zone(timetable.timezones[0])).date()
            - timetable.first_date
        ).days
        # A night train still runs on the morning after the last service day.
        late = timetable.lookback + backward
        if not timetable.first_day <= day <= timetable.last_day + late:
            timetable.require_date(timetable.first_date + dt.timedelta(days=day))
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
            graph = make_graph(self.timetable, *key)
            while len(self._graphs) >= GRAPHS_KEPT:
                self._graphs.popitem(last=False)
            self._graphs[key] = graph
            return graph, time.perf_counter() - began
