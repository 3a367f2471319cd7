"""People with a browser on a phone: they read and press, and what it takes is counted."""

import re
import shutil
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from time import perf_counter
from typing import Any

from playwright.sync_api import Browser, Locator, expect
from werkzeug.serving import WSGIRequestHandler, make_server

from tests.journeys.phones import Town
from translations import text

PROGRAMS = ("chromium", "chromium-browser", "google-chrome")
OPTIONS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
PATIENCE = 10_000  # milliseconds until what is not seen counts as missing
PERSON = "X-Person"


def chromium() -> str | None:
    """The browser of this machine."""
    return next(filter(None, map(shutil.which, PROGRAMS)), None)


def say(key: str, **facts: Any) -> str:
    """What a page says in Vietnamese."""
    return text(("vi",), key, **facts)


class Meter:
    """The application, and for each person the bytes of what they sent and were sent."""

    def __init__(self, app: Any) -> None:
        self.app = app
        self.bytes: Counter[str] = Counter()
        self._lock = threading.Lock()

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        who = environ.get("HTTP_" + PERSON.upper().replace("-", "_"), "")
        self._add(who, int(environ.get("CONTENT_LENGTH") or 0))
        answer = self.app(environ, start_response)
        try:
            for part in answer:
                self._add(who, len(part))
                yield part
        finally:
            getattr(answer, "close", lambda: None)()

    def _add(self, who: str, size: int) -> None:
        with self._lock:
            self.bytes[who] += size


class Quiet(WSGIRequestHandler):
    """Requests are not told one by one."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        pass


@contextmanager
def served(town: Town) -> Iterator[tuple[str, Meter]]:
    """The town's application on a free port, and its meter."""
    meter = Meter(town.app)
    server = make_server("127.0.0.1", 0, meter, threaded=True, request_handler=Quiet)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.port}", meter
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class Street:
    """Where everybody's phones are: one town, served, and one browser program."""

    def __init__(self, town: Town, browser: Browser, address: str, meter: Meter) -> None:
        self.town = town
        self.browser = browser
        self.address = address
        self.meter = meter

    def person(self, name: str, *, script: bool = True, width: int = 360) -> "Person":
        return Person(self, name, script=script, width=width)


class Person:
    """Somebody who reads and taps; a field filled in is one tap, and so is a press."""

    def __init__(self, street: Street, name: str, *, script: bool, width: int) -> None:
        self.street = street
        self.name = name
        self.context = street.browser.new_context(
            base_url=street.address,
            locale="vi-VN",
            viewport={"width": width, "height": 740},
            java_script_enabled=script,
            extra_http_headers={PERSON: name},
        )
        self.context.set_default_timeout(PATIENCE)
        self.page = self.context.new_page()
        self.taps = 0
        self.seconds = 0.0
        self.complaints: list[str] = []
        self.page.on("console", self._note)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def _note(self, message: Any) -> None:
        if message.type in {"error", "warning"}:
            self.complaints.append(f"{self.page.url}: {message.text}")

    @contextmanager
    def _busy(self, taps: int = 1) -> Iterator[None]:
        started = perf_counter()
        yield
        self.seconds += perf_counter() - started
        self.taps += taps

    def open(self, path: str) -> None:
        with self._busy(0):
            self.page.goto(path)

    def press(self, key: str, within: Locator | None = None, **facts: Any) -> None:
        """A button or link by the word of the page on it."""
        self.press_on(say(key, **facts), within)

    def press_on(self, word: str, within: Locator | None = None) -> None:
        here = within or self.page.locator("main")
        found = here.locator("a, button, label.chip").filter(has_text=word)
        with self._busy():
            found.first.click()

    def go_to(self, key: str) -> None:
        """Another part of the market, by the bar of the page."""
        self.press(key, self.page.locator("nav.nav"))

    def fill(self, key: str, value: str) -> None:
        with self._busy():
            self.page.get_by_label(say(key), exact=True).first.fill(value)

    def choose(self, key: str, value: str) -> None:
        with self._busy():
            self.page.get_by_label(say(key), exact=True).select_option(value)

    def take_photo(self, key: str, content: bytes) -> None:
        file = {"name": "dau.jpg", "mimeType": "image/jpeg", "buffer": content}
        with self._busy():
            self.page.get_by_label(say(key), exact=True).set_input_files(file)

    def arrives(self, place: str | Callable[[str], bool]) -> None:
        """Wait until the page with this address is there."""
        with self._busy(0):
            self.page.wait_for_url(place)

    def sees(self, words: str, within: str = "main") -> None:
        """Wait until the words stand there."""
        with self._busy(0):
            shown = self.page.locator(within).get_by_text(words).filter(visible=True)
            expect(shown.first).to_be_visible(timeout=PATIENCE)

    def sign_in(self, number: str) -> None:
        """On the page that asks for it: by the code of the message that comes."""
        self.fill("page.sign_in.address", number)
        self.press("page.sign_in.send")
        self.sees(say("page.sign_in.code"))
        self.street.town.work()
        told = [message["text"] for message in self.street.town.outbox.messages()]
        code = re.search(r"\b\d{6}\b", "\n".join(told))  # the newest comes first
        self.fill("page.sign_in.code", code[0] if code else "")
        self.press("page.sign_in.go")
        self.arrives(lambda url: "/sign-in" not in url)

    def told(self) -> str:
        """What it took, in one line."""
        size = self.street.meter.bytes[self.name] / 1000
        return f"{self.name}: {self.taps} taps, {self.seconds:.1f} s, {size:.0f} kB"
