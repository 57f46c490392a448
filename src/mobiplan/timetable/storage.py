"""A timetable on disk: a folder of .npy files and a manifest, reopened by mapping, not by parsing.

::

    sncf.timetable/
        manifest.json               what it is, where it came from, and what each array must be
        arrays-0f3a92c41d77be58/    the arrays that the manifest names, a .npy file each
            calls.arrival.npy
            stations.name.bytes.npy
            ...

The manifest is the timetable: arrays are written beside those of an older one, and the
manifest is replaced last, in one step of the file system. So at every instant the old or the
new timetable is readable, whatever breaks; what a crash leaves behind, the next save removes.
Readers keep the arrays they have mapped, even when a newer timetable takes the place.
"""

from __future__ import annotations

import contextlib
import dataclasses
import datetime as dt
import json
import math
import mmap
import os
import re
import secrets
import shutil
import sys
import zlib
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any, get_args, get_origin, get_type_hints

import numpy as np
from numpy.typing import NDArray

from mobiplan.errors import InvalidQuery, InvalidTimetable
from mobiplan.gtfs.tables import Source
from mobiplan.timetable.rules import TransferRules
from mobiplan.timetable.strings import Strings
from mobiplan.timetable.timetable import Timetable

if sys.platform != "win32":
    import fcntl

FORMAT = "mobiplan timetable"
#: Raise it whenever a saved array changes its meaning. A changed name or dtype is noticed anyway.
SCHEMA = 1

_MANIFEST = "manifest.json"
_NEW_MANIFEST = "manifest.json.new"
_ARRAYS = re.compile(r"arrays-[0-9a-f]{16}")
_NPY_MAGIC = b"\x93NUMPY"
#: Smaller files are read, not mapped: as fast, and a mapping holds a file descriptor open.
_SMALL_FILE_BYTES = 1 << 16
_SAVE_AGAIN = "load the feeds again and save the timetable anew"


def save_timetable(timetable: Timetable, path: str | os.PathLike[str]) -> None:
    """Write `timetable` into the folder `path`, in place of an older saved timetable.

    Parameters
    ----------
    timetable : Timetable
    path : str or PathLike
        A folder that does not exist yet, is empty, or holds a saved timetable. Other files
        beside a saved timetable stay as they are.

    Raises
    ------
    InvalidTimetable
        If `path` is a file, or a folder that holds something else; nothing is touched then.
    OSError
        If the disk is full or read-only; an older timetable is still readable then.
    """
    folder = Path(path)
    if folder.exists() and not folder.is_dir():
        raise InvalidTimetable(f"cannot save to {str(folder)!r}: it is a file, give a folder")
    is_new = not folder.exists()
    folder.mkdir(parents=True, exist_ok=True)
    try:
        with _only_writer(folder):
            if not _may_be_replaced(folder):
                raise InvalidTimetable(
                    f"cannot save to {str(folder)!r}: the folder holds something that is not a "
                    "saved timetable; give a new or an empty folder"
                )
            try:
                _write(timetable, folder)
            finally:
                _remove_leftovers(folder)
    except BaseException:
        if is_new:
            with contextlib.suppress(OSError):  # not empty: the manifest is already there
                folder.rmdir()
        raise


def load_timetable(path: str | os.PathLike[str], *, verify: bool = False) -> Timetable:
    """Open the timetable saved in the folder `path`; its arrays are mapped, not read.

    Parameters
    ----------
    path : str or PathLike
    verify : bool
        Also compare every array with its checksum, which reads all of them. Sizes, the
        manifest's own checksum and the completeness of the files are checked always.

    Returns
    -------
    Timetable
        Its arrays are read-only.

    Raises
    ------
    InvalidTimetable
        If `path` is missing, is not a saved timetable, is damaged, or was saved by a version
        of mobiplan that lays timetables out differently.
    """
    folder = Path(path)
    manifest = _read_manifest(folder)
    while True:
        try:
            return _open(folder, manifest, verify)
        except FileNotFoundError as error:
            newer = _read_manifest(folder)
            if newer["arrays"] == manifest["arrays"]:
                raise _damaged(folder, f"{Path(error.filename).name} is missing") from error
            manifest = newer  # somebody saved a newer one between the two looks


