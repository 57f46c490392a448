"""scipy.sparse.csgraph.dijkstra on our time-expanded graph.

It knows no target and no clock, so it labels all that can be reached; the first arrival among the
nodes reached at the destination is the answer.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import numpy as np
import scipy
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

import mobiplan as mp
from mobiplan.timetable.graph import ALIGHTING, ARRIVAL, BOARDING, DEPARTURE

ENGINE = f"scipy {scipy.__version__} Dijkstra"


def load(planner: mp.Planner, date: dt.date, days: int) -> Callable[[int, int, int], int]:
    """Return a function of origin, destination (rows of stations) and seconds since 1970."""
    graph = planner.graph(date, days)
    groups, connections, arcs, n = planner.timetable.groups, graph.connections, graph.arcs, graph.n
    rows = connections.rows
    platform, aboard = 2 * np.arange(n), 2 * np.arange(n) + 1
    may_board = rows[:, BOARDING] < len(groups.boarding_stop)
    from_aboard = np.repeat(aboard, np.diff(arcs.transfer_ptr))
    start = np.concatenate([platform[may_board], platform, aboard, from_aboard])
    end = np.concatenate(
        [
            aboard[may_board],
            2 * arcs.next_in_group,
            2 * arcs.next_in_run + 1,
            2 * arcs.transfer_to,
        ]
    )
    start, end = start[end < 2 * n], end[end < 2 * n]  # position n stands for "none"
    seconds = rows[end // 2, DEPARTURE] - rows[start // 2, DEPARTURE]
    matrix = csr_array((seconds.astype(float), (start, end)), shape=(2 * n, 2 * n))

    def ask(origin: int, destination: int, depart: int) -> int:
        sources = []
        for group in np.flatnonzero(groups.boarding_station == origin).tolist():
            first, last = connections.departure_ptr[group : group + 2]
            leaving = connections.departures[first:last]
            here = np.searchsorted(rows[leaving, DEPARTURE], depart - graph.epoch)
            sources += (2 * leaving[here : here + 1]).tolist()
        if not sources:
            return -1
        reached = np.isfinite(dijkstra(matrix, indices=sources, min_only=True)[1::2])
        at_goal = np.flatnonzero(groups.arrival_station == destination)
        arrivals = rows[reached & np.isin(rows[:, ALIGHTING], at_goal), ARRIVAL]
        return graph.epoch + int(arrivals.min()) if len(arrivals) else -1

    return ask
