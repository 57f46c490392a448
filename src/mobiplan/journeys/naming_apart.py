"""Naming two journeys in a sentence so that a person tells them apart."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise
from typing import TYPE_CHECKING

from mobiplan.journeys.language import Language
from mobiplan.journeys.leg import CITY_CHANGE
from mobiplan.journeys.terminal import whole_minute

if TYPE_CHECKING:
    from mobiplan.journeys.journey import Journey


def name_of(journey: Journey, words: Language) -> str:
    """Name a journey by when it leaves: "the 08:05"."""
    if not journey.itinerary.rides:
        across = any(leg.kind == CITY_CHANGE for leg in journey.legs)
        return words.phrases["way across" if across else "walk"]
    return words.phrases["journey at"].format(clock=words.at(journey.departure))


def names_apart(one: Journey, other: Journey, words: Language) -> tuple[str, str]:
    """Name two journeys by when they leave; where that is one, by what else is not.

    The day, the arrival, the trains that only one of them rides, the places where only one of
    them changes: the first that differs.
    """
    both = (one, other)
    names = [name_of(journey, words) for journey in both]
    if one.departure.date() != other.departure.date():
        days = (journey.departure for journey in both)
        return _pair(
            words.phrases["on date"].format(*each) for each in zip(names, days, strict=True)
        )
    if names[0] != names[1]:
        return names[0], names[1]
    told = {
        "arriving": [words.at(whole_minute(journey.arrival, up=True)) for journey in both],
        "by trains": _own(words, [_trains(journey) for journey in both]),
        "changing at": _own(words, [_changes(journey) for journey in both]),
    }
    for key, facts in told.items():
        if facts[0] != facts[1]:
            return _pair(words.phrases[key].format(names[0], fact) for fact in facts)
    return names[0], names[1]


def _pair(names: Iterable[str]) -> tuple[str, str]:
    first, second = names
    return first, second


def _trains(journey: Journey) -> list[str]:
    return [leg.title for leg in journey.legs if not leg.is_walk]


def _changes(journey: Journey) -> list[str]:
    """Return where one leaves a train for another."""
    rides = [leg for leg in journey.legs if not leg.is_walk]
    return [leg.to_name for leg, after in pairwise(rides) if not after.in_seat]


def _own(words: Language, lists: list[list[str]]) -> list[str]:
    """Join what each of two has and the other has not; all of it where one has nothing else."""
    one, other = lists
    own = [[x for x in one if x not in other], [x for x in other if x not in one]]
    return [words.joined(each) for each in (own if all(own) else lists)]
