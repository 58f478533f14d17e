"""Where squares are worked on: in threads of this process, or on the workers of a dask cluster."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import re
import shutil
import signal
import tempfile
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import CancelledError, ThreadPoolExecutor
from concurrent.futures import as_completed as threads_completed
from contextlib import contextmanager
from typing import Any, Protocol, TypeVar

import dask
from distributed import Client, KilledWorker, LocalCluster, Security, as_completed
from distributed.comm.core import connect
from distributed.utils import silence_logging_cmgr

from geoservice.coverage.portions import cores
from geoservice.errors import ClusterError, GeoserviceError, shorten
from geoservice.partitions.folder import Partitions, open_partitions

Result = TypeVar("Result")
Step = Callable[[int, int], None]
"""Told how many squares are done, and how many there are."""

LOCAL = "local"
"""In place of an address: a cluster of this machine's cores, for as long as it is needed."""
ANSWER_WITHIN_S = 5
_TRIES_AFTER_LOSS = 8
"""How many workers may be lost while they work on one square before it is given up."""
_RETRIES = 2


class Map(Protocol):
    """Works on numbered squares, in any order, and gives each position with its result."""

    def __call__(self, task: Callable[[int], Result], numbers: Sequence[int], /) -> Iterator[tuple[int, Result]]:
        """Call the task with each number."""


def collected(
    mapped: Map, task: Callable[[int], Result], numbers: Sequence[int], step: Step | None = None
) -> list[Result]:
    """Work on squares and give the results in the order of the numbers."""
    found: dict[int, Result] = {}
    if step is not None:
        step(0, len(numbers))
    for position, result in mapped(task, numbers):
        found[position] = result
        if step is not None:
            step(len(found), len(numbers))
    return [found[position] for position in range(len(numbers))]


@contextmanager
def in_threads(count: int | None = None) -> Iterator[Map]:
    """Work in threads of this process, one a core unless told otherwise; whoever interrupts does not wait for them."""
    pool = ThreadPoolExecutor(count or cores())

    def mapped(task: Callable[[int], Result], numbers: Sequence[int]) -> Iterator[tuple[int, Result]]:
        futures = {pool.submit(task, number): position for position, number in enumerate(numbers)}
        for future in threads_completed(futures):
            yield futures[future], future.result()

    try:
        yield mapped
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


@contextmanager
def on_cluster(address: str, partitions: Partitions) -> Iterator[Map]:
    """Work on the cluster whose scheduler is at an address (tcp://host:port, tls://host:port), or `local`.

    Raises ClusterError if the scheduler does not answer within seconds or has no workers, if a worker has another
    geoservice or does not see the same partitions, or if one square after another costs its worker.
    """
    with contextlib.ExitStack() as stack:
        stack.enter_context(silence_logging_cmgr(logging.CRITICAL))
        client = stack.enter_context(_local_client() if address == LOCAL else _client(address))
        _require_ready_workers(client, address, partitions)

        def mapped(task: Callable[[int], Result], numbers: Sequence[int]) -> Iterator[tuple[int, Result]]:
            futures = client.map(task, list(numbers), pure=False, retries=_RETRIES)
            position = {future.key: place for place, future in enumerate(futures)}
            try:
                for future, result in as_completed(futures, loop=client.loop, with_results=True):
                    if future.cancelled():  # all are, where the scheduler is gone
                        raise _lost(address)
                    yield position[future.key], result
            except KilledWorker as error:
                raise ClusterError(
                    f"A square was given up: {error.allowed_failures + 1} workers were lost while they had it.",
                    advice="Have they enough memory?",
                ) from error
            except (OSError, CancelledError) as error:
                raise _lost(address) from error
            finally:
                if client.status == "running":
                    client.cancel(futures)

        yield mapped


def _lost(address: str) -> ClusterError:
    return ClusterError(f"The cluster at {address} was lost.", advice="Does its scheduler still run?")


@contextmanager
def _client(address: str) -> Iterator[Client]:
    require_scheduler(address)
    client = Client(address, timeout=ANSWER_WITHIN_S, set_as_default=False)
    try:
        yield client
    finally:
        client.close(timeout=ANSWER_WITHIN_S)


