"""Make the bundled sample feed: one week of French trains that never ran.

``python data/make_sample.py`` reads ``stations.csv`` and ``lines.csv`` beside this file and
writes ``src/mobiplan/data/sample.zip``, and ``opendata.zip`` with the open-data tables that go with
it (see ``sample_tables.py``); ``--check`` only says whether the committed zips are what the tables
give. README.md explains the tables.

The feed is synthetic and not for travel. It copies the *habits* of SNCF's export: one StopPoint
per brand under a StopArea, train numbers as headsigns, dates listed one by one, no transfer
rules, a block to each trip, coupled trains published once under each of their numbers.
"""

from __future__ import annotations

import argparse
import csv
import io
import re
import sys
import uuid
import zipfile
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import sample_tables

HERE = Path(__file__).resolve().parent
BUNDLED = HERE.parent / "src" / "mobiplan" / "data"

MONDAY = date(2026, 3, 23)  # the week that ends with the change to summer time
EXPORTED = "2026-03-20T00:42:25Z"
FIRST_SERIAL = 4_500_001

COACHES = {"Car TER"}
REGIONAL = {"Train TER", "Car TER", "Navette"}
SAME_NUMBER_MIN = 15  # on another day, a train this much later is a variant of the same number

Days = frozenset[int]  # 0 = Monday of the week
Row = tuple[object, ...]


@dataclass(frozen=True)
class Station:
    """A station and the facts known about it; `segment` is SNCF's size class, A to C."""

    name: str
    uic: str
    lat: str
    lon: str
    segment: str


@dataclass(frozen=True)
class Call:
    """A stop on a line, seen in one direction; `run_min` is the time since the call before."""

    station: Station
    run_min: int
    dwell_min: int
    boards: bool = True
    alights: bool = True


@dataclass(frozen=True)
class Line:
    """A row of lines.csv: the calls on the way out, and both timetables as written."""

    code: str
    brand: str
    first_number: int
    calls: tuple[Call, ...]
    out: str
    back: str


@dataclass(frozen=True)
class Trip:
    """One train number on the days when it keeps the same times."""

    number: int
    line: Line
    direction: int
    calls: tuple[Call, ...]
    times: tuple[tuple[int, int], ...]  # arrival and departure, minutes after midnight
    days: Days


def read_stations() -> dict[str, Station]:
    """Read stations.csv, by name."""
    with (HERE / "stations.csv").open(encoding="utf-8", newline="") as file:
        return {row["name"]: Station(**row) for row in csv.DictReader(file)}


def read_lines(stations: dict[str, Station]) -> list[Line]:
    """Read lines.csv."""
    with (HERE / "lines.csv").open(encoding="utf-8", newline="") as file:
        return [
            Line(
                code=row["line"],
                brand=row["brand"],
                first_number=int(row["number"]),
                calls=tuple(read_calls(row["calls"], row["brand"], stations)),
                out=row["out"],
                back=row["back"],
            )
            for row in csv.DictReader(file)
        ]


def read_calls(text: str, brand: str, stations: dict[str, Station]) -> Iterator[Call]:
    """Read ``Paris Gare de Lyon | 116 Lyon Part Dieu/5 | 8 Lyon Perrache``."""
    for item in text.split(" | "):
        match = re.fullmatch(r"(?:(\d+) )?(.+?)(?:/(\d))?([<>#]?)", item)
        if match is None:
            raise ValueError(f"not a call: {item!r}")
        run, name, dwell, mark = match.groups()
        station = stations[name]
        usual = 1 if brand in REGIONAL and station.segment != "A" else 3
        yield Call(
            station,
            run_min=int(run or 0),
            dwell_min=int(dwell or usual),
            boards=mark not in ("<", "#"),
            alights=mark not in (">", "#"),
        )


def turned(calls: tuple[Call, ...]) -> tuple[Call, ...]:
    """The calls of the way back: runs shift by one, boarding and alighting change places."""
    runs = [0] + [call.run_min for call in reversed(calls[1:])]
    return tuple(
        Call(call.station, run, call.dwell_min, boards=call.alights, alights=call.boards)
        for call, run in zip(reversed(calls), runs, strict=True)
    )


def read_departures(text: str) -> dict[int, Days]:
    """Read ``0600-2100/60 12345; 0700``: minutes after midnight, and the days of each."""
    departures: dict[int, set[int]] = defaultdict(set)
    for item in text.split("; "):
        clock, _, days = item.partition(" ")
        span, _, step = clock.partition("/")
        first, _, last = span.partition("-")
        for minute in range(minutes(first), minutes(last or first) + 1, int(step or 1)):
            departures[minute] |= {int(day) - 1 for day in days or "1234567"}
    return {minute: frozenset(days) for minute, days in sorted(departures.items())}


