"""Fetching from strangers' addresses: never from this house's own network, never without end."""

import gzip
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from market import fetching
from market.fetching import Fetcher, Unfetched

PUBLIC = "93.184.215.14"
URL = "https://site.example/cal.ics"


@contextmanager
def server(*answers: bytes | Callable[[socket.socket], None]) -> Iterator[tuple[int, list[bytes]]]:
    """Answers one connection after the other, and keeps what was asked."""
    listening = socket.create_server(("127.0.0.1", 0))
    asked: list[bytes] = []

    def serve() -> None:
        for answer in answers:
            try:
                connection, _ = listening.accept()
            except OSError:
                return
            with connection:
                try:
                    asked.append(connection.recv(4096))
                    answer(connection) if callable(answer) else connection.sendall(answer)
                except OSError:
                    continue

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield listening.getsockname()[1], asked
    finally:
        listening.close()


def said(body: bytes, *headers: str, status: str = "200 OK") -> bytes:
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers, "", ""]
    return "\r\n".join(lines).encode() + body


def going_to(location: str) -> bytes:
    return said(b"", f"Location: {location}", status="302 Found")


def fetcher(port: int, resolve: Callable[[str], list[str]] = lambda _: [PUBLIC]) -> Fetcher:
    """The real one, whose connections end at the test's own server without TLS."""

    def dial(_address: str, _host: str, deadline: float) -> socket.socket:
        return socket.create_connection(("127.0.0.1", port), timeout=deadline - time.monotonic())

    return Fetcher(resolve=resolve, dial=dial)


def refused(port: int, url: str = URL, **more) -> str:
    with pytest.raises(Unfetched) as refusal:
        fetcher(port, **more).fetch(url)
    return refusal.value.code


class TestFetching:
    """What comes, and what does not."""

    def test_brings_what_stands_there_with_its_tag(self):
        with server(said(b"hello", 'ETag: "one"')) as (port, asked):
            found = fetcher(port).fetch(f"{URL}?s=1", accept="text/calendar")

        assert found == (b"hello", '"one"')
        assert asked[0].startswith(b"GET /cal.ics?s=1 HTTP/1.1\r\nHost: site.example\r\n")
        assert b"Accept-Encoding: identity" in asked[0]

    def test_brings_nothing_that_is_as_it_was(self):
        with server(said(b"", status="304 Not Modified")) as (port, asked):
            found = fetcher(port).fetch(URL, etag='"one"')

        assert found == (None, '"one"')
        assert b'If-None-Match: "one"' in asked[0]

    def test_follows_three_redirects_and_no_more(self):
        with server(*[going_to("/b")] * 3, said(b"x")) as (port, asked):
            assert fetcher(port).fetch(URL).body == b"x"
            assert len(asked) == 4
        with server(*[going_to("/b")] * 4) as (port, _):
            assert refused(port) == "redirects"

    @pytest.mark.parametrize(
        "status", ["404 Not Found", "500 Oh", "206 Partial Content", "401 No", "304 Not Modified"]
    )
    def test_takes_no_other_answer(self, status):
        with server(said(b"x", status=status)) as (port, _):
            assert refused(port) == "status"

    @pytest.mark.parametrize("answer", [b"", b"hello", b"HTTP/1.1 OK", b"\x00" * 999])
    def test_takes_nothing_that_is_not_http(self, answer):
        with server(answer) as (port, _):
            assert refused(port) == "unreachable"

    def test_refuses_what_is_larger_than_two_megabytes(self):
        with server(said(b"x" * (fetching.BODY_BYTES_MAX + 1))) as (port, _):
            assert refused(port) == "large"

    def test_refuses_a_stream_without_end(self):
        def pour(connection):
            connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
            while True:
                connection.sendall(b"x" * 65536)

        with server(pour) as (port, _):
            assert refused(port) == "large"

    def test_unpacks_nothing(self):
        bomb = gzip.compress(b"\x00" * 50_000_000)
        with server(said(bomb, "Content-Encoding: gzip")) as (port, _):
            assert refused(port) == "status"

    @pytest.mark.parametrize("where", ["head", "body"])
    def test_waits_no_longer_than_its_time_in_all(self, monkeypatch, where):
        monkeypatch.setattr(fetching, "SECONDS", 0.6)

        def drip(connection):
            head = b"HTTP/1.1 200 OK\r\n\r\n"
            connection.sendall(head if where == "body" else b"HTTP/1.1 200 OK\r\nX: ")
            for _ in range(100):
                connection.sendall(b"x")
                time.sleep(0.05)

        began = time.monotonic()
        with server(drip) as (port, _):
            assert refused(port) == "slow"
        assert time.monotonic() - began < 2

    def test_waits_no_longer_for_a_name(self, monkeypatch):
        monkeypatch.setattr(fetching, "SECONDS", 0.2)
        began = time.monotonic()

        assert refused(1, resolve=lambda _: time.sleep(1) or []) == "slow"
        assert time.monotonic() - began < 1

    def test_a_name_that_stands_for_nothing_is_unreachable(self):
        def unknown(_host):
            raise socket.gaierror

        assert refused(1, resolve=unknown) == "unreachable"


