"""What people are told, in their inbox and on their phone."""

from market.notifications.carriers import DemoOutbox, carriers, deliver, send_code
from market.notifications.telling import (
    NoticeMade,
    bank_account_changed,
    inbox,
    mark_all_read,
    mark_read,
    membership_decided,
    membership_requested,
    tell,
    tell_deciders,
    unread,
)
