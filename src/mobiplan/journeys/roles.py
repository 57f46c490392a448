"""Roles: which journey of a set is the fastest, the cheapest, the best for who asked."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mobiplan.journeys.journey_set import JourneySet

BEST = "best for you"
ROLES = (BEST, "fastest", "cheapest", "fewest transfers", "least walking", "lowest CO2")

#: Values that differ by no more are the same.
SAME = 1e-9


def values_of(journeys: JourneySet) -> dict[str, list[float]]:
    """Return what each role goes by, of each journey, the least wins; NaN where it is unknown.

    Prices count at their middle. "best for you" is there where a traveller planned; prices and
    emissions where there is a planner to ask.
    """
    values: dict[str, list[float]] = {}
    if journeys.personal is not None:
        values[BEST] = [journeys.personal.cost(row) for row in range(len(journeys))]
    values["fastest"] = [journey.duration.total_seconds() for journey in journeys]
    if journeys.planner is not None:
        values["cheapest"] = [journey.price.middle for journey in journeys]
    values["fewest transfers"] = [float(journey.transfers) for journey in journeys]
    values["least walking"] = [journey.walking.total_seconds() for journey in journeys]
    if journeys.planner is not None:
        values["lowest CO2"] = [journey.co2.middle for journey in journeys]
    return values


def roles_of(journeys: JourneySet) -> dict[str, int]:
    """Return the row of the journey in each role; of several alike the first of the set.

    What is unknown never wins: where nothing is known of a role, it is not there.
    """
    found: dict[str, int] = {}
    for role, values in values_of(journeys).items():
        known = [row for row, value in enumerate(values) if not math.isnan(value)]
        if known:
            found[role] = min(known, key=lambda row: values[row])
    return found


def labels_of(journeys: JourneySet) -> list[tuple[str, ...]]:
    """Return the roles of each journey that tell it from others, for tables.

    A role that all known journeys share equally says nothing, and is left out; one that is won
    among the known while others are unknown says so.
    """
    labels: list[list[str]] = [[] for _ in journeys]
    values = values_of(journeys)
    for role, row in roles_of(journeys).items():
        known = [value for value in values[role] if not math.isnan(value)]
        if role != BEST and max(known) - min(known) <= SAME:
            continue
        unknown = len(known) < len(journeys)
        labels[row].append(f"{role} of the known" if unknown else role)
    return [tuple(each) for each in labels]
