"""Services to days: which service runs on which date."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from mobiplan.errors import InvalidFeed
from mobiplan.gtfs.columns import Column, column, run_column, whole_numbers
from mobiplan.gtfs.reading import RawFeed

_EPOCH = dt.date(1970, 1, 1)
_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
# Dates that stand for "always": 19000101, 20991231 and the like.
_NO_START = (dt.date(1990, 1, 1) - _EPOCH).days
_NO_END = (dt.date(2090, 1, 1) - _EPOCH).days
_BEYOND_DAYS = 5 * 366  # how far such a service is followed
_LARGEST = 2_000_000_000  # services x days: a date with a slip in its year, and memory


@dataclass(frozen=True)
class Services:
    """The services of one feed and the days on which each runs."""

    ids: NDArray[np.object_]  # (n_services,) str, sorted
    active: NDArray[np.bool_]  # (n_services, n_days)
    first_day: int  # of `active`, in days since 1970-01-01


def read_services(feed: RawFeed) -> Services:
    """Return the services of `feed`: weekly patterns, then the exceptions to them.

    GTFS reference, calendar.txt and calendar_dates.txt: either alone suffices; an exception of
    type 1 adds a date (inside or outside the range), one of type 2 takes it away.

    Raises
    ------
    InvalidFeed
        If a date or a weekday is malformed, a range ends before it begins, or nothing runs.
    """
    weekly = _Weekly(feed, feed.tables.get("calendar"))
    dated = _Dated(feed, feed.tables.get("calendar_dates"))
    ids = np.unique(np.concatenate([weekly.service.texts, dated.service.texts]).astype(object))
    ids = ids[ids != ""]
    on = dated.day[dated.added]
    service, day = weekly.days(ids, on)
    if not len(day) + len(on):
        raise _nothing_runs(feed)
    first = int(min(day.min(initial=2**31), on.min(initial=2**31)))
    last = int(max(day.max(initial=0), on.max(initial=0)))
    if len(ids) * (last - first + 1) > _LARGEST:
        dates = np.array([first, last], dtype="datetime64[D]")
        raise InvalidFeed(
            f"{feed.name}: calendar.txt and calendar_dates.txt reach from {dates[0]} to "
            f"{dates[1]}: correct the year that is wrong"
        )
    active = np.zeros((len(ids), last - first + 1), dtype=bool)
    active[service, day - first] = True
    dated.apply(active, ids, first)
    days = np.flatnonzero(active.any(axis=0))
    if not len(days):
        raise _nothing_runs(feed)
    return Services(ids, active[:, days[0] : days[-1] + 1], first + int(days[0]))


def parse_dates(col: Column, feed: str, file: str) -> NDArray[np.int64]:
    """Return dates written as YYYYMMDD, in days since 1970.

    Raises
    ------
    InvalidFeed
        If one is not a date; names its line.
    """
    days = np.zeros(len(col.texts), dtype=np.int64)
    for i in np.flatnonzero(np.bincount(col.codes, minlength=len(col.texts))):
        text = col.texts[i]
        try:
            if len(text) != 8 or not text.isascii() or not text.isdigit():
                raise ValueError
            days[i] = (dt.date(int(text[:4]), int(text[4:6]), int(text[6:])) - _EPOCH).days
        except ValueError as error:
            line = int(np.flatnonzero(col.codes == i)[0]) + 2
            raise InvalidFeed(
                f"{feed}: {file}, line {line}: {text!r} is not a date: write YYYYMMDD"
            ) from error
    return days[col.codes]


def _nothing_runs(feed: RawFeed) -> InvalidFeed:
    return InvalidFeed(
        f"{feed.name}: no service runs on any date (calendar.txt, calendar_dates.txt): the feed "
        "has expired or is incomplete, fetch a newer one"
    )


class _Weekly:
    """calendar.txt: a service's weekdays between two dates."""

    file = "calendar.txt"

    def __init__(self, feed: RawFeed, table: pd.DataFrame | None) -> None:
        self.feed = feed
        table = pd.DataFrame(index=pd.RangeIndex(0)) if table is None else table
        self.service = column(table, "service_id")
        self.start = parse_dates(column(table, "start_date"), feed.name, self.file)
        self.end = parse_dates(column(table, "end_date"), feed.name, self.file)
        wrong = np.flatnonzero(self.end < self.start)
        if len(wrong):
            raise InvalidFeed(
                f"{feed.name}: {self.file}, line {wrong[0] + 2}: the service ends before it "
                "starts: correct start_date or end_date"
            )
        self.runs = np.zeros((len(table), 7), dtype=bool)
        for i, weekday in enumerate(_WEEKDAYS):
            flag, _ = whole_numbers(column(table, weekday), -1, 0, 1)
            wrong = np.flatnonzero(flag < 0)
            if len(wrong):
                raise InvalidFeed(
                    f"{feed.name}: {self.file}, line {wrong[0] + 2}: {weekday} must be 0 or 1"
                )
            self.runs[:, i] = flag == 1

    def days(
        self, ids: NDArray[np.object_], dated: NDArray[np.int64]
    ) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
        """Return rows of `ids` and days on which they run; endless ranges are cut, and counted."""
        service = self.service.rows_in(ids)
        used = np.flatnonzero((service >= 0) & self.runs.any(axis=1))
        start, end = self.start[used], self.end[used]
        no_start, no_end = start < _NO_START, end >= _NO_END
        told = np.concatenate([start[~no_start], end[~no_end], dated])
        endless = no_start | no_end
        if endless.any() and not len(told):
            raise InvalidFeed(
                f"{self.feed.name}: {self.file}: start_date and end_date mean always, and no other "
                "date tells when: write the dates on which trains really run"
            )
        if endless.any():
            start = np.where(no_start, told.min() - _BEYOND_DAYS, start)
            end = np.where(no_end, told.max() + _BEYOND_DAYS, end)
        self.feed.checks.add(
            *(self.file, "service without end", "warning", int(endless.sum())),
            ids[service[used[endless]]],
            action=f"followed {_BEYOND_DAYS} days beyond the feed's other dates only",
        )
        length = np.maximum(end - start + 1, 0)
        at = np.repeat(np.arange(len(used)), length)
        day = start[at] + np.arange(len(at)) - np.repeat(np.cumsum(length) - length, length)
        runs = self.runs[used[at], (day + 3) % 7]  # 1970-01-01 was a Thursday
        return service[used[at[runs]]], day[runs]


