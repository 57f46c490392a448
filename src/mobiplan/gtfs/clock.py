"""GTFS times, such as "8:05:00" or "86:52:00", to seconds since noon minus twelve hours."""

from __future__ import annotations

import re

import numpy as np
from numpy.typing import NDArray

from mobiplan.errors import InvalidQuery
from mobiplan.times import zone

#: What `parse_times` gives for a blank and for a text that is no time.
BLANK, MALFORMED = -1, -2

_TIME = re.compile(r"([0-9]{1,3}):([0-5][0-9]):([0-5][0-9])")


def parse_times(texts: NDArray[np.object_]) -> NDArray[np.int32]:
    """Return GTFS times in seconds; `BLANK` for "", `MALFORMED` for what is no time.

    The form is H:MM:SS, HH:MM:SS or HHH:MM:SS (GTFS reference, "Field types: Time"): a trip
    may run for days, so there is no bound at 24 hours.

    >>> parse_times(np.array(["8:05:00", "31:20:00", "", "8h05"], dtype=object)).tolist()
    [29100, 112800, -1, -2]
    """
    seconds = np.empty(len(texts), dtype=np.int32)
    for i, text in enumerate(texts):  # distinct texts: some thousands at most
        match = _TIME.fullmatch(text)
        if match:
            seconds[i] = int(match[1]) * 3600 + int(match[2]) * 60 + int(match[3])
        else:
            seconds[i] = MALFORMED if text else BLANK
    return seconds


def is_zone(name: str) -> bool:
    """Tell whether `name` is an IANA time zone.

    >>> is_zone("Europe/Paris"), is_zone("Paris"), is_zone("")
    (True, False, False)
    """
    try:
        zone(name)
    except InvalidQuery:
        return False
    return True


def format_time(seconds: int) -> str:
    """Write seconds as GTFS does.

    >>> format_time(29100), format_time(112800)
    ('08:05:00', '31:20:00')
    """
    return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"
