"""Turns to write, one at a time, among the threads and processes that share a file."""

import fcntl
import os
import time
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


class _Wait:
    """A wait in the kernel's fair queue, which knows no time limit: another thread stands in it.

    Asking again and again instead cost a third of all that sixteen processes could write.
    """

    def __init__(self, file: int) -> None:
        self.file = file
        self._granted = Lock()
        self._granted.acquire()
        self._settled = Lock()

    def until(self, deadline: float) -> bool:
        """Whether the file was locked in time; if not, it is closed by the one who waits."""
        seconds = max(0.0, deadline - time.monotonic())
        return self._granted.acquire(timeout=seconds) or not self._settle()

    def stand(self) -> None:
        """Wait, and keep the lock only for somebody who still wants it."""
        fcntl.flock(self.file, fcntl.LOCK_EX)
        if self._settle():
            self._granted.release()
        else:
            os.close(self.file)

    def _settle(self) -> bool:
        """True for the first of the two who decides whether the wait was in time."""
        return self._settled.acquire(blocking=False)


def _locked_file(path: str, deadline: float) -> int:
    file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        wait = _Wait(file)
        _waits().put(wait)
        if not wait.until(deadline):
            raise Busy(retry_after_seconds=1) from None
    return file


@cache
def _waits() -> "SimpleQueue[_Wait]":
    """The waits of this process, which one thread stands through."""
    waits: SimpleQueue[_Wait] = SimpleQueue()

    def stand() -> None:
        while True:
            waits.get().stand()

    Thread(target=stand, name="turns", daemon=True).start()
    return waits


os.register_at_fork(after_in_child=_waits.cache_clear)  # threads do not live on in a child
