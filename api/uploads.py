"""Files that are sent: judged and cleaned before any transaction begins."""

from collections.abc import Iterable
from uuid import uuid4

from werkzeug.datastructures import FileStorage

from api import context
from catalog import media


def photo(file: FileStorage) -> media.CleanPhoto:
    """The photo of a form; refused with a `photo.*` code."""
    return media.clean(file.stream.read(), bytes_max=context.settings().upload_bytes_max)


def for_a_case(photos: Iterable[FileStorage]) -> dict[str, bytes]:
    """What a case shows, under the names that only the case tells."""
    return {f"cases/{uuid4()}.webp": photo(each).images[640] for each in photos}
