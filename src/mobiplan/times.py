"""Times: what people say, what GTFS writes and what the arrays hold.

Inside mobiplan an instant is a whole number of seconds, either since 1970 (UTC) or since the
epoch of a window of service dates; a GTFS time counts from *noon minus twelve hours* of its
service day (GTFS reference, "Field types: Time"), which is midnight but for the two days a
year on which the clocks change.
"""

from __future__ import annotations

import datetime as dt
import re
from functools import lru_cache
from typing import TYPE_CHECKING, TypeAlias
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from mobiplan.errors import InvalidQuery

if TYPE_CHECKING:
    import pandas as pd

DAY_S = 86_400

#: What a caller may give for an instant: ISO text, datetime or pandas Timestamp. A naive one is the
#: agency's own time; of a clock time that exists twice (02:30 on the last Sunday of October in
#: Europe/Paris) it is the first. The second is ``datetime(..., fold=1)``, or any time that states
#: its offset from UTC: ``"2026-10-25 02:30+01:00"``.
TimeLike: TypeAlias = "str | dt.datetime | pd.Timestamp"
#: What a caller may give for a calendar day.
DateLike: TypeAlias = "str | dt.date | pd.Timestamp"
#: What a caller may give for a duration: text with a unit or a timedelta, never a bare number.
DurationLike: TypeAlias = "str | dt.timedelta"

_UNIT_S = {
    "s": 1,
    "sec": 1,
    "second": 1,
    "seconds": 1,
    "min": 60,
    "mins": 60,
    "minute": 60,
    "minutes": 60,
    "h": 3600,
    "hour": 3600,
    "hours": 3600,
    "d": DAY_S,
    "day": DAY_S,
    "days": DAY_S,
}


@lru_cache(maxsize=64)
def zone(name: str) -> ZoneInfo:
    """Return the time zone called `name`, such as ``"Europe/Paris"``.

    Raises
    ------
    InvalidQuery
        If the IANA data base has no zone of that name.
    """
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise InvalidQuery(
            f"unknown time zone {name!r}: an IANA name such as 'Europe/Paris' is needed"
        ) from error


def service_day_start(date: dt.date, tz: ZoneInfo) -> int:
    """Return noon minus twelve hours of `date` in `tz`, in seconds since 1970 UTC.

    >>> import datetime as dt
    >>> start = service_day_start(dt.date(2026, 3, 29), zone("Europe/Paris"))
    >>> str(dt.datetime.fromtimestamp(start + 6 * 3600 + 30 * 60, dt.timezone.utc))
    '2026-03-29 04:30:00+00:00'
    """
    noon = dt.datetime.combine(date, dt.time(12), tzinfo=tz)
    return int(noon.timestamp()) - DAY_S // 2


def calendar_day(date: dt.date, tz: ZoneInfo) -> tuple[int, int]:
    """Return the first instant of the local day `date` and of the next (seconds since 1970).

    The day is 23 or 25 hours long when the clocks change.

    >>> import datetime as dt
    >>> first, end = calendar_day(dt.date(2026, 3, 29), zone("Europe/Paris"))
    >>> (end - first) // 3600
    23
    """
    first = dt.datetime.combine(date, dt.time(0), tzinfo=tz)
    end = dt.datetime.combine(date + dt.timedelta(days=1), dt.time(0), tzinfo=tz)
    return int(first.timestamp()), int(end.timestamp())


