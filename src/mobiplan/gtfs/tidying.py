"""Where a feed's files lie, and tidy copies of those that gtfs-kit cannot read as they are."""

from __future__ import annotations

import codecs
import hashlib
import re
import zipfile
from pathlib import Path
from types import TracebackType
from typing import Self

from mobiplan.errors import InvalidFeed
from mobiplan.gtfs.checks import Checks

# What pandas takes for a missing value by default, and gtfs-kit leaves it to: an id may be
# spelt like that, and one blank before it (taken off again later) keeps it.
_TAKEN_FOR_MISSING = re.compile(
    r'(^|,)("?)(#N/A|#N/A N/A|#NA|-1\.#IND|-1\.#QNAN|-NaN|-nan|1\.#IND|1\.#QNAN|<NA>|N/A|NA|NULL|'
    r'NaN|None|n/a|nan|null)(?="?(?:,|\r?$))',
    re.MULTILINE,
)


class Folder:
    """A folder that holds the files of a feed."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.names = sorted(
            p.relative_to(path).as_posix()
            for p in path.rglob("*")
            if p.is_file() and not _is_hidden(p.relative_to(path).as_posix())
        )
        self.members = _members(self.names, path)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def readable_as_is(self, table: str) -> bool:
        """Tell whether gtfs-kit finds this table where it lies."""
        return self.members[table] == f"{table}.txt"

    def read(self, table: str) -> bytes:
        """Return the bytes of a table's file."""
        return (self.path / self.members[table]).read_bytes()

    def sha256(self) -> str:
        """Return the SHA-256 of the sorted files, names included."""
        digest = hashlib.sha256()
        for name in self.names:
            digest.update(name.encode() + b"\0")
            with (self.path / name).open("rb") as stream:
                digest.update(hashlib.file_digest(stream, "sha256").digest())
        return digest.hexdigest()


class Archive:
    """A zip that holds the files of a feed.

    Raises
    ------
    InvalidFeed
        If it is missing, not a zip, empty, or holds no GTFS file.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        if not path.exists():
            raise InvalidFeed(f"{path}: there is no such file or folder: check the path")
        try:
            self._zip = zipfile.ZipFile(path)
        except (zipfile.BadZipFile, OSError) as error:
            raise InvalidFeed(
                f"{path} is not a zip ({error}): give a GTFS zip or a folder of its .txt files"
            ) from error
        self.names = sorted(
            info.filename
            for info in self._zip.infolist()
            if not info.is_dir() and not _is_hidden(info.filename)
        )
        try:
            self.members = _members(self.names, path)
        except InvalidFeed:
            self._zip.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._zip.close()

    def readable_as_is(self, table: str) -> bool:
        """Tell whether gtfs-kit finds this table, and no other of that name, in the zip."""
        alike = [n for n in self._zip.namelist() if Path(n).name == f"{table}.txt"]
        return alike == [self.members[table]]

    def read(self, table: str) -> bytes:
        """Return the bytes of a table's file.

        Raises
        ------
        InvalidFeed
            If the zip is damaged or encrypted.
        """
        name = self.members[table]
        try:
            return self._zip.read(name)
        except (zipfile.BadZipFile, RuntimeError, NotImplementedError, OSError) as error:
            raise InvalidFeed(
                f"{self.path.name}: {name} cannot be unpacked ({error}): fetch the feed again"
            ) from error

    def sha256(self) -> str:
        """Return the SHA-256 of the zip."""
        with self.path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()


def _is_hidden(name: str) -> bool:
    return any(part.startswith((".", "__MACOSX")) for part in re.split(r"[\\/]", name))


def _members(names: list[str], path: Path) -> dict[str, str]:
    """Return table -> file name, whatever the folder and the case of the letters."""
    members: dict[str, str] = {}
    for name in names:
        last = re.split(r"[\\/]", name)[-1].lower()
        if not last.endswith(".txt"):
            continue
        table = last[: -len(".txt")]
        if table in members:
            raise InvalidFeed(
                f"{path}: {members[table]} and {name} are the same table: "
                "leave one feed in it and load the other by itself"
            )
        members[table] = name
    if not members:
        inner = [name for name in names if name.lower().endswith(".zip")]
        remedy = (
            f"unpack it first and give {', '.join(inner[:3])}"
            if inner
            else "give a zip or folder that holds stops.txt, trips.txt and so on"
        )
        found = f"only {', '.join(names[:3])}" if names else "nothing"
        raise InvalidFeed(f"{path} holds no GTFS file, {found}: {remedy}")
    return members


def tidy_copy(data: bytes, target: Path, file: str, checks: Checks) -> None:
    """Write `data` to `target` as UTF-8 in which no id looks like a missing value.

    UTF-16 is recognised by its byte-order mark; bytes that are not UTF-8 are read as
    Windows-1252 (Latin-1 and a little more) one by one, so that a file of which only a part
    was re-encoded comes out right. Both are counted in `checks`.
    """
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        text = data.decode("utf-16", errors="replace")
        checks.add(file, "UTF-16 text", "warning", 1, file, "read as UTF-16; GTFS asks for UTF-8")
    else:
        foreign: list[str] = []

        def as_windows_1252(error: UnicodeError) -> tuple[str, int]:
            assert isinstance(error, UnicodeDecodeError)
            bad = error.object[error.start : error.end]
            foreign.append(bad.decode("cp1252", errors="replace"))
            return foreign[-1], error.end

        codecs.register_error("mobiplan-windows-1252", as_windows_1252)
        text = data.decode("utf-8-sig", errors="mobiplan-windows-1252")
        checks.add(
            *(file, "bytes that are not UTF-8", "warning", len(foreign), foreign),
            action="read as Windows-1252 (Latin-1); GTFS asks for UTF-8",
        )
    text = text.replace("\0", "")
    target.write_text(_TAKEN_FOR_MISSING.sub(r"\1\2 \3", text), encoding="utf-8", newline="")
