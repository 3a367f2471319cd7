"""Cases (hồ sơ): whatever waits for somebody's decision goes one and the same way."""

from market.cases import deciding, mandating
from market.cases.deciding import (
    AlreadyOpen,
    ask_verification,
    attach,
    decide,
    get,
    open_about,
    open_case,
    page,
    withdraw,
)
from market.cases.mandating import ask_mandate, end_mandate, mandate, mandates
from market.cases.models import Case, CaseKind, CaseState
