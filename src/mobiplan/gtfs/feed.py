"""One feed, cleaned: its tables refer to one another by row."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from mobiplan.errors import InvalidFeed
from mobiplan.gtfs.calendar import Services, parse_dates, read_services
from mobiplan.gtfs.calls import Calls, read_calls
from mobiplan.gtfs.checks import Severity
from mobiplan.gtfs.columns import column, sorted_rows
from mobiplan.gtfs.frequencies import Frequencies, expand, read_frequencies
from mobiplan.gtfs.places import read_places
from mobiplan.gtfs.reading import RawFeed
from mobiplan.gtfs.transfers import read_transfers
from mobiplan.gtfs.trips import brands_and_kinds, read_agencies, read_routes, read_trips

_FILE = "trips.txt"


@dataclass(frozen=True)
class Feed:
    """One cleaned feed; the tables are those of `Tables`, the trips without zone and source."""

    raw: RawFeed  # without its tables: name, path, hash and checks
    agencies: pd.DataFrame
    stations: pd.DataFrame
    stops: pd.DataFrame
    routes: pd.DataFrame
    trips: pd.DataFrame
    calls: Calls
    transfers: pd.DataFrame
    services: Services  # `trips.service` refers to its ids
    publisher: str
    version: str
    licence: str


def clean(raw: RawFeed) -> Feed:
    """Return `raw` cleaned; what was repaired, assumed or left out is in its checks.

    Raises
    ------
    InvalidFeed
        If it cannot be used.
    """
    services = read_services(raw)
    agencies = read_agencies(raw)
    routes, agencies = read_routes(raw, agencies)
    trips = read_trips(raw, routes, services.ids)
    stop_ids = column(raw.tables["stop_times"], "stop_id")
    places = read_places(raw, stop_ids)
    ids = trips["id"].to_numpy(dtype=object)
    frequencies = read_frequencies(raw, ids)

    routeless = trips["route"].to_numpy() < 0
    serviceless = trips["service"].to_numpy() < 0
    wanted = ~(routeless | serviceless | frequencies.inexact)
    calls, backwards = read_calls(raw, places, stop_ids, ids, wanted)
    n_calls = np.bincount(calls.trip, minlength=len(ids))
    reasons: tuple[tuple[str, Severity, NDArray[np.bool_], str], ...] = (
        ("trip without route", "error", routeless, "no such route in routes.txt"),
        ("trip without service", "error", serviceless, "no such service in the calendar"),
        (
            *("frequency without exact times", "warning", frequencies.inexact),
            "not routed, its departures are not published",
        ),
        ("trip without stop times", "error", n_calls == 0, "it stops nowhere"),
        ("trip with one stop", "warning", n_calls == 1, "it leads nowhere"),
        ("trip that runs backwards in time", "error", backwards, "its times are out of order"),
    )
    kept = np.ones(len(ids), dtype=bool)
    for check, severity, which, why in reasons:
        lost = kept & which
        raw.checks.add(
            *(_FILE, check, severity, int(lost.sum()), ids[lost]),
            action=f"left out: {why}",
        )
        kept &= ~lost
    dropped = ~kept[calls.trip]
    raw.checks.add(
        *("stop_times.txt", "stop time of such a trip", "info", int(dropped.sum())),
        ids[np.unique(calls.trip[dropped])],
        action="left out with its trip: one stop only, or backwards in time (see trips.txt)",
    )
    if dropped.any():
        calls = calls.take(~dropped)

    trips, calls, row_of = _with_repeated(raw, trips, calls, kept, frequencies)
    if not len(trips):
        raise InvalidFeed(
            f"{raw.name}: {_FILE}: no trip can be used, all {len(ids)} are left out "
            f"({_summary(raw)}): fetch a complete feed"
        )
    first = np.searchsorted(calls.trip, np.arange(len(trips)))
    called = places.stops["id"].to_numpy(dtype=object)
    route = trips["route"].to_numpy()
    brand, kind = brands_and_kinds(raw, agencies, routes, route, called, calls.stop[first])
    trips["brand"], trips["kind"] = brand, kind
    trips["first"] = first.astype(np.int32)
    trips["calls"] = np.bincount(calls.trip, minlength=len(trips)).astype(np.int32)

    transfers = read_transfers(raw, places, routes["id"].to_numpy(dtype=object), ids, row_of)
    services = _used(raw, services, trips)
    about = raw.tables.get("feed_info")
    _check_end(raw, about, services)
    return Feed(
        RawFeed(raw.name, raw.path, raw.sha256, {}, raw.checks),
        agencies,
        places.stations,
        places.stops,
        routes,
        trips,
        calls,
        transfers,
        services,
        _told(about, "feed_publisher_name"),
        _told(about, "feed_version"),
        _told(about, "feed_license"),
    )


def _with_repeated(
    raw: RawFeed,
    trips: pd.DataFrame,
    calls: Calls,
    kept: NDArray[np.bool_],
    frequencies: Frequencies,
) -> tuple[pd.DataFrame, Calls, NDArray[np.int32]]:
    """Replace the patterns among the trips by the trips that they stand for.

    Returns the trips sorted by id, their calls, and the new row of each old trip (-1: gone).
    """
    ids = trips["id"].to_numpy(dtype=object)
    plain = kept & ~frequencies.patterns
    row_of = np.where(plain, np.cumsum(plain) - 1, -1).astype(np.int32)
    if plain.all():
        return trips, calls, row_of
    made, made_ids, pattern = expand(calls, frequencies, ids)
    mine = plain[calls.trip]
    own = calls.take(mine)
    table = trips[plain].reset_index(drop=True)
    calls = replace(own, trip=row_of[own.trip])
    patterns = kept & frequencies.patterns
    raw.checks.add(
        *(_FILE, "trip repeated by frequencies.txt", "info", int(patterns.sum()), ids[patterns]),
        action=f"left out for the {len(made_ids)} trips that it stands for",
    )
    raw.checks.add(
        *("stop_times.txt", "stop time of a repeated trip", "info", int((~mine).sum())),
        ids[np.unique(pattern)],
        action="left out for those of the trips that it stands for",
    )
    if not len(made_ids):
        return table, calls, row_of
    new = trips.iloc[pattern].assign(id=made_ids, block="")
    table = pd.concat([table, new], ignore_index=True)
    order = sorted_rows(table["id"].to_numpy(dtype=object))
    rank = np.empty(len(order), dtype=np.int32)
    rank[order] = np.arange(len(order))
    calls = calls.followed_by(replace(made, trip=made.trip + np.int32(plain.sum())))
    calls = replace(calls, trip=rank[calls.trip])
    calls = calls.take(np.argsort(calls.trip, kind="stable"))
    row_of = np.where(row_of >= 0, rank[row_of], -1).astype(np.int32)
    return table.iloc[order].reset_index(drop=True), calls, row_of


def _used(raw: RawFeed, services: Services, trips: pd.DataFrame) -> Services:
    """Count the services without trips and without dates; keep those that trips name."""
    named = np.zeros(len(services.ids), dtype=bool)
    named[trips["service"].to_numpy()] = True
    raw.checks.add(
        *("calendar", "service without trips", "info", int((~named).sum()), services.ids[~named]),
        action="ignored",
    )
    idle = named & ~services.active.any(axis=1)
    raw.checks.add(
        *("calendar", "service that never runs", "warning", int(idle.sum()), services.ids[idle]),
        action="its trips are kept but run on no date",
    )
    row_of = np.cumsum(named) - 1
    trips["service"] = row_of[trips["service"].to_numpy()].astype(np.int32)
    active = services.active[named]
    days = np.flatnonzero(active.any(axis=0))
    if not len(days):
        raise InvalidFeed(
            f"{raw.name}: calendar.txt, calendar_dates.txt: none of the services that trips "
            "belong to runs on any date: fetch a complete feed"
        )
    active = active[:, days[0] : days[-1] + 1]
    return Services(services.ids[named], active, services.first_day + int(days[0]))


def _check_end(raw: RawFeed, about: pd.DataFrame | None, services: Services) -> None:
    """Compare the period that feed_info.txt promises with the dates on which trains run."""
    if about is None:
        return
    for name, last in (("feed_start_date", False), ("feed_end_date", True)):
        text = _told(about, name)
        if not text:
            continue
        try:
            promised = int(parse_dates(column(about.iloc[:1], name), raw.name, "feed_info.txt")[0])
        except InvalidFeed:
            raw.checks.add(
                *("feed_info.txt", f"malformed {name}", "warning", 1, text),
                action="ignored: the dates of the services count",
            )
            continue
        real = services.first_day + (services.active.shape[1] - 1 if last else 0)
        if (promised > real) if last else (promised < real):
            dates = np.array([promised, real], dtype="datetime64[D]")
            which = "last" if last else "first"
            raw.checks.add(
                *("feed_info.txt", f"{name} without trains", "warning", 1),
                f"{name} {dates[0]}, {which} train {dates[1]}",
                action="the dates of the services count",
            )


def _told(about: pd.DataFrame | None, name: str) -> str:
    return "" if about is None else str(column(about, name).values()[0])


def _summary(raw: RawFeed) -> str:
    frame = raw.checks.to_frame()
    frame = frame[(frame["file"] == _FILE) & frame["action"].str.startswith("left out")]
    return ", ".join(
        f"{n} {check}" for check, n in zip(frame["check"], frame["count"], strict=True)
    )
