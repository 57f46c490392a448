"""Feed files to text columns: the one module that touches gtfs-kit.

gtfs-kit decides types by its constant ``DTYPES`` and would turn the id "007" into 7 and stop at
a blank in a column of numbers. So each table is read on its own while ``DTYPES`` says "text" for
every column, known or not; a lock guards it and it is restored afterwards. What gtfs-kit cannot
read as it stands goes through a tidy copy first (`mobiplan.gtfs.tidying`).
"""

from __future__ import annotations

import os
import re
import tempfile
import threading
import zipfile
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import pandas as pd
from pandas.errors import EmptyDataError, ParserError

from mobiplan.errors import InvalidFeed
from mobiplan.gtfs.checks import Checks
from mobiplan.gtfs.tidying import Archive, Folder, tidy_copy

if TYPE_CHECKING:
    import gtfs_kit

OneSource: TypeAlias = "str | os.PathLike[str] | gtfs_kit.Feed"
#: What `mobiplan.gtfs.read` takes: a zip, a folder, a gtfs-kit Feed, or several of them.
Sources: TypeAlias = "OneSource | Iterable[OneSource]"

#: The tables that are read, each with the columns that it cannot do without.
REQUIRED: dict[str, tuple[str, ...]] = {
    "agency": ("agency_name", "agency_timezone"),
    "stops": ("stop_id",),
    "routes": ("route_id", "route_type"),
    "trips": ("route_id", "service_id", "trip_id"),
    "stop_times": ("trip_id", "arrival_time", "departure_time", "stop_id", "stop_sequence"),
    "calendar": (
        *("service_id", "start_date", "end_date"),
        *("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"),
    ),
    "calendar_dates": ("service_id", "date", "exception_type"),
    "frequencies": ("trip_id", "start_time", "end_time", "headway_secs"),
    "transfers": (),
    "feed_info": (),
}
_MANDATORY = ("agency", "stops", "routes", "trips", "stop_times")
# Ids that gtfs-kit's reader may have taken for missing because they spell "NA" or "null".
_IDS: tuple[str, ...] = ("trip_id", "stop_id", "route_id", "service_id", "agency_id")
_IDS_OF_TRANSFERS = ("from_stop_id", "to_stop_id", "from_trip_id", "to_trip_id")
# Few distinct values in many rows are cheapest as categories; pandas turns categories that look
# like numbers into numbers, which does these no harm, but would make the ids "007" and "7" one.
_FEW_VALUES = (
    *("arrival_time", "departure_time", "stop_sequence", "pickup_type", "drop_off_type"),
    *("shape_dist_traveled", "timepoint", "stop_headsign", "date", "exception_type"),
)

_LOCK = threading.Lock()


@dataclass(frozen=True)
class RawFeed:
    """One feed as text: nothing is cleaned yet, an absent or header-only table is absent."""

    name: str
    path: str
    sha256: str
    tables: dict[str, pd.DataFrame]
    checks: Checks = field(repr=False)


def read_raw(source: OneSource, name: str, tell: Callable[[str], None]) -> RawFeed:
    """Read every table of one feed that mobiplan uses, as text.

    Raises
    ------
    InvalidFeed
        If there is no feed there, a mandatory file or column is missing, or a file is not CSV.
    """
    checks = Checks(name)
    if not isinstance(source, (str, os.PathLike)):
        tables = _tables_of(source)
        feed = RawFeed(name, "", "", tables, checks)
    else:
        path = Path(source)
        files: Archive | Folder
        files = Folder(path) if path.is_dir() else Archive(path)
        tables = {}
        with files:
            for table in REQUIRED:
                if table in files.members:
                    tell(f"{name}: reading {files.members[table]}")
                    frame = _read_table(files, table, checks)
                    if frame is not None:
                        tables[table] = frame
            _note_unread(files.names, files.members, checks)
            feed = RawFeed(name, str(path), files.sha256(), tables, checks)
    _require(feed)
    return feed


def source_name(source: OneSource) -> str:
    """Return how a source is called in ids and reports: its file or folder name."""
    if isinstance(source, (str, os.PathLike)):
        path = Path(source)
        name = path.resolve().name
        return name[:-4] if name.lower().endswith(".zip") else name
    return "feed"


def list_sources(sources: Sources) -> list[OneSource]:
    """Return the sources one by one.

    Raises
    ------
    InvalidFeed
        If there is none.
    """
    if isinstance(sources, (str, os.PathLike)) or hasattr(sources, "stop_times"):
        return [sources]
    listed = list(sources)
    if not listed:
        raise InvalidFeed("no feed was given: give the path of a zip or a folder, or several")
    return listed


