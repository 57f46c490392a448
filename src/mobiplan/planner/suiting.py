"""Suiting: what a ride has that is not known to suit who asked for it, by needs that prefer.

Where needs say "prefer", each station where one boards or alights (step-free) and each train that
one rides (wheelchair, bicycle) counts once if nobody knows whether it suits, and `KNOWN_NO` times
if it is known not to. The facts are those by which "require" rules out, so what may be required
counts nothing. Who stays seated while the train takes another number does not alight: the stations
count nothing there, and the train once, by what is worse of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from mobiplan.search.features import Own
from mobiplan.timetable.arrays import Float64, Int8
from mobiplan.timetable.graph import RUN, TimeExpandedGraph
from mobiplan.traveller.preferences import KNOWN_NO

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mobiplan.planner.planner import Planner
    from mobiplan.traveller.needs import Needs

POLICIES = ("step_free", "bicycle")  # fields of needs

#: By the three values of GTFS: unknown, yes, no.
COUNTS = np.array([1.0, 0.0, KNOWN_NO])


def preferred(*needs: Needs) -> tuple[str, ...]:
    """Return the policies that any of some needs say to prefer."""
    return tuple(name for name in POLICIES if any(getattr(one, name) == "prefer" for one in needs))


def without_preferred(needs: Needs) -> Needs:
    """Return needs that only rule out: what is preferred depends on who travels."""
    return needs.replace(**dict.fromkeys(preferred(needs), "ignore"))


def unsuited_in(planner: Planner, graph: TimeExpandedGraph, policies: Sequence[str]) -> Own:
    """Return how much of the rides of a graph is not known to suit, for policies that prefer."""
    access, timetable = planner.attributes.access, graph.timetable
    connections = graph.connections
    station = np.zeros(len(timetable.stations.lat))
    train = np.zeros(len(timetable.trips.kind))
    if "step_free" in policies:
        station += _counted(access.step_free)
        train += _counted(access.trip_wheelchair)
    if "bicycle" in policies:
        train += _counted(access.trip_bicycle)
    call = timetable.hops.call[connections.hop]
    ridden = train[connections.run_trip[connections.rows[:, RUN]]]
    boarding, alighting = (
        station[timetable.stops.station[timetable.calls.stop[at]]] for at in (call, call + 1)
    )
    left, entered = connections.exception_from, connections.exception_to
    spared = alighting[left] + boarding[entered] + np.minimum(ridden[left], ridden[entered])
    return Own((-(boarding + ridden), alighting), None, station, spared)


def _counted(values: Int8) -> Float64:
    counts: Float64 = COUNTS[values]
    return counts