class TestAddresses:
    """Only those of the open internet, whatever leads to them."""

    @pytest.mark.parametrize(
        "address",
        [
            "127.0.0.1", "127.8.8.8", "0.0.0.0", "10.0.0.1", "172.16.0.1", "172.31.255.255",
            "192.168.1.1", "169.254.169.254", "100.64.0.1", "100.127.255.255", "192.0.0.1",
            "192.0.2.1", "198.18.0.1", "198.51.100.1", "203.0.113.1", "224.0.0.1",
            "239.255.255.255", "240.0.0.1", "255.255.255.255", "192.88.99.1",
            "::", "::1", "::ffff:127.0.0.1", "::ffff:93.184.215.14", "::127.0.0.1", "fe80::1",
            "fe80::1%eth0", "fec0::1", "fc00::1", "fd12:3456::1", "ff02::1", "64:ff9b::7f00:1",
            "64:ff9b:1::1", "2001:db8::1", "2001::1", "2002:7f00:1::", "100::1",
        ],
    )  # fmt: skip
    def test_that_are_not_public_are_refused_before_anything_is_sent(self, address):
        with server(said(b"secret")) as (port, asked):
            assert refused(port, resolve=lambda _: [PUBLIC, address]) == "address"
            assert asked == []

    @pytest.mark.parametrize("address", [PUBLIC, "1.1.1.1", "2606:4700:4700::1111"])
    def test_of_public_hosts_are_taken(self, address):
        assert fetching.is_public(address)

    @pytest.mark.parametrize(
        "url",
        [
            "http://site.example/", "ftp://site.example/", "file:///etc/passwd", "", "https://",
            "https:///x", "//site.example/", "https://site.example:8443/", "https://a:b@site.example/",
            "https://site.example@127.0.0.1/", "https://site.example:99999/", "https://[::1/",
            "https://site.example/\r\nHost: other", "https://site.example/a b", "https://sité.example/",
            "https://site.example/\x00", "https://site.example/" + "x" * 2000, "gopher://x/",
        ],
    )  # fmt: skip
    def test_of_other_kinds_are_refused(self, url):
        assert refused(1, url) == "address"

    @pytest.mark.parametrize("host", ["2130706433", "0x7f000001", "0177.0.0.1", "127.1"])
    def test_written_as_numbers_are_checked_as_what_they_mean(self, host):
        with pytest.raises(Unfetched) as refusal:
            Fetcher().fetch(f"https://{host}/")
        assert refusal.value.code in {"address", "unreachable"}

    @pytest.mark.parametrize("to", ["https://inside.example/", "http://site.example/", "file:///x"])
    def test_are_checked_anew_at_each_redirect(self, to):
        at = {"site.example": [PUBLIC], "inside.example": ["10.0.0.7"]}
        with server(going_to(to), said(b"secret")) as (port, asked):
            assert refused(port, resolve=at.__getitem__) == "address"
            assert len(asked) == 1

    def test_cannot_change_between_the_check_and_the_connection(self):
        answers, dialed = iter([[PUBLIC], ["127.0.0.1"]]), []
        with server(said(b"x")) as (port, _):
            real = fetcher(port, resolve=lambda _: next(answers))

            def dial(address, host, deadline):
                dialed.append(address)
                return real.dial(address, host, deadline)

            Fetcher(resolve=real.resolve, dial=dial).fetch(URL)
        assert dialed == [PUBLIC]

    def test_another_address_of_the_host_is_tried_where_one_does_not_answer(self):
        def dial(address, _host, _deadline):
            if address == PUBLIC:
                raise ConnectionRefusedError
            return socket.create_connection(("127.0.0.1", port))

        with server(said(b"x")) as (port, _):
            found = Fetcher(resolve=lambda _: [PUBLIC, "1.1.1.1"], dial=dial).fetch(URL)
        assert found.body == b"x"


class TestDialing:
    """The host has to prove its name."""

    @pytest.fixture
    def certificate(self, tmp_path):
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "site.example")])
        today = datetime.now(UTC)
        signed = (
            x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
            .not_valid_before(today - timedelta(days=1))
            .not_valid_after(today + timedelta(days=1))
            .add_extension(x509.SubjectAlternativeName([x509.DNSName("site.example")]), False)
            .sign(key, hashes.SHA256())
        )
        file = tmp_path / "both.pem"
        plain = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        pem = serialization.Encoding.PEM
        file.write_bytes(key.private_bytes(pem, *plain) + signed.public_bytes(pem))
        return file

    @pytest.mark.parametrize(("host", "proves"), [("site.example", True), ("other.example", False)])
    def test_a_certificate_of_another_name_is_refused(self, monkeypatch, certificate, host, proves):
        trusting = ssl.create_default_context(cafile=str(certificate))
        monkeypatch.setattr(fetching.ssl, "create_default_context", lambda: trusting)
        its = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        its.load_cert_chain(certificate)
        names = []
        its.sni_callback = lambda _socket, name, _context: names.append(name)
        listening = socket.create_server(("127.0.0.1", 0))

        def serve():
            connection, _ = listening.accept()
            try:
                its.wrap_socket(connection, server_side=True).close()
            except OSError:
                connection.close()

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        where = ("127.0.0.1", host, time.monotonic() + 5, listening.getsockname()[1])
        if proves:
            fetching.dial(*where).close()
        else:
            with pytest.raises(ssl.SSLCertVerificationError):
                fetching.dial(*where)
        thread.join()
        listening.close()
        assert names == [host]
