"""Rows of eight lanes: labels by the number of changes, each a machine vector.

A row stands in an array of unsigned integers and is told by the index at which it begins. Lane k
holds what is reached with k changes still to come, and is never later than lane k - 1. The
largest integer of the array's type says "never".
"""

from __future__ import annotations

import os
from typing import Any

LANES = 8

if os.environ.get("MOBIPLAN_COMPILE") == "0":  # the same in plain Python

    def change(lanes: Any, into: Any, platform: Any) -> None:
        """Lower row `into` by a change to a platform."""
        for k in range(1, LANES):
            lanes[int(into) + k] = min(lanes[int(into) + k], lanes[int(platform) + k - 1])

    def merge(lanes: Any, one: Any, two: Any, into: Any) -> Any:
        """Set row `into` to the least of two rows; return the lanes in which `one` is less."""
        less = 0
        for k in range(LANES):
            less |= int(lanes[int(one) + k] < lanes[int(two) + k]) << k
            lanes[int(into) + k] = min(lanes[int(one) + k], lanes[int(two) + k])
        return less

    def aboard(lanes: Any, into: Any, one: Any, two: Any) -> None:
        """Lower row `into` by changes to two platforms."""
        change(lanes, into, one)
        change(lanes, into, two)

else:
    from llvmlite import ir  # type: ignore[import-untyped]
    from numba.core import types as nb
    from numba.extending import intrinsic

    class _Rows:
        """Rows of lanes in LLVM's words: the array is argument 0, an index each of the others."""

        def __init__(self, context: Any, builder: Any, signature: Any, values: Any) -> None:
            array = context.make_array(signature.args[0])(context, builder, values[0])
            self._lane = ir.IntType(signature.args[0].dtype.bitwidth)
            self._vector = ir.VectorType(self._lane, LANES)
            self._builder = builder
            self._rows = [
                builder.bitcast(builder.gep(array.data, [index]), self._vector.as_pointer())
                for index in values[1:]
            ]

        def load(self, k: int) -> Any:
            return self._builder.load(self._rows[k], align=self._lane.width // 8)

        def store(self, k: int, row: Any) -> None:
            self._builder.store(row, self._rows[k], align=self._lane.width // 8)

        def less(self, one: Any, two: Any) -> Any:
            return self._builder.icmp_unsigned("<", one, two)

        def least(self, one: Any, two: Any) -> Any:
            return self._builder.select(self.less(one, two), one, two)

        def one_more(self, row: Any) -> Any:
            """Shift by a lane: what needs k changes from a platform needs k + 1 before."""
            order = ir.Constant(ir.VectorType(ir.IntType(32), LANES), [LANES, *range(LANES - 1)])
            never = ir.Constant(self._vector, [2**self._lane.width - 1] * LANES)
            return self._builder.shuffle_vector(row, never, order)

    @intrinsic
    def aboard(_: Any, lanes: Any, into: Any, one: Any, two: Any) -> Any:
        """Lower row `into` by changes to two platforms."""

        def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
            rows = _Rows(context, builder, signature, values)
            changes = rows.one_more(rows.least(rows.load(1), rows.load(2)))
            rows.store(0, rows.least(rows.load(0), changes))
            return context.get_dummy_value()

        return nb.void(lanes, nb.uint64, nb.uint64, nb.uint64), generate

    @intrinsic
    def change(_: Any, lanes: Any, into: Any, platform: Any) -> Any:
        """Lower row `into` by a change to a platform."""

        def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
            rows = _Rows(context, builder, signature, values)
            rows.store(0, rows.least(rows.load(0), rows.one_more(rows.load(1))))
            return context.get_dummy_value()

        return nb.void(lanes, nb.uint64, nb.uint64), generate

    @intrinsic
    def merge(_: Any, lanes: Any, one: Any, two: Any, into: Any) -> Any:
        """Set row `into` to the least of two rows; return the lanes in which `one` is less."""

        def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
            rows = _Rows(context, builder, signature, values)
            a, b = rows.load(0), rows.load(1)
            less = rows.less(a, b)
            rows.store(2, builder.select(less, a, b))
            bits = builder.bitcast(less, ir.IntType(LANES))
            return builder.zext(bits, ir.IntType(64))

        return nb.int64(lanes, nb.uint64, nb.uint64, nb.uint64), generate
