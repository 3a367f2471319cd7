"""Farms, boats, hosts and cooperatives; where they deliver, and where goods are fetched."""

from api import caching, context, fields
from api.v1.me import NAME_MAX
from api.v1.resources import UUID, Created, Facts, Resources, Rows, acting, asking, created, g
from api.v1.roles import DECIDERS, EVERYBODY, GUESTS_TOO, SELLERS, SIGNED_IN
from catalog import delivering, zoning
from market.accounts import Organisation, OrganisationKind, destinations, models, organisations
from market.db import columns_of

blp = Resources("organisations", __name__, description="Farms, boats, hosts and cooperatives.")
delivery = Resources("delivery", __name__, description="Zones, and points to fetch goods at.")

ONE = "/organisations/<uuid:organisation_id>"
ZONES, POINTS = f"{ONE}/delivery-zones", f"{ONE}/pickup-points"
UNIT_CODE = r"[0-9]{5}"
PHONE_MAX, ADDRESS_MAX = 20, 200
OWN = ("payment_mode", "phone", "address")
_FROM_TO = fields.ListOf(fields.Text(most=5), least=2, most=2)
NO_BANK: Facts = dict.fromkeys(("bank_bin", "bank_account", "bank_holder"))


class BankSchema(fields.Schema):
    """An account that can receive transfers; the bank by its NAPAS BIN."""

    bin = fields.Text(most=6, least=6, pattern=r"[0-9]{6}", required=True, attribute="bank_bin")
    account = fields.Text(
        most=19, least=4, pattern=r"[0-9A-Z]{4,19}", required=True, attribute="bank_account"
    )
    holder = fields.Text(most=80, least=2, required=True, attribute="bank_holder")


class OrganisationIn(fields.Identified):
    """A new organisation; `id` may be made by the caller."""

    kind = fields.Choice(OrganisationKind, required=True)
    name = fields.Text(most=NAME_MAX, least=2, required=True)
    unit_code = fields.Text(most=5, least=5, pattern=UNIT_CODE, required=True)


class OrganisationChange(fields.Schema):
    """What its people change; what is left out stays, `bank: null` takes the account away.

    It is closed on the days from one to the other, both counted, and sells no goods then.
    """

    name = fields.Text(most=NAME_MAX, least=2)
    unit_code = fields.Text(most=5, least=5, pattern=UNIT_CODE)
    phone = fields.Text(most=PHONE_MAX, least=3, allow_none=True)
    address = fields.Text(most=ADDRESS_MAX, least=2, allow_none=True)
    payment_mode = fields.Choice(models.PaymentMode)
    approves_changes = fields.Flag()
    bank = fields.Nested(BankSchema, allow_none=True)
    closed_from = fields.DayField(allow_none=True)
    closed_until = fields.DayField(allow_none=True)


class OrganisationOut(fields.Identified):
    """An organisation; its own people also see how it is paid, called and found."""

    kind = fields.Choice(OrganisationKind)
    name = fields.String()
    unit_code = fields.String()
    verified_at = fields.Instant(allow_none=True)
    created_at = fields.Instant()
    phone = fields.String(allow_none=True)
    address = fields.String(allow_none=True)
    payment_mode = fields.Choice(models.PaymentMode, allow_none=True)
    approves_changes = fields.Flag()
    bank = fields.Nested(BankSchema, allow_none=True)
    closed_from = fields.DayField(allow_none=True)
    closed_until = fields.DayField(allow_none=True)
    version = fields.Integer()


class OrganisationsQuery(fields.PageQuery):
    """Which organisations."""

    mine = fields.Flag(load_default=False)
    kind = fields.Choice(OrganisationKind, load_default=None)


@blp.pages("/organisations", GUESTS_TOO, OrganisationOut, query=OrganisationsQuery)
def page(query: Facts) -> Rows:
    """The verified ones and one's own, newest first."""
    return [_row(each) for each in organisations.page(**asking(), **query)]


@blp.post("/organisations", SIGNED_IN, OrganisationOut, takes=OrganisationIn)
def found(body: Facts) -> Created:
    """Found one, and take its deciding post."""
    founded = organisations.found(**acting(), organisation=Organisation(**body))
    return created(_shown(founded, own=True), "organisations.one", organisation_id=founded.id)


