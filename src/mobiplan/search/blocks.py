"""The connection scan in blocks: 64 connections at a time, a bit for each.

The same search as `mobiplan.search.scan`, faster where most of what departs cannot be reached:
a processor finds out in a few instructions which of 64 connections can be caught, because the
question is the same for all and no answer decides what is done next. Only what is reached, in
the median a fifth, is then looked at one by one.

* **A mark is a bit by position, not a label by run.** Who is aboard connection i is aboard the
  run's next one; so a connection that is reached marks the next, and an exceptional arc from i
  to j marks j. All marks lie ahead, and array order remains the order of the search.
* **What is reached is listed**, in array order. The way back (`trace_back`) walks through the
  list, not through the connections.

* **First who is aboard, then who is sooner.** The connections of a block that are reached mark
  what is ahead, with no branch that cannot be predicted; the few that arrive sooner than was
  known are then looked at together.

A change within a block is rare, since a block is about a minute of a working day; where one is
possible, the block is asked again.

Dibbelt, Pajor, Strasser, Wagner: *Connection Scan Algorithm* (ACM JEA 23, 2018), sections 3.1
and 4. All times are int32 seconds since the graph's epoch.
"""

# numba types the kernels' scalars; mypy would take an element of an array for an array.
# mypy: disable-error-code="arg-type,assignment,call-overload,operator,index"

from __future__ import annotations

import os
from typing import Any

import numpy as np

from mobiplan.compiling import Number, kernel
from mobiplan.search.scan import first_at_least, unsigned
from mobiplan.timetable.arrays import Int32, UInt64
from mobiplan.timetable.graph import NEVER, Numbers

NO_BIT, BIT = np.uint64(0), np.uint64(1)
INSIDE = np.uint64(63)  # the part of a position that tells its place in the block
BLOCK = np.uint64(64)
WORD = np.uint64(6)  # position >> WORD is the block
TWO, FIVE = np.uint64(2), np.uint64(5)

if os.environ.get("MOBIPLAN_COMPILE") == "0":

    def lowest(bits: Any) -> Any:
        """Return the place of the lowest bit that is set."""
        return np.uint64((int(bits) & -int(bits)).bit_length() - 1)

    def fetch(values: Any, index: Any) -> None:
        """Do nothing: plain Python knows no cache."""

    def in_time(labels: Any, group: Any, when: Any, at: Any) -> Any:
        """Tell, a bit for each, where of 64 from `at` a group's label is not after `when`."""
        block = slice(int(at), int(at) + 64)
        said = np.packbits(labels[group[block]] <= when[block], bitorder="little")
        return said.view(np.uint64)[0]

else:
    from llvmlite import ir  # type: ignore[import-untyped]
    from numba.core import types as nb
    from numba.extending import intrinsic

    @intrinsic
    def lowest(_: Any, bits: Any) -> Any:
        """Return the place of the lowest bit that is set: one instruction."""

        def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
            zero_is_undefined = context.get_constant(nb.boolean, True)
            return builder.cttz(values[0], zero_is_undefined)

        return nb.uint64(nb.uint64), generate

    @intrinsic
    def fetch(_: Any, values: Any, index: Any) -> Any:
        """Bring what stands at an index into the cache, without waiting for it."""

        def generate(context: Any, builder: Any, signature: Any, given: Any) -> Any:
            array = context.make_array(signature.args[0])(context, builder, given[0])
            byte, number = ir.IntType(8).as_pointer(), ir.IntType(32)
            shape = ir.FunctionType(ir.VoidType(), [byte, number, number, number])
            name = "llvm.prefetch"
            prefetch = builder.module.declare_intrinsic(name, [byte], shape)
            address = builder.bitcast(builder.gep(array.data, [given[1]]), byte)
            # to read, to be kept in all caches, data
            builder.call(prefetch, [address, *(ir.Constant(number, k) for k in (0, 3, 1))])
            return context.get_dummy_value()

        return nb.void(values, nb.uint64), generate

    @intrinsic
    def in_time(_: Any, labels: Any, group: Any, when: Any, at: Any) -> Any:
        """Tell, a bit for each, where of 64 from `at` a group's label is not after `when`.

        Label by label into a register, then 8 at once: numba would gather the labels by an
        instruction that takes twice as long on many processors.
        """

        def generate(context: Any, builder: Any, signature: Any, given: Any) -> Any:
            label_of, group_of, when_of = (
                context.make_array(kind)(context, builder, value).data
                for kind, value in zip(signature.args[:3], given[:3], strict=True)
            )
            word, lane = ir.IntType(64), ir.IntType(32)
            vector = ir.VectorType(lane, 8)
            bits = ir.Constant(word, 0)
            for first in range(0, 64, 8):
                begin = builder.add(given[3], ir.Constant(word, first))
                gathered = ir.Constant(vector, ir.Undefined)
                for k in range(8):
                    here = builder.gep(group_of, [builder.add(begin, ir.Constant(word, k))])
                    number = builder.zext(builder.load(here), word)
                    label = builder.load(builder.gep(label_of, [number]))
                    gathered = builder.insert_element(gathered, label, ir.Constant(lane, k))
                pointer = builder.bitcast(builder.gep(when_of, [begin]), vector.as_pointer())
                less = builder.icmp_signed("<=", gathered, builder.load(pointer, align=4))
                part = builder.zext(builder.bitcast(less, ir.IntType(8)), word)
                bits = builder.or_(bits, builder.shl(part, ir.Constant(word, first)))
            return bits

        return nb.uint64(labels, group, when, nb.uint64), generate