def reopened(path: str, arrays: str) -> Timetable:
    """Open a saved timetable anew, as pickle does, perhaps on another machine.

    Raises
    ------
    InvalidTimetable
        If the folder is not there, or was saved anew since `arrays` were read.
    """
    timetable = load_timetable(path)
    if timetable.saved != (path, arrays):
        raise InvalidTimetable(
            f"the saved timetable {path!r} has changed since it was loaded elsewhere: load it again"
        )
    return timetable


def is_saved_timetable(path: str | os.PathLike[str]) -> bool:
    """Whether `path` holds a saved timetable, or the remains of one (which `load` refuses)."""
    folder = Path(path)
    return folder.is_dir() and any(folder.iterdir()) and _may_be_replaced(folder)


# What there is to write: read off the annotations, so that no field is listed twice.


@lru_cache(maxsize=1)
def _tables() -> dict[str, type[Any] | None]:
    """Each field of `Timetable` that is a table (its NamedTuple) or one bare array (None)."""
    tables: dict[str, type[Any] | None] = {}
    for name, hint in get_type_hints(Timetable).items():
        if hasattr(hint, "_fields"):
            tables[name] = hint
        elif get_origin(hint) is np.ndarray:
            tables[name] = None
    return tables


@lru_cache(maxsize=1)
def _dtypes() -> dict[str, str]:
    """Name of each array file -> the dtype that the annotations demand of it."""
    dtypes: dict[str, str] = {}
    hints = get_type_hints(Timetable)
    for name, table in _tables().items():
        if table is None:
            dtypes[name] = _dtype_of(hints[name])
            continue
        for field, hint in get_type_hints(table).items():
            if hint is Strings:
                dtypes[f"{name}.{field}.bytes"] = np.dtype(np.uint8).str
                dtypes[f"{name}.{field}.ptr"] = np.dtype(np.int64).str
            else:
                dtypes[f"{name}.{field}"] = _dtype_of(hint)
    return dtypes


def _dtype_of(hint: Any) -> str:
    """Return the dtype in an annotation ``NDArray[...]``, such as ``'<i4'``."""
    scalar: type[np.generic] = get_args(get_args(hint)[1])[0]
    return np.dtype(scalar).str


def _arrays_of(timetable: Timetable) -> Iterator[tuple[str, NDArray[Any]]]:
    """Every array of `timetable` with the name of its file."""
    for name, table in _tables().items():
        value = getattr(timetable, name)
        if table is None:
            yield name, value
            continue
        for field, column in zip(table._fields, value, strict=True):
            if isinstance(column, Strings):
                yield f"{name}.{field}.bytes", column.bytes
                yield f"{name}.{field}.ptr", column.ptr
            else:
                yield f"{name}.{field}", column


# Writing.


def _write(timetable: Timetable, folder: Path) -> None:
    """Write the arrays into a folder of their own, then put the manifest that names it in place."""
    arrays = folder / f"arrays-{secrets.token_hex(8)}"
    arrays.mkdir()
    dtypes = _dtypes()
    files: dict[str, dict[str, Any]] = {}
    for name, given in _arrays_of(timetable):
        array = np.ascontiguousarray(given, dtype=dtypes[name])
        with open(arrays / f"{name}.npy", "xb") as stream:
            np.save(stream, array, allow_pickle=False)
            stream.flush()
            os.fsync(stream.fileno())
            size = stream.tell()
        files[name] = {
            "dtype": array.dtype.str,
            "shape": list(array.shape),
            "bytes": size,
            "crc32": zlib.crc32(array.data) if array.size else 0,
        }
    _sync(arrays)
    body = _describe(timetable) | {"arrays": arrays.name, "files": files}
    text = json.dumps(
        {"format": FORMAT, "schema": SCHEMA, "checksum": _checksum(body)} | body,
        indent=1,
        ensure_ascii=False,
    )
    with open(folder / _NEW_MANIFEST, "w", encoding="utf-8") as stream_of_text:
        stream_of_text.write(text)
        stream_of_text.flush()
        os.fsync(stream_of_text.fileno())
    os.replace(folder / _NEW_MANIFEST, folder / _MANIFEST)
    _sync(folder)


