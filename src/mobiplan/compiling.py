"""The one place that decides on compiling and caching of kernels.

``MOBIPLAN_COMPILE=0`` runs every kernel as plain Python (for coverage and debugging).
A machine on which no cache can be written (read-only home and site-packages) compiles
in memory instead of failing.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any, TypeAlias, TypeVar

#: A number that a kernel returns: Python's where it is compiled, numpy's where it is not.
Number: TypeAlias = Any

KernelFunction = TypeVar("KernelFunction", bound=Callable[..., Any])


def kernel(function: KernelFunction) -> KernelFunction:
    """Compile `function` with numba: no Python objects, no GIL, no fast-math, cached on disk.

    Kernels are called from Python only, so no wrapper for C is compiled with them.
    """
    if os.environ.get("MOBIPLAN_COMPILE") == "0":
        return function
    import numba

    options: dict[str, Any] = {"nogil": True, "no_cfunc_wrapper": True}
    try:
        compiled: KernelFunction = numba.njit(cache=True, **options)(function)
    except RuntimeError:  # numba: "no locator available", neither place is writable
        compiled = numba.njit(**options)(function)
    return compiled
