"""What people are told, in their inbox and on their phone."""

from market.notifications.carriers import DemoOutbox, HttpSms, SmtpMail, Undelivered, carriers
from market.notifications.sending import deliver, send_code
from market.notifications.subscribers import (
    bank_account_changed,
    membership_decided,
    membership_requested,
)
from market.notifications.telling import (
    NoticeMade,
    inbox,
    mark_all_read,
    mark_read,
    tell,
    tell_deciders,
    unread,
)
