"""How the shipped Stripe says no."""

from typing import Any

INVALID, REQUEST = 400, "invalid_request_error"


class Refused(Exception):
    """A no with Stripe's own code; it is kept for the key that it was asked with."""

    kept = True

    def __init__(
        self, code: str, *, status: int = INVALID, kind: str = REQUEST, param: str | None = None
    ) -> None:
        super().__init__(code)
        self.code = code
        self.status = status
        self.kind = kind
        self.param = param

    @property
    def body(self) -> dict[str, Any]:
        """The no as Stripe's API words it."""
        error = {"type": self.kind, "code": self.code, "message": self.code, "param": self.param}
        return {"error": {name: value for name, value in error.items() if value is not None}}


class Unfit(Refused):
    """The request itself is wrong, so nothing was begun and nothing is kept for its key."""

    kept = False
