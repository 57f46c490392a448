"""Facts: what is known of a journey beside its times, and where each figure comes from."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np

from mobiplan.attributes.access import UNKNOWN, WORDS
from mobiplan.attributes.amount import Amount
from mobiplan.journeys.itinerary import IN_SEAT
from mobiplan.journeys.leg import CITY_CHANGE
from mobiplan.timetable.graph import RUN

if TYPE_CHECKING:
    import pandas as pd

    from mobiplan.attributes.passenger import Passenger
    from mobiplan.journeys.journey import Journey
    from mobiplan.opendata.dataset import Source
    from mobiplan.traveller.needs import Needs

SOURCE_COLUMNS = ("data_set", "date", "licence", "url", "used_for", "note")


def price_of(journey: Journey, passenger: Passenger | None = None) -> Amount:
    """Return the fares of the rides for a passenger, added up; a walk is free.

    Unknown where one only crosses a city by its metro: nobody here knows the ticket.
    """
    if only_crosses_city(journey):
        return Amount.unknown("€")
    fares = journey.planner.attributes.fares(passenger)
    return Amount.total((fares.leg(*calls) for calls in calls_of(journey)), "€")


def through_fare_of(journey: Journey, passenger: Passenger | None = None) -> Amount:
    """Return the published fare of the journey's own pair by a brand that it rides.

    The lowest of its brands' by the middle; unknown where none publishes the pair. It is shown
    beside the sum of the legs, and ranks nothing.
    """
    if not journey.itinerary.rides:
        return Amount.unknown("€")
    fares = journey.planner.attributes.fares(passenger)
    timetable, connections = journey.graph.timetable, journey.graph.connections
    rows = [ride.board for ride in journey.itinerary.rides]
    trips = connections.run_trip[connections.rows[rows, RUN]]
    brands = dict.fromkeys(timetable.trips.brand[trips].tolist())
    found = [fares.through(*ends_of(journey), timetable.brands[brand]) for brand in brands]
    known = [fare for fare in found if fare.is_known]
    return min(known, key=lambda fare: fare.middle, default=Amount.unknown("€"))


def co2_of(journey: Journey) -> Amount:
    """Return what the rides emit per passenger, added up; unknown as in `price_of`."""
    if only_crosses_city(journey):
        return Amount.unknown("kg CO2e")
    emissions = journey.planner.attributes.emissions
    return Amount.total((emissions.leg(*calls) for calls in calls_of(journey)), "kg CO2e")


def only_crosses_city(journey: Journey) -> bool:
    """Whether a journey is nothing but the way from one station of a city to another by metro."""
    return not journey.itinerary.rides and any(leg.kind == CITY_CHANGE for leg in journey.legs)


def unknown_of(journey: Journey, passenger: Passenger | None = None) -> set[str]:
    """Return the features of which nobody knows how much a journey has."""
    facts = {"euros": price_of(journey, passenger), "co2": co2_of(journey)}
    return {name for name, amount in facts.items() if not amount.is_known}


def co2_alternatives_of(journey: Journey) -> dict[str, Amount]:
    """Return what one would emit by car, coach or plane between the journey's ends."""
    if not journey.itinerary.rides:
        return {}
    alternatives: dict[str, Amount] = journey.planner.attributes.emissions.alternatives(
        *ends_of(journey)
    )
    return alternatives


