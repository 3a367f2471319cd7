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
    """A wait in the kernel's queue, which knows no time limit: another thread stands in it."""

    def __init__(self, file: int) -> None:
        self._file = file
        self._guard = Lock()  # of the three below
        self._stands = self._given_up = self._over = False
        self._error: OSError | None = None
        self._end = Lock()
        self._end.acquire()

    def until(self, deadline: float) -> bool:
        """Whether the file was locked in time; if not, it is closed now or when its turn comes."""
        try:
            ended = self._end.acquire(timeout=max(0.0, deadline - time.monotonic()))
        except BaseException:
            if not self._give_up():
                os.close(self._file)
            raise
        if not ended and self._give_up():
            return False
        if self._error is not None:
            os.close(self._file)
            raise self._error
        return True

    def stand(self) -> None:
        """Wait, and keep the lock only for somebody who still wants it."""
        with self._guard:
            if self._given_up:
                return
            self._stands = True
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX)
        except OSError as error:
            self._error = error
        with self._guard:
            self._over = not self._given_up
        if self._over:
            self._end.release()
        else:
            os.close(self._file)

    def _give_up(self) -> bool:
        """Want it no more; False if it was over before."""
        with self._guard:
            if self._over:
                return False
            if not self._stands:
                os.close(self._file)
            self._given_up = True
            return True


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
