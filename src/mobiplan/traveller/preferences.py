"""What is weighed: a cost in equivalent minutes for every feature of a journey.

The vocabulary of features is one for search, learning and explaining. A weight is a cost, zero or
more: the minutes in an ordinary train that the traveller finds as bad as one unit of the feature.
"""

from __future__ import annotations

import datetime as dt
import difflib
import re
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple, Self

from mobiplan.errors import InvalidQuery
from mobiplan.gtfs.kinds import KINDS
from mobiplan.traveller import quantities


class Feature(NamedTuple):
    """One thing about a journey that costs a traveller something."""

    name: str
    unit: str  # of its amount
    weight_unit: str  # of its weight
    words: str  # one unit of it


def _per_minute(name: str, words: str) -> Feature:
    return Feature(name, "min", "min/min", words)


#: The features that every traveller weighs, in the order in which tables show them.
FEATURES: Mapping[str, Feature] = MappingProxyType(
    {
        feature.name: feature
        for feature in (
            _per_minute("riding", "a minute aboard"),
            _per_minute("waiting", "a minute of waiting between trains"),
            _per_minute("before_departure", "a minute from the asked time to departure"),
            _per_minute("early", "a minute before the wished time"),
            _per_minute("late", "a minute after the wished time"),
            _per_minute("walking", "a minute on foot"),
            Feature("transfers", "1", "min", "a change"),
            Feature("euros", "€", "min/€", "a euro"),
            Feature("co2", "kg", "min/kg", "a kilogram of CO2"),
            _per_minute("night", "a minute between 23:00 and 5:00, over and above"),
            Feature(
                "unsuited", "1", "min", "a station or train not known to suit, of needs that prefer"
            ),
        )
    }
)

#: What is known not to suit counts as much in ``unsuited`` as so many of which nobody knows: by
#: default a stop or trip costs OpenTripPlanner 600 s if nobody knows whether a wheelchair can use
#: it, and 3600 s if it cannot (`WheelchairPreferences`).
KNOWN_NO = 6.0

#: Minutes in one kind of vehicle: ``riding_high_speed``, ``riding_coach``, ...
RIDING_KIND: Mapping[str, str] = MappingProxyType(
    {f"riding_{kind.replace(' ', '_')}": kind for kind in KINDS}
)

ORDINARY = "ordinary"  # the kinds of vehicle without a weight of their own
SHORT_TRANSFER_MIN = 5  # the step of `short_transfer` given as one number
_STEP = re.compile(r"short_transfer_(\d{1,3})")
_ALIASES: Mapping[str, str] = {"transfer": "transfers", "euros_per_hour": "euros"}
# Columns of a table of choices that are no features.
_RESERVED = frozenset("situation option chosen context weight".split())
_ALLOWED = (*FEATURES, *_ALIASES, "short_transfer", *RIDING_KIND)


def feature(name: str) -> Feature:
    """Return what is known of a feature by its name; an unknown one is the caller's own.

    Parameters
    ----------
    name : str
        As weights and explanations call it.

    Returns
    -------
    Feature
        Its name, unit, the unit of its weight, and one unit of it in words.

    Examples
    --------
    >>> feature("riding_coach").words, feature("short_transfer_3").words, feature("noise").unit
    ('a minute aboard: coach', 'a change with less than 3 min to spare', '')
    """
    if name in FEATURES:
        return FEATURES[name]
    if name in RIDING_KIND:
        return _per_minute(name, f"a minute aboard: {RIDING_KIND[name]}")
    step = _STEP.fullmatch(name)
    if step:
        return Feature(name, "1", "min", f"a change with less than {step[1]} min to spare")
    return Feature(name, "", "min", f"a unit of {name}")


