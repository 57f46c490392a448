"""The report: what was odd in a feed, how often, and what was done about it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    import pandas as pd

#: error: something is left out. warning: something is repaired or assumed. info: worth knowing.
Severity = Literal["error", "warning", "info"]

COLUMNS = ("source", "file", "check", "severity", "count", "example", "action")
_RANK = {"error": 0, "warning": 1, "info": 2}
_EXAMPLES = 3


class Checks:
    """Collect the oddities of one feed, or of their merging.

    An `action` that begins with "left out" says that `count` rows of `file` are not in the
    tables: rows in a file = rows in the tables + rows left out.
    """

    def __init__(self, source: str) -> None:
        self.source = source
        self._rows: list[dict[str, Any]] = []

    def add(
        self,
        file: str,
        check: str,
        severity: Severity,
        count: int,
        example: Iterable[object] | str,
        action: str,
    ) -> None:
        """Note that `check` was met `count` times (nothing is noted for none).

        `example` is a text, or the ids concerned, of which the first few in order are kept.
        """
        if not count:
            return
        if not isinstance(example, str):
            names = sorted({str(name) for name in example})
            more = ", ..." if len(names) > _EXAMPLES else ""
            example = ", ".join(names[:_EXAMPLES]) + more
        row = (self.source, file, check, severity, int(count), example, action)
        self._rows.append(dict(zip(COLUMNS, row, strict=True)))

    def rename(self, source: str) -> None:
        """Call the source by another name, in what was noted as well."""
        self.source = source
        for row in self._rows:
            row["source"] = source

    def extend(self, other: Checks) -> None:
        """Take over what `other` collected."""
        self._rows.extend(other._rows)

    def to_frame(self) -> pd.DataFrame:
        """Return one row per oddity, the gravest first, in an order that content decides."""
        import pandas as pd

        rows = sorted(
            self._rows, key=lambda row: (_RANK[row["severity"]], *(row[c] for c in COLUMNS[:3]))
        )
        return pd.DataFrame(rows, columns=list(COLUMNS)).astype({"count": "int64"})
