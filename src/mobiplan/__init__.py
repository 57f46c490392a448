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
    InvalidFeed,
    InvalidQuery,
    InvalidTimetable,
    MobiplanError,
    NoJourney,
    OutsideCalendar,
    UnknownStation,
)

if TYPE_CHECKING:
    from mobiplan.journeys import Journey, JourneySet, Leg
    from mobiplan.planner import Planner
    from mobiplan.timetable.graph import TimeExpandedGraph
    from mobiplan.timetable.loading import load, sample
    from mobiplan.timetable.rules import TransferRules
    from mobiplan.timetable.timetable import Timetable

__version__ = "0.1.0"

_HOMES = {
    "Journey": "mobiplan.journeys",
    "JourneySet": "mobiplan.journeys",
    "Leg": "mobiplan.journeys",
    "Planner": "mobiplan.planner",
    "TimeExpandedGraph": "mobiplan.timetable.graph",
    "Timetable": "mobiplan.timetable.timetable",
    "TransferRules": "mobiplan.timetable.rules",
    "load": "mobiplan.timetable.loading",
    "sample": "mobiplan.timetable.loading",
}

__all__ = [
    "AmbiguousStation",
    "InvalidFeed",
    "InvalidQuery",
    "InvalidTimetable",
    "Journey",
    "JourneySet",
    "Leg",
    "MobiplanError",
    "NoJourney",
    "OutsideCalendar",
    "Planner",
    "TimeExpandedGraph",
    "Timetable",
    "TransferRules",
    "UnknownStation",
    "load",
    "sample",
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
