"""People, organisations, membership, mandates, devices and signing in."""

from market.accounts.authenticating import OutOfScope, act_for, actor_of_person, require_scope
from market.accounts.destinations import ForeignPhone, email, phone
from market.accounts.devices import TokenInvalid, Tokens, issue_tokens, refresh, sign_out
from market.accounts.models import CooperativeMember, Organisation, OrganisationKind, Person, Scope
from market.accounts.organisations import all_organisations, verify
from market.accounts.people import CodeGone, SignInCodeAsked, WrongCode, ask_code, sign_in
from market.actors import NOBODY, SYSTEM, Actor, Role, require_administrator
