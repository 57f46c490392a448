"""mobiplan beside other routers: the same two days, the same queries, the same model of changes.

Every file in `peers/` that ends in ``.py``, or in ``.mjs`` and is not the conversation itself, is a
router; README.md says what such a file holds. One that is not installed is left out, and said so.
"""

from __future__ import annotations

import datetime as dt
import importlib.util
import json
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import flatfeed
import numpy as np
from measuring import Timed, interleaved, readable
from queries import Query
from reference import CHANGE_S, NEVER, Reference
from routing import REFERENCE, by_reference
from rows import DAYS, Question, questions, whole_call
from table import markdown

import mobiplan as mp

PEERS = Path(__file__).with_name("peers")
CONVERSATION = "asked.mjs"  # how those in node are asked; no router
PASSES = 3
SECONDS = 10.0  # for each peer: it is asked as many queries as fit
FEWEST, MOST = 10, 200
EXAMPLES = 2  # of answers that differ, for each peer
FREELY = "what one gets by boarding and alighting where the feed forbids it"


@dataclass(frozen=True)
class Peer:
    """A router that is ready."""

    engine: str
    load_s: float
    ask: Callable[[Question], Timed]  # the answer is an arrival [s since midnight], -1 none
    why: str = ""  # what is known of answers that differ


@dataclass(frozen=True)
class Absent:
    """A router that is not installed."""

    file: str
    reason: str