def _describe(timetable: Timetable) -> dict[str, Any]:
    """Return everything but the arrays, as plain values that JSON holds without loss."""
    dates = timetable.dates
    described = {
        "mobiplan": _version(),
        "dates": [dates[0].isoformat(), dates[-1].isoformat()] if dates else [],
        "first_date": timetable.first_date.isoformat(),
        "brands": timetable.brands,
        "kinds": timetable.kinds,
        "timezones": timetable.timezones,
        "sources": [dataclasses.asdict(source) for source in timetable.sources],
        "rules": timetable.rules.to_dict(),
        "checks": timetable.check_rows,
    }
    # Once through JSON, so that the checksum is of what a reader will see.
    plain: dict[str, Any] = json.loads(json.dumps(described, default=_plain))
    return plain


def _plain(value: object) -> object:
    """Return what JSON writes for a value it does not know: numpy's scalars, dates, paths."""
    if isinstance(value, np.generic):
        return value.item()
    return str(value)


def _version() -> str:
    from importlib import metadata  # slow to import, and needed for saving only

    try:
        return metadata.version("mobiplan")
    except metadata.PackageNotFoundError:
        return "not installed"


def _checksum(body: dict[str, Any]) -> int:
    return zlib.crc32(json.dumps(body, sort_keys=True, separators=(",", ":")).encode())


def _sync(folder: Path) -> None:
    """Make new names in `folder` survive a power cut; Windows has no such call and needs none."""
    if sys.platform != "win32":
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


@contextlib.contextmanager
def _only_writer(folder: Path) -> Iterator[None]:
    """Wait until nobody else saves to `folder`, so that no save sweeps away another's arrays."""
    if sys.platform == "win32":
        yield
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        with contextlib.suppress(OSError):  # a network disk without locks: save all the same
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)  # and with it goes the lock


def _may_be_replaced(folder: Path) -> bool:
    """Whether a save may use `folder`: empty, a saved timetable, or remains of an interrupted save.

    Remains are an arrays folder of ours and nothing that anybody else could have put there.
    """
    with contextlib.suppress(OSError, ValueError):
        manifest = json.loads((folder / _MANIFEST).read_bytes())
        if isinstance(manifest, dict) and manifest.get("format") == FORMAT:
            return True
    names = {entry.name for entry in folder.iterdir()}
    arrays = {name for name in names if _ARRAYS.fullmatch(name)}
    return not names or (bool(arrays) and names <= {*arrays, _MANIFEST, _NEW_MANIFEST})


def _remove_leftovers(folder: Path) -> None:
    """Remove our own files that the manifest does not name: an older timetable, a broken save.

    What cannot be removed (Windows keeps files that a reader has mapped) waits for the next save.
    """
    try:
        named = json.loads((folder / _MANIFEST).read_bytes())["arrays"]
    except FileNotFoundError:
        named = None
    except (OSError, ValueError, KeyError, TypeError):
        return  # a damaged manifest: somebody may still want to mend what it meant
    for entry in list(folder.iterdir()):
        if _ARRAYS.fullmatch(entry.name) and entry.name != named:
            shutil.rmtree(entry, ignore_errors=True)
    with contextlib.suppress(OSError):
        (folder / _NEW_MANIFEST).unlink()


# Reading.


def _damaged(folder: Path, what: str) -> InvalidTimetable:
    return InvalidTimetable(
        f"the saved timetable {str(folder)!r} is damaged: {what}; {_SAVE_AGAIN}"
    )