@contextmanager
def _text_dtypes(table: str) -> Iterator[None]:
    """Make gtfs-kit read `table`, and no other, with every column as text."""
    from gtfs_kit import constants

    columns: defaultdict[str, str] = defaultdict(lambda: "object")
    columns.update(dict.fromkeys(_FEW_VALUES, "category"))
    with _LOCK:
        published = dict(constants.DTYPES)
        try:
            constants.DTYPES.clear()
            constants.DTYPES[table] = columns
            yield
        finally:
            constants.DTYPES.clear()
            constants.DTYPES.update(published)


def _read_table(files: Archive | Folder, table: str, checks: Checks) -> pd.DataFrame | None:
    file = files.members[table]
    if files.readable_as_is(table):
        try:
            frame = _parse(files.path, table, file)
        except UnicodeDecodeError:
            pass
        else:
            if frame is None or not _lost_ids(frame, table):
                return _with_clean_header(frame, file, checks)
    with tempfile.TemporaryDirectory() as folder:
        tidy_copy(files.read(table), Path(folder) / f"{table}.txt", file, checks)
        return _with_clean_header(_parse(Path(folder), table, file), file, checks)


def _parse(path: Path, table: str, file: str) -> pd.DataFrame | None:
    """Let gtfs-kit parse one table; None if it holds no row."""
    import gtfs_kit

    try:
        with _text_dtypes(table):
            feed = gtfs_kit.read_feed(path, dist_units="km")
    except UnicodeDecodeError:
        raise
    except EmptyDataError:
        return None
    except ParserError as error:
        line = re.search(r"(?:line|row) (\d+)", str(error))
        where = f", line {line[1]}" if line else ""
        cause = str(error).split("C error: ")[-1].strip()
        raise InvalidFeed(
            f"{path.name}: {file}{where} is not valid CSV ({cause}): give every row as many "
            "fields as the header and close every quotation mark"
        ) from error
    except (zipfile.BadZipFile, OSError, RuntimeError, ValueError) as error:
        raise InvalidFeed(
            f"{path.name}: {file} cannot be read ({error}): fetch the feed again"
        ) from error
    frame: pd.DataFrame | None = getattr(feed, table)
    if frame is not None and not isinstance(frame.index, pd.RangeIndex):
        raise InvalidFeed(
            f"{path.name}: {file}, line 2 has more fields than the header: take the commas at "
            "the ends of the rows away, or name the extra column in the header"
        )
    return frame


def _lost_ids(frame: pd.DataFrame, table: str) -> bool:
    """Tell whether an id is missing that may only look so to pandas ("NA", "null", "None")."""
    ids = {"transfers": _IDS_OF_TRANSFERS, "stops": ("stop_id",)}.get(table, _IDS)
    return any(column.strip() in ids and frame[column].hasnans for column in frame.columns)


def _with_clean_header(
    frame: pd.DataFrame | None, file: str, checks: Checks
) -> pd.DataFrame | None:
    if frame is None:
        return None
    names = pd.Index(
        [str(name).strip().strip("\ufeff\"'").strip().lower() for name in frame.columns]
    )
    base = names.str.replace(r"\.\d+$", "", regex=True)  # pandas renames a second "x" to "x.1"
    repeated = names.duplicated() | ((base != names) & base.isin(names))
    checks.add(
        *(file, "column named twice", "warning", int(repeated.sum()), base[repeated]),
        action="the first of them is used",
    )
    frame.columns = names
    return frame.loc[:, ~repeated] if repeated.any() else frame


def _note_unread(names: Sequence[str], members: dict[str, str], checks: Checks) -> None:
    used = {members[table] for table in REQUIRED if table in members}
    unread = sorted(name for name in names if name not in used)
    for name in unread:
        checks.add(name, "file not read", "info", 1, name, "mobiplan does not use it yet")


def _tables_of(feed: Any) -> dict[str, pd.DataFrame]:
    """Return the tables of a gtfs-kit Feed as text."""
    tables = {}
    for table in REQUIRED:
        frame = getattr(feed, table, None)
        if frame is None or not len(frame):
            continue
        text = pd.DataFrame(index=pd.RangeIndex(len(frame)))
        for column in frame.columns:
            values = frame[column].reset_index(drop=True)
            text[str(column)] = values.astype("string").astype(object).where(values.notna(), None)
        tables[table] = text
    return tables


def _require(feed: RawFeed) -> None:
    for table in _MANDATORY:
        if table not in feed.tables:
            raise InvalidFeed(
                f"{feed.name}: {table}.txt is missing or has no rows: GTFS requires it, "
                "fetch the complete feed"
            )
    if "calendar" not in feed.tables and "calendar_dates" not in feed.tables:
        raise InvalidFeed(
            f"{feed.name}: calendar.txt and calendar_dates.txt are both missing or without rows: "
            "at least one must say when the trains run"
        )
    for table, frame in feed.tables.items():
        for column in REQUIRED[table]:
            if column not in frame.columns:
                raise InvalidFeed(
                    f"{feed.name}: {table}.txt has no column {column!r} (its header, line 1, has "
                    f"{', '.join(map(str, frame.columns))}): GTFS requires it"
                )
