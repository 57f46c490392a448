"""Feed files to clean tables: the one room that knows GTFS files and gtfs-kit.

Importing it is cheap: pandas is imported by the first `read`, gtfs-kit by the first file.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from mobiplan.gtfs.kinds import KINDS
from mobiplan.gtfs.tables import Source, Tables

if TYPE_CHECKING:
    from mobiplan.gtfs.reading import Sources

__all__ = ["KINDS", "Source", "Tables", "read"]


def read(sources: Sources, *, progress: Callable[[str], None] | None = None) -> Tables:
    """Read one or several GTFS feeds, clean them and merge them.

    Parameters
    ----------
    sources
        The path of a zip or of a folder, a ``gtfs_kit.Feed``, or several of them. Their order
        changes nothing.
    progress
        Called with a short text whenever a step begins, such as ``print``.

    Returns
    -------
    Tables
        The clean tables; what was odd, and what was done about it, is in their ``checks``.

    Raises
    ------
    InvalidFeed
        If a feed cannot be used: the message names the file, the row and the remedy.
    """
    from mobiplan.gtfs.merging import read_and_merge

    return read_and_merge(sources, progress=progress or (lambda step: None))