class Preferences(Mapping[str, float]):
    """Weights by feature, in equivalent minutes; immutable, and it hashes.

    Every name of `FEATURES` is there, be it with weight 0. Beside them stand

    * ``riding_<kind>`` for the kinds of vehicle that cost something else than ``riding``. A minute
      aboard counts under one of the two, never under both;
    * ``short_transfer_<n>``: a change with less than n minutes to spare, beyond what it needs.
      Steps add up, so the cost falls with the time to spare;
    * the caller's own features.

    ``unsuited`` costs something only where `Needs` say "prefer": once for each station and train
    of which nobody knows whether it suits, six times for each that is known not to.

    Parameters
    ----------
    weights : mapping, optional
        The features that cost something, as `revised` takes them. The others cost nothing, but
        for riding, the yardstick, which costs 1.

    Raises
    ------
    InvalidQuery
        If a name is unknown, or a weight is negative, infinite or of another unit.

    Examples
    --------
    >>> weights = Preferences({"transfers": "20 min", "euros": "15 €/h", "riding": {"coach": 1.3}})
    >>> weights["transfers"], weights["euros"], weights["co2"]
    (20.0, 4.0, 0.0)
    >>> weights.riding("coach"), weights.riding("intercity")
    (1.3, 1.0)
    """

    __slots__ = ("_hash", "_weights")
    _weights: dict[str, float]
    _hash: int

    def __init__(self, weights: Mapping[str, Any] | None = None) -> None:
        blank = {**dict.fromkeys(FEATURES, 0.0), "riding": 1.0}
        self._weights = _in_order(_revised(blank, weights or {}))
        self._hash = hash(tuple(self._weights.items()))

    def __getitem__(self, name: str) -> float:
        return self._weights[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._weights)

    def __len__(self) -> int:
        return len(self._weights)

    def __hash__(self) -> int:
        return self._hash

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Preferences) and self._weights == other._weights

    def __reduce__(self) -> tuple[Any, ...]:
        return Preferences, (self.to_dict(),)

    def __repr__(self) -> str:
        return f"Preferences({self.to_dict()!r})"

    # ------------------------------------------------------------------ asking

    def riding(self, kind: str) -> float:
        """Return the cost of a minute aboard a kind of vehicle, in minutes in an ordinary train.

        Parameters
        ----------
        kind : str
            One of ``timetable.kinds``: "high speed", "regional", "coach", ...
        """
        return self._weights.get(f"riding_{kind.replace(' ', '_')}", self._weights["riding"])

    @property
    def short_transfer(self) -> dict[int, float]:
        """Minutes to spare -> what a change with less costs more; steps add up."""
        steps = ((_STEP.fullmatch(name), weight) for name, weight in self.items())
        return {int(step[1]): weight for step, weight in steps if step}

    @property
    def own(self) -> dict[str, float]:
        """The caller's own features and their weights."""
        return {name: weight for name, weight in self.items() if not is_known(name)}

    @property
    def euros_per_hour(self) -> float:
        """What an hour in an ordinary train is worth; infinite where money costs nothing."""
        return 60 / self["euros"] if self["euros"] else float("inf")

    # ------------------------------------------------------------------ making others

    def revised(self, changes: Mapping[str, Any]) -> Self:
        """Return preferences with some weights changed.

        Parameters
        ----------
        changes : mapping
            Feature to weight, a number or text with its unit ("20 min", "15 €/h", "1 min/kg").

        Raises
        ------
        InvalidQuery
            If a name is unknown, or a weight is negative, infinite or of another unit.

        Notes
        -----
        ``riding`` takes one number for all kinds of vehicle, or a number by kind (and "ordinary"
        for the rest); ``short_transfer`` the costs by minutes to spare, or one number (less than
        5 minutes); ``own`` the caller's own features. Each of these replaces what was said before.
        ``transfer`` is another word for ``transfers``, ``euros_per_hour`` for the inverse of
        ``euros``.

        Examples
        --------
        >>> Preferences({"transfers": 10}).revised({"transfer": "20 min"})["transfers"]
        20.0
        """
        made = object.__new__(type(self))
        made._weights = _in_order(_revised(self._weights, changes))
        made._hash = hash(tuple(made._weights.items()))
        return made

    def to_dict(self) -> dict[str, Any]:
        """Return all weights as `revised` takes them, in numbers and texts with units."""
        kinds = {RIDING_KIND[name]: plain for name, plain in self.items() if name in RIDING_KIND}
        values: dict[str, Any] = {name: _write(name, self[name]) for name in FEATURES}
        if kinds:
            values["riding"] = {ORDINARY: self["riding"], **kinds}
        steps = {f"{n} min": _minutes(weight) for n, weight in self.short_transfer.items()}
        values["short_transfer"] = steps
        if self.own:
            values["own"] = self.own
        return values


