"""The ends of a leg: where one boards, alights or walks from, with its name, place and clock."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, NamedTuple
from zoneinfo import ZoneInfo

from mobiplan import times
from mobiplan.journeys.itinerary import Itinerary, Place, Question, Ride
from mobiplan.timetable.graph import ARRIVAL, DEPARTURE, RUN

if TYPE_CHECKING:
    from mobiplan.timetable.graph import TimeExpandedGraph


class Door(NamedTuple):
    """One end of a walk: a station, a stop of it, or a point with a label."""

    id: str
    name: str
    stop_id: str
    point: tuple[float, float] | None  # longitude, latitude [degrees]
    zone: ZoneInfo
    platform: str = ""


def door_of_stop(graph: TimeExpandedGraph, stop: int, zone: int) -> Door:
    """Name a stop; `zone` is the time zone of the trip that calls there."""
    timetable = graph.timetable
    stops, stations = timetable.stops, timetable.stations
    station = int(stops.station[stop])
    lat, lon = float(stops.lat[stop]), float(stops.lon[stop])
    if lat != lat or lon != lon:  # NaN: the station may be known where the stop point is not
        lat, lon = float(stations.lat[station]), float(stations.lon[station])
    return Door(
        stations.id[station],
        stations.name[station],
        stops.id[stop],
        None if lat != lat or lon != lon else (lon, lat),
        times.zone(stations.timezone[station] or timetable.timezones[zone]),
        stops.platform[stop],
    )


def door_of_place(graph: TimeExpandedGraph, place: Place, zone: ZoneInfo | None = None) -> Door:
    """Name an end of the question: the station asked for, or a point or city by its label."""
    timetable = graph.timetable
    if place.lat is not None and place.lon is not None:
        point = (place.lon, place.lat)
        return Door("", place.label, "", point, zone or times.zone(timetable.timezones[0]))
    at_door = [s for s, walk in zip(place.stations, place.walks, strict=True) if walk == 0]
    if len(at_door) != 1:  # a city: one does not know from which of its stations one walks
        return Door("", place.label, "", None, zone or times.zone(timetable.timezones[0]))
    return door_of_station(graph, at_door[0])


def door_of_station(graph: TimeExpandedGraph, station: int) -> Door:
    """Name a station."""
    timetable = graph.timetable
    stations = timetable.stations
    lat, lon = float(stations.lat[station]), float(stations.lon[station])
    return Door(
        stations.id[station],
        stations.name[station],
        "",
        None if lat != lat or lon != lon else (lon, lat),
        times.zone(stations.timezone[station] or timetable.timezones[0]),
    )


def door_at_end(graph: TimeExpandedGraph, place: Place, station: int, zone: ZoneInfo) -> Door:
    """Name the station of a place that one walks from or to; -1: the place itself."""
    return door_of_station(graph, station) if station >= 0 else door_of_place(graph, place, zone)


def boarding_door(graph: TimeExpandedGraph, ride: Ride) -> Door:
    """Name the stop where a ride begins."""
    return door_of_stop(graph, start_stop(graph, ride), _zone(graph, ride))


def alighting_door(graph: TimeExpandedGraph, ride: Ride) -> Door:
    """Name the stop where a ride ends."""
    return door_of_stop(graph, end_stop(graph, ride), _zone(graph, ride))


def start_stop(graph: TimeExpandedGraph, ride: Ride) -> int:
    """Row in Stops where a ride begins."""
    call = int(graph.timetable.hops.call[graph.connections.hop[ride.board]])
    return int(graph.timetable.calls.stop[call])


def end_stop(graph: TimeExpandedGraph, ride: Ride) -> int:
    """Row in Stops where a ride ends."""
    call = int(graph.timetable.hops.call[graph.connections.hop[ride.alight]]) + 1
    return int(graph.timetable.calls.stop[call])


def start_station(graph: TimeExpandedGraph, ride: Ride) -> int:
    """Row in Stations where a ride begins."""
    return int(graph.timetable.stops.station[start_stop(graph, ride)])


def end_station(graph: TimeExpandedGraph, ride: Ride) -> int:
    """Row in Stations where a ride ends."""
    return int(graph.timetable.stops.station[end_stop(graph, ride)])


def departure_s(graph: TimeExpandedGraph, ride: Ride) -> int:
    """When a ride leaves: s since the graph's epoch."""
    return int(graph.connections.rows[ride.board, DEPARTURE])


def arrival_s(graph: TimeExpandedGraph, ride: Ride) -> int:
    """When a ride arrives: s since the graph's epoch."""
    return int(graph.connections.rows[ride.alight, ARRIVAL])


def departure_of(graph: TimeExpandedGraph, itinerary: Itinerary, question: Question) -> dt.datetime:
    """Return when the first leg leaves, in the time zone of the place that it leaves from."""
    if itinerary.rides:
        door = boarding_door(graph, itinerary.rides[0])
        if itinerary.access:
            door = door_of_place(graph, question.origin, door.zone)
    else:
        door = door_of_place(graph, question.origin)
    return times.local_time(graph.epoch + itinerary.departure, door.zone)


def arrival_of(graph: TimeExpandedGraph, itinerary: Itinerary, question: Question) -> dt.datetime:
    """Return when the last leg arrives, in the time zone of the place that it arrives at."""
    if itinerary.rides:
        door = alighting_door(graph, itinerary.rides[-1])
        if itinerary.egress:
            door = door_of_place(graph, question.destination, door.zone)
    else:
        door = door_of_place(graph, question.destination)
    return times.local_time(graph.epoch + itinerary.arrival, door.zone)


def _zone(graph: TimeExpandedGraph, ride: Ride) -> int:
    connections = graph.connections
    trip = int(connections.run_trip[int(connections.rows[ride.board, RUN])])
    return int(graph.timetable.trips.zone[trip])
