"""Photos and recordings of goods and visits: judged by their content before they are kept."""

from catalog.media.cleaning import WIDTHS, CleanPhoto, clean, file_of
from catalog.media.photos import attach, forget_files, hush, photos_of, place, remove, say
from catalog.media.sound import MEDIA_TYPES, Recording, listen, note_file
