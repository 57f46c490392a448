"""What is answered: legs, journeys and sets of them, as tables and as text."""

from mobiplan.journeys.diagnosis import Diagnosis
from mobiplan.journeys.journey import JOURNEY_COLUMNS, Journey
from mobiplan.journeys.journey_set import JourneySet
from mobiplan.journeys.leg import LEG_COLUMNS, Call, Leg

__all__ = [
    "JOURNEY_COLUMNS",
    "LEG_COLUMNS",
    "Call",
    "Diagnosis",
    "Journey",
    "JourneySet",
    "Leg",
]
