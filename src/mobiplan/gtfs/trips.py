"""Agencies, routes and trips of one feed: who runs what, under which name and number."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from mobiplan.errors import InvalidFeed
from mobiplan.gtfs.clock import is_zone
from mobiplan.gtfs.columns import column, sorted_rows, whole_numbers
from mobiplan.gtfs.french import (
    TRANSILIEN,
    brand_of_stop,
    clean_agency_name,
    kind_of_brand,
    train_numbers,
)
from mobiplan.gtfs.identity import distinct_rows
from mobiplan.gtfs.kinds import KIND, kind_of_route_type
from mobiplan.gtfs.reading import RawFeed


def read_agencies(feed: RawFeed) -> pd.DataFrame:
    """Return the agencies, sorted by id.

    Raises
    ------
    InvalidFeed
        If a time zone is missing or unknown, or the agencies' zones differ (G-13).
    """
    table, file = feed.tables["agency"], "agency.txt"
    ids, names = column(table, "agency_id").values(), column(table, "agency_name").values()
    blank = ids == ""
    if blank.sum() > 1:
        feed.checks.add(
            *(file, "several agencies without agency_id", "warning", int(blank.sum())),
            names[blank],
            action="known by their names",
        )
        table = table.assign(agency_id=np.where(blank, names, ids))
    elif blank.any():
        table = table.assign(agency_id=np.where(blank, "\u2060", ids))  # kept through the sorting
    table = distinct_rows(feed, table, file, "agency_id")
    ids = column(table, "agency_id").values()
    order = sorted_rows(ids)
    zones = column(table, "agency_timezone").values()
    for row in range(len(zones)):
        if not is_zone(zones[row]):
            raise InvalidFeed(
                f"{feed.name}: {file}, line {row + 2}: agency_timezone {zones[row]!r} is not a "
                "time zone: an IANA name such as 'Europe/Paris' is needed"
            )
    if len(set(zones)) > 1:
        row = int(np.flatnonzero(zones != zones[0])[0])
        raise InvalidFeed(
            f"{feed.name}: {file}, line {row + 2}: the agencies' time zones differ "
            f"({', '.join(sorted(set(zones)))}); GTFS wants one per feed: split the feed by zone"
        )
    ids = np.where(ids == "\u2060", "", ids)
    names = np.array(
        [clean_agency_name(name) for name in column(table, "agency_name").values()], dtype=object
    )
    return pd.DataFrame(
        {
            "id": ids[order],
            "name": names[order],
            "url": column(table, "agency_url").values()[order],
            "timezone": zones[order],
            "lang": column(table, "agency_lang").values()[order],
        }
    )


def read_routes(feed: RawFeed, agencies: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the routes, sorted by id, and the agencies, one row longer if some are unknown.

    Raises
    ------
    InvalidFeed
        If two rows give one id to different routes.
    """
    file = "routes.txt"
    table = distinct_rows(feed, feed.tables["routes"], file, "route_id")
    table = table.iloc[sorted_rows(column(table, "route_id").values())].reset_index(drop=True)
    ids = column(table, "route_id").values()
    named = column(table, "agency_id")
    agency_ids = agencies["id"].to_numpy(dtype=object)
    agency = named.rows_in(agency_ids)
    if len(agencies) == 1:
        agency[named.blank()] = 0
    elif "" in agency_ids:
        agency[named.blank()] = int(np.flatnonzero(agency_ids == "")[0])
    unknown = agency < 0
    if unknown.any():
        feed.checks.add(
            *(file, "route without a known agency", "warning", int(unknown.sum()), ids[unknown]),
            action="its agency is unknown, the feed's time zone is used",
        )
        nobody = {"id": "", "name": "", "url": "", "lang": ""}
        nobody["timezone"] = agencies["timezone"].iloc[0]
        agency[unknown] = len(agencies)
        agencies = pd.concat([agencies, pd.DataFrame([nobody])], ignore_index=True)
    route_type, bad = whole_numbers(column(table, "route_type"), -1)
    kind = kind_of_route_type(route_type)
    strange = bad | (kind < 0)
    feed.checks.add(
        *(file, "unknown route_type", "warning", int(strange.sum()), ids[strange]),
        action="taken as a regional train",
    )
    kind = np.where(strange, np.int8(KIND["regional"]), kind)
    routes = pd.DataFrame(
        {
            "id": ids,
            "agency": agency.astype(np.int32),
            "short_name": column(table, "route_short_name").values(),
            "long_name": column(table, "route_long_name").values(),
            "type": np.clip(route_type, -1, np.iinfo(np.int16).max).astype(np.int16),
            "kind": kind.astype(np.int8),
        }
    )
    return routes, agencies


