"""The few errors mobiplan raises: each says what was given, what is allowed and what to do.

Every error is also the built-in exception that a caller would expect, so
``except LookupError`` around a station name works without importing mobiplan.
"""

from __future__ import annotations


class MobiplanError(Exception):
    """The parent of every error that mobiplan raises on purpose."""


class InvalidFeed(MobiplanError, ValueError):
    """A GTFS feed cannot be used: names the file, the row and the remedy."""


class InvalidOpenData(MobiplanError, ValueError):
    """A table of open data cannot be used: names the file, the column and what was found."""


class InvalidTimetable(MobiplanError, ValueError):
    """A saved timetable is damaged, foreign or of another version."""


class InvalidQuery(MobiplanError, ValueError):
    """A question that cannot be asked: contradictory, malformed or incomplete."""


class UnknownStation(MobiplanError, LookupError):
    """No station has this name, id or place; offers the nearest names."""


class AmbiguousStation(MobiplanError, LookupError):
    """Several distant stations answer to this name; lists the candidates."""


class OutsideCalendar(MobiplanError, ValueError):
    """The date lies outside the timetable's service; names the dates there are."""


class NoJourney(MobiplanError, LookupError):
    """A journey was asked of an empty answer; carries the answer's diagnosis."""


class InvalidChoices(MobiplanError, ValueError):
    """Choices from which nothing can be learned as they stand: names the situation or feature."""
