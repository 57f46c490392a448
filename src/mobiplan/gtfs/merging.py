"""Several cleaned feeds to one set of tables: stations unite, ids that clash are scoped."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from mobiplan.errors import InvalidFeed
from mobiplan.gtfs.checks import Checks
from mobiplan.gtfs.columns import sorted_rows
from mobiplan.gtfs.feed import Feed, clean
from mobiplan.gtfs.places import distance_m, linked
from mobiplan.gtfs.reading import RawFeed, Sources, list_sources, read_raw, source_name
from mobiplan.gtfs.tables import Source, Tables
from mobiplan.gtfs.transfers import REFERENCES, tidy_rules

#: Stations of one id in two feeds are one station within this distance.
SAME_ID_M = 2000.0
#: Stations of one UIC code under different ids are one station within this distance.
SAME_CODE_M = 1500.0

_EPOCH = dt.date(1970, 1, 1)


def read_and_merge(sources: Sources, progress: Callable[[str], None]) -> Tables:
    """Read, clean and merge; see `mobiplan.gtfs.read`."""
    checks = Checks("all feeds")
    raws = [read_raw(s, source_name(s), progress) for s in list_sources(sources)]
    feeds = []
    for raw in _named_apart(raws, checks):
        progress(f"{raw.name}: cleaning")
        feeds.append(clean(raw))
        raw.tables.clear()
    progress("merging")
    return merge(feeds, checks)


def merge(feeds: Sequence[Feed], checks: Checks) -> Tables:
    """Return the tables of `feeds`, which bear distinct names, in the order of the names."""
    stations, station_row = _stations(feeds, checks)
    stops, stop_row = _stops(feeds, station_row, checks)
    agencies, agency_row = _united([f.agencies for f in feeds], feeds, "agency.txt", checks)
    routes, route_row = _united(
        [
            f.routes.assign(agency=rows[f.routes["agency"]])
            for f, rows in zip(feeds, agency_row, strict=True)
        ],
        feeds,
        "routes.txt",
        checks,
    )
    zones = [str(f.agencies["timezone"].iloc[0]) for f in feeds]
    timezones = tuple(dict.fromkeys(zones))

    first_trip = np.cumsum([0] + [len(f.trips) for f in feeds])
    first_call = np.cumsum([0] + [len(f.calls) for f in feeds])
    first_service = np.cumsum([0] + [len(f.services.ids) for f in feeds])
    trips = []
    for i, feed in enumerate(feeds):
        blocks = feed.trips["block"].to_numpy(dtype=object)
        if len(feeds) > 1:
            blocks = np.where(blocks == "", "", feed.raw.name + ":" + blocks)
        trips.append(
            feed.trips.assign(
                route=route_row[i][feed.trips["route"]],
                service=(feed.trips["service"] + first_service[i]).astype(np.int32),
                first=(feed.trips["first"] + first_call[i]).astype(np.int32),
                block=blocks,
                zone=np.int8(timezones.index(zones[i])),
                source=np.int8(i),
            )
        )
    all_trips = pd.concat(trips, ignore_index=True)
    all_trips["id"] = _scoped([f.trips["id"].to_numpy(dtype=object) for f in feeds], feeds, checks)

    stop_times = pd.DataFrame(
        {
            "trip": np.concatenate(
                [f.calls.trip + np.int32(n) for f, n in zip(feeds, first_trip, strict=False)]
            ),
            "stop": np.concatenate(
                [rows[f.calls.stop] for f, rows in zip(feeds, stop_row, strict=True)]
            ),
            **{
                name: np.concatenate([getattr(f.calls, name) for f in feeds])
                for name in ("arrival_s", "departure_s", "pickup", "drop_off", "approximate")
            },
        },
        copy=False,
    )
    transfers = []
    for i, feed in enumerate(feeds):
        trip_row = np.arange(first_trip[i], first_trip[i + 1], dtype=np.int32)
        rows_of = {
            "stop": stop_row[i],
            "station": station_row[i],
            "route": route_row[i],
            "trip": trip_row,
        }
        rules = feed.transfers.copy()
        for name in REFERENCES:
            new = np.append(rows_of[name.split("_")[1]], np.int32(-1))  # row -1 stays -1
            rules[name] = new[rules[name].to_numpy()].astype(np.int32)
        transfers.append(rules)

    first_day = min(f.services.first_day for f in feeds)
    end_day = max(f.services.first_day + f.services.active.shape[1] for f in feeds)
    active = np.zeros((int(first_service[-1]), end_day - first_day), dtype=bool)
    for i, feed in enumerate(feeds):
        n_services, n_days = feed.services.active.shape
        at = feed.services.first_day - first_day
        active[first_service[i] : first_service[i] + n_services, at : at + n_days] = (
            feed.services.active
        )

    for feed in feeds:
        checks.extend(feed.raw.checks)
    columns = [
        *("id", "route", "service", "number", "brand", "headsign", "kind", "block", "zone"),
        *("source", "wheelchair", "bicycle", "first", "calls"),
    ]
    return Tables(
        agencies=agencies,
        stations=stations,
        stops=stops,
        routes=routes,
        trips=all_trips[columns],
        stop_times=stop_times,
        transfers=tidy_rules(pd.concat(transfers, ignore_index=True)),
        active=active,
        first_date=_EPOCH + dt.timedelta(days=first_day),
        timezones=timezones,
        sources=tuple(
            Source(f.raw.name, f.raw.path, f.raw.sha256, f.publisher, f.version, f.licence)
            for f in feeds
        ),
        checks=checks.to_frame(),
    )


def _named_apart(raws: list[RawFeed], checks: Checks) -> list[RawFeed]:
    """Return the feeds ordered by name, each once; equal names are told apart by a number."""
    ordered = sorted(raws, key=lambda raw: (raw.name, raw.sha256))
    once: dict[str, RawFeed] = {}
    for i, raw in enumerate(ordered):
        key = raw.sha256 or f"#{i}"
        if key in once:
            checks.add(
                *(raw.name, "feed given twice", "warning", 1, raw.path),
                action=f"ignored: the same bytes as {once[key].name}",
            )
        else:
            once[key] = raw
    taken: dict[str, int] = {}
    named = []
    for raw in once.values():
        taken[raw.name] = taken.get(raw.name, 0) + 1
        if taken[raw.name] > 1:
            name = f"{raw.name}~{taken[raw.name]}"
            raw.checks.rename(name)
            raw = RawFeed(name, raw.path, raw.sha256, raw.tables, raw.checks)
        named.append(raw)
    if len(named) > np.iinfo(np.int8).max:
        raise InvalidFeed(f"{len(named)} feeds were given: at most 127 can be merged")
    return named


def _stations(
    feeds: Sequence[Feed], checks: Checks
) -> tuple[pd.DataFrame, list[NDArray[np.int32]]]:
    """Unite the stations of all feeds; also return the new row of each feed's stations."""
    tables = [f.stations for f in feeds]
    table = pd.concat(tables, ignore_index=True)
    ids = table["id"].to_numpy(dtype=object).copy()
    source = np.repeat(np.arange(len(feeds)), [len(t) for t in tables])
    lat, lon = table["lat"].to_numpy(), table["lon"].to_numpy()

    one, other = _pairs(ids)
    far = distance_m(lat[one], lon[one], lat[other], lon[other]) > SAME_ID_M
    clash = np.unique(ids[np.concatenate([one[far], other[far]])])
    checks.add(
        *("stops.txt", "station id means two places", "warning", len(clash), clash),
        action="left apart: the ids are prefixed by their feeds' names",
    )
    for row in np.flatnonzero(np.isin(ids, clash)):
        ids[row] = f"{feeds[source[row]].raw.name}:{ids[row]}"
    one, other = _pairs(ids)
    n_same = len(np.unique(ids[one]))
    example = ids[one]
    code = table["code"].to_numpy(dtype=object)
    by_one, by_other = _pairs(code)
    by_one, by_other = by_one[code[by_one] != ""], by_other[code[by_one] != ""]
    near = distance_m(lat[by_one], lon[by_one], lat[by_other], lon[by_other]) <= SAME_CODE_M
    near &= ids[by_one] != ids[by_other]
    by_one, by_other = by_one[near], by_other[near]
    checks.add(
        *("stops.txt", "station in several feeds", "info", n_same, example),
        action="one station: the same id at the same place",
    )
    checks.add(
        *("stops.txt", "station under two ids", "info", len(by_one)),
        [f"{ids[a]} = {ids[b]}" for a, b in zip(by_one, by_other, strict=True)],
        action="one station: the same UIC code at the same place",
    )
    root = linked(len(ids), np.concatenate([one, by_one]), np.concatenate([other, by_other]))
    # Of a united station the published 8-digit id comes first, then the smallest id.
    derived = np.array([not i.endswith(c) for i, c in zip(ids, code, strict=True)])
    order = np.lexsort((source, pd.factorize(ids, sort=True)[0], derived, root))
    table = table.assign(id=ids).iloc[order]
    group = pd.factorize(root[order])[0]
    first = np.flatnonzero(np.append(True, group[1:] != group[:-1]))
    united = table.iloc[first].reset_index(drop=True)
    united["wheelchair"] = _first_told(table["wheelchair"].to_numpy(), group, np.int8(0))
    united["timezone"] = _first_told(table["timezone"].to_numpy(dtype=object), group, "")
    for name in ("lat", "lon"):
        united[name] = table[name].groupby(group).first().to_numpy()
    by_id = sorted_rows(united["id"].to_numpy(dtype=object))
    rank = np.empty(len(by_id), dtype=np.int32)
    rank[by_id] = np.arange(len(by_id))
    row_of = np.empty(len(ids), dtype=np.int32)
    row_of[order] = rank[group]
    bounds = np.cumsum([len(t) for t in tables])[:-1]
    return united.iloc[by_id].reset_index(drop=True), np.split(row_of, bounds)


