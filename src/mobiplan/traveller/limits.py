"""Each hard limit by itself: how it is read, merged, written and said; one line each."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Literal, NamedTuple, TypeAlias

from mobiplan.errors import InvalidQuery
from mobiplan.traveller import quantities
from mobiplan.traveller.selection import Selection

#: What to do where a station or a train is not, or not known to be, usable.
Policy: TypeAlias = Literal["ignore", "prefer", "require"]
POLICIES: tuple[Policy, ...] = ("ignore", "prefer", "require")  # ever stricter

MAX_PACE_KM_H = 20.0  # faster is a typing mistake: nobody runs a change of trains at this speed
NIGHT_FROM, NIGHT_UNTIL = dt.time(23), dt.time(5)  # local; the night of `max_night_wait`


class Via(NamedTuple):
    """A place to pass on the way, and the least time to spend there."""

    place: str | tuple[float, float]  # a name or id, or (lat, lon)
    stay: dt.timedelta = dt.timedelta(0)


#: What a caller may give for `via`: a place, (place, least stay), or a list of these in order.
ViaLike: TypeAlias = "str | tuple[Any, ...] | list[Any]"


class Rule(NamedTuple):
    """How one field is read, merged, written and said."""

    read: Callable[[Any, str], Any]
    stricter: Callable[[Any, Any], Any]
    write: Callable[[Any], Any]
    words: str  # {} is the value as it is written


def _count(value: Any, argument: str) -> int:
    return quantities.count(value, argument, "a whole number, 0 or more")


def _some_time(value: Any, argument: str) -> dt.timedelta:
    result = quantities.duration(value, argument)
    if not result:
        raise InvalidQuery(f"{argument}={value!r}: a journey takes more than no time")
    return result


def _euros(value: Any, argument: str) -> float:
    allowed = "a number of euros, 0 or more, or text such as '40 €'"
    result = quantities.measured(value, "€", argument, allowed)
    if not 0 <= result < float("inf"):
        raise InvalidQuery(f"{argument}={value!r}: give {allowed}")
    return result


def _factor(value: Any, argument: str) -> float:
    allowed = "a number, 1 or more; who walks faster than most says so by pace"
    result = quantities.number(value, argument, allowed)
    if not 1 <= result < float("inf"):
        raise InvalidQuery(f"{argument}={value!r}: give {allowed}")
    return result


def _pace(value: Any, argument: str) -> float:
    allowed = (
        f"a walking speed such as '3 km/h', above 0 and at most {quantities.plain(MAX_PACE_KM_H)}"
    )
    result = quantities.measured(value, "km/h", argument, allowed)
    if not 0 < result <= MAX_PACE_KM_H:
        raise InvalidQuery(f"{argument}={value!r}: give {allowed}")
    return result


def _policy(value: Any, argument: str) -> Policy:
    for policy in POLICIES:
        if value == policy:
            return policy
    raise InvalidQuery(f"{argument}={value!r}: give one of {', '.join(map(repr, POLICIES))}")


def _only(value: Any, argument: str) -> Selection:
    if isinstance(value, Mapping):
        for key, names in value.items():
            if not isinstance(names, str | int) and not list(names):
                raise InvalidQuery(f"only={{{key!r}: []}} leaves nothing; leave {key!r} out")
    return Selection(value, argument)


def _is_duration(value: Any) -> bool:
    if isinstance(value, str):
        try:
            quantities.duration(value, "via")
        except InvalidQuery:
            return False
        return True
    return isinstance(value, dt.timedelta)


def _one_via(value: Any, argument: str) -> Via:
    if isinstance(value, Via):
        return value
    if isinstance(value, str) and value.strip() and not _is_duration(value):
        return Via(value.strip())
    if getattr(value, "geom_type", None) == "Point" and not value.is_empty:
        return Via((float(value.y), float(value.x)))
    if isinstance(value, tuple | list) and len(value) == 2:
        first, second = value
        if _is_duration(second):
            return Via(_one_via(first, argument).place, quantities.duration(second, argument))
        if all(isinstance(part, int | float) and not isinstance(part, bool) for part in value):
            return Via((float(first), float(second)))
    raise InvalidQuery(
        f"{argument}: {value!r} is not a place on the way: give a station's name or id, "
        "(lat, lon), a shapely Point, (place, '20 min'), or a list of these in order"
    )


def _via(value: Any, argument: str) -> tuple[Via, ...]:
    if isinstance(value, tuple):  # one place, unless it cannot be
        several = bool(value) and isinstance(value[0], Via)
        several |= all(isinstance(v, str) and not _is_duration(v) for v in value)
        several &= not isinstance(value, Via)
        several |= len(value) != 2
    else:
        several = isinstance(value, list)
    return tuple(_one_via(part, argument) for part in (value if several else [value]))


def _write_via(value: tuple[Via, ...]) -> list[Any]:
    def place(via: Via) -> Any:
        return via.place if isinstance(via.place, str) else list(via.place)

    return [[place(v), quantities.duration_text(v.stay)] if v.stay else place(v) for v in value]


def _same_via(mine: tuple[Via, ...], theirs: tuple[Via, ...]) -> tuple[Via, ...]:
    if mine != theirs:
        raise InvalidQuery(
            f"via is given twice, {_write_via(mine)} and {_write_via(theirs)}: "
            "say in one list in which order"
        )
    return mine


def _stricter_policy(mine: Policy, theirs: Policy) -> Policy:
    return max(mine, theirs, key=POLICIES.index)


def _pace_text(value: float) -> str:
    return f"{quantities.plain(value)} km/h"


_LEAST = (quantities.duration, min, quantities.duration_text)
_MOST = (quantities.duration, max, quantities.duration_text)
_AFTER = (quantities.time_of_day, max, quantities.time_text)
_BEFORE = (quantities.time_of_day, min, quantities.time_text)
_POLICY = (_policy, _stricter_policy, str)

#: The rule of every field of `Needs`.
RULES: Mapping[str, Rule] = MappingProxyType(
    {
        "max_transfers": Rule(_count, min, int, "at most {} changes"),
        "max_walking": Rule(*_LEAST, "at most {} on foot"),
        "max_wait": Rule(*_LEAST, "no wait longer than {}"),
        "max_night_wait": Rule(*_LEAST, "no wait of more than {} between 23:00 and 5:00"),
        "max_duration": Rule(_some_time, min, quantities.duration_text, "no longer than {}"),
        "max_price": Rule(_euros, min, float, "at most {} €"),
        "extra_transfer_time": Rule(*_MOST, "{} more for every change"),
        "transfer_time_factor": Rule(_factor, max, float, "{} times as long for changes"),
        "pace": Rule(_pace, min, _pace_text, "walking at {}"),
        "avoid": Rule(Selection, Selection.union, Selection.to_dict, "without the {} {}"),
        "only": Rule(_only, Selection.intersection, Selection.to_dict, "only the {} {}"),
        "via": Rule(_via, _same_via, _write_via, "by way of {}"),
        "not_before": Rule(*_AFTER, "on no train before {}"),
        "not_after": Rule(*_BEFORE, "on no train after {}"),
        "step_free": Rule(*_POLICY, "step-free: {}"),
        "bicycle": Rule(*_POLICY, "with a bicycle: {}"),
    }
)
