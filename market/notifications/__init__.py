"""What people are told, in their inbox and on their phone."""

from market.notifications import telling
from market.notifications.carriers import DemoOutbox, carriers, deliver, send_code
from market.notifications.telling import NoticeMade, inbox, mark_read, tell, tell_deciders, unread
