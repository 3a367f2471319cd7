"""Cases (hồ sơ): whatever waits for somebody's decision goes one and the same way."""

from market.cases import deciding, mandating
from market.cases.deciding import AlreadyOpen, ask_verification, attach, decide, open_case, withdraw
from market.cases.mandating import ask_mandate, end_mandate, mandate, mandates
from market.cases.models import CaseKind, CaseState
from market.cases.queries import get, open_about, page
