"""People, organisations, membership, mandates, devices and signing in."""

from market.accounts.actors import NOBODY, SYSTEM, Actor, Role
from market.accounts.authenticating import (
    OutOfScope,
    act_for,
    actor_of_person,
    actor_of_token,
    require_scope,
)
from market.accounts.destinations import ForeignPhone, email, phone
from market.accounts.models import (
    Membership,
    MembershipState,
    Organisation,
    OrganisationKind,
    PaymentMode,
    Person,
    Scope,
)
from market.accounts.organisations import all_organisations, verify
from market.accounts.signing_in import CodeGone, SignInCodeAsked, WrongCode, ask_code, sign_in
from market.accounts.tokens import (
    PersonBanned,
    TokenInvalid,
    TokenReused,
    Tokens,
    issue_tokens,
    refresh,
    sign_out,
)
