"""What people wrote about their things, in which language and by whose hand."""

from market.texts.models import Origin
from market.texts.passages import BlankText, Passage, Texts, every, read, write