def parse_time(value: TimeLike, tz: ZoneInfo, argument: str = "depart") -> int:
    """Return `value` in seconds since 1970 UTC; a naive value is a local time in `tz`.

    A clock time that exists twice is the first of the two, unless its ``fold`` is 1.

    >>> import datetime as dt
    >>> paris, twice = zone("Europe/Paris"), dt.datetime(2026, 10, 25, 2, 30)
    >>> parse_time(twice.replace(fold=1), paris) - parse_time(twice, paris)
    3600
    >>> parse_time("2026-10-25 02:30+01:00", paris) - parse_time("2026-10-25 02:30", paris)
    3600

    Raises
    ------
    InvalidQuery
        If `value` is not an instant: a day without a time, a bare number, malformed text.
    """
    allowed = "a datetime, a pandas Timestamp or ISO text such as '2025-02-04 08:00'"
    if isinstance(value, str):
        try:
            instant = dt.datetime.fromisoformat(value.strip())
        except ValueError as error:
            raise InvalidQuery(f"{argument}={value!r} is not a time: give {allowed}") from error
        if len(value.strip()) <= 10:
            raise InvalidQuery(
                f"{argument}={value!r} has a day but no time of day: give {allowed}, "
                f"or date={value.strip()!r} for the whole day"
            )
    elif isinstance(value, dt.datetime):  # a pandas Timestamp is one
        if value != value:  # pandas.NaT
            raise InvalidQuery(f"{argument}=NaT is not a time: give {allowed}")
        instant = value
    else:
        raise InvalidQuery(f"{argument}={value!r} is not a time: give {allowed}")
    if instant.tzinfo is None:
        instant = instant.replace(tzinfo=tz)
        if instant.astimezone(dt.UTC).astimezone(tz).replace(tzinfo=None) != instant.replace(
            tzinfo=None
        ):
            raise InvalidQuery(
                f"{argument}={value!r} does not exist in {tz.key}: the clocks go forward over it; "
                "give a time before or after, or one with its offset from UTC"
            )
    return int(instant.timestamp() // 1)


def parse_date(value: DateLike, argument: str = "date") -> dt.date:
    """Return `value` as a calendar day.

    Raises
    ------
    InvalidQuery
        If `value` is not a day.
    """
    if isinstance(value, dt.datetime):
        return value.date()
    if isinstance(value, dt.date):
        return value
    if isinstance(value, str):
        try:
            return dt.date.fromisoformat(value.strip())
        except ValueError:
            pass
    raise InvalidQuery(
        f"{argument}={value!r} is not a day: give a date or ISO text such as '2025-02-04'"
    )


def parse_duration(value: DurationLike, argument: str = "duration") -> int:
    """Return a duration in seconds from a timedelta or text such as "20 min" or "1 h 30 min".

    >>> parse_duration("20 min"), parse_duration("1 h 30 min"), parse_duration("1h30")
    (1200, 5400, 5400)

    Raises
    ------
    InvalidQuery
        If `value` is not a duration, is negative, or is a bare number without a unit.
    """
    if isinstance(value, dt.timedelta):
        seconds = value.total_seconds()
        if seconds < 0:
            raise InvalidQuery(f"{argument}={value!r} is negative")
        return int(seconds)
    if isinstance(value, str):
        text = value.strip().lower()
        clock = re.fullmatch(r"(\d+)\s*h\s*(\d{1,2})", text)
        if clock:
            return int(clock[1]) * 3600 + int(clock[2]) * 60
        parts = re.findall(r"(\d+(?:\.\d+)?)\s*([a-z]+)", text)
        rest = re.sub(r"(\d+(?:\.\d+)?)\s*([a-z]+)", "", text).replace("and", "").strip(" ,")
        if parts and not rest and all(unit in _UNIT_S for _, unit in parts):
            return int(sum(float(number) * _UNIT_S[unit] for number, unit in parts))
    raise InvalidQuery(
        f"{argument}={value!r} is not a duration: give a timedelta or text such as "
        "'20 min' or '1 h'"
    )


def local_time(seconds: int, tz: ZoneInfo) -> dt.datetime:
    """Return the aware local time of an instant given in seconds since 1970 UTC."""
    return dt.datetime.fromtimestamp(int(seconds), dt.UTC).astimezone(tz)


def offset_if_twice(time: dt.datetime) -> str:
    """Return " UTC+1" for an aware time whose clock time exists twice that day, else "".

    >>> import datetime as dt
    >>> second = dt.datetime(2026, 10, 25, 2, 30, tzinfo=zone("Europe/Paris"), fold=1)
    >>> offset_if_twice(second), offset_if_twice(second.replace(hour=3))
    (' UTC+1', '')
    """
    offset = time.utcoffset()
    if offset is None or offset == time.replace(fold=1 - time.fold).utcoffset():
        return ""
    minutes = round(offset.total_seconds() / 60)
    hours, rest = divmod(abs(minutes), 60)
    return f" UTC{'-' if minutes < 0 else '+'}{hours}{f':{rest:02d}' if rest else ''}"


def format_duration(seconds: float) -> str:
    """Write a duration the way timetables do.

    >>> format_duration(5400), format_duration(300), format_duration(90_000)
    ('1 h 30', '5 min', '25 h 00')
    """
    minutes = round(seconds / 60)
    if minutes < 60:
        return f"{minutes} min"
    return f"{minutes // 60} h {minutes % 60:02d}"
