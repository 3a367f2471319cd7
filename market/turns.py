"""Turns to write, one at a time, among the threads and processes that share a file."""

import fcntl
import os
import time
from threading import Lock

from market.errors import Busy

LOCK_SECONDS_MAX = 10.0
POLL_SECONDS = 0.002

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
            self._file = self._locked_file(deadline)
        except BaseException:
            self._lock.release()
            raise

    def __exit__(self, *_: object) -> None:
        os.close(self._file)
        self._lock.release()

    def _locked_file(self, deadline: float) -> int:
        file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        while not _granted(file):
            if time.monotonic() > deadline:
                os.close(file)
                raise Busy(retry_after_seconds=1)
            time.sleep(POLL_SECONDS)
        return file


def _granted(file: int) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
