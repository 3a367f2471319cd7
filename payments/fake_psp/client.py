"""The way of the real library to the shipped Stripe, without a network."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from market import clock
from payments.fake_psp.answering import answer

KEY = "sk_test_demo"


def http_client(folder: Path, clock: Callable[[], datetime] = clock.now) -> Any:
    """A `stripe.HTTPClient` that asks the shipped Stripe in the folder."""
    import stripe

    class InProcess(stripe.HTTPClient):
        name = "in-process"

        # What the library notes of its own use (`_usage`) is not passed on.
        def request(self, method: str, url: str, headers: Any, post_data: Any = None) -> Any:  # type: ignore[override]
            parts, verb, form = urlsplit(url), method.upper(), post_data or ""
            path, now = f"{parts.path}?{parts.query}", clock()
            try:
                status, told, body = answer(
                    folder, method=verb, path=path, headers=headers, body=form, now=now
                )
            except ConnectionError as lost:
                untyped: Any = stripe.APIConnectionError
                raise untyped(str(lost), should_retry=True) from lost
            return body, status, told

        def _sleep_time_seconds(self, num_retries: int) -> float:
            """Nobody has to be spared."""
            return 0.0 * num_retries

        def close(self) -> None:
            """Nothing is kept open."""

    return InProcess()
