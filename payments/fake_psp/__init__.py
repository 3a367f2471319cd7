"""The shipped Stripe: it answers the real library in this process, and signs notifications.

What it holds is an SQLite file of its own in the data folder, so that every process sees one
Stripe. `payer` pays and disputes.
"""

from payments.fake_psp import payer
from payments.fake_psp.answering import KEY, http_client
from payments.fake_psp.books import FILE, Refused
