"""What a search is asked and what it answers, in the numbers of a graph.

Nothing here is compiled, so that who asks need not wait for numba.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

from mobiplan.timetable.arrays import Int32
from mobiplan.timetable.graph import NEVER

Engine = Literal["auto", "scan", "sweep", "dijkstra"]
ENGINES = ("auto", "scan", "sweep", "dijkstra")


class Bounds(NamedTuple):
    """When a journey may be under way, in seconds since the graph's epoch."""

    depart: int  # not before
    arrive: int  # not after
    until: int = NEVER  # journeys of a window leave before this; scans do not look at it


class Found(NamedTuple):
    """A journey as positions in the graph; times in seconds since its epoch."""

    departure: int
    arrival: int
    rides: Int32  # (n_rides, 3) boarded at, alighted at, 1 = entered by an exceptional arc


class Ends(NamedTuple):
    """Where a journey may begin and end, in groups."""

    origin: Int32  # (k,) boarding groups
    access: Int32  # (k,) s needed before a departure of the group: walk and closing of doors
    leave: Int32  # (k,) s before that departure at which the journey begins: 0 without a walk
    destination: Int32  # (m,) arrival groups
    egress: Int32  # (m,) s on foot after the arrival
