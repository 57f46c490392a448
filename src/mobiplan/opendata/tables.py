"""`open_data`: files, a folder or a zip of the platforms' tables, each read when asked for."""

from __future__ import annotations

import io
import json
import threading
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from importlib import resources
from os import PathLike
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, NamedTuple

from mobiplan.errors import InvalidOpenData
from mobiplan.opendata.catalogue import DATASETS, dataset_of
from mobiplan.opendata.dataset import Dataset, Source
from mobiplan.opendata.reading import read_table

if TYPE_CHECKING:
    import pandas as pd

#: Beside a table, what is known of its origin: a JSON object of `Source`'s fields.
SIDECAR = ".source.json"


class _File(NamedTuple):
    where: str  # as messages call it
    stem: str
    read: Callable[[], bytes]
    origin: Callable[[], bytes] | None  # reads the sidecar


class OpenData:
    """Tables of open data by name, each with its source; made by `open_data`.

    The names are those of `mobiplan.opendata.catalogue.DATASETS`; a table that was given is an
    attribute, and is read and cleaned when it is first asked for.

    Examples
    --------
    >>> from mobiplan.opendata import sample_data
    >>> data = sample_data()
    >>> "fares" in data, data.source("fares").dataset
    (True, 'tarifs-tgv-inoui-ouigo')
    >>> data.fares.columns.tolist()[:3]
    ['carrier', 'from_name', 'from_code']
    """

    def __init__(self, files: Mapping[str, tuple[_File, Source]]) -> None:
        self._files = dict(files)
        self._frames: dict[str, pd.DataFrame] = {}
        self._lock = threading.Lock()

    def table(self, name: str) -> pd.DataFrame:
        """Return a table's clean frame; the same object each time, so do not write into it.

        Parameters
        ----------
        name : str
            "fares", "emissions", "stations", ...: one of the names that iterating gives.

        Returns
        -------
        pandas.DataFrame
            Our columns first, in one spelling; the platform's others follow.

        Raises
        ------
        InvalidOpenData
            If no file of that data set was given, or it cannot be read.

        Examples
        --------
        >>> from mobiplan.opendata import sample_data
        >>> sample_data().table("emissions").columns.tolist()[:3]
        ['carrier', 'from_name', 'from_code']
        """
        file, _ = self._file(name)
        with self._lock:
            if name not in self._frames:
                self._frames[name] = read_table(DATASETS[name], file.read(), file.where)
            return self._frames[name]

    def source(self, name: str) -> Source:
        """Return where a table comes from.

        Parameters
        ----------
        name : str
            As `table` takes it.

        Returns
        -------
        Source
            Data set, date, licence, address and note; "" where nothing tells.

        Raises
        ------
        InvalidOpenData
            If no file of that data set was given.

        Examples
        --------
        >>> from mobiplan.opendata import sample_data
        >>> sample_data().source("emissions").licence
        'ODbL 1.0'
        """
        return self._file(name)[1]

    def _file(self, name: str) -> tuple[_File, Source]:
        if name not in DATASETS:
            raise InvalidOpenData(
                f"no table is called {name!r}; mobiplan reads {', '.join(DATASETS)}"
            )
        if name not in self._files:
            raise InvalidOpenData(
                f"no table {name!r} was given; there are {', '.join(self) or 'none'}. Add the file "
                f"{DATASETS[name].ids[0]}.csv (mobiplan.opendata.download fetches it)"
            )
        return self._files[name]

    def __getattr__(self, name: str) -> pd.DataFrame:
        if name in DATASETS:
            return self.table(name)
        raise AttributeError(f"OpenData has no attribute {name!r}; tables: {', '.join(DATASETS)}")

    def __contains__(self, name: object) -> bool:
        return name in self._files

    def __iter__(self) -> Iterator[str]:
        return iter(self._files)

    def __len__(self) -> int:
        return len(self._files)

    def __repr__(self) -> str:
        return f"OpenData({', '.join(self) or 'no tables'})"

    def __reduce__(self) -> tuple[object, ...]:
        frames = {name: self.table(name) for name in self}
        return _from_frames, (frames, {name: self.source(name) for name in self})


def _from_frames(frames: dict[str, pd.DataFrame], sources: dict[str, Source]) -> OpenData:
    """Make tables anew, as pickle does: what was read, without the files."""

    def gone(name: str) -> bytes:
        raise InvalidOpenData(f"{name} has been unpickled without its file")

    data = OpenData(
        {
            name: (_File(source.dataset, source.dataset, partial(gone, name), None), source)
            for name, source in sources.items()
        }
    )
    data._frames.update(frames)
    return data


