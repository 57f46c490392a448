"""`load` and `sample`: the way from files to a `Timetable`."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import resources
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from mobiplan.errors import InvalidFeed
from mobiplan.timetable.rules import TransferRules
from mobiplan.timetable.timetable import Timetable

if TYPE_CHECKING:
    from mobiplan.gtfs.reading import OneSource

#: A zip, a folder of text files, a gtfs-kit Feed or a saved timetable.
FeedLike: TypeAlias = "OneSource"


def load(
    feeds: FeedLike | Sequence[FeedLike], *, transfer_rules: TransferRules | None = None
) -> Timetable:
    """Load one or several GTFS feeds, or a saved timetable.

    Several feeds become one timetable: stations that they share are merged, other ids that
    clash are prefixed with the feed's name. What was odd is counted in ``timetable.checks``.

    Parameters
    ----------
    feeds : path, gtfs-kit Feed, or a list of these
        A zip, a folder of GTFS text files, a folder written by `Timetable.save`.
    transfer_rules : TransferRules, optional
        How long changes take where the feed does not say.

    Returns
    -------
    Timetable
        Of read-only arrays; of a saved timetable mapped from its files.

    Raises
    ------
    InvalidFeed
        If a feed cannot be used: names the file, the row and the remedy.
    InvalidTimetable
        If a saved timetable is damaged or of another version.

    Examples
    --------
    >>> import mobiplan as mp
    >>> mp.load("no such feed.zip")  # mp.load(["sncf_tgv.zip", "sncf_ter.zip"])
    Traceback (most recent call last):
    mobiplan.errors.InvalidFeed: ...
    """
    from mobiplan.timetable.storage import is_saved_timetable, load_timetable

    sources: list[Any] = list(feeds) if isinstance(feeds, (list, tuple)) else [feeds]
    saved = []
    for source in sources:
        if isinstance(source, (str, PathLike)):
            saved += [source] if is_saved_timetable(source) else []
        elif not hasattr(source, "stop_times"):
            raise InvalidFeed(
                f"load({source!r}): give the path of a zip or folder, a gtfs-kit Feed, a saved "
                "timetable, or a list of feeds"
            )
    if len(saved) == 1 == len(sources):
        timetable = load_timetable(Path(saved[0]))
        return timetable if transfer_rules is None else timetable.with_rules(transfer_rules)
    if saved:
        raise InvalidFeed(
            f"load: {saved[0]} is a saved timetable, which is loaded alone: load the feeds that it "
            "was made of together, and save anew"
        )
    from mobiplan.gtfs import read
    from mobiplan.timetable.build import build_timetable

    return build_timetable(read(sources), transfer_rules)


def sample() -> Timetable:
    """Load the bundled feed: a French rail timetable in small, synthetic, not for travel.

    Examples
    --------
    >>> import mobiplan as mp
    >>> len(mp.sample().stations.name) >= 150
    True
    """
    with resources.as_file(resources.files("mobiplan") / "data" / "sample.zip") as path:
        return load(path)
