"""A reseller's program: it asks /octo and holds every answer against the shapes of the protocol."""

from tests.api.octo import answers
from tests.api.octo.schemas import CONTENT, PRICING

BOTH = f"{PRICING}, {CONTENT}"


class Asking:
    """Asks as a reseller, with capabilities; a header that is None is not sent."""

    def __init__(self, client, key, capabilities=BOTH, **headers):
        self.client = client
        self.headers = {"Authorization": f"Bearer {key}", "Octo-Capabilities": capabilities}
        self.headers |= headers

    def __call__(self, method, path, body=None, **sent):
        """Ask once; `data` is sent as it is, other headers as `headers`."""
        headers = {**self.headers, **sent.pop("headers", {})}
        named = {name: each for name, each in headers.items() if each is not None}
        sent |= {"json": body} if body is not None else {}
        response = self.client.open(f"/octo{path}", method=method, headers=named, **sent)
        asked = [each.strip() for each in named.get("Octo-Capabilities", "").split(",")]
        of_party = isinstance(body, dict) and bool(body.get("units"))
        answers.answer(method, path, response, asked=asked, party=of_party)
        return response

    def get(self, path):
        """What is answered with 200."""
        return well(self("GET", path))

    def post(self, path, body):
        """The same of what is sent."""
        return well(self("POST", path, body))

    def patch(self, uuid, **changes):
        """A booking, changed."""
        return well(self("PATCH", f"/bookings/{uuid}", changes))

    def with_(self, **headers):
        """The same program, with other headers."""
        asking = Asking(self.client, "")
        asking.headers = {**self.headers, **headers}
        return asking


def well(response):
    """The body of an answer that went well."""
    assert response.status_code == 200, response.json
    return response.json


def refused(response):
    """The code of a refusal, and the id that it names, if one."""
    assert response.status_code in {400, 401, 403}, response.data
    (named,) = response.json.keys() - {"error", "errorMessage"} or (None,)
    return response.json["error"], response.json.get(named)
