"""Files that are kept: in a folder, or in an object store behind the same three verbs."""

import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from time import monotonic
from typing import Any, TypeAlias

from market.config import Settings
from market.errors import Kind, MarketError, NotFound

CONNECT_SECONDS, READ_SECONDS, RETRY_SECONDS = 2, 3, 20


class FilesUnavailable(MarketError, code="files.unavailable", kind=Kind.UNAVAILABLE):
    """The store does not answer; nothing was kept, and trying again later is safe."""


# Immutable files by name (`photos/<id>/640.webp`); keeping the same again is harmless.
Files: TypeAlias = "Folder | ObjectStore"


def files_for(settings: Settings) -> Files:
    """The store that the settings name."""
    return ObjectStore(settings) if settings.s3_bucket else Folder(settings.data / "files")


@contextmanager
def kept(files: Files, contents: Mapping[str, bytes]) -> Iterator[None]:
    """Keep files before the transaction that names them, and forget them again if that fails."""
    done: list[str] = []
    try:
        for name, content in contents.items():
            files.put(name, content)
            done.append(name)
        yield
    except BaseException:
        with suppress(MarketError):
            for name in done:
                files.delete(name)
        raise


@contextmanager
def _reaching() -> Iterator[None]:
    """Let a disk that is full or away be a refusal like any other."""
    try:
        yield
    except OSError as error:
        raise FilesUnavailable(retry_after_seconds=RETRY_SECONDS) from error


class Folder:
    """Files in a folder of this machine, written whole or not at all."""

    def __init__(self, root: Path) -> None:
        self._root = root.resolve()

    @_reaching()
    def put(self, name: str, content: bytes) -> None:
        """Keep the content: written beside, synced, then renamed."""
        path = self._path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as beside:
            try:
                beside.write(content)
                beside.flush()
                os.fsync(beside.fileno())
                Path(beside.name).replace(path)
            except BaseException:
                Path(beside.name).unlink(missing_ok=True)
                raise

    @_reaching()
    def get(self, name: str) -> bytes:
        """The content; raises NotFound."""
        with suppress(FileNotFoundError, IsADirectoryError, NotADirectoryError):
            return self._path(name).read_bytes()
        raise NotFound(what="file")

    @_reaching()
    def delete(self, name: str) -> None:
        """Forget the name, known or not."""
        path = self._path(name)
        path.unlink(missing_ok=True)
        with suppress(OSError):  # others are in it still, or it was never there
            path.parent.rmdir()

    def _path(self, name: str) -> Path:
        if "\0" in name:
            raise NotFound(what="file")
        path = (self._root / name).resolve()
        if self._root not in path.parents:
            raise NotFound(what="file")
        return path


class ObjectStore:
    """Files in an S3 bucket; a store that does not answer is left alone for a while."""

    def __init__(self, settings: Settings) -> None:
        import boto3
        from botocore.config import Config

        self._bucket = settings.s3_bucket
        self._away_until = 0.0
        self._client: Any = boto3.client(
            "s3",
            endpoint_url=settings.s3_url or None,
            region_name=settings.s3_region,
            aws_access_key_id=settings.s3_key,
            aws_secret_access_key=settings.s3_secret,
            config=Config(
                connect_timeout=CONNECT_SECONDS,
                read_timeout=READ_SECONDS,
                retries={"mode": "standard", "total_max_attempts": 2},
                s3={"addressing_style": "path" if settings.s3_url else "auto"},
                request_checksum_calculation="when_required",  # other makers' stores know none
                response_checksum_validation="when_required",
            ),
        )

    def put(self, name: str, content: bytes) -> None:
        """Keep the content under the name."""
        self._ask("put_object", Key=name, Body=content)

    def get(self, name: str) -> bytes:
        """The content; raises NotFound."""
        return bytes(self._ask("get_object", Key=name))

    def delete(self, name: str) -> None:
        """Forget the name, known or not."""
        self._ask("delete_object", Key=name)

    def _ask(self, verb: str, **what: Any) -> bytes:
        from botocore.exceptions import BotoCoreError, ClientError

        if monotonic() < self._away_until:
            raise FilesUnavailable(retry_after_seconds=RETRY_SECONDS)
        try:
            answer = getattr(self._client, verb)(Bucket=self._bucket, **what)
            return answer["Body"].read() if "Body" in answer else b""
        except self._client.exceptions.NoSuchKey:
            raise NotFound(what="file") from None
        except (BotoCoreError, ClientError) as error:
            if isinstance(error, BotoCoreError):  # no answer at all; what it refuses is no outage
                self._away_until = monotonic() + RETRY_SECONDS
            raise FilesUnavailable(retry_after_seconds=RETRY_SECONDS) from error
