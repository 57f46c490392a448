"""What a search returns: positions in a graph, not yet names and clocks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from mobiplan.traveller.criterion import Criterion

CHANGE, IN_SEAT, GUARANTEED = range(3)


class Ride(NamedTuple):
    """One run from a boarding to an alighting; both are positions in the graph's arrays."""

    board: int
    alight: int
    entry: int = CHANGE  # how one came aboard: CHANGE (or first boarding), IN_SEAT, GUARANTEED


class Itinerary(NamedTuple):
    """Rides in order, with the walks to the first and from the last station.

    Times are seconds since the graph's epoch. A walk from door to door has no rides.
    """

    rides: tuple[Ride, ...]
    departure: int  # when the first leg leaves, a walk included
    arrival: int
    access: int = 0  # s on foot before the first ride
    egress: int = 0  # s on foot after the last ride


@dataclass(frozen=True)
class Place:
    """Where a journey may begin or end: the stations it stands for and the walk to each."""

    label: str  # as the caller said it
    stations: tuple[int, ...]  # rows in Timetable.stations
    walks: tuple[int, ...]  # s on foot to each of them, 0 at a station
    lat: float | None = None  # degrees, for a point; None for stations
    lon: float | None = None


@dataclass(frozen=True)
class Question:
    """What was asked, so that an answer can be followed up."""

    method: str  # name of the Planner's method
    origin: Place
    destination: Place
    depart: int | None  # s since 1970 UTC
    arrive: int | None  # s since 1970 UTC
    days: int
    leave_before: int | None = None  # s since 1970 UTC: the end of the day asked for
    wish: tuple[int | None, int | None] = (None, None)  # to depart, to arrive; s since 1970 UTC
    criteria: tuple[Criterion, ...] = ()  # the caller's own
    preferred: tuple[str, ...] = ()  # fields of needs that the question, not a person, prefers


@dataclass(frozen=True)
class Statistics:
    """How an answer was found."""

    engine: str
    connections: int  # looked at
    seconds: float  # of search, without making the graph
    graph_seconds: float  # of making the graph, 0.0 when it was there already
    horizon: str  # the service dates looked at
    bound: str = ""  # what the set leaves out on purpose, in words