@kernel
def scan_blocks(
    departure: Int32,
    boarding: Numbers,
    arrival: Int32,
    alighting: Numbers,
    following: Int32,
    pair_ptr: Int32,
    pair_packed: Int32,
    exception_from: Int32,
    exception_to: Int32,
    origin: Int32,
    access: Int32,
    leave: Int32,
    destination: Int32,
    egress: Int32,
    begins: Int32,
    egress_of: Int32,
    ready: Int32,
    arrived: Int32,
    marked: UInt64,
    reached: Int32,
    depart: int,
    leave_at: int,
    before: int,
) -> tuple[Number, Number, Number, Number]:
    """Scan forward; return (earliest arrival, how many are reached, begin and end of the scan).

    `departure` to `following` are those of `Blocks`, `origin` to `egress` those of
    `Ends`. Journeys leave at or after `leave_at`; doors are caught by who was there at `depart`.
    Arrivals at or after `before` are not looked for; where there is no other, `before` comes
    back. All labels from `begins` to `reached` are set anew; `reached` begins with the positions
    of the connections that are reached, in order.
    """
    for k in range(begins.shape[0]):  # numba fills arrays of two dimensions slowly
        begins[k, 0] = begins[k, 1] = NEVER
    egress_of[:] = NEVER
    ready[:] = NEVER
    arrived[:] = NEVER
    marked[:] = NO_BIT
    since = NEVER
    for k in range(origin.shape[0]):
        begins[origin[k], 0], begins[origin[k], 1] = access[k], leave[k]
        ready[origin[k]] = max(depart + access[k], leave_at + leave[k])
        since = min(since, ready[origin[k]])
    for k in range(destination.shape[0]):
        egress_of[destination[k]] = egress[k]
    start = first_at_least(departure, since)
    n_exceptions = exception_from.shape[0]
    cursor = first_at_least(exception_from, start)
    exceptional = unsigned(exception_from[cursor] if cursor < n_exceptions else NEVER)
    n, size, best = np.uint64(departure.shape[0]), 0, np.int32(before)
    base = np.uint64(start) & ~INSIDE
    first = base
    while base < n:
        if departure[base] > best:  # equal: a zero-second hop may still tie
            break
        last = departure[base + INSIDE]
        known = marked[base >> WORD] | in_time(ready, boarding, departure, base)
        todo, size_before, cursor_before = known, size, cursor
        while todo != NO_BIT:
            better = NO_BIT
            while todo != NO_BIT:
                place = lowest(todo)
                c = base + place
                todo &= todo - BIT
                reached[size] = c
                size += 1
                ahead = unsigned(following[c])
                if ahead - base < BLOCK:  # rare, and spares waiting for a word just written
                    todo |= BIT << (ahead - base)
                    known |= BIT << (ahead - base)
                else:
                    marked[ahead >> WORD] |= BIT << (ahead & INSIDE)
                better |= np.uint64(arrival[c] < arrived[unsigned(alighting[c])]) << place
            while exceptional < base + BLOCK:
                if (known >> (exceptional - base)) & BIT != NO_BIT:
                    ahead = unsigned(exception_to[cursor])
                    marked[ahead >> WORD] |= BIT << (ahead & INSIDE)
                cursor += 1
                exceptional = unsigned(exception_from[cursor] if cursor < n_exceptions else NEVER)
            while better != NO_BIT:
                c = base + lowest(better)
                better &= better - BIT
                arrives, group = arrival[c], unsigned(alighting[c])
                if arrives >= arrived[group]:  # an earlier connection of the block has been sooner
                    continue
                arrived[group] = arrives
                soonest = np.int32(NEVER)
                end = unsigned(pair_ptr[group + BIT])
                for pair in range(unsigned(pair_ptr[group]), end):
                    to = unsigned(pair_packed[pair * TWO])
                    by = np.int32(arrives + pair_packed[pair * TWO + BIT])
                    ready[to] = min(ready[to], by)
                    soonest = min(soonest, by)
                if soonest <= last:  # what departs later in this very block
                    at = c + BIT
                    while at < base + BLOCK:
                        caught = ready[unsigned(boarding[at])] <= departure[at]
                        todo |= np.uint64(caught) << (at - base)
                        at += BIT
            todo = (todo | marked[base >> WORD]) & ~known
            if todo != NO_BIT:  # the whole block again, in order; what was done stays as it is
                known |= todo
                todo, size, cursor = known, size_before, cursor_before
                exceptional = unsigned(exception_from[cursor] if cursor < n_exceptions else NEVER)
        base += BLOCK
        for k in range(destination.shape[0]):
            best = min(best, np.int32(arrived[destination[k]] + egress[k]))
    return np.int64(best), size, np.int64(first), np.int64(base)


