"""A journey's `id`: what one would still call it after the feed was published anew."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mobiplan.journeys.coupling import couplings_of, joined_numbers, number_of
from mobiplan.journeys.doors import departure_of, end_station, end_stop, start_station, start_stop
from mobiplan.journeys.itinerary import Itinerary, Question
from mobiplan.journeys.leg import WALK
from mobiplan.timetable.graph import RUN

if TYPE_CHECKING:
    from mobiplan.timetable.graph import TimeExpandedGraph


def journey_id(graph: TimeExpandedGraph, itinerary: Itinerary, question: Question) -> str:
    """Return a name for the rides of an itinerary that another edition of the feed would keep.

    Each ride is ``date:number:from-to``, joined by "+": the service date (where it differs from
    the ride before), the train number ("2573/2593" as in the leg), and the stations' codes, or
    their ids where they have none. A train without a number is named by its departure
    ("@08:05", hours of the service day, up to "@31:20") between stop ids. Where a train calls
    twice at a station, the time of the call meant is added to it.
    """
    parts = []
    date_before = None
    for ride, coupling in zip(itinerary.rides, couplings_of(graph, itinerary), strict=True):
        run = coupling.runs[0]
        date = graph.date_of(run)
        number = joined_numbers(number_of(graph, run) for run in coupling.runs)
        timetable, hops = graph.timetable, graph.timetable.hops
        hop_from, hop_to = graph.connections.hop[ride.board], graph.connections.hop[ride.alight]
        leaves = _service_clock(int(hops.departure[hop_from]))
        if number:
            start, end = start_station(graph, ride), end_station(graph, ride)
            trip = int(graph.connections.run_trip[int(graph.connections.rows[ride.board, RUN])])
            first, last = timetable.trips.call_ptr[trip], timetable.trips.call_ptr[trip + 1]
            stations = timetable.stops.station[timetable.calls.stop[first:last]]
            start_name, end_name = _station_key(graph, start), _station_key(graph, end)
            if (stations == start).sum() > 1:
                start_name += f"@{leaves}"
            if (stations == end).sum() > 1:
                end_name += f"@{_service_clock(int(hops.arrival[hop_to]))}"
        else:
            number = f"@{leaves}"
            start_name = timetable.stops.id[start_stop(graph, ride)]
            end_name = timetable.stops.id[end_stop(graph, ride)]
        train = f"{number}:{start_name}-{end_name}"
        parts.append(train if date == date_before else f"{date}:{train}")
        date_before = date
    if parts:
        return "+".join(parts)
    leaves_at = departure_of(graph, itinerary, question).strftime("%Y-%m-%dT%H:%M")
    return f"{leaves_at}:{WALK}:{question.origin.label}-{question.destination.label}"


def _station_key(graph: TimeExpandedGraph, station: int) -> str:
    stations = graph.timetable.stations
    return stations.code[station] or stations.id[station]


def _service_clock(seconds: int) -> str:
    """Write seconds of a service day as GTFS does, without seconds where there are none."""
    minutes, rest = divmod(seconds, 60)
    return f"{minutes // 60:02d}:{minutes % 60:02d}" + (f":{rest:02d}" if rest else "")