@blp.get(ONE, GUESTS_TOO, OrganisationOut)
def one(organisation_id: UUID) -> Facts:
    """What is known of it."""
    return _shown(organisations.get(**asking(), organisation_id=organisation_id))


@blp.patch(ONE, DECIDERS, OrganisationOut, takes=OrganisationChange)
def edit(body: Facts, organisation_id: UUID) -> Facts:
    """Change it, as one of those who decide for it."""
    found = organisations.get(**asking(), organisation_id=organisation_id)
    which: Facts = {"organisation_id": organisation_id, "version": caching.expect_match(found)}
    custody = context.settings().custody_account
    changes = _columns(body)
    return _shown(organisations.edit(**acting(), **which, changes=changes, custody_account=custody))


def _columns(body: Facts) -> Facts:
    """The body with its bank account spread out; no account is three empty columns."""
    changes = dict(body)
    if changes.get("phone"):
        changes["phone"] = destinations.phone(changes["phone"])
    if "bank" in changes:
        changes |= changes.pop("bank") or NO_BANK
    return changes


def _shown(organisation: Organisation, *, own: bool = False) -> Facts:
    return _row(caching.versioned(organisation), own=own)


def _row(organisation: Organisation, *, own: bool = False) -> Facts:
    own = own or organisations.may_see_bank_account(g.actor, organisation.id)
    return columns_of(organisation) | {
        **{name: getattr(organisation, name) if own else None for name in OWN},
        "bank": organisation if own and organisation.bank_account else None,
    }


class ZoneSchema(fields.Schema):
    """A unit, what delivery there costs, and whether goods stay cold on the way."""

    makes = delivering.Zone
    unit_code = fields.Text(most=5, least=5, pattern=UNIT_CODE, required=True)
    fee = fields.MoneyField(required=True)
    cooled = fields.Flag(load_default=False)


class ZonesSchema(fields.Schema):
    """All units that a seller delivers to; none is everywhere, for the market's fee."""

    items = fields.ListOf(fields.Nested(ZoneSchema), most=200, required=True)


class PointSchema(fields.Schema):
    """Where goods are fetched; `hours` by weekday from 1, Monday: its begin and its end."""

    id = fields.Identifier(dump_only=True)
    name = fields.Text(most=100, least=2, required=True)
    unit_code = fields.Text(most=5, least=5, pattern=UNIT_CODE, required=True)
    address = fields.Text(most=ADDRESS_MAX, least=2, required=True)
    hours = fields.Dict(fields.Choice(tuple(zoning.WEEK)), _FROM_TO, required=True)


@delivery.get(ZONES, EVERYBODY, ZonesSchema)
def zones(organisation_id: UUID) -> Facts:
    """Where the seller delivers."""
    found = delivering.zones_of(g.session, seller_ids=[organisation_id])
    return {"items": list(found[organisation_id].values())}


@delivery.post(ZONES, SELLERS, ZonesSchema, takes=ZonesSchema, status=200)
def set_zones(body: Facts, organisation_id: UUID) -> Facts:
    """Deliver to these units and no others."""
    zoning.set_zones(**acting(), seller_id=organisation_id, zones=body["items"])
    return body


@delivery.get(POINTS, EVERYBODY, PointSchema(many=True))
def points(organisation_id: UUID) -> Rows:
    """Where the seller's goods are fetched."""
    return delivering.points_of(g.session, seller_ids=[organisation_id])


@delivery.post(POINTS, SELLERS, PointSchema, takes=PointSchema)
def open_point(body: Facts, organisation_id: UUID) -> Created:
    """Hand goods out at one more place."""
    point = zoning.open_point(**acting(), seller_id=organisation_id, **body)
    return created(point, "delivery.points", organisation_id=organisation_id)


@delivery.delete(f"{POINTS}/<uuid:point_id>", SELLERS)
def close_point(organisation_id: UUID, point_id: UUID) -> None:
    """Hand nothing more out there; what was promised stays."""
    zoning.close_point(**acting(), seller_id=organisation_id, point_id=point_id)
