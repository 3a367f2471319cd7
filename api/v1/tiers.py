"""Dated prices of goods by quantity and group, what goods cost before, and sellers' customers."""

from api import fields
from api.v1.resources import UUID, Created, Facts, Resources, acting, asking, created
from api.v1.roles import EVERYBODY, SELLERS
from api.v1.sale_shapes import PHONE
from catalog import tiers
from catalog.tiers import CUSTOMERS_MAX, HISTORY_MAX, TIERS_MAX, CustomerGroup, Tier
from market.quantity import QUANTITY_MAX

blp = Resources("tiers", __name__, description="Prices by quantity and group of customers.")

PRICES = "/listings/<uuid:listing_id>/prices"
CUSTOMERS = "/organisations/<uuid:organisation_id>/customers"


class TierIn(fields.Schema):
    """A price from a quantity on (10^-scale of the unit) for a group; both days count."""

    group = fields.Choice(CustomerGroup, load_default=CustomerGroup.RETAIL)
    from_quantity = fields.Integer(least=1, most=QUANTITY_MAX, required=True)
    price = fields.MoneyField(least=1, required=True)
    valid_from = fields.DayField(allow_none=True)
    valid_until = fields.DayField(allow_none=True)


class DatedPriceOut(fields.Identified):
    """A price and when it counts; from nought on it is what the listing itself cost."""

    group = fields.Choice(CustomerGroup, attribute="customer_group")
    from_quantity = fields.Integer()
    price = fields.PriceField(attribute="price_minor")
    starts_at = fields.Instant(attribute="valid_from")
    ends_at = fields.Instant(attribute="valid_until", allow_none=True)


class ListingPricesOut(fields.Schema):
    """What counts or will for who asks (for its seller: all), and the listing's own last prices."""

    tiers = fields.ListOf(fields.Nested(DatedPriceOut), most=TIERS_MAX)
    history = fields.ListOf(fields.Nested(DatedPriceOut), most=HISTORY_MAX)


class CustomerIn(fields.Schema):
    """Whoever signs in with the phone; of retail is everybody who is of no other group."""

    phone = fields.Text(most=20, pattern=PHONE, required=True)
    group = fields.Choice(CustomerGroup, required=True)


class CustomerOut(fields.Schema):
    """Who pays the prices of a group."""

    phone = fields.Text(most=20, allow_none=True)
    group = fields.Choice(CustomerGroup, attribute="customer_group")
    set_at = fields.Instant()


CustomersOut = fields.page_of(CustomerOut, "customers", name="CustomersOut", most=CUSTOMERS_MAX)


@blp.get(PRICES, EVERYBODY, ListingPricesOut)
def prices(listing_id: UUID) -> Facts:
    """The dated prices of the goods, and what they cost before."""
    return dict(tiers.told(**acting(), listing_id=listing_id))


@blp.post(PRICES, SELLERS, DatedPriceOut, takes=TierIn)
def set_tier(body: Facts, listing_id: UUID) -> Created:
    """Have one more price count; never for what has been."""
    made = tiers.set_tier(**acting(), listing_id=listing_id, tier=Tier(**body))
    return created(made, "tiers.prices", listing_id=listing_id)


@blp.delete(f"{PRICES}/<uuid:price_id>", SELLERS)
def withdraw_tier(listing_id: UUID, price_id: UUID) -> None:
    """Let a dated price count no more; orders keep what they were made at."""
    tiers.withdraw_tier(**acting(), listing_id=listing_id, price_id=price_id)


@blp.get(CUSTOMERS, SELLERS, CustomersOut)
def customers(organisation_id: UUID) -> Facts:
    """Whom the seller put into a group, the newest first."""
    return {"items": tiers.customers(**asking(), seller_id=organisation_id), "next": None}


@blp.post(CUSTOMERS, SELLERS, CustomersOut, takes=CustomerIn)
def set_group(body: Facts, organisation_id: UUID) -> Facts:
    """Put a buyer into a group, or back to retail."""
    tiers.set_group(**acting(), seller_id=organisation_id, **body)
    return customers(organisation_id)