def minutes(clock: str) -> int:
    """Minutes after midnight of ``HHMM``; 2530 is half past one the next morning."""
    return int(clock[:2]) * 60 + int(clock[2:])


def timed(calls: tuple[Call, ...], anchor: str, departure: int) -> tuple[tuple[int, int], ...]:
    """Arrival and departure at each call, when the train leaves `anchor` at `departure`."""
    times: list[tuple[int, int]] = []
    clock = 0
    for position, call in enumerate(calls):
        arrival = clock + call.run_min
        stays = 0 < position < len(calls) - 1
        clock = arrival + (call.dwell_min if stays else 0)
        times.append((arrival, clock))
    names = [call.station.name for call in calls]
    shift = departure - times[names.index(anchor)][1]
    return tuple((arrival + shift, leaves + shift) for arrival, leaves in times)


def trips_of(line: Line) -> Iterator[Trip]:
    """The trips of a line: odd numbers on the way out, even numbers on the way back.

    A departure shares the number of the one before when no day has both and they are close: a
    real number, too, runs at slightly different times on different days.
    """
    for direction, (calls, text) in enumerate(
        [(line.calls, line.out), (turned(line.calls), line.back)]
    ):
        anchor = calls[0].station.name
        if text.startswith("@"):
            match = re.fullmatch(r"@(.+?) (\d{4}.*)", text)
            if match is None:
                raise ValueError(f"not a timetable: {text!r}")
            anchor, text = match.groups()
        number = line.first_number + direction - 2
        previous, taken = -SAME_NUMBER_MIN - 1, set[int]()
        for departure, days in read_departures(text).items():
            if departure - previous > SAME_NUMBER_MIN or taken & days:
                number, taken = number + 2, set()
            previous = departure
            taken |= days
            times = timed(calls, anchor, departure)
            yield Trip(number, line, direction, calls, times, days)


def all_trips(lines: Iterable[Line]) -> list[Trip]:
    """Every trip, by number; a number may be used once a day only."""
    trips = sorted(
        (trip for line in lines for trip in trips_of(line)),
        key=lambda trip: (trip.number, trip.times),
    )
    used: dict[tuple[int, int], str] = {}
    for trip in trips:
        for day in trip.days:
            if (other := used.setdefault((trip.number, day), trip.line.code)) != trip.line.code:
                raise ValueError(f"{trip.number} is a train of both {other} and {trip.line.code}")
    return trips


def hms(minute: int) -> str:
    """``HH:MM:00``, past 24:00 if need be."""
    return f"{minute // 60:02d}:{minute % 60:02d}:00"


def route_id(line: Line) -> str:
    """An id like SNCF's, the same each time."""
    name = uuid.uuid5(uuid.NAMESPACE_URL, f"mobiplan/sample/{line.code}")
    return f"FR:Line::{str(name).upper()}:"


def stop_id(brand: str, station: Station) -> str:
    """The StopPoint where a brand's trains call."""
    return f"StopPoint:OCE{brand}-{station.uic}"


def stop_rows(lines: Iterable[Line]) -> Iterator[Row]:
    """A StopArea for each station that a line serves, a StopPoint for each brand there."""
    served = {(call.station.uic, line.brand): call.station for line in lines for call in line.calls}
    area = ""
    for (uic, brand), station in sorted(served.items(), key=lambda item: item[0]):
        place = (station.name, "", station.lat, station.lon, "", "")
        if area != (area := f"StopArea:OCE{uic}"):
            yield (area, *place, 1, "")
        yield (stop_id(brand, station), *place, 0, area)


def route_rows(lines: Iterable[Line]) -> Iterator[Row]:
    """One route per line code; a coach in a train's stead keeps the train's route."""
    first = {line.code: line for line in reversed(list(lines))}
    for code, line in sorted(first.items()):
        agency = "OCEdefault" if line.brand == "Lyria" else "1187"
        name = f"{line.calls[0].station.name} - {line.calls[-1].station.name}"
        colours = ("0749FF", "FFFFFF") if line.brand == "Train TER" else ("", "")
        kind = 3 if line.brand in COACHES else 2
        yield (route_id(line), agency, code, name, "", kind, "", *colours)


def trip_rows(trips: Iterable[Trip], services: dict[Days, str]) -> Iterator[Row]:
    """One row per trip; the train number stands as headsign, and each trip is its own block."""
    for block, (trip_id, trip) in enumerate(with_ids(trips), start=1):
        route = route_id(trip.line)
        service = services[trip.days]
        yield (route, service, trip_id, trip.number, trip.direction, block, "")


