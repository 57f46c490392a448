"""`download`: one table from the platform, once, into a folder that `open_data` reads."""

from __future__ import annotations

import json
import os
import tempfile
import urllib.error
import urllib.request
from collections.abc import Callable
from os import PathLike
from pathlib import Path
from typing import Any

from mobiplan.errors import InvalidOpenData
from mobiplan.opendata.catalogue import DATASETS
from mobiplan.opendata.dataset import PLATFORM
from mobiplan.opendata.tables import SIDECAR

API = f"{PLATFORM}/api/explore/v2.1/catalog/datasets"
TIMEOUT_S = 60


def download(
    table: str,
    folder: str | PathLike[str],
    *,
    refresh: bool = False,
    api: str = API,
    opener: Callable[..., Any] = urllib.request.urlopen,
) -> Path:
    """Fetch a table into `folder`, unless it is there, and return the file's path.

    The one function of mobiplan that uses the network, and only when it is called. A data set's
    older ids are tried where the platform does not know the present one. The file appears whole
    or not at all; its date, licence and address are written beside it.

    Parameters
    ----------
    table : str
        "fares", "emissions", ...: a name of `mobiplan.opendata.catalogue.DATASETS`.
    folder : path
        Made where it is missing. `open_data(folder)` reads it.
    refresh : bool
        Fetch anew though the file is there.
    api : str
        Address of an Explore API 2.1, up to ``catalog/datasets``.
    opener : callable
        Opens an address and a timeout; for proxies, and for tests.

    Returns
    -------
    pathlib.Path
        Of the CSV file in `folder`.

    Raises
    ------
    InvalidOpenData
        If `table` is none of ours, or the platform does not answer with it.

    Examples
    --------
    >>> download("timetables", "opendata")
    Traceback (most recent call last):
    mobiplan.errors.InvalidOpenData: no table is called 'timetables'; mobiplan reads ...
    """
    if table not in DATASETS:
        raise InvalidOpenData(f"no table is called {table!r}; mobiplan reads {', '.join(DATASETS)}")
    dataset, folder = DATASETS[table], Path(folder)
    there = [folder / f"{id_}.csv" for id_ in dataset.ids if (folder / f"{id_}.csv").is_file()]
    if there and not refresh:
        return there[0]
    failed = []
    for id_ in dataset.ids:
        try:
            about = json.loads(_fetch(f"{api}/{id_}", opener))
            content = _fetch(
                f"{api}/{id_}/exports/csv?delimiter=%3B&use_labels=false&timezone=Europe%2FParis",
                opener,
            )
        except (urllib.error.URLError, TimeoutError, OSError, ValueError) as error:
            failed.append(f"{id_}: {error}")
            continue
        said = about.get("metas", {}).get("default", {})
        origin = {
            "dataset": id_,
            "date": str(said.get("modified") or "")[:10],
            "licence": str(said.get("license") or dataset.licence),
            "url": dataset.url(id_),
        }
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{id_}.csv"
        path.with_suffix(SIDECAR).unlink(missing_ok=True)  # never a new date on an old table
        _write(path, content)
        _write(path.with_suffix(SIDECAR), json.dumps(origin, indent=1).encode())
        for old in there:
            if old != path:
                old.unlink()
                old.with_suffix(SIDECAR).unlink(missing_ok=True)
        return path
    raise InvalidOpenData(
        f"{table} could not be fetched from {api} ({'; '.join(failed)}): try again later, or "
        f"export the table by hand from {dataset.url(dataset.ids[0])} into {folder}"
    )


def _fetch(url: str, opener: Callable[..., Any]) -> bytes:
    with opener(url, timeout=TIMEOUT_S) as answer:
        content: bytes = answer.read()
    return content


def _write(path: Path, content: bytes) -> None:
    """Write beside the place and move: nobody ever reads half a file."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        os.replace(name, path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
