"""Many short texts as two arrays, so that a saved timetable is memory-mapped and never pickled."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import Self, overload

import numpy as np
from numpy.typing import NDArray


class Strings(Sequence[str]):
    """An immutable sequence of texts: UTF-8 bytes end to end and where each begins.

    >>> names = Strings.of(["Rennes", "Orléans", ""])
    >>> names[1], len(names), names.index("Rennes")
    ('Orléans', 3, 0)
    """

    __slots__ = ("_rows", "bytes", "ptr")

    def __init__(self, bytes_: NDArray[np.uint8], ptr: NDArray[np.int64]) -> None:
        self.bytes = bytes_  # (n_bytes,) uint8
        self.ptr = ptr  # (n + 1,) int64  text i is bytes[ptr[i]:ptr[i + 1]]
        self._rows: dict[str, int] | None = None

    @classmethod
    def of(cls, texts: Iterable[str]) -> Self:
        """Pack `texts`."""
        texts = list(texts)
        joined = "".join(texts)
        blob = joined.encode()
        lengths = list(map(len, texts))
        if len(blob) != len(joined):  # not all ASCII: count bytes, not characters
            lengths = [len(text.encode()) for text in texts]
        ptr = np.zeros(len(texts) + 1, dtype=np.int64)
        np.cumsum(lengths, out=ptr[1:])
        packed = np.frombuffer(blob, dtype=np.uint8)
        ptr.flags.writeable = False
        return cls(packed, ptr)

    def __len__(self) -> int:
        return len(self.ptr) - 1

    @overload
    def __getitem__(self, row: int) -> str: ...
    @overload
    def __getitem__(self, row: slice) -> list[str]: ...
    def __getitem__(self, row: int | slice) -> str | list[str]:
        if isinstance(row, slice):
            return [self[i] for i in range(*row.indices(len(self)))]
        if row < 0:
            row += len(self)
        if not 0 <= row < len(self):
            raise IndexError(row)
        return self.bytes[self.ptr[row] : self.ptr[row + 1]].tobytes().decode()

    def __iter__(self) -> Iterator[str]:
        blob = self.bytes.tobytes()
        ptr = self.ptr.tolist()
        return (blob[a:b].decode() for a, b in pairwise(ptr))

    def row(self, text: str) -> int | None:
        """Return the first row that holds `text`, or None."""
        if self._rows is None:
            rows: dict[str, int] = {}
            for i, known in enumerate(self):
                rows.setdefault(known, i)
            self._rows = rows
        return self._rows.get(text)

    def __repr__(self) -> str:
        return f"Strings({self[:3]!r}{', ...' if len(self) > 3 else ''}, {len(self)} texts)"
