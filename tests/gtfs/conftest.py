"""Fixtures that write a feed as a zip and read it."""

import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from gtfs.text_feeds import encoded, line

from mobiplan.gtfs import Tables, read

Write = Callable[..., Path]
Read = Callable[..., Tables]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write files to a zip of this name and return its path."""

    def zip_of(files: dict[str, str | bytes], name: str = "feed.zip") -> Path:
        path = tmp_path / name
        with zipfile.ZipFile(path, "w") as archive:
            for file, text in files.items():
                archive.writestr(file, encoded(text))
        return path

    return zip_of


@pytest.fixture
def load(write: Write) -> Read:
    """Read the feed `LINE` with these files replaced or taken away."""

    def tables(**changes: str | bytes | None) -> Tables:
        return read(write(line(**changes)))

    return tables
