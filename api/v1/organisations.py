"""Farms, boats, hosts and cooperatives."""

from typing import Any
from uuid import UUID

from api import caching, context, paging
from api.fields import Choice, Flag, Identifier, Instant, Integer, PageQuery, Schema, Text, page_of
from api.v1.people_shapes import DECIDERS, NAME_MAX, last_id
from api.v1.resources import Blueprint, MethodView, acting, allowed, asking, g, ma, url_for
from market.accounts import Role, destinations, organisations
from market.accounts.models import Organisation, OrganisationKind, PaymentMode
from market.db import columns_of

blp = Blueprint("organisations", __name__, description="Farms, boats, hosts and cooperatives.")

UNIT_CODE = r"[0-9]{5}"
PHONE_MAX, ADDRESS_MAX = 20, 200
OWN = ("payment_mode", "phone", "address")
BANK_FIELDS = {"bin": "bank_bin", "account": "bank_account", "holder": "bank_holder"}


class BankSchema(Schema):
    """An account that can receive transfers; the bank by its NAPAS BIN."""

    bin = Text(most=6, least=6, pattern=r"[0-9]{6}", required=True)
    account = Text(most=19, least=4, pattern=r"[0-9A-Z]{4,19}", required=True)
    holder = Text(most=80, least=2, required=True)


class OrganisationIn(Schema):
    """A new organisation; `id` may be made by the caller."""

    id = Identifier()
    kind = Choice(OrganisationKind, required=True)
    name = Text(most=NAME_MAX, least=2, required=True)
    unit_code = Text(most=5, least=5, pattern=UNIT_CODE, required=True)


class OrganisationChange(Schema):
    """What its people change; what is left out stays, `bank: null` takes the account away."""

    name = Text(most=NAME_MAX, least=2)
    unit_code = Text(most=5, least=5, pattern=UNIT_CODE)
    phone = Text(most=PHONE_MAX, least=3, allow_none=True)
    address = Text(most=ADDRESS_MAX, least=2, allow_none=True)
    payment_mode = Choice(PaymentMode)
    bank = ma.fields.Nested(BankSchema, allow_none=True)


class OrganisationOut(Schema):
    """An organisation; its own people also see how it is paid, called and found."""

    id = ma.fields.UUID()
    kind = Choice(OrganisationKind)
    name = ma.fields.String()
    unit_code = ma.fields.String()
    verified_at = Instant(allow_none=True)
    created_at = Instant()
    phone = ma.fields.String(allow_none=True)
    address = ma.fields.String(allow_none=True)
    payment_mode = Choice(PaymentMode, allow_none=True)
    bank = ma.fields.Nested(BankSchema, allow_none=True)
    version = Integer()


class OrganisationsQuery(PageQuery):
    """Which organisations."""

    mine = Flag(load_default=False)
    kind = Choice(OrganisationKind, load_default=None)


@blp.route("/organisations")
class Organisations(MethodView):
    """Organisations."""

    @allowed(Role.NOBODY, Role.BUYER)
    @blp.arguments(OrganisationsQuery, location="query")
    @blp.response(200, page_of(OrganisationOut, "organisations", name="OrganisationsOut", most=100))
    def get(self, query: dict[str, Any]) -> dict[str, Any]:
        """The verified ones and one's own, newest first."""
        which = {name: query[name] for name in ("mine", "kind", "limit")}
        found = organisations.page(**asking(), after=last_id(query), **which)
        rows = [_shown(each) for each in found]
        return paging.answer(rows, query, "id")

    @allowed(Role.BUYER)
    @blp.arguments(OrganisationIn)
    @blp.response(201, OrganisationOut)
    def post(self, body: dict[str, Any]) -> Any:
        """Found one, and take its deciding post."""
        new_id = body.pop("id", None)
        founded = organisations.found(**acting(), organisation_id=new_id, **body)
        caching.versioned(founded.version)
        location = url_for("organisations.OneOrganisation", organisation_id=founded.id)
        return _shown(founded, own=True), 201, {"Location": location}


@blp.route("/organisations/<uuid:organisation_id>")
class OneOrganisation(MethodView):
    """An organisation."""

    @allowed(Role.NOBODY, Role.BUYER)
    @blp.response(200, OrganisationOut)
    def get(self, organisation_id: UUID) -> dict[str, Any]:
        """What is known of it."""
        found = organisations.get(**asking(), organisation_id=organisation_id)
        caching.versioned(found.version)
        return _shown(found)

    @allowed(*DECIDERS)
    @blp.arguments(OrganisationChange)
    @blp.response(200, OrganisationOut)
    def patch(self, body: dict[str, Any], organisation_id: UUID) -> dict[str, Any]:
        """Change it, as one of those who decide for it."""
        found = organisations.get(**asking(), organisation_id=organisation_id)
        caching.expect_match(found.version)
        changed = organisations.edit(
            **acting(),
            organisation_id=organisation_id,
            changes=_columns(body),
            version=found.version,
            custody_account=context.settings().custody_account,
        )
        caching.versioned(changed.version)
        return _shown(changed)


def _columns(body: dict[str, Any]) -> dict[str, Any]:
    """The body with its bank account spread out; no account is three empty columns."""
    changes = dict(body)
    if changes.get("phone"):
        changes["phone"] = destinations.phone(changes["phone"])
    if "bank" in changes:
        bank = changes.pop("bank") or {}
        changes |= {column: bank.get(name) for name, column in BANK_FIELDS.items()}
    return changes


def _shown(organisation: Organisation, *, own: bool = False) -> dict[str, Any]:
    own = own or organisations.may_see_bank_account(g.actor, organisation.id)
    bank = {name: getattr(organisation, column) for name, column in BANK_FIELDS.items()}
    return columns_of(organisation) | {
        **{name: getattr(organisation, name) if own else None for name in OWN},
        "bank": bank if own and organisation.bank_account else None,
    }
