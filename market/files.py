"""Files that are kept: a folder today, an object store behind the same three verbs tomorrow."""

import os
import tempfile
from pathlib import Path
from typing import Protocol

from market.errors import NotFound


class Files(Protocol):
    """A store of immutable files by name (`photos/<id>/640.webp`)."""

    def put(self, name: str, content: bytes) -> None:
        """Keep the content under the name; keeping the same again is harmless."""

    def get(self, name: str) -> bytes:
        """The content; raises NotFound."""

    def delete(self, name: str) -> None:
        """Forget the name, known or not."""


class Folder:
    """Files in a folder of this machine, written whole or not at all."""

    def __init__(self, root: Path) -> None:
        self._root = root.resolve()

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

    def get(self, name: str) -> bytes:
        """The content; raises NotFound."""
        try:
            return self._path(name).read_bytes()
        except (FileNotFoundError, IsADirectoryError, NotADirectoryError):
            raise NotFound(what="file") from None

    def delete(self, name: str) -> None:
        """Forget the name, known or not."""
        self._path(name).unlink(missing_ok=True)

    def _path(self, name: str) -> Path:
        if "\0" in name:
            raise NotFound(what="file")
        path = (self._root / name).resolve()
        if self._root not in path.parents:
            raise NotFound(what="file")
        return path