def require_scheduler(address: str) -> None:
    """Greet the scheduler, unless the cluster is `local`; raises ClusterError if it does not answer within seconds.

    A Client would wait without end for one that takes the call and says nothing.
    """
    if address == LOCAL:
        return

    async def greet() -> None:
        security = Security().get_connection_args("client")
        connection = await asyncio.wait_for(connect(address, ANSWER_WITHIN_S, **security), ANSWER_WITHIN_S)
        connection.abort()

    try:
        with ThreadPoolExecutor(1) as pool:  # a notebook has a loop of its own in this thread
            pool.submit(asyncio.run, greet()).result()
    except (OSError, ValueError, TypeError, RuntimeError, MemoryError, OverflowError) as error:
        raise ClusterError(
            f"No scheduler answers at {address}: {shorten(str(error).rstrip('.') or 'it says nothing')}.",
            advice="Start one with dask scheduler, and name it as tcp://host:port or tls://host:port.",
        ) from error


@contextmanager
def _local_client() -> Iterator[Client]:
    """Start workers on this machine, one a core; what they leave on the disk goes with them."""
    scratch = tempfile.mkdtemp(prefix="geoservice-workers-")
    settings = {"distributed.scheduler.allowed-failures": _TRIES_AFTER_LOSS, "temporary-directory": scratch}
    try:
        with dask.config.set(settings):
            cluster = _local_cluster(scratch)
            try:
                with Client(cluster, set_as_default=False) as client:
                    yield client
            except KeyboardInterrupt:
                _kill_workers(cluster)
                raise
            finally:
                cluster.close()
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _local_cluster(scratch: str) -> LocalCluster:
    """Start it from a thread that Ctrl-C does not reach, and so its workers: they end when they are told to."""
    pool = ThreadPoolExecutor(1, initializer=_without_interrupts)
    try:
        return pool.submit(
            LocalCluster,
            n_workers=cores(),
            threads_per_worker=1,
            processes=True,
            dashboard_address="127.0.0.1:0",
            local_directory=scratch,
            silence_logs=logging.CRITICAL,
        ).result()
    finally:
        pool.shutdown(wait=False)


def _without_interrupts() -> None:
    if hasattr(signal, "pthread_sigmask"):  # processes inherit it from the thread that starts them
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})


def _kill_workers(cluster: LocalCluster) -> None:
    """End workers in the middle of their work; closing would wait for it."""
    for nanny in cluster.workers.values():
        nanny.auto_restart = False
        if nanny.pid is not None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(nanny.pid, signal.SIGTERM)


def _require_ready_workers(client: Client, address: str, partitions: Partitions) -> None:
    """Ask the scheduler and each worker whether they can do the work before they are given any."""
    try:
        client.run_on_scheduler(known_here)
    except Exception as error:  # whatever it is there, it comes as anything here
        raise ClusterError(f"The scheduler at {address} cannot help: {_failed(error)}") from error
    try:
        client.wait_for_workers(1, timeout=ANSWER_WITHIN_S)
    except TimeoutError as error:
        raise ClusterError(
            f"The scheduler at {address} has no workers.", advice=f"Start some: dask worker {address}"
        ) from error
    answers: dict[str, Any] = client.run(why_unready, str(partitions.folder), partitions.digest, on_error="return")
    for worker, answer in answers.items():
        if answer is not None:
            said = _failed(answer) if isinstance(answer, Exception) else str(answer)
            raise ClusterError(f"The worker {worker} cannot help: {said}", advice="See docs/scale.md.")


def _failed(error: Exception) -> str:
    """Say why a worker could not even look: most often it runs where this package is not, or is another."""
    missing = re.search(r"No module named \W*([\w.]+)", str(error))
    if missing is not None:
        return f"it has no module {missing[1]}. Install there the same geoservice as here."
    return f"{type(error).__name__}: {shorten(str(error))}."


def known_here() -> bool:
    """Run where this package is, or fail: a scheduler, too, reads what the tasks are."""
    return True


def why_unready(folder: str, digest: str) -> str | None:
    """Say why this process cannot work on partitions; None if it can."""
    try:
        found = open_partitions(folder)
    except GeoserviceError as error:
        return f"it does not see the folder. {error.reason}"
    return None if found.digest == digest else f"it sees other partitions in {folder}."
