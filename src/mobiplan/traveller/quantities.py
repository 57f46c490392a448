"""Quantities as a person writes them ("20 min", "15 €/h", "3 km/h"), and back without loss."""

from __future__ import annotations

import datetime as dt
import math
import re
from typing import SupportsFloat, SupportsIndex

from mobiplan.errors import InvalidQuery
from mobiplan.times import DurationLike, parse_duration

_NUMBER = r"[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?|[+-]?inf|nan"


def split(text: str) -> tuple[float, str] | None:
    """Return the number that `text` begins with and the unit after it; None without a number.

    >>> split("15 €/h"), split("20min"), split("quick")
    ((15.0, '€/h'), (20.0, 'min'), None)
    """
    found = re.fullmatch(rf"\s*({_NUMBER})\s*(\D.*?)?\s*", text)
    return (float(found[1]), found[2] or "") if found else None


def number(value: object, argument: str, allowed: str) -> float:
    """Return a real number as float; text, booleans and NaN are none.

    Raises
    ------
    InvalidQuery
        With `allowed` in its message.
    """
    if isinstance(value, SupportsFloat) and not isinstance(value, bool):
        result = float(value)
        if not math.isnan(result):
            return result
    raise InvalidQuery(f"{argument}={value!r}: give {allowed}")


def count(value: object, argument: str, allowed: str) -> int:
    """Return a whole number of zero or more; 2.5 and True are none.

    Raises
    ------
    InvalidQuery
        With `allowed` in its message.
    """
    if isinstance(value, SupportsIndex) and not isinstance(value, bool):
        result = value.__index__()
        if result >= 0:
            return result
    raise InvalidQuery(f"{argument}={value!r}: give {allowed}")


def duration(value: DurationLike, argument: str) -> dt.timedelta:
    """Return a duration in whole seconds, zero or more.

    Raises
    ------
    InvalidQuery
        If `value` is no duration, has no unit or is negative.
    """
    return dt.timedelta(seconds=parse_duration(value, argument))


def duration_text(value: dt.timedelta) -> str:
    """Write a duration so that `duration` reads the same again.

    >>> import datetime as dt
    >>> [duration_text(dt.timedelta(seconds=s)) for s in (1200, 5400, 90, 0)]
    ['20 min', '1 h 30 min', '1 min 30 s', '0 min']
    """
    seconds = round(value.total_seconds())
    parts = ((seconds // 3600, "h"), (seconds // 60 % 60, "min"), (seconds % 60, "s"))
    return " ".join(f"{n} {unit}" for n, unit in parts if n) or "0 min"


def time_of_day(value: dt.time | str, argument: str) -> dt.time:
    """Return a local time of day from "06:30" or a `datetime.time` without a zone.

    Raises
    ------
    InvalidQuery
        If `value` is none.
    """
    if isinstance(value, str) and re.fullmatch(r"\s*\d\d?:\d\d(:\d\d)?\s*", value):
        try:
            return dt.time.fromisoformat(value.strip().zfill(5 if value.count(":") == 1 else 8))
        except ValueError:
            pass  # "25:00"
    elif isinstance(value, dt.time) and value.tzinfo is None:
        return value.replace(microsecond=0)
    raise InvalidQuery(
        f"{argument}={value!r}: give a local time of day, '06:30' or a datetime.time without a zone"
    )


def time_text(value: dt.time) -> str:
    """Write a time of day, with seconds only where there are any."""
    return value.isoformat("seconds" if value.second else "minutes")


def measured(value: str | float, unit: str, argument: str, allowed: str) -> float:
    """Return a number given bare or as text with its `unit`, such as 3 or "3 km/h".

    Raises
    ------
    InvalidQuery
        If `value` has another unit or is no number; `allowed` is in the message.
    """
    if isinstance(value, str):
        found = split(value)
        if found is None or found[1] != unit or math.isnan(found[0]):
            raise InvalidQuery(f"{argument}={value!r}: give {allowed}")
        return found[0]
    return number(value, argument, allowed)


def plain(value: float) -> str:
    """Write a number exactly, without a needless ".0".

    >>> plain(3.0), plain(0.1)
    ('3', '0.1')
    """
    return repr(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