def _read_manifest(folder: Path) -> dict[str, Any]:
    """Return the manifest after checking that it is one, of this version, and as it was written."""
    try:
        text = (folder / _MANIFEST).read_bytes()
    except (FileNotFoundError, NotADirectoryError) as error:
        if folder.is_dir():
            found = f"the folder has no {_MANIFEST}"
        else:
            found = "it is a file" if folder.exists() else "there is no such folder"
        raise InvalidTimetable(
            f"{str(folder)!r} is not a saved timetable: {found}; give a folder that "
            "Timetable.save wrote"
        ) from error
    try:
        manifest = json.loads(text)
    except ValueError as error:
        raise _damaged(folder, f"{_MANIFEST} is not readable ({error})") from error
    if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
        raise InvalidTimetable(
            f"{str(folder)!r} is not a saved timetable: its {_MANIFEST} belongs to something "
            "else; give a folder that Timetable.save wrote"
        )
    if manifest.get("schema") != SCHEMA:
        raise InvalidTimetable(
            f"the saved timetable {str(folder)!r} has schema {manifest.get('schema')!r} (mobiplan "
            f"{manifest.get('mobiplan', '?')}), this mobiplan reads schema {SCHEMA}; {_SAVE_AGAIN}"
        )
    body = {k: v for k, v in manifest.items() if k not in {"format", "schema", "checksum"}}
    if _checksum(body) != manifest.get("checksum"):
        raise _damaged(folder, f"{_MANIFEST} was changed after it was written")
    wrong = sorted(
        name
        for name in {*body["files"], *_dtypes()}
        if body["files"].get(name, {}).get("dtype") != _dtypes().get(name)
    )
    if wrong:
        raise InvalidTimetable(
            f"the saved timetable {str(folder)!r} (mobiplan {body['mobiplan']}) has other arrays "
            f"than this mobiplan: {', '.join(wrong[:3])}; {_SAVE_AGAIN}"
        )
    return manifest


def _open(folder: Path, manifest: dict[str, Any], verify: bool) -> Timetable:
    """Map the arrays that `manifest` names and put the timetable together."""
    arrays = os.path.join(folder, manifest["arrays"])
    files = manifest["files"]

    def column(name: str) -> NDArray[Any]:
        return _map(folder, os.path.join(arrays, f"{name}.npy"), files[name], verify)

    fields: dict[str, Any] = {}
    for name, table in _tables().items():
        if table is None:
            fields[name] = column(name)
            continue
        fields[name] = table(
            *(
                column(f"{name}.{field}")
                if f"{name}.{field}" in files
                else Strings(column(f"{name}.{field}.bytes"), column(f"{name}.{field}.ptr"))
                for field in table._fields
            )
        )
    try:
        timetable = Timetable(
            **fields,
            first_date=dt.date.fromisoformat(manifest["first_date"]),
            brands=tuple(manifest["brands"]),
            kinds=tuple(manifest["kinds"]),
            timezones=tuple(manifest["timezones"]),
            sources=tuple(Source(**source) for source in manifest["sources"]),
            rules=TransferRules(**manifest["rules"]),
            check_rows=tuple(manifest["checks"]),
        )
        # The folder's own name, so that a process elsewhere finds it too.
        object.__setattr__(timetable, "saved", (str(folder.resolve()), manifest["arrays"]))
        return timetable
    except (TypeError, KeyError, ValueError, InvalidQuery) as error:
        raise InvalidTimetable(
            f"the saved timetable {str(folder)!r} (mobiplan {manifest['mobiplan']}) describes "
            f"itself in another way than this mobiplan does ({error}); {_SAVE_AGAIN}"
        ) from error


def _map(folder: Path, file: str, entry: dict[str, Any], verify: bool) -> NDArray[Any]:
    """Return one array as a plain read-only ndarray over the mapped file.

    np.load would parse each header anew, and would return a memmap, which is another type to
    numba; the manifest knows the header already, and the file's size tells whether it is right.
    """
    dtype, shape, size = np.dtype(entry["dtype"]), tuple(entry["shape"]), entry["bytes"]
    with open(file, "rb", buffering=0) as stream:
        found = os.fstat(stream.fileno()).st_size
        if found != size:
            raise _damaged(
                folder, f"{os.path.basename(file)} has {found} bytes and should have {size}"
            )
        data: bytes | mmap.mmap
        if size <= _SMALL_FILE_BYTES:
            data = stream.read()
        else:
            data = mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ)
    count = math.prod(shape)
    header = size - count * dtype.itemsize
    array: NDArray[Any]
    if data[: len(_NPY_MAGIC)] != _NPY_MAGIC or header < len(_NPY_MAGIC):
        raise _damaged(folder, f"{os.path.basename(file)} is not the .npy file it was")
    if count == 0:  # nothing to map
        array = np.empty(shape, dtype)
        array.flags.writeable = False
    else:
        array = np.frombuffer(data, dtype, count, header).reshape(shape)
    if verify and count and zlib.crc32(array.data) != entry["crc32"]:
        raise _damaged(folder, f"the content of {os.path.basename(file)} has changed")
    return array
