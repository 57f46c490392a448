"""The user's door: names and times in, journeys out."""

from mobiplan.planner.planner import Planner

__all__ = ["Planner"]
