"""Calendars elsewhere and ours: what is taken is told to the others, and theirs is claimed here."""

from catalog.calendars import syncing
from catalog.calendars.channels import SyncAsked, add, ask_sync, mine, names, own, remove, resources
from catalog.calendars.syncing import RecheckDue, channels_of, collides, put_off, synchronise