@dataclass
class Compared:
    """Asks peers and the reference the same, and keeps what came of it."""

    asked: Sequence[Question]
    reference: Reference
    freely: Reference  # the same without restrictions, to explain answers that differ
    names: Sequence[str]  # of the stations
    rows: list[list[str]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def measure(self, peer: Peer) -> None:
        """Add a row: times taken in turns with the reference, and arrivals that differ."""
        for question in self.asked[:3]:
            peer.ask(question)  # what compiles as it runs has begun to
        a_query = float(np.median([peer.ask(question).seconds for question in self.asked[:5]]))
        n = min(max(int(SECONDS / a_query / (PASSES + 1)), FEWEST), MOST, len(self.asked))
        asked = self.asked[:n]
        unlike = []
        for question in asked:
            found, expected = peer.ask(question).answer, _arrival(self.reference, question)
            if found != expected:
                unlike.append((question, found, expected))
        contenders = {REFERENCE: by_reference(self.reference), peer.engine: peer.ask}
        best = interleaved(contenders, asked, PASSES)
        ours, theirs = best[peer.engine], best[REFERENCE]
        self.rows.append(
            [
                peer.engine,
                str(n),
                readable(float(np.median(ours))),
                readable(float(np.quantile(ours, 0.95))),
                f"{np.median(ours) / np.median(theirs):,.2f}",
                readable(peer.load_s) if peer.load_s else "",
                str(len(unlike)),
            ]
        )
        for question, found, expected in unlike[:EXAMPLES]:
            freely = found == _arrival(self.freely, question)
            origin, destination = question.query.origin, question.query.destination
            self.notes.append(
                f"- {peer.engine}, {self.names[origin]} to {self.names[destination]} at "
                f"{_clock(question.depart_s)}: {_clock(found)}, not {_clock(expected)}; "
                f"this is{'' if freely else ' not'} {FREELY}"
            )
        if unlike and peer.why:
            self.notes.append(f"- {peer.engine}, why: {peer.why}")

    def leave_out(self, absent: Absent) -> None:
        """Say that a peer is not installed."""
        self.notes.append(f"- left out: {absent.file}, {absent.reason}")

    def __str__(self) -> str:
        header = ["router", "queries", "median", "95 %", "ratio", "loading", "other arrivals"]
        table = markdown(header, self.rows)
        return "\n\n".join([table, "\n".join(self.notes)] if self.notes else [table])


def beside_the_peers(timetable: mp.Timetable, asked: Sequence[Query]) -> Compared:
    """Ask mobiplan and every peer, in turns with the reference, and compare arrivals."""
    date = asked[0].depart.date()
    planner = mp.Planner(timetable, mp.TransferRules.plain(CHANGE_S))
    reference = Reference(timetable, date, DAYS)
    asked_of = questions(timetable, asked, reference.epoch)
    freely = Reference(timetable, date, DAYS, restricted=False)
    compared = Compared(asked_of, reference, freely, timetable.stations.name)
    compared.measure(_ours(planner, asked_of, reference.epoch))
    with tempfile.TemporaryDirectory(prefix="mobiplan-") as name, ExitStack() as stack:
        flatfeed.write(timetable, date, Path(name))
        for path in routers():
            peer = ready(path, planner, date, reference.epoch, Path(name), stack)
            if isinstance(peer, Absent):
                compared.leave_out(peer)
            else:
                compared.measure(peer)
    return compared


def routers() -> list[Path]:
    """Return the files that are routers."""
    found = sorted(PEERS.glob("*.mjs")) + sorted(PEERS.glob("*.py"))
    return [path for path in found if path.name != CONVERSATION]


def ready(
    path: Path, planner: mp.Planner, date: dt.date, epoch: int, folder: Path, stack: ExitStack
) -> Peer | Absent:
    """Load a router: `planner` or the flat feed in `folder`; `stack` ends its process."""
    if path.suffix == ".py":
        return _in_python(path, planner, date, epoch)
    return _in_node(path, folder, date, stack)


def _arrival(reference: Reference, question: Question) -> int:
    arrival, _ = by_reference(reference)(question)
    return arrival if arrival < NEVER else -1


def _clock(seconds: int) -> str:
    return "never" if seconds < 0 else f"{seconds // 3600:02}:{seconds // 60 % 60:02}"


def _ours(planner: mp.Planner, asked_of: Sequence[Question], epoch: int) -> Peer:
    ask = whole_call(planner, asked_of)

    def timed(question: Question) -> Timed:
        began = time.perf_counter()
        journey = ask(question)
        seconds = time.perf_counter() - began
        return Timed(int(journey.arrival.timestamp()) - epoch if journey else -1, seconds)

    return Peer("mobiplan `earliest_arrival(...).best`", 0.0, timed)


def _in_python(path: Path, planner: mp.Planner, date: dt.date, epoch: int) -> Peer | Absent:
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None and spec.loader is not None
    module: Any = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except ImportError as error:
        return Absent(path.name, f"{error} (make peers)")
    began = time.perf_counter()
    ask = module.load(planner, date, DAYS)
    load_s = time.perf_counter() - began

    def timed(question: Question) -> Timed:
        query = question.query
        began = time.perf_counter()
        arrival = ask(query.origin, query.destination, epoch + question.depart_s)
        seconds = time.perf_counter() - began
        return Timed(arrival - epoch if arrival >= 0 else -1, seconds)

    return Peer(module.ENGINE, load_s, timed, getattr(module, "WHY", ""))


def _in_node(path: Path, folder: Path, date: dt.date, stack: ExitStack) -> Peer | Absent:
    node = shutil.which("node")
    if node is None:
        return Absent(path.name, "node is not installed")
    if not (PEERS / "node_modules").is_dir():
        return Absent(path.name, "its package is not installed (make peers)")
    process = stack.enter_context(
        subprocess.Popen(
            [node, str(path), str(folder), str(date)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            bufsize=1,
        )
    )
    assert process.stdin is not None and process.stdout is not None
    stack.callback(process.stdin.close)
    hello = process.stdout.readline()
    if not hello:
        return Absent(path.name, "it ended without a word")
    told = json.loads(hello)
    lines_in, lines_out = process.stdin, process.stdout

    def timed(question: Question) -> Timed:
        query = question.query
        lines_in.write(f"{query.origin} {query.destination} {question.depart_s}\n")
        arrival, seconds = lines_out.readline().split()
        return Timed(int(arrival), float(seconds))

    return Peer(told["engine"], told["load_s"], timed, told["why"])
