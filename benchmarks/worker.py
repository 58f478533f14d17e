"""Contenders in processes of their own, so that each has its own memory: inputs stay loaded from round to round."""

from __future__ import annotations

import ctypes
import gc
import multiprocessing
import re
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path

import numpy as np
import numpy.typing as npt

from benchmarks.contenders import CONTENDERS

Floats = npt.NDArray[np.float64]

STATUS = Path("/proc/self/status")
FORGET_PEAK = Path("/proc/self/clear_refs")
CLOSING_S = 30.0


@dataclass(frozen=True, slots=True)
class Measured:
    """One run: its time, the processors' time in its process, each district's covered area, and the most memory so far.

    That is what the process held at most since its inputs were loaded, above what it held then.
    """

    seconds: float
    processor_s: float
    covered_m2: Floats
    above_inputs_mb: float


@dataclass(frozen=True, slots=True)
class Worker:
    """A contender that has its inputs, at the other end of a pipe."""

    pipe: Connection

    def ready(self) -> None:
        """Wait until the inputs are loaded; raises what went wrong with that."""
        self._answer()

    def run(self) -> Measured:
        """Run once; raises what went wrong."""
        self.pipe.send("run")
        measured = self._answer()
        if not isinstance(measured, Measured):
            msg = f"a run was to be measured, not {measured!r}"
            raise TypeError(msg)
        return measured

    def _answer(self) -> object:
        answer = self.pipe.recv()
        if isinstance(answer, BaseException):
            raise answer
        return answer


@contextmanager
def working(name: str, cameras: int) -> Iterator[Worker]:
    """Start a contender on a city of so many cameras; it begins to load at once, and ends with the context."""
    spawn = multiprocessing.get_context("spawn")
    here, there = spawn.Pipe()
    process = spawn.Process(target=serve, args=(there, name, cameras), name=f"{name}, {cameras:,} cameras")
    process.start()
    there.close()
    try:
        yield Worker(here)
    finally:
        here.close()
        process.join(CLOSING_S)
        if process.is_alive():
            process.terminate()
            process.join()


def serve(pipe: Connection, name: str, cameras: int) -> None:
    """Load, tell so, and run as often as asked, until the other end closes; what goes wrong is sent."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the other end closes when it is interrupted
    try:
        with CONTENDERS[name].prepared(cameras) as prepared:
            _give_back_memory()
            FORGET_PEAK.write_text("5", encoding="ascii")
            inputs_mb = _memory_mb("VmRSS")
            pipe.send(None)
            while _asked(pipe):
                start, processor_start = time.perf_counter(), time.process_time()
                result = prepared.run()
                seconds, processor_s = time.perf_counter() - start, time.process_time() - processor_start
                above_mb = _memory_mb("VmHWM") - inputs_mb
                pipe.send(Measured(seconds, processor_s, prepared.covered_m2(result), above_mb))
                del result
    except Exception as error:  # noqa: BLE001 - it is raised at the other end
        pipe.send(error)


def _asked(pipe: Connection) -> bool:
    try:
        pipe.recv()
    except EOFError:
        return False
    return True


def _give_back_memory() -> None:
    """Give free memory back to the system, or what loading left free would hide what a run takes."""
    gc.collect()
    ctypes.CDLL(None).malloc_trim(0)


def _memory_mb(field: str) -> float:
    """Read a field of this process's status, in MB of 10⁶ bytes; Linux writes kibibytes."""
    found = re.search(rf"^{field}:\s+(\d+) kB$", STATUS.read_text(encoding="ascii"), re.MULTILINE)
    if found is None:
        msg = f"{STATUS} does not tell {field}"
        raise OSError(msg)
    return int(found[1]) * 1024 / 1e6
