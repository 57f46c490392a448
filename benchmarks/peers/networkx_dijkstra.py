"""networkx on `graph.to_networkx()`, with a node where each station is reached."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import networkx as nx
import numpy as np

import mobiplan as mp
from mobiplan.timetable.graph import ALIGHTING, ARRIVAL, DEPARTURE

ENGINE = f"networkx {nx.__version__} Dijkstra"
ORIGIN = "origin"


def load(planner: mp.Planner, date: dt.date, days: int) -> Callable[[int, int, int], int]:
    """Return a function of origin, destination (rows of stations) and seconds since 1970."""
    graph = planner.graph(date, days)
    groups, connections = planner.timetable.groups, graph.connections
    rows = connections.rows
    view = graph.to_networkx(start=f"{date} 00:00")  # without the eve
    ride_s = rows[:, ARRIVAL] - rows[:, DEPARTURE]
    station = np.append(groups.arrival_station, -1)[rows[:, ALIGHTING]]  # -1: nobody may alight
    view.add_edges_from(
        (2 * i + 1, ("station", int(station[i])), {"duration_s": int(ride_s[i])})
        for i in np.flatnonzero(station >= 0).tolist()
        if 2 * i in view
    )

    def ask(origin: int, destination: int, depart: int) -> int:
        begin = depart - graph.epoch
        for group in np.flatnonzero(groups.boarding_station == origin).tolist():
            first, last = connections.departure_ptr[group : group + 2]
            leaving = connections.departures[first:last]
            here = np.searchsorted(rows[leaving, DEPARTURE], begin)
            for c in leaving[here : here + 1].tolist():
                view.add_edge(ORIGIN, 2 * c, duration_s=int(rows[c, DEPARTURE]) - begin)
        goal = ("station", destination)
        try:
            seconds = nx.dijkstra_path_length(view, ORIGIN, goal, weight="duration_s")
        except (nx.NetworkXNoPath, nx.NodeNotFound):
            return -1
        finally:
            view.remove_nodes_from([ORIGIN])
        return depart + int(seconds)

    return ask
