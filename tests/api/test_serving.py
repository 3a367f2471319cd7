"""A slow phone keeps nobody else waiting, and a worker answers one request at a time."""

import io
import threading

import pytest

from api import serving
from api.app import create_app
from tests.api import small
from tests.databases import settings_for


def environ_of(body, method="POST"):
    return {"REQUEST_METHOD": method, "wsgi.input": body}


class Held:
    """A body that comes when it is let go."""

    def __init__(self, content=b"x"):
        self.asked, self.free = threading.Event(), threading.Event()
        self._parts = [content, b""]

    def read(self, _size):
        self.asked.set()
        assert self.free.wait(5)
        return self._parts.pop(0)


def test_a_slow_body_does_not_hold_up_another_request():
    application = serving.in_turn(lambda environ, _: [environ["wsgi.input"].read()], bytes_max=9)
    slow, answers = Held(b"slow"), []
    thread = threading.Thread(
        target=lambda: answers.extend(application(environ_of(slow), None)), daemon=True
    )
    thread.start()
    assert slow.asked.wait(5)

    assert application(environ_of(io.BytesIO(b"fast")), None) == [b"fast"]

    slow.free.set()
    thread.join(5)
    assert answers == [b"slow"]


def test_two_requests_are_never_inside_together():
    inside, together = [], []

    def application(*_):
        inside.append(1)
        together.append(len(inside))
        threading.Event().wait(0.001)
        inside.pop()
        return []

    served = serving.in_turn(application, bytes_max=9)
    threads = [
        threading.Thread(target=served, args=(environ_of(io.BytesIO()), None)) for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert together == [1] * 8


def test_no_more_is_received_than_may_be_read():
    body = io.BytesIO(b"x" * 100_000)
    application = serving.in_turn(lambda environ, _: [environ["wsgi.input"].read()], bytes_max=9)

    (received,) = application(environ_of(body), None)

    assert len(received) == serving.SLICE_BYTES


def test_a_body_that_drips_is_given_up(database, tmp_path, monkeypatch):
    monkeypatch.setattr(serving, "PATIENCE_SECONDS", -1.0)
    app = create_app(settings_for("sqlite:///x.db", tmp_path), database, [small.blp])
    app.wsgi_app = serving.in_turn(app.wsgi_app, bytes_max=1000)

    response = app.test_client().post("/v1/things", json={"name": "dâu"})

    assert (response.status_code, response.json["code"]) == (408, "too_slow")


@pytest.mark.parametrize("content", [b"", b"{}", b"x" * 2_000_000])
def test_a_body_is_the_same_after_it_was_received(content):
    application = serving.in_turn(
        lambda environ, _: [environ["wsgi.input"].read()], bytes_max=3_000_000
    )

    assert application(environ_of(io.BytesIO(content)), None) == [content]