def _first_told(values: NDArray[Any], group: NDArray[np.intp], unknown: object) -> NDArray[Any]:
    """Return the first value of each group that is not `unknown`, else that."""
    found = np.full(group.max() + 1, unknown, dtype=values.dtype)
    told = values != unknown
    rows, first = np.unique(group[told], return_index=True)
    found[rows] = values[told][first]
    return found


def _stops(
    feeds: Sequence[Feed], station_row: list[NDArray[np.int32]], checks: Checks
) -> tuple[pd.DataFrame, list[NDArray[np.int32]]]:
    tables = [
        f.stops.assign(station=rows[f.stops["station"]])
        for f, rows in zip(feeds, station_row, strict=True)
    ]
    return _united(tables, feeds, "stops.txt", checks, same=["id", "station", "name", "platform"])


def _united(
    tables: list[pd.DataFrame],
    feeds: Sequence[Feed],
    file: str,
    checks: Checks,
    same: list[str] | None = None,
) -> tuple[pd.DataFrame, list[NDArray[np.int32]]]:
    """Unite rows that agree in the columns `same`; scope the ids of the others that clash.

    Returns the rows sorted by id, and the new row of each table's rows.
    """
    if len(tables) == 1:
        return tables[0], [np.arange(len(tables[0]), dtype=np.int32)]
    table = pd.concat(tables, ignore_index=True)
    ids = table["id"].to_numpy(dtype=object).copy()
    source = np.repeat(np.arange(len(tables)), [len(t) for t in tables])
    kind = table.groupby(same or list(table.columns), sort=False, dropna=False).ngroup().to_numpy()
    one, other = _pairs(ids)
    differ = kind[one] != kind[other]
    clash = np.unique(ids[one[differ]])
    checks.add(
        *(file, "id means different things in two feeds", "info", len(clash), clash),
        action="the ids are prefixed by their feeds' names",
    )
    scoped = np.isin(ids, clash)
    for row in np.flatnonzero(scoped):
        ids[row] = f"{feeds[source[row]].raw.name}:{ids[row]}"
    group, names = pd.factorize(ids, sort=True)
    first = np.full(len(names), len(ids), dtype=np.intp)
    np.minimum.at(first, group, np.arange(len(ids)))
    united = table.assign(id=ids).iloc[first].reset_index(drop=True)
    bounds = np.cumsum([len(t) for t in tables])[:-1]
    return united, np.split(group.astype(np.int32), bounds)


def _scoped(
    ids: list[NDArray[np.object_]], feeds: Sequence[Feed], checks: Checks
) -> NDArray[np.object_]:
    """Return all trip ids, those of several feeds prefixed by their feeds' names."""
    together = np.concatenate(ids)
    if len(ids) == 1:
        return together
    source = np.repeat(np.arange(len(ids)), [len(i) for i in ids])
    clash = np.flatnonzero(pd.Series(together, dtype=object).duplicated(keep=False))
    checks.add(
        *("trips.txt", "id means different things in two feeds", "info", len(clash)),
        together[clash],
        action="the ids are prefixed by their feeds' names",
    )
    for row in clash:
        together[row] = f"{feeds[source[row]].raw.name}:{together[row]}"
    return together


def _pairs(keys: NDArray[np.object_]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return pairs of rows with equal keys: each row with the first of its key."""
    code, _ = pd.factorize(keys)
    first = np.full(code.max(initial=-1) + 1, len(keys), dtype=np.intp)
    np.minimum.at(first, code, np.arange(len(keys)))
    again = np.flatnonzero(first[code] != np.arange(len(keys)))
    return first[code[again]], again
