"""Relaxing: the least by which one limit has to give way so that there is an answer.

Values are tried on the lattice that a person would state: whole minutes, changes, euros, tenths
of a km/h. Easing a limit never takes a journey away, so doubling the step until there is an
answer, then halving, finds the first value that gives one; and that it is the first has been tried.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

from mobiplan.journeys.language import Kind, Phrase, phrase
from mobiplan.traveller.limits import MAX_PACE_KM_H
from mobiplan.traveller.needs import Needs

if TYPE_CHECKING:
    from mobiplan.journeys.journey import Journey

#: Finds a journey under needs, None where there is none.
Ask = Callable[[Needs], "Journey | None"]

MOST_CHANGES, MOST_MINUTES, MOST_EUROS = 30, 7 * 24 * 60, 10_000


class Eased(NamedTuple):
    """Needs with one limit eased, and what it says now."""

    needs: Needs
    change: Phrase


def ease(needs: Needs, field: str, ask: Ask) -> Eased:
    """Return the needs with one limit eased as little as gives an answer.

    Parameters
    ----------
    needs : Needs
        Without an answer.
    field : str
        As `Needs.limits` names it; without that limit there is an answer.
    ask : callable
        Needs -> a journey, or None.
    """
    name, _, key = field.partition(".")
    lifted = needs.without(field)
    whole = next(limit for limit in needs.limits() if limit.field == field)
    eased = None
    if key:
        eased = _allow(needs, name, key, ask)
    elif name == "via":
        eased = _leave_out(needs, ask)
    elif name in LATTICES:
        eased = _step(needs, name, lifted, ask)
    return eased or Eased(lifted, phrase("without", limit=whole))


def first_true(holds: Callable[[int], bool], most: int, guess: int = 1) -> int | None:
    """Return the smallest number from 1 to `most` that holds; None where none does.

    What holds for a number holds for every larger one. A `guess` that holds saves questions.

    >>> first_true(lambda k: k >= 11, 20), first_true(lambda k: k >= 11, 10)
    (11, None)
    >>> first_true(lambda k: k >= 11, 20, guess=13)
    11
    """
    low, high = 0, max(guess, 1)
    while not holds(min(high, most)):
        if high >= most:
            return None
        low, high = high, 2 * high
    high = min(high, most)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if holds(middle) else (middle, high)
    return high


def _step(needs: Needs, name: str, lifted: Needs, ask: Ask) -> Eased | None:
    """Ease a number or a time; None where no value of its own is easy enough."""
    value_at, most = LATTICES[name]
    current, guess = getattr(needs, name), 1
    if name in NEEDED:
        journey = ask(lifted)
        assert journey is not None  # so `ease` was told
        steps_of = int if name == "max_transfers" else _minutes
        guess = math.ceil(NEEDED[name](journey)) - math.floor(steps_of(current))

    def changed(steps: int) -> Needs:
        return needs.replace(**{name: value_at(current, steps)})

    steps = first_true(lambda k: ask(changed(k)) is not None, most(current), guess)
    if steps is None:
        return None
    eased = [limit for limit in changed(steps).limits() if limit.field == name]
    return Eased(changed(steps), phrase("limit", limit=eased[0])) if eased else None


# ------------------------------------------------------------------ numbers, times


def _minutes(value: dt.timedelta | dt.time) -> float:
    if isinstance(value, dt.time):
        return value.hour * 60 + value.minute + value.second / 60
    return value.total_seconds() / 60


def _more_minutes(value: dt.timedelta, steps: int) -> dt.timedelta:
    return dt.timedelta(minutes=math.floor(_minutes(value)) + steps)


def _fewer_minutes(value: dt.timedelta, steps: int) -> dt.timedelta | None:
    return dt.timedelta(minutes=math.ceil(_minutes(value)) - steps) or None


def _clock(minutes: int) -> dt.time:
    return dt.time(*divmod(minutes, 60))


def _always(most: int) -> Callable[[Any], int]:
    return lambda _: most


#: Field -> (its value so many steps easier, how many steps there are).
LATTICES: dict[str, tuple[Callable[[Any, int], Any], Callable[[Any], int]]] = {
    "max_transfers": (lambda value, steps: value + steps, _always(MOST_CHANGES)),
    "max_walking": (_more_minutes, _always(MOST_MINUTES)),
    "max_wait": (_more_minutes, _always(MOST_MINUTES)),
    "max_night_wait": (_more_minutes, _always(MOST_MINUTES)),
    "max_duration": (_more_minutes, _always(MOST_MINUTES)),
    "max_price": (lambda value, steps: math.floor(value) + steps, _always(MOST_EUROS)),
    "extra_transfer_time": (_fewer_minutes, lambda value: math.ceil(_minutes(value))),
    "transfer_time_factor": (
        lambda value, steps: round(max(math.ceil(value * 10) - steps, 10) / 10, 1),
        lambda value: max(math.ceil(value * 10) - 10, 1),
    ),
    "pace": (
        lambda value, steps: round((math.floor(value * 10) + steps) / 10, 1),
        lambda value: max(int(MAX_PACE_KM_H * 10) - math.floor(value * 10), 1),
    ),
    "not_before": (
        lambda value, steps: _clock(max(math.ceil(_minutes(value)) - steps, 0)),
        lambda value: max(math.ceil(_minutes(value)), 1),
    ),
    "not_after": (
        lambda value, steps: _clock(min(math.floor(_minutes(value)) + steps, 1439)),
        lambda value: max(1439 - math.floor(_minutes(value)), 1),
    ),
}


#: What a journey needs of a limit, in its steps: a value that is enough.
NEEDED: dict[str, Callable[[Journey], float]] = {
    "max_transfers": lambda journey: journey.transfers,
    "max_walking": lambda journey: _minutes(journey.walking),
    "max_duration": lambda journey: _minutes(journey.duration),
}


# ------------------------------------------------------------------ names


def _allow(needs: Needs, name: str, key: str, ask: Ask) -> Eased | None:
    """Allow one more name of a selection: the one that gives the best journey."""
    selection = getattr(needs, name)
    mine = selection[key]
    if name == "avoid":
        choices = [(one, [other for other in mine if other != one]) for one in mine]
    else:
        ridden = _of(ask(needs.without(f"{name}.{key}")), key)
        choices = [(ridden[one], [*mine, one]) for one in sorted(ridden.keys() - set(mine))]
    options = []
    for allowed, names in choices:
        changed = needs.replace(**{name: {**selection, key: names}})
        found = ask(changed)
        if found is not None:
            options.append((found.arrival, -found.departure.timestamp(), allowed, changed))
    if not options:
        return None
    *_, allowed, changed = min(options, key=lambda option: option[:3])
    said = Kind(allowed) if key == "modes" else allowed
    return Eased(changed, phrase(f"allow {key}", name=said))


def _of(journey: Journey | None, key: str) -> dict[str, str]:
    """Return what a journey uses of what can be selected: name or id -> how people call it."""
    legs = [leg for leg in journey.legs if not leg.is_walk] if journey else []
    start = [(leg.from_id, leg.from_name) for leg in legs]
    end = [(leg.to_id, leg.to_name) for leg in legs]
    passed = [(call.station_id, call.name) for leg in legs for call in leg.stops]
    numbers = [number for leg in legs for number in leg.train_number.split("/")]
    used = {
        "modes": [(leg.kind, leg.kind) for leg in legs],
        "brands": [(leg.brand, leg.brand) for leg in legs],
        "lines": [(leg.line, leg.line) for leg in legs],
        "trains": [(number, number) for number in numbers],
        "stations": [*start, *passed, *end],
        "board_at": start,
        "change_at": [*start[1:], *end[:-1]],
        "pass_through": passed,
    }
    return {value: name for value, name in used.get(key, ()) if value}


def _leave_out(needs: Needs, ask: Ask) -> Eased | None:
    """Leave out one of several places to pass: the one without which the journey is best."""
    options = []
    for row, via in enumerate(needs.via if len(needs.via) > 1 else ()):
        changed = needs.replace(via=[*needs.via[:row], *needs.via[row + 1 :]])
        found = ask(changed)
        if found is not None:
            options.append((found.arrival, row, via, changed))
    if not options:
        return None
    *_, via, changed = min(options, key=lambda option: option[:2])
    return Eased(changed, phrase("not by way of", place=via.place))
