"""Facts about a traveller that prices and seats depend on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any, Literal, TypeAlias, get_args

from mobiplan.errors import InvalidQuery
from mobiplan.traveller import quantities

#: Which end of a range of prices enters the cost.
PriceEnd: TypeAlias = Literal["low", "middle", "high"]

MAX_AGE = 130

#: Every fact and what it is of somebody of whom nothing is known.
FACTS: Mapping[str, Any] = MappingProxyType(
    {"class_": 2, "age": None, "cards": (), "luggage": False, "price": "middle"}
)


def read_fact(name: str, value: Any) -> Any:
    """Return one of `FACTS` as it is kept.

    >>> read_fact("age", 30), read_fact("price", "low")
    (30, 'low')

    Raises
    ------
    InvalidQuery
        If there is no such fact, or its value is not allowed.
    """
    if name == "class_":
        allowed = "1 or 2"
        if quantities.count(value, name, allowed) in (1, 2):
            return int(value)
    elif name == "age":
        allowed = f"years, a whole number from 0 to {MAX_AGE}, or None"
        if value is None or quantities.count(value, name, allowed) <= MAX_AGE:
            return None if value is None else int(value)
    elif name == "cards":
        allowed = "the name of a card or a list of names"
        cards = (value,) if isinstance(value, str) else value
        if isinstance(cards, Iterable) and all(isinstance(card, str) for card in cards):
            return _known_cards(tuple(cards))
    elif name == "luggage":
        allowed = "True or False"
        if isinstance(value, bool):
            return value
    elif name == "price":
        allowed = ", ".join(map(repr, get_args(PriceEnd)))
        if isinstance(value, str) and value in get_args(PriceEnd):
            return value
    else:
        raise InvalidQuery(f"{name!r} is no fact about a passenger: there are {', '.join(FACTS)}")
    raise InvalidQuery(f"{name}={value!r}: give {allowed}")


def _known_cards(cards: tuple[str, ...]) -> tuple[str, ...]:
    if not cards:
        return ()
    # The fares know the cards; who has none need not load them.
    from mobiplan.attributes.passenger import Passenger

    return Passenger(cards=cards).cards
