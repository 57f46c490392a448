"""Work for an Executor: what all parts share is sent as one piece, and opened once by a worker.

A planner whose timetable was loaded from a saved folder is sent as the folder's name, so that each
worker maps the arrays instead of receiving them.
"""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor, as_completed
from functools import lru_cache
from typing import Any, TypeVar

from mobiplan.errors import InvalidQuery

Part = TypeVar("Part")
Answer = TypeVar("Answer")


def parts_done(
    function: Callable[[Any, Part], Answer],
    shared: Any,
    parts: Sequence[Part],
    executor: Executor | None,
    threads: int,
) -> Iterator[tuple[int, Answer]]:
    """Yield the number and the answer of each part as it is done.

    Parameters
    ----------
    function : callable
        Of a module, so that a worker in another process finds it: ``function(shared, part)``.
    executor : Executor, optional
        Any of `concurrent.futures`, Dask's ``client.get_executor()`` included; without one the
        parts run on so many `threads` of this process.

    Raises
    ------
    InvalidQuery
        If `executor` is none.
    """
    if executor is None:
        if threads == 1 or len(parts) < 2:
            yield from ((number, function(shared, part)) for number, part in enumerate(parts))
            return
        with ThreadPoolExecutor(min(threads, len(parts))) as pool:
            yield from parts_done(function, shared, parts, pool, threads)
        return
    if not hasattr(executor, "submit"):
        raise InvalidQuery(
            f"executor={executor!r}: give an Executor of concurrent.futures, or "
            "dask.distributed.Client(...).get_executor()"
        )
    if isinstance(executor, ThreadPoolExecutor):  # one process: nothing to send
        futures = {executor.submit(function, shared, part): k for k, part in enumerate(parts)}
    else:
        sent = pickle.dumps(shared)
        futures = {executor.submit(_run, function, sent, part): k for k, part in enumerate(parts)}
    try:
        for future in as_completed(futures):
            yield futures[future], future.result()
    finally:
        for future in futures:
            future.cancel()


def _run(function: Callable[[Any, Part], Answer], sent: bytes, part: Part) -> Answer:
    return function(_opened(sent), part)


@lru_cache(maxsize=2)
def _opened(sent: bytes) -> Any:
    """Open what a worker was sent; kept for its next part, with the graphs it has made."""
    return pickle.loads(sent)