def is_known(name: str) -> bool:
    """Whether a name stands in the vocabulary, or for something in it."""
    return name in _ALLOWED or _STEP.fullmatch(name) is not None


def said_as(name: str) -> str:
    """Return the word under which `Preferences.to_dict` says a weight.

    >>> said_as("riding_coach"), said_as("short_transfer_5"), said_as("transfer")
    ('riding', 'short_transfer', 'transfers')
    """
    if name in RIDING_KIND:
        return "riding"
    return "short_transfer" if _STEP.fullmatch(name) else _ALIASES.get(name, name)


def _in_order(weights: Mapping[str, float]) -> dict[str, float]:
    """The weights in one order, without those that say nothing."""

    def place(name: str) -> tuple[int, int, str]:
        if name in FEATURES:
            return list(FEATURES).index(name), 0, ""
        if name in RIDING_KIND:
            return list(FEATURES).index("riding"), 1 + list(RIDING_KIND).index(name), ""
        step = _STEP.fullmatch(name)
        if step:
            return list(FEATURES).index("transfers"), int(step[1]), ""
        return len(FEATURES), 0, name

    def says_something(name: str) -> bool:
        if name in RIDING_KIND:
            return weights[name] != weights["riding"]
        return name in FEATURES or weights[name] != 0

    return {name: weights[name] for name in sorted(weights, key=place) if says_something(name)}


def _revised(weights: Mapping[str, float], changes: Mapping[str, Any]) -> dict[str, float]:
    made = dict(weights)
    seen: dict[str, str] = {}
    for argument in changes:
        name = _ALIASES.get(argument, argument)
        if name in seen:
            raise InvalidQuery(f"{seen[name]} and {argument} say the same: give one of them")
        seen[name] = argument
    # Wholes before parts: riding=1 and riding_coach=1.3 may stand in either order.
    for argument in sorted(changes, key=lambda a: a not in ("riding", "short_transfer", "own")):
        value = changes[argument]
        if argument == "riding":
            made = _without(made, RIDING_KIND)
            made |= _riding(value)
        elif argument == "short_transfer":
            made = _without(made, [name for name in made if _STEP.fullmatch(name)])
            made |= _steps(value)
        elif argument == "own":
            made = _without(made, [name for name in made if not is_known(name)])
            made |= _own(value)
        else:
            made[_ALIASES.get(argument, argument)] = read_weight(argument, value)
    return made


def _without(weights: Mapping[str, float], names: Any) -> dict[str, float]:
    return {name: weight for name, weight in weights.items() if name not in names}


def _riding(value: Any) -> dict[str, float]:
    if not isinstance(value, Mapping):
        return {"riding": read_weight("riding", value)}
    made: dict[str, float] = {}
    for kind, weight in value.items():
        name = "riding" if kind == ORDINARY else f"riding_{str(kind).replace(' ', '_')}"
        if kind != ORDINARY and name not in RIDING_KIND:
            raise InvalidQuery(
                f"riding={{{kind!r}: ...}}: kinds of vehicle are {', '.join((ORDINARY, *KINDS))}"
            )
        made[name] = read_weight(name, weight)
    return made


