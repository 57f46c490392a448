"""Services to days: which service runs on which date."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from mobiplan.errors import InvalidFeed
from mobiplan.gtfs.columns import Column, column, whole_numbers
from mobiplan.gtfs.reading import RawFeed

_EPOCH = dt.date(1970, 1, 1)
_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_LONGEST_DAYS = 366 * 50  # a range beyond it is a slip of the pen, and memory


@dataclass(frozen=True)
class Services:
    """The services of one feed and the dates on which each runs."""

    ids: NDArray[np.object_]  # (n_services,) str, sorted
    service: NDArray[np.int32]  # (n_active,)  row of ids
    day: NDArray[np.int32]  # (n_active,)  days since 1970-01-01


def read_services(feed: RawFeed) -> Services:
    """Return the services of `feed`: weekly patterns, then the exceptions to them.

    GTFS reference, calendar.txt and calendar_dates.txt: either alone suffices; an exception of
    type 1 adds a date (inside or outside the range), one of type 2 takes it away.

    Raises
    ------
    InvalidFeed
        If a date or a weekday is malformed, a range ends before it begins, or nothing runs.
    """
    weekly, dated = feed.tables.get("calendar"), feed.tables.get("calendar_dates")
    id_columns = [column(t, "service_id") for t in (weekly, dated) if t is not None]
    ids = np.unique(np.concatenate([c.texts for c in id_columns]).astype(object))
    ids = ids[ids != ""]
    service, day = np.zeros(0, np.int64), np.zeros(0, np.int64)
    if weekly is not None:
        service, day = _weekly_days(feed, weekly, ids)
    n_days = 2**20  # far beyond any date: (service, day) as one number
    running = np.unique(service * n_days + day)
    if dated is not None:
        keys, added = _exceptions(feed, dated, ids, n_days)
        running = np.setdiff1d(np.union1d(running, keys[added]), keys[~added], assume_unique=True)
    if not len(running):
        raise InvalidFeed(
            f"{feed.name}: no service runs on any date (calendar.txt, calendar_dates.txt): "
            "the feed has expired or is incomplete, fetch a newer one"
        )
    return Services(ids, (running // n_days).astype(np.int32), (running % n_days).astype(np.int32))


def parse_dates(col: Column, feed: str, file: str) -> NDArray[np.int64]:
    """Return dates written as YYYYMMDD, in days since 1970.

    Raises
    ------
    InvalidFeed
        If one is not a date; names its line.
    """
    days = np.zeros(len(col.texts), dtype=np.int64)
    used = np.zeros(len(col.texts), dtype=bool)
    used[col.codes] = True
    for i in np.flatnonzero(used):
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


def _weekly_days(
    feed: RawFeed, table: pd.DataFrame, ids: NDArray[np.object_]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    file = "calendar.txt"
    service = column(table, "service_id").rows_in(ids).astype(np.int64)
    start = parse_dates(column(table, "start_date"), feed.name, file)
    end = parse_dates(column(table, "end_date"), feed.name, file)
    wrong = np.flatnonzero((end < start) | (end - start > _LONGEST_DAYS))
    if len(wrong):
        raise InvalidFeed(
            f"{feed.name}: {file}, line {wrong[0] + 2}: the service ends before it starts or "
            "lasts for more than 50 years: correct start_date and end_date"
        )
    runs = np.zeros((len(table), 7), dtype=bool)
    for i, weekday in enumerate(_WEEKDAYS):
        flag, bad = whole_numbers(column(table, weekday), 2, 0, 1)
        wrong = np.flatnonzero(bad | (flag == 2))
        if len(wrong):
            raise InvalidFeed(
                f"{feed.name}: {file}, line {wrong[0] + 2}: {weekday} must be 0 or 1"
            )
        runs[:, i] = flag == 1
    idle = ~runs.any(axis=1)
    length = np.where(idle, 0, end - start + 1)
    row = np.repeat(np.arange(len(table)), length)
    day = start[row] + np.arange(len(row)) - np.repeat(np.cumsum(length) - length, length)
    kept = runs[row, (day + 3) % 7] & (service[row] >= 0)  # 1970-01-01 was a Thursday
    return service[row][kept], day[kept]


def _exceptions(
    feed: RawFeed, table: pd.DataFrame, ids: NDArray[np.object_], n_days: int
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Return (service, day) keys, and which of them are added (the others are taken away)."""
    file = "calendar_dates.txt"
    service = column(table, "service_id").rows_in(ids).astype(np.int64)
    day = parse_dates(column(table, "date"), feed.name, file)
    kind, bad = whole_numbers(column(table, "exception_type"), 0, 1, 2)
    wrong = np.flatnonzero(bad | (kind == 0))
    if len(wrong):
        raise InvalidFeed(
            f"{feed.name}: {file}, line {wrong[0] + 2}: exception_type must be 1 (added) "
            "or 2 (removed)"
        )
    blank = service < 0
    feed.checks.add(
        *(file, "date without service", "error", int(blank.sum())),
        [f"line {row + 2}" for row in np.flatnonzero(blank)[:4]],
        action="left out",
    )
    keys = (service * n_days + day)[~blank]
    added = (kind == 1)[~blank]
    both = np.intersect1d(keys[added], keys[~added])
    feed.checks.add(
        *(file, "date both added and removed", "warning", len(both), ids[both // n_days]),
        action="the service is taken not to run on that date",
    )
    return keys, added
