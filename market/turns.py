"""Turns to write, one at a time, among the threads and processes that share a file."""

import fcntl
import os
import time
from concurrent.futures import Future
from functools import cache
from queue import SimpleQueue
from threading import Lock, Thread

from market.errors import Busy

LOCK_SECONDS_MAX = 10.0

_locks: dict[str, Lock] = {}
_locks_guard = Lock()


class Turn:
    """A thread lock inside the process, then `flock` between processes, each with a time limit."""

    def __init__(self, path: str) -> None:
        self._path = path
        with _locks_guard:
            self._lock = _locks.setdefault(path, Lock())

    def __enter__(self) -> None:
        deadline = time.monotonic() + LOCK_SECONDS_MAX
        if not self._lock.acquire(timeout=LOCK_SECONDS_MAX):
            raise Busy(retry_after_seconds=1)
        try:
            self._file = _locked_file(self._path, deadline)
        except BaseException:
            self._lock.release()
            raise

    def __exit__(self, *_: object) -> None:
        os.close(self._file)
        self._lock.release()


def _locked_file(path: str, deadline: float) -> int:
    file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        wait: Future[None] = Future()
        _waits().put((wait, file))
        try:
            wait.result(timeout=max(0.0, deadline - time.monotonic()))
        except BaseException as error:
            wait.cancel()
            wait.add_done_callback(lambda _: os.close(file))  # now, or when its turn comes
            if isinstance(error, TimeoutError):
                raise Busy(retry_after_seconds=1) from None
            raise
    return file


@cache
def _waits() -> "SimpleQueue[tuple[Future[None], int]]":
    """The files to lock, and who waits for them: one thread of the process stands in for all.

    The kernel's queue knows no time limit.
    """
    waits: SimpleQueue[tuple[Future[None], int]] = SimpleQueue()

    def stand() -> None:
        while True:
            wait, file = waits.get()
            if wait.set_running_or_notify_cancel():
                try:
                    fcntl.flock(file, fcntl.LOCK_EX)
                    wait.set_result(None)
                except OSError as error:
                    wait.set_exception(error)

    Thread(target=stand, name="turns", daemon=True).start()
    return waits


os.register_at_fork(after_in_child=_waits.cache_clear)  # threads do not live on in a child