def _steps(value: Any) -> dict[str, float]:
    if not isinstance(value, Mapping):
        value = {SHORT_TRANSFER_MIN: value}
    made: dict[str, float] = {}
    for slack, weight in value.items():
        if isinstance(slack, int) and not isinstance(slack, bool):
            slack = f"{slack} min" if slack >= 0 else slack
        minutes = quantities.duration(slack, "short_transfer") / dt.timedelta(minutes=1)
        if not (minutes.is_integer() and 1 <= minutes <= 999):
            raise InvalidQuery(
                f"short_transfer={{{slack!r}: ...}}: give whole minutes to spare, 1 to 999"
            )
        made[f"short_transfer_{int(minutes)}"] = read_weight("short_transfer", weight)
    return made


def _own(value: Any) -> dict[str, float]:
    if not isinstance(value, Mapping):
        raise InvalidQuery(f"own={value!r}: give weights by name, such as own={{'noise': 0.5}}")
    for name in value:
        if not isinstance(name, str) or not name.strip() or name.startswith("_"):
            raise InvalidQuery(f"own: {name!r} is not a name; one that begins with _ is private")
        if name in _RESERVED or name == "own" or is_known(name):
            raise InvalidQuery(f"own: {name!r} has a meaning already; take another name")
    return {name: _finite(f"own {name}", weight) for name, weight in value.items()}


def read_weight(name: str, value: Any) -> float:
    """Return a weight in equivalent minutes per unit, from a number or text with its unit.

    >>> read_weight("transfers", "20 min"), read_weight("euros", "15 €/h"), read_weight("co2", 1)
    (20.0, 4.0, 1.0)

    Raises
    ------
    InvalidQuery
        If there is no such feature, or the weight is negative, infinite or of another unit.
    """
    if name == "euros_per_hour" or (name == "euros" and str(value).endswith("€/h")):
        allowed = "a number above 0 or text such as '15 €/h'"
        worth = quantities.measured(value, "€/h", name, allowed)
        if not worth > 0:
            raise InvalidQuery(f"{name}={value!r}: give {allowed}")
        return _finite(name, 60 / worth)
    if not is_known(name):
        near = difflib.get_close_matches(name, _ALLOWED, 1)
        raise InvalidQuery(
            f"{name!r} is no feature"
            + (f"; did you mean {near[0]!r}?" if near else "")
            + f" There are {', '.join(_ALLOWED)}; your own go into own={{{name!r}: ...}}"
        )
    unit = "min" if name == "short_transfer" else feature(_ALIASES.get(name, name)).weight_unit
    if unit == "min" and isinstance(value, str | dt.timedelta):
        return _minutes_of(name, value)
    if isinstance(value, str):
        value = quantities.measured(value, unit, name, f"a number or text such as '1 {unit}'")
    return _finite(name, value)


def _minutes_of(name: str, value: str | dt.timedelta) -> float:
    """Minutes of "20 min" or "1 h", exactly as written: "0.1 min" is not rounded to seconds."""
    found = quantities.split(value) if isinstance(value, str) else None
    if found and found[1] == "min":
        return _finite(name, found[0])
    return _finite(name, quantities.duration(value, name) / dt.timedelta(minutes=1))


def _finite(name: str, value: Any) -> float:
    allowed = "a cost in equivalent minutes, a finite number, 0 or more"
    weight = quantities.number(value, name, allowed)
    if not 0 <= weight < float("inf"):
        raise InvalidQuery(f"{name}={value!r}: give {allowed}")
    return weight + 0.0  # -0.0 is 0


def _minutes(weight: float) -> str:
    return f"{quantities.plain(weight)} min"


def _write(name: str, weight: float) -> float | str:
    """A weight so that `read_weight` reads the very same again."""
    unit = FEATURES[name].weight_unit
    if unit == "min/min":
        return weight
    if name == "euros" and weight:
        worth = round(60 / weight, 2)
        if worth and 60 / worth == weight:
            return f"{quantities.plain(worth)} €/h"
    return f"{quantities.plain(weight)} {unit}"
