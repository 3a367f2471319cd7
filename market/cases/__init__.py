"""Cases (hồ sơ): whatever waits for somebody's decision goes one and the same way."""

from market.cases.deciding import (
    AlreadyDecided,
    AlreadyOpen,
    AlreadyVerified,
    ConsentMissing,
    Consequence,
    OwnCase,
    ask_verification,
    attach,
    decide,
    due_after,
    open_case,
    read,
    seller_verified,
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
from market.cases.queries import get, open_about, page
