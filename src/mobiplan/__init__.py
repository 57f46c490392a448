"""mobiplan plans rail journeys for a person.

GTFS feeds in, journeys out::

    import mobiplan as mp

    timetable = mp.load(["sncf_tgv.zip", "sncf_ter.zip"])
    planner = mp.Planner(timetable)
    print(planner.earliest_arrival("Rennes", "Grenoble", depart="2025-02-04 08:00"))

Nothing heavy is imported before it is used, so that ``import mobiplan`` is instant.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mobiplan.errors import (
    AmbiguousStation,
    InvalidChoices,
    InvalidFeed,
    InvalidOpenData,
    InvalidQuery,
    InvalidTimetable,
    MobiplanError,
    NoJourney,
    OutsideCalendar,
    UnknownStation,
)

if TYPE_CHECKING:
    from mobiplan.attributes import Amount, Attributes, Passenger
    from mobiplan.journeys import Journey, JourneySet, Leg
    from mobiplan.opendata import OpenData, download, open_data, sample_data
    from mobiplan.planner import Planner
    from mobiplan.timetable.graph import TimeExpandedGraph
    from mobiplan.timetable.loading import load, sample
    from mobiplan.timetable.planned import PlannedTrip
    from mobiplan.timetable.rules import TransferRules
    from mobiplan.timetable.timetable import Timetable
    from mobiplan.traveller.criterion import Criterion
    from mobiplan.traveller.learning import ChoiceModel, learn
    from mobiplan.traveller.memory import Memory
    from mobiplan.traveller.needs import Needs
    from mobiplan.traveller.population import population
    from mobiplan.traveller.traveller import Traveller

__version__ = "0.1.0"

_HOMES = {
    "Amount": "mobiplan.attributes",
    "Attributes": "mobiplan.attributes",
    "ChoiceModel": "mobiplan.traveller.learning",
    "Criterion": "mobiplan.traveller.criterion",
    "Journey": "mobiplan.journeys",
    "JourneySet": "mobiplan.journeys",
    "Leg": "mobiplan.journeys",
    "Memory": "mobiplan.traveller.memory",
    "Needs": "mobiplan.traveller.needs",
    "OpenData": "mobiplan.opendata",
    "Passenger": "mobiplan.attributes",
    "PlannedTrip": "mobiplan.timetable.planned",
    "Planner": "mobiplan.planner",
    "TimeExpandedGraph": "mobiplan.timetable.graph",
    "Timetable": "mobiplan.timetable.timetable",
    "TransferRules": "mobiplan.timetable.rules",
    "Traveller": "mobiplan.traveller.traveller",
    "download": "mobiplan.opendata",
    "learn": "mobiplan.traveller.learning",
    "load": "mobiplan.timetable.loading",
    "open_data": "mobiplan.opendata",
    "population": "mobiplan.traveller.population",
    "sample": "mobiplan.timetable.loading",
    "sample_data": "mobiplan.opendata",
}

__all__ = [
    "AmbiguousStation",
    "Amount",
    "Attributes",
    "ChoiceModel",
    "Criterion",
    "InvalidChoices",
    "InvalidFeed",
    "InvalidOpenData",
    "InvalidQuery",
    "InvalidTimetable",
    "Journey",
    "JourneySet",
    "Leg",
    "Memory",
    "MobiplanError",
    "Needs",
    "NoJourney",
    "OpenData",
    "OutsideCalendar",
    "Passenger",
    "PlannedTrip",
    "Planner",
    "TimeExpandedGraph",
    "Timetable",
    "TransferRules",
    "Traveller",
    "UnknownStation",
    "download",
    "learn",
    "load",
    "open_data",
    "population",
    "sample",
    "sample_data",
]


def __getattr__(name: str) -> Any:
    """Import a public name from its room when it is first used (PEP 562)."""
    if name not in _HOMES:
        raise AttributeError(f"module 'mobiplan' has no attribute {name!r}")
    from importlib import import_module

    value = getattr(import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