def stop_time_rows(trips: Iterable[Trip]) -> Iterator[Row]:
    """The calls of every trip; nobody boards at the last one or alights at the first."""
    for trip_id, trip in with_ids(trips):
        last = len(trip.calls) - 1
        for position, (call, times) in enumerate(zip(trip.calls, trip.times, strict=True)):
            stop = stop_id(trip.line.brand, call.station)
            no_pickup = int(position == last or not call.boards)
            no_drop_off = int(position == 0 or not call.alights)
            yield (trip_id, *map(hms, times), stop, position, "", no_pickup, no_drop_off, "")


def with_ids(trips: Iterable[Trip]) -> Iterator[tuple[str, Trip]]:
    """Each trip with its id."""
    for serial, trip in enumerate(trips, start=FIRST_SERIAL):
        yield f"OCESN{trip.number}F{serial}:{EXPORTED}", trip


def tables() -> dict[str, list[Row]]:
    """Every file of the feed, header first."""
    lines = read_lines(read_stations())
    trips = all_trips(lines)
    patterns = dict.fromkeys(trip.days for trip in trips)
    services = {days: f"{index:06d}" for index, days in enumerate(patterns, start=1)}
    week = [f"{MONDAY + timedelta(days=day):%Y%m%d}" for day in range(7)]
    url = "http://www.sncf.com"
    made_by = ("mobiplan (synthetic sample, not for travel)", "https://example.org/mobiplan")

    def table(header: str, rows: Iterable[Row]) -> list[Row]:
        return [tuple(header.split()), *rows]

    return {
        "agency.txt": table(
            "agency_id agency_name agency_url agency_timezone agency_lang",
            [
                ("1187", "SNCF VOYAGEURS", url, "Europe/Paris", "fr"),
                ("OCEdefault", "OCEdefault", url, "Europe/Paris", "fr"),
            ],
        ),
        "calendar_dates.txt": table(
            "service_id date exception_type",
            ((services[days], week[day], 1) for days in services for day in sorted(days)),
        ),
        "feed_info.txt": table(
            "feed_id feed_publisher_name feed_publisher_url feed_lang feed_start_date"
            " feed_end_date feed_version conv_rev plan_rev",
            [(0, *made_by, "fr", week[0], week[-1], EXPORTED[:10], "", "")],
        ),
        "routes.txt": table(
            "route_id agency_id route_short_name route_long_name route_desc route_type route_url"
            " route_color route_text_color",
            route_rows(lines),
        ),
        "stop_times.txt": table(
            "trip_id arrival_time departure_time stop_id stop_sequence stop_headsign pickup_type"
            " drop_off_type shape_dist_traveled",
            stop_time_rows(trips),
        ),
        "stops.txt": table(
            "stop_id stop_name stop_desc stop_lat stop_lon zone_id stop_url location_type"
            " parent_station",
            stop_rows(lines),
        ),
        "transfers.txt": table(
            "from_stop_id to_stop_id transfer_type min_transfer_time from_route_id to_route_id",
            [],
        ),
        "trips.txt": table(
            "route_id service_id trip_id trip_headsign direction_id block_id shape_id",
            trip_rows(trips, services),
        ),
    }


def make() -> bytes:
    """The whole feed: the same bytes each time, for one version of zlib."""
    files = {}
    for name, rows in tables().items():
        text = io.StringIO()
        csv.writer(text, lineterminator="\n").writerows(rows)
        files[name] = text.getvalue().encode()
    return packed(files)


def make_opendata() -> bytes:
    """The open-data tables that go with the feed."""
    stations = read_stations()
    return packed(sample_tables.files(stations, read_lines(stations)))


def packed(files: dict[str, bytes]) -> bytes:
    """A zip that knows neither the hour nor the machine."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in files.items():
            member = zipfile.ZipInfo(name, date_time=(2026, 3, 20, 0, 42, 24))
            member.compress_type = zipfile.ZIP_DEFLATED
            member.external_attr = 0o644 << 16
            member.create_system = 3  # Unix, wherever this runs
            archive.writestr(member, content, compresslevel=9)
    return buffer.getvalue()


def contents(sample: bytes) -> list[tuple[str, tuple[int, ...], bytes]]:
    """What a zip holds, in order; unlike its bytes, the same whatever compressed it."""
    with zipfile.ZipFile(io.BytesIO(sample)) as archive:
        return [(i.filename, i.date_time, archive.read(i)) for i in archive.infolist()]


def main() -> int:
    """Write the samples, or with ``--check`` compare them; 1 when one differs."""
    parser = argparse.ArgumentParser(description="Make the bundled sample feed and its tables.")
    parser.add_argument("--check", action="store_true", help="write nothing, compare")
    check = parser.parse_args().check
    for name, made in (("sample.zip", make()), ("opendata.zip", make_opendata())):
        path = BUNDLED / name
        if not check:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(made)
            print(f"{path}: {len(made):,} bytes")
        elif not path.exists() or contents(path.read_bytes()) != contents(made):
            print(f"{path} is not what make_sample.py makes: run it again", file=sys.stderr)
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
