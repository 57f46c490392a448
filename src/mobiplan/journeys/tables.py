"""Columns of the tables that answers turn into; imported only when a table is asked for."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd


def instants(seconds: Iterable[int], zone: str) -> pd.DatetimeIndex:
    """Return a column of aware datetimes, datetime64[s], from seconds since 1970 UTC."""
    values = np.fromiter(seconds, dtype=np.int64).astype("datetime64[s]")
    return pd.DatetimeIndex(values).tz_localize("UTC").tz_convert(zone)


def durations(seconds: Iterable[int]) -> pd.TimedeltaIndex:
    """Return a column of durations, timedelta64[s]."""
    return pd.TimedeltaIndex(np.fromiter(seconds, dtype=np.int64).astype("timedelta64[s]"))
