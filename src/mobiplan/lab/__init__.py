"""Experiments: who chooses (simulated or real people), who foretells, and how well.

A use case, a simulated population or a metric is one file, or one function, and one line in its
registry: `USE_CASES`, `POPULATIONS`, `LEARNERS`, `CHOOSERS`, `METRICS`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mobiplan.lab.learners import LEARNERS
    from mobiplan.lab.metrics import METRICS
    from mobiplan.lab.planned import PlannedTrips, planned_trips
    from mobiplan.lab.questioning import CHOOSERS, regret_by_questions
    from mobiplan.lab.running import Report, run
    from mobiplan.lab.simulation import POPULATIONS, SimulatedTraveller
    from mobiplan.lab.surveys import dutch_trains, swissmetro
    from mobiplan.lab.tables import from_long, from_wide
    from mobiplan.lab.use_cases import USE_CASES, Person, Split, UseCase, replay, simulated

_HOMES = {
    "CHOOSERS": "questioning",
    "LEARNERS": "learners",
    "METRICS": "metrics",
    "POPULATIONS": "simulation",
    "USE_CASES": "use_cases",
    "Person": "use_cases",
    "PlannedTrips": "planned",
    "Report": "running",
    "SimulatedTraveller": "simulation",
    "Split": "use_cases",
    "UseCase": "use_cases",
    "dutch_trains": "surveys",
    "from_long": "tables",
    "from_wide": "tables",
    "planned_trips": "planned",
    "regret_by_questions": "questioning",
    "replay": "use_cases",
    "run": "running",
    "simulated": "use_cases",
    "swissmetro": "surveys",
}

__all__ = [
    "CHOOSERS",
    "LEARNERS",
    "METRICS",
    "POPULATIONS",
    "USE_CASES",
    "Person",
    "PlannedTrips",
    "Report",
    "SimulatedTraveller",
    "Split",
    "UseCase",
    "dutch_trains",
    "from_long",
    "from_wide",
    "planned_trips",
    "regret_by_questions",
    "replay",
    "run",
    "simulated",
    "swissmetro",
]


def __getattr__(name: str) -> Any:
    """Import a public name from its file when it is first used (PEP 562)."""
    if name not in _HOMES:
        raise AttributeError(f"module 'mobiplan.lab' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"mobiplan.lab.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
