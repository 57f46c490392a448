"""Toy timetables for the room `journeys`, and journeys on them chosen by hand.

>>> toy = Toy()
>>> toy.trip("8603", "Rennes 08:00", "Laval 08:32/08:35", "Paris 09:30")
>>> journey = toy.journey("2026-03-24", ride("8603", "Rennes", "Paris"))
>>> len(journey.legs)
1

A ride is named by number, station and station; where a train calls twice at a station, the time
is added: "Rennes 08:00". Nothing is searched: which trains one takes is the test's choice.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from mobiplan.gtfs.kinds import KIND
from mobiplan.gtfs.tables import Source, Tables
from mobiplan.journeys import Journey, JourneySet
from mobiplan.journeys.itinerary import (
    CHANGE,
    Itinerary,
    Place,
    Question,
    Ride,
    Statistics,
)
from mobiplan.timetable.build import build_timetable
from mobiplan.timetable.expanding import make_graph
from mobiplan.timetable.graph import ARRIVAL, DEPARTURE, TimeExpandedGraph
from mobiplan.timetable.rules import TransferRules
from mobiplan.timetable.timetable import Timetable

STATISTICS = Statistics("scan", 0, 0.0, 0.0, "2026-03-23 to 2026-03-25")
NAN = float("nan")


def seconds(text: str) -> int:
    """ "26:15" or "08:05:30" in seconds of a service day."""
    hours, minutes, *rest = (int(part) for part in text.split(":"))
    return hours * 3600 + minutes * 60 + (rest[0] if rest else 0)


def split_call(call: str) -> tuple[str, int, int]:
    """ "Laval 08:32/08:35" -> Laval, arrival, departure."""
    name, _, times = call.rpartition(" ")
    arrival, _, departure = times.partition("/")
    return name, seconds(arrival), seconds(departure or arrival)


@dataclass(frozen=True)
class RideOf:
    """A ride before there is a graph: number of the train, where one boards and alights."""

    number: str
    start: str
    end: str
    entry: int = CHANGE
    day: int = 0  # service days after the first of the graph


@dataclass
class Toy:
    """A feed in the making."""

    stations: dict[str, dict[str, Any]] = field(default_factory=dict)
    trips: list[dict[str, Any]] = field(default_factory=list)
    transfers: list[dict[str, Any]] = field(default_factory=list)
    zone: str = "Europe/Paris"
    first_date: dt.date = dt.date(2026, 3, 1)
    n_days: int = 300

    def station(self, name: str, **facts: Any) -> None:
        """Add a station; facts: code, lat, lon, timezone, platform, stop_placed."""
        self.stations[name] = {
            "code": "",
            "lat": NAN,
            "lon": NAN,
            "timezone": "",
            "platform": "",
            "stop_placed": True,
            **facts,
        }

    def trip(
        self,
        number: str,
        *calls: str,
        brand: str = "TGV INOUI",
        kind: str = "high speed",
        pickup: dict[str, int] | None = None,
        drop_off: dict[str, int] | None = None,
        approximate: Sequence[str] = (),
        id: str = "",
    ) -> None:
        """Add a trip: `trip("8603", "Rennes 08:00", "Laval 08:32/08:35", "Paris 09:30")`."""
        for call in calls:
            name = split_call(call)[0]
            if name not in self.stations:
                self.station(name)
        self.trips.append(
            {
                "number": number,
                "calls": [split_call(call) for call in calls],
                "brand": brand,
                "kind": kind,
                "pickup": pickup or {},
                "drop_off": drop_off or {},
                "approximate": approximate,
                "id": id or f"trip {len(self.trips)}",
            }
        )

    def transfer(self, from_number: str, to_number: str, type: int) -> None:
        """Add a row of transfers.txt from one trip's last stop to another's first."""
        self.transfers.append({"from": from_number, "to": to_number, "type": type})

    def timetable(self, rules: TransferRules | None = None) -> Timetable:
        names = list(self.stations)
        facts = pd.DataFrame(list(self.stations.values()))
        n_stations = len(names)
        stations = pd.DataFrame(
            {
                "id": [f"StopArea:{name}" for name in names],
                "name": names,
                "lat": facts["lat"].astype(float),
                "lon": facts["lon"].astype(float),
                "code": facts["code"],
                "timezone": facts["timezone"],
                "wheelchair": np.zeros(n_stations, np.int8),
            }
        )
        stops = stations.assign(
            id=[f"StopPoint:{name}" for name in names],
            station=np.arange(n_stations),
            platform=facts["platform"],
            lat=stations["lat"].where(facts["stop_placed"]),
            lon=stations["lon"].where(facts["stop_placed"]),
        )
        trips = self.trips
        n_calls = np.array([len(trip["calls"]) for trip in trips])
        zeros = np.zeros(len(trips), np.int8)
        trip_table = pd.DataFrame(
            {
                "id": [trip["id"] for trip in trips],
                "route": zeros,
                "service": zeros,
                "number": [trip["number"] for trip in trips],
                "brand": [trip["brand"] for trip in trips],
                "headsign": [trip["number"] for trip in trips],
                "kind": [KIND[trip["kind"]] for trip in trips],
                "block": [""] * len(trips),
                "zone": zeros,
                "source": zeros,
                "wheelchair": zeros,
                "bicycle": zeros,
                "first": np.cumsum(n_calls) - n_calls,
                "calls": n_calls,
            }
        )
        rows = [
            (
                row,
                names.index(name),
                arrival,
                departure,
                trip["pickup"].get(name, 0),
                trip["drop_off"].get(name, 0),
                name in trip["approximate"],
            )
            for row, trip in enumerate(trips)
            for name, arrival, departure in trip["calls"]
        ]
        columns = ["trip", "stop", "arrival_s", "departure_s", "pickup", "drop_off", "approximate"]
        row_of = {trip["number"]: row for row, trip in enumerate(trips)}
        published = self.transfers
        none = [-1] * len(published)
        transfers = pd.DataFrame(
            {
                **{
                    f"{end}_{what}": pd.Series(none, dtype="int32")
                    for what in ("stop", "route")
                    for end in ("from", "to")
                },
                **{
                    f"{end}_station": pd.Series(
                        [names.index(trips[row_of[t[end]]]["calls"][at][0]) for t in published],
                        dtype="int32",
                    )
                    for end, at in (("from", -1), ("to", 0))
                },
                **{
                    f"{end}_trip": pd.Series([row_of[t[end]] for t in published], dtype="int32")
                    for end in ("from", "to")
                },
                "type": pd.Series([t["type"] for t in published], dtype="int8"),
                "minimum_s": pd.Series(none, dtype="int32"),
            }
        )
        tables = Tables(
            agencies=pd.DataFrame({"id": ["SNCF"], "name": ["SNCF"], "url": [""]}),
            stations=stations,
            stops=stops,
            routes=pd.DataFrame(
                {"id": ["r"], "agency": [0], "short_name": [""], "long_name": [""], "type": [2]}
            ),
            trips=trip_table,
            stop_times=pd.DataFrame(rows, columns=columns),
            transfers=transfers,
            active=np.ones((1, self.n_days), dtype=bool),
            first_date=self.first_date,
            timezones=(self.zone,),
            sources=(Source("toy", "", "", "", "", ""),),
            checks=pd.DataFrame(),
        )
        return build_timetable(tables, rules or TransferRules())

    def graph(
        self, date: str = "2026-03-24", days: int = 1, rules: TransferRules | None = None
    ) -> TimeExpandedGraph:
        """The graph of `days` service days from `date` on."""
        first_day = (dt.date.fromisoformat(date) - self.first_date).days
        return make_graph(self.timetable(rules), first_day, days)

    def journey(
        self, date: str, *rides: RideOf, access: int = 0, egress: int = 0, **question: Any
    ) -> Journey:
        """The journey by these rides, the first of which belongs to the service day `date`."""
        graph = self.graph(date, days=2)
        itinerary = itinerary_of(graph, *rides, access=access, egress=egress)
        return Journey(graph, itinerary, question_of(graph, itinerary, **question))


def ride(number: str, start: str, end: str, entry: int = CHANGE, day: int = 0) -> RideOf:
    """A ride by the train `number`."""
    return RideOf(number, start, end, entry, day)


def find_ride(graph: TimeExpandedGraph, wanted: RideOf) -> Ride:
    """Look a ride up in a graph, in the slowest and most obvious way."""
    timetable, connections = graph.timetable, graph.connections

    def matches(call: int, text: str, clock: Sequence[int]) -> bool:
        name, _, time = text.rpartition(" ")
        station = timetable.stations.name[timetable.stops.station[timetable.calls.stop[call]]]
        if ":" not in text:
            return station == text
        return station == name and clock[call] == seconds(time)

    for run, trip in enumerate(connections.run_trip):
        if timetable.trips.number[trip] != wanted.number:
            continue
        if connections.run_day[run] != wanted.day:
            continue
        slots = range(connections.run_slot[run], connections.run_slot[run + 1])
        calls = [int(timetable.hops.call[connections.hop[connections.position[s]]]) for s in slots]
        for board, call in zip(slots, calls, strict=True):
            if not matches(call, wanted.start, timetable.calls.departure):
                continue
            for alight in range(board, slots.stop):
                end_call = calls[alight - slots.start] + 1
                if matches(end_call, wanted.end, timetable.calls.arrival):
                    positions = connections.position
                    return Ride(int(positions[board]), int(positions[alight]), wanted.entry)
    raise AssertionError(f"no {wanted} in the toy")


def itinerary_of(
    graph: TimeExpandedGraph, *rides: RideOf, access: int = 0, egress: int = 0
) -> Itinerary:
    found = tuple(find_ride(graph, wanted) for wanted in rides)
    departure = int(graph.connections.rows[found[0].board, DEPARTURE]) - access
    arrival = int(graph.connections.rows[found[-1].alight, ARRIVAL]) + egress
    return Itinerary(found, departure, arrival, access, egress)


def place_of(graph: TimeExpandedGraph, name: str) -> Place:
    row = graph.timetable.stations.name.index(name)
    return Place(name, (row,), (0,))


def question_of(
    graph: TimeExpandedGraph,
    itinerary: Itinerary,
    origin: Place | None = None,
    destination: Place | None = None,
    depart: int | None = None,
    arrive: int | None = None,
) -> Question:
    """A question that the itinerary answers; its places are those where rides begin and end."""
    timetable, connections = graph.timetable, graph.connections

    def station(position: int, later: int) -> str:
        call = timetable.hops.call[connections.hop[position]] + later
        return timetable.stations.name[int(timetable.stops.station[timetable.calls.stop[call]])]

    if origin is None:
        origin = place_of(graph, station(itinerary.rides[0].board, 0))
    if destination is None:
        destination = place_of(graph, station(itinerary.rides[-1].alight, 1))
    return Question("earliest_arrival", origin, destination, depart, arrive, 1)


def set_of(
    graph: TimeExpandedGraph,
    itineraries: Sequence[Itinerary],
    diagnosis: str = "",
    question: Question | None = None,
) -> JourneySet:
    if question is None:
        question = question_of(graph, itineraries[0])
    return JourneySet(None, question, graph, itineraries, STATISTICS, diagnosis)
