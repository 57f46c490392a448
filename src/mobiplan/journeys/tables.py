"""Columns of the tables that answers turn into; imported only when a table is asked for."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from mobiplan.journeys.journey import JOURNEY_COLUMNS
from mobiplan.journeys.roles import labels_of

if TYPE_CHECKING:
    from mobiplan.journeys.journey_set import JourneySet


def set_frame(journeys: JourneySet) -> pd.DataFrame:
    """Return one row per journey; see `JourneySet.to_frame`."""
    zone = journeys.graph.timetable.timezones[0]
    epoch, found = journeys.graph.epoch, journeys.itineraries
    rows = [journey.summary() for journey in journeys]
    columns: dict[str, Any] = {
        "id": pd.Series([row["id"] for row in rows], dtype="str"),
        "departure": instants((epoch + one.departure for one in found), zone),
        "arrival": instants((epoch + one.arrival for one in found), zone),
        "duration": durations(one.arrival - one.departure for one in found),
        "transfers": np.array([row["transfers"] for row in rows], dtype=np.int64),
        "walking": durations(int(row["walking"].total_seconds()) for row in rows),
    }
    for name in ("price_min", "price_max", "co2_kg", "cost"):
        columns[name] = np.array([row[name] for row in rows], dtype=np.float64)
    order = [*JOURNEY_COLUMNS, *journeys.amounts]
    for name, amount in journeys.amounts.items():
        columns[name] = np.array([amount(journeys.graph, one) for one in found], dtype=np.float64)
    if journeys.personal is not None:
        texts = [", ".join(each) for each in labels_of(journeys)]
        columns["roles"] = pd.Series(texts, dtype="str")
        order.append("roles")
    return pd.DataFrame(columns)[order]


def instants(seconds: Iterable[int], zone: str) -> pd.DatetimeIndex:
    """Return a column of aware datetimes, datetime64[s], from seconds since 1970 UTC."""
    values = np.fromiter(seconds, dtype=np.int64).astype("datetime64[s]")
    return pd.DatetimeIndex(values).tz_localize("UTC").tz_convert(zone)


def durations(seconds: Iterable[int]) -> pd.TimedeltaIndex:
    """Return a column of durations, timedelta64[s]."""
    return pd.TimedeltaIndex(np.fromiter(seconds, dtype=np.int64).astype("timedelta64[s]"))
