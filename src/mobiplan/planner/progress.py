"""Progress: a bar on whatever takes more than a second."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from importlib.util import find_spec

from mobiplan.errors import InvalidQuery


@contextmanager
def counting(
    total: int, progress: bool | None, unit: str = "origins"
) -> Iterator[Callable[[int], object]]:
    """Show a bar (tqdm) on whatever takes more than a second."""
    if progress is None:
        progress = sys.stderr.isatty() and find_spec("tqdm") is not None
    if not progress:
        yield lambda done: None
        return
    if find_spec("tqdm") is None:
        raise InvalidQuery(
            "progress=True shows a bar by tqdm, which is not installed: pip install tqdm"
        )
    with import_module("tqdm").tqdm(total=total, unit=f" {unit}", delay=1.0) as bar:
        yield bar.update