def open_data(path: str | PathLike[str] | Iterable[str | PathLike[str]]) -> OpenData:
    """Open tables of open data as the platform exports them (CSV, `;`, UTF-8).

    Parameters
    ----------
    path : path, or several
        CSV files, folders or zips of them. Files are known by their names, which are the data
        set's id (of today or of old), perhaps with a version: ``tarifs-tgv-inoui-ouigo_2025.csv``.
        In a folder or a zip, tables that mobiplan does not read are passed over. A file's origin
        is read from ``<name>.source.json`` beside it, where there is one (`download` writes it).

    Returns
    -------
    OpenData
        For ``mp.Planner(timetable, data=...)``. Tables are read when they are first looked at.

    Raises
    ------
    InvalidOpenData
        If there is no such file, it is not named after a known data set, or a data set comes twice.

    Examples
    --------
    >>> from mobiplan.opendata import open_data
    >>> open_data("no such folder")
    Traceback (most recent call last):
    mobiplan.errors.InvalidOpenData: no such folder: there is no such file or folder ...
    """
    paths = [path] if isinstance(path, (str, PathLike)) else list(path)
    files: dict[str, tuple[_File, Source]] = {}
    for one in map(Path, paths):
        for file in _files(one):
            found = dataset_of(file.stem)
            if found is None:
                if file.where == str(one):
                    raise InvalidOpenData(
                        f"{one}: not named after a data set that mobiplan reads: "
                        + ", ".join(id_ for d in DATASETS.values() for id_ in d.ids)
                    )
                continue
            dataset, id_ = found
            if dataset.name in files:
                raise InvalidOpenData(
                    f"{file.where} and {files[dataset.name][0].where} are both {dataset.ids[0]}: "
                    "give one of them"
                )
            files[dataset.name] = file, _source(dataset, id_, file)
    return OpenData(files)


def sample_data() -> OpenData:
    """Open the tables that come with the bundled feed: made up by mobiplan, plausible, not real.

    Examples
    --------
    >>> from mobiplan.opendata import sample_data
    >>> sample_data().source("fares").note
    'made up for the bundled feed: not a price of SNCF'
    """
    with resources.as_file(resources.files("mobiplan") / "data" / "opendata.zip") as path:
        return open_data(path)


def _files(path: Path) -> Iterator[_File]:
    """The CSV files at a path, in order of name."""
    if path.is_dir():
        for file in sorted(path.glob("*.csv")):
            yield from _files_at(file)
    elif path.suffix.lower() == ".zip" and path.is_file():
        packed = path.read_bytes()  # kept: the path of a bundled zip may be temporary
        with zipfile.ZipFile(io.BytesIO(packed)) as archive:
            names = sorted(archive.namelist())
        for name in names:
            if name.lower().endswith(".csv"):
                beside = str(PurePosixPath(name).with_suffix(SIDECAR))
                yield _File(
                    f"{path}/{name}",
                    PurePosixPath(name).stem,
                    partial(_member, packed, name),
                    partial(_member, packed, beside) if beside in names else None,
                )
    elif path.is_file():
        yield from _files_at(path)
    else:
        raise InvalidOpenData(
            f"{path}: there is no such file or folder of open data; give a CSV file, a folder or a "
            "zip of them"
        )


def _files_at(path: Path) -> Iterator[_File]:
    beside = path.with_suffix(SIDECAR)
    yield _File(
        str(path), path.stem, path.read_bytes, beside.read_bytes if beside.is_file() else None
    )


def _member(packed: bytes, name: str) -> bytes:
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        return archive.read(name)


def _source(dataset: Dataset, id_: str, file: _File) -> Source:
    """What the sidecar says, else what the catalogue knows; a date is never guessed."""
    said: dict[str, str] = {}
    if file.origin is not None:
        try:
            said = {str(k): str(v) for k, v in json.loads(file.origin()).items()}
        except (ValueError, AttributeError) as error:
            raise InvalidOpenData(
                f"{file.where}: its {SIDECAR[1:]} is not a JSON object of texts: {error}"
            ) from None
    return Source(
        dataset=said.get("dataset", id_),
        date=said.get("date", ""),
        licence=said.get("licence", dataset.licence),
        url=said.get("url", dataset.url(id_)),
        note=said.get("note", ""),
    )