class _Dated:
    """calendar_dates.txt: single dates added and taken away."""

    file = "calendar_dates.txt"

    def __init__(self, feed: RawFeed, table: pd.DataFrame | None) -> None:
        self.feed = feed
        table = pd.DataFrame(index=pd.RangeIndex(0)) if table is None else table
        self.service = run_column(table, "service_id")
        self.day = parse_dates(column(table, "date"), feed.name, self.file)
        kind, _ = whole_numbers(column(table, "exception_type"), 0, 1, 2)
        wrong = np.flatnonzero(kind == 0)
        if len(wrong):
            raise InvalidFeed(
                f"{feed.name}: {self.file}, line {wrong[0] + 2}: exception_type must be 1 "
                "(added) or 2 (removed)"
            )
        blank = self.service.blank()
        feed.checks.add(
            *(self.file, "date without service", "error", int(blank.sum())),
            [f"line {row + 2}" for row in np.flatnonzero(blank)[:4]],
            action="left out: it says of nothing when it runs",
        )
        self.added = (kind == 1) & ~blank

    def apply(self, active: NDArray[np.bool_], ids: NDArray[np.object_], first: int) -> None:
        """Add and take away in `active`, whose days begin with `first`."""
        service, at = self.service.rows_in(ids), self.day - first
        active[service[self.added], at[self.added]] = True
        off = ~self.added & (service >= 0) & (at >= 0) & (at < active.shape[1])
        if not off.any():
            return
        both = np.zeros_like(active)
        both[service[self.added], at[self.added]] = True
        both = both[service[off], at[off]]
        self.feed.checks.add(
            *(self.file, "date both added and removed", "warning", int(both.sum())),
            ids[service[off][both]],
            action="the service is taken not to run on that date",
        )
        active[service[off], at[off]] = False
