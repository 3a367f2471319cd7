"""Turns to write: had one after the other, given up in time, and never kept for nobody."""

import errno
import fcntl
import os
import threading
import time
from contextlib import contextmanager
from pathlib import Path

import pytest

from market import turns
from market.errors import Busy
from market.turns import Turn

SOON = 0.05


@pytest.fixture
def path(tmp_path, monkeypatch):
    monkeypatch.setattr(turns, "LOCK_SECONDS_MAX", SOON)
    return str(tmp_path / "market.lock")


@contextmanager
def held(path):
    """The lock as another process would hold it: by a file opened apart."""
    file = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    fcntl.flock(file, fcntl.LOCK_EX)
    try:
        yield
    finally:
        os.close(file)


def open_files(path):
    links = Path("/proc/self/fd").iterdir()
    return sum(link.is_symlink() and str(link.readlink()) == path for link in links)


def eventually(condition):
    deadline = time.monotonic() + 10
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.005)
    assert condition()


def take(path):
    with Turn(path):
        pass


def test_are_waited_for(path, monkeypatch):
    monkeypatch.setattr(turns, "LOCK_SECONDS_MAX", 30)
    had = threading.Event()
    waiting = threading.Thread(target=lambda: (take(path), had.set()))
    with held(path):
        waiting.start()
        assert not had.wait(SOON)
    waiting.join(30)

    assert had.is_set()


def test_that_are_given_up_leave_nothing_open_and_nothing_locked(path):
    with held(path):
        for _ in range(5):
            with pytest.raises(Busy):
                take(path)
        assert open_files(path) <= 2  # the holder's, and the one that stands in the queue

    eventually(lambda: open_files(path) == 0)
    take(path)


def test_whose_wait_is_interrupted_are_not_kept(path, monkeypatch):
    answers = iter([0.0])  # to the deadline; the wait itself is interrupted

    def interrupted():
        for answer in answers:
            return answer
        raise KeyboardInterrupt

    with held(path):
        monkeypatch.setattr(turns.time, "monotonic", interrupted)
        with pytest.raises(KeyboardInterrupt):
            take(path)
        monkeypatch.undo()

    eventually(lambda: open_files(path) == 0)
    take(path)


def test_that_the_system_refuses_are_refused_once(path, monkeypatch):
    refusals = iter([OSError(errno.ENOLCK, "no locks available")])
    real = fcntl.flock

    def flock(file, operation):
        if operation == fcntl.LOCK_EX:
            for refusal in refusals:
                raise refusal
        real(file, operation)

    monkeypatch.setattr(turns, "LOCK_SECONDS_MAX", 30)
    with held(path):
        monkeypatch.setattr(turns.fcntl, "flock", flock)
        with pytest.raises(OSError, match="no locks available"):
            take(path)
        waiting = threading.Thread(target=take, args=(path,))
        waiting.start()
    waiting.join(30)

    assert not waiting.is_alive()
