"""Cases (hồ sơ): whatever waits for somebody's decision goes one and the same way."""

from market.cases.deciding import (
    AlreadyDecided,
    AlreadyOpen,
    ConsentMissing,
    Consequence,
    OwnCase,
    decide,
    due_after,
    open_case,
    withdraw,
)
from market.cases.mandating import (
    NotRepresentable,
    ask_mandate,
    end_mandate,
    mandate,
    mandate_decided,
    mandates,
)
from market.cases.models import CaseKind, CaseState
from market.cases.papers import NotAPaper, TooManyPapers, attach, read
from market.cases.queries import get, open_about, page
from market.cases.verifying import AlreadyVerified, ask_verification, seller_verified
