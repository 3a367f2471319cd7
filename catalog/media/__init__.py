"""Photos of goods and visits: cleaned before they are kept, kept by what they show."""

from catalog.media.cleaning import (
    WIDTHS,
    Broken,
    CleanPhoto,
    NotAnImage,
    TooLarge,
    TooManyPixels,
    clean,
)
from catalog.media.photos import (
    PHOTOS_MAX,
    PhotoRemoved,
    TooManyPhotos,
    attach,
    file_of,
    forget_files,
    photos_of,
    remove,
)

__all__ = [
    "PHOTOS_MAX",
    "WIDTHS",
    "Broken",
    "CleanPhoto",
    "NotAnImage",
    "PhotoRemoved",
    "TooLarge",
    "TooManyPhotos",
    "TooManyPixels",
    "attach",
    "clean",
    "file_of",
    "forget_files",
    "photos_of",
    "remove",
]