@kernel
def trace_back(
    rows: Int32,
    departure: Int32,
    boarding: Numbers,
    arrival: Int32,
    alighting: Numbers,
    following: Int32,
    back_ptr: Int32,
    back_packed: Int32,
    exception_from: Int32,
    exception_to: Int32,
    destination: Int32,
    egress: Int32,
    begins: Int32,
    latest: Int32,
    marked: UInt64,
    reached: Int32,
    size: int,
    depart: int,
    arrive: int,
) -> tuple[Number, Number]:
    """Walk back through what a forward scan has reached; return (latest departure, corridor).

    The corridor are the reached connections from which one is at the destination by `arrive`,
    as far back as the latest departure; their positions, in order, take the place of what is
    listed at ``reached[corridor:size]``. `begins` is as `scan_blocks` leaves it; the labels
    `latest` and `marked` are set anew.
    """
    latest[:] = -1
    marked[:] = NO_BIT
    for k in range(destination.shape[0]):
        latest[destination[k]] = arrive - egress[k]
    best, corridor = -1, size
    cursor = first_at_least(exception_from, reached[size - 1] + 1) - 1 if size > 0 else -1
    for i in range(size - 1, -1, -1):
        c = unsigned(reached[i])
        group, ahead = unsigned(alighting[c]), unsigned(following[c])
        stays = (marked[ahead >> WORD] >> (ahead & INSIDE)) & BIT
        while cursor >= 0 and unsigned(exception_from[cursor]) >= c:
            if unsigned(exception_from[cursor]) == c:
                ahead = unsigned(exception_to[cursor])
                stays |= (marked[ahead >> WORD] >> (ahead & INSIDE)) & BIT
            cursor -= 1
        if (arrival[c] <= latest[group]) | (stays != NO_BIT):
            leaves = departure[c]
            if leaves < best:
                break
            marked[c >> WORD] |= BIT << (c & INSIDE)
            corridor -= 1
            reached[corridor] = c
            fetch(rows, FIVE * c)  # for who looks at the corridor next
            fetch(rows, FIVE * c + (FIVE - BIT))
            board = unsigned(boarding[c])
            if leaves - begins[board, 0] >= depart:
                best = max(best, leaves - begins[board, 1])
            end = unsigned(back_ptr[board + BIT])
            for pair in range(unsigned(back_ptr[board]), end):
                come = unsigned(back_packed[pair * TWO])
                latest[come] = max(latest[come], leaves - back_packed[pair * TWO + BIT])
    return best, corridor


@kernel
def scan_late(
    departure: Int32,
    boarding: Numbers,
    arrival: Int32,
    alighting: Numbers,
    previous: Int32,
    pair_ptr: Int32,
    pair_packed: Int32,
    ready: Int32,
    arrived: Int32,
    marked: UInt64,
    start: int,
    arrive: int,
) -> None:
    """Go on from `start`, the end of a scan in blocks, when most arrivals are known.

    Asks of 64 connections at a time which arrive sooner than was known, and only of these
    whether one can be aboard: whether their run could be boarded, there or before. Labels tell
    it afterwards, too, because they never fall to what is past; that needs changes that take
    time. Where nobody is aboard is `marked`, and not asked again. Nothing departs after `arrive`.
    """
    marked[:] = NO_BIT
    n, base = np.uint64(departure.shape[0]), np.uint64(start)
    while base < n and departure[base] <= arrive:
        better = ~in_time(arrived, alighting, arrival, base)  # sooner than was known
        while better != NO_BIT:
            c = base + lowest(better)
            better &= better - BIT
            arrives, group = arrival[c], unsigned(alighting[c])
            if arrives >= arrived[group]:  # an earlier connection of the block has been sooner
                continue
            p = np.int64(c)
            while p >= 0 and ready[boarding[p]] > departure[p]:
                p = previous[p]
                if p >= 0 and (marked[p >> 6] >> np.uint64(p & 63)) & BIT != NO_BIT:
                    p = -1
            if p < 0:
                marked[c >> WORD] |= BIT << (c & INSIDE)
                continue
            arrived[group] = arrives
            end = unsigned(pair_ptr[group + BIT])
            for pair in range(unsigned(pair_ptr[group]), end):
                to = unsigned(pair_packed[pair * TWO])
                ready[to] = min(ready[to], np.int32(arrives + pair_packed[pair * TWO + BIT]))
        base += BLOCK