def access_of(journey: Journey, needs: Needs) -> list[str]:
    """Say what is known, and what is not, of the access that is preferred or required.

    By the traveller's needs, or by those of the question.
    """
    access, timetable = journey.planner.attributes.access, journey.graph.timetable
    stations, connections = stations_entered(journey), journey.graph.connections
    rows = [ride.board for ride in journey.itinerary.rides]
    trips = connections.run_trip[connections.rows[rows, RUN]].tolist()
    trains = [leg.title for leg in journey.legs if not leg.is_walk]
    said = []
    for field, title, asked, aboard in (
        ("step_free", "step-free access", stations, access.trip_wheelchair),
        ("bicycle", "bicycles aboard", [], access.trip_bicycle),
    ):
        if not _asks_for(journey, needs, field):
            continue
        found: dict[str, dict[str, None]] = {}
        for station in asked:
            name = timetable.stations.name[station]
            found.setdefault(f"{WORDS[int(access.step_free[station])]} at", {})[name] = None
        for train, trip in zip(trains, trips, strict=True):
            found.setdefault(f"{WORDS[int(aboard[trip])]} aboard", {})[train] = None
        for leg in journey.legs:
            if leg.kind == CITY_CHANGE:  # nobody here knows its metro or bus
                way = f"{leg.from_name} to {leg.to_name}"
                found.setdefault(f"{WORDS[UNKNOWN]} across the city from", {})[way] = None
        parts = [f"{words} {', '.join(names)}" for words, names in found.items()]
        said.append(f"{title}: {'; '.join(parts)}")
    return said


def _asks_for(journey: Journey, needs: Needs, policy: str) -> bool:
    """Whether somebody's needs, or those of the question, prefer or require something."""
    stated = any(getattr(one, policy) != "ignore" for one in (needs, journey.planner.needs))
    return stated or policy in journey.question.preferred


def access_sources_of(journey: Journey) -> list[Source]:
    """Return the tables that tell of the stations where one boards and alights, each once.

    What GTFS tells is the timetable's.
    """
    access = journey.planner.attributes.access
    facts = [access.fact(station, "step_free") for station in stations_entered(journey)]
    said = dict.fromkeys(source for fact in facts for source in fact.sources)
    return [source for source in said if source.licence]


def stations_entered(journey: Journey) -> list[int]:
    """Return the stations where one boards and alights; who stays seated does neither."""
    timetable, rides = journey.graph.timetable, journey.itinerary.rides
    calls = np.array(calls_of(journey), dtype=np.int64).reshape(-1, 2)
    entered = np.ones(calls.shape, dtype=bool)
    entered[1:, 0] = [ride.entry != IN_SEAT for ride in rides[1:]]
    entered[:-1, 1] = entered[1:, 0]
    stations: list[int] = timetable.stops.station[timetable.calls.stop[calls[entered]]].tolist()
    return stations


def sources_of(journeys: Iterable[Journey]) -> pd.DataFrame:
    """Return the data sets that the journeys rest on, one row each; see `Journey.sources`."""
    import pandas as pd

    used: dict[tuple[str, str, str, str, str], list[str]] = {}

    def use(row: tuple[str, str, str, str, str], purpose: str) -> None:
        purposes = used.setdefault(row, [])
        if purpose not in purposes:
            purposes.append(purpose)

    for journey in journeys:
        for feed in journey.graph.timetable.sources:
            use((feed.name, feed.version, feed.licence, "", feed.publisher), "timetable")
        if journey.planner is not None:
            for purpose, amount in (("fares", journey.price), ("co2", journey.co2)):
                for source in amount.sources:
                    use((*source[:4], source.note), purpose)
            who = journey.planner if journey.personal is None else journey.personal.traveller
            if _asks_for(journey, who.needs, "step_free"):
                for source in access_sources_of(journey):
                    use((*source[:4], source.note), "access")
    rows = [(*row[:4], ", ".join(purposes), row[4]) for row, purposes in used.items()]
    return pd.DataFrame(rows, columns=list(SOURCE_COLUMNS), dtype="str")


def calls_of(journey: Journey) -> list[tuple[int, int]]:
    """Return the calls where each ride is boarded and left."""
    hops = journey.graph.timetable.hops.call[journey.graph.connections.hop]
    return [(int(hops[r.board]), int(hops[r.alight]) + 1) for r in journey.itinerary.rides]


def ends_of(journey: Journey) -> tuple[int, int]:
    """Return the stations where the first ride begins and the last ends."""
    timetable, calls = journey.graph.timetable, calls_of(journey)
    first, last = calls[0][0], calls[-1][1]
    stations = timetable.stops.station[timetable.calls.stop[[first, last]]]
    return int(stations[0]), int(stations[1])