def read_trips(
    feed: RawFeed, routes: pd.DataFrame, service_ids: NDArray[np.object_]
) -> pd.DataFrame:
    """Return the trips, sorted by id; -1 marks a route or a service that does not exist.

    Raises
    ------
    InvalidFeed
        If two rows give one id to different trips.
    """
    file = "trips.txt"
    table = distinct_rows(feed, feed.tables["trips"], file, "trip_id")
    ids = column(table, "trip_id").values()
    order = sorted_rows(ids)
    ids = ids[order]
    headsign = column(table, "trip_headsign").values()[order]
    short_name = column(table, "trip_short_name").values()[order]
    tristate = {}
    for ours, theirs in (("wheelchair", "wheelchair_accessible"), ("bicycle", "bikes_allowed")):
        found, bad = whole_numbers(column(table, theirs).take(order), 0, 0, 2)
        feed.checks.add(
            *(file, f"unknown {theirs}", "warning", int(bad.sum()), ids[bad]),
            action="taken as unknown",
        )
        tristate[ours] = found.astype(np.int8)
    return pd.DataFrame(
        {
            "id": ids,
            "route": column(table, "route_id").rows_in(routes["id"].to_numpy(dtype=object))[order],
            "service": column(table, "service_id").rows_in(service_ids)[order],
            "number": train_numbers(ids, headsign, short_name),
            "headsign": headsign,
            "block": column(table, "block_id").values()[order],
            **tristate,
        }
    )


def brands_and_kinds(
    feed: RawFeed,
    agencies: pd.DataFrame,
    routes: pd.DataFrame,
    route: NDArray[np.int32],
    stop_ids: NDArray[np.object_],
    first_stop: NDArray[np.int32],
) -> tuple[NDArray[np.object_], NDArray[np.int8]]:
    """Return the brand and the kind of each trip.

    In the French feeds the stops that a trip calls at bear its brand, and the brand says more
    than the route type; elsewhere the brand is the agency's name and the kind the route's.
    """
    agency_name = agencies["name"].to_numpy(dtype=object)
    agency_name = np.where(agency_name == "", agencies["id"].to_numpy(dtype=object), agency_name)
    brand = agency_name[routes["agency"].to_numpy()[route]]
    kind = routes["kind"].to_numpy()[route]
    code, told = pd.factorize(np.array([brand_of_stop(i) for i in stop_ids], dtype=object))
    code = code[first_stop]
    kinds = np.array([kind_of_brand(b) if b else -1 for b in told], dtype=np.int8)
    branded = told[code] != ""
    brand = np.where(branded, told[code], brand)
    strange = branded & (kinds[code] < 0) & (told[code] != TRANSILIEN)
    feed.checks.add(
        *("stops.txt", "unknown brand", "info", int(strange.sum()), brand[strange]),
        action="the kind of vehicle is the route type's",
    )
    kind = np.where(branded & (kinds[code] >= 0), kinds[code], kind)
    of_transilien = (brand == TRANSILIEN) & (kind == KIND["regional"])
    kind = np.where(of_transilien, np.int8(KIND["suburban"]), kind)
    return brand.astype(object), kind.astype(np.int8)
