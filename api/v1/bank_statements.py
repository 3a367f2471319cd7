"""Bank statements: what an account received, taken in line by line and never guessed at."""

from sqlalchemy import select

from api import context, fields, requests
from api.v1.resources import STAFF, UUID, Facts, Resources, Role, Rows, acting, asking, g
from api.v1.sale_shapes import PayIn, SentBackOut
from market import MINOR_MAX, clock, newest_first
from payments import bank_gateway, bank_transfer, feeds, refunding
from payments.models import BankLine, BankLineState, Payment, PaymentState, Refund

blp = Resources("bank-statements", __name__, description="Credits as banks tell them.")

LINE = "/bank-lines/<uuid:line_id>"
TELLERS = (Role.ADMINISTRATOR, Role.SELLER, Role.HOST)


class StatementQuery(fields.Query):
    """Whose statement it is."""

    account = fields.Text(most=19, pattern="[0-9A-Za-z]+", required=True)


class LineStateOut(fields.Schema):
    """What became of one line."""

    reference = fields.Text(most=64, attribute="line.reference")
    amount_minor = fields.Integer(least=-MINOR_MAX, attribute="line.amount_minor")
    state = fields.Choice(BankLineState)
    duplicate = fields.Flag()


class StatementOut(fields.Schema):
    """What became of each credit."""

    items = fields.ListOf(fields.Nested(LineStateOut), most=feeds.ROWS_MAX)


Which = fields.PageQuery.from_dict({"state": fields.Choice(BankLineState, load_default=None)})


class BankLineOut(fields.Identified):
    """A line as the bank told it, below zero where money went out, and who the other side is."""

    account = fields.Text(most=19)
    reference = fields.Text(most=64)
    booked_at = fields.Instant()
    amount_minor = fields.Integer(least=-MINOR_MAX)
    text = fields.Text(most=500)
    state = fields.Choice(BankLineState)
    applied_minor = fields.Integer(least=-MINOR_MAX)
    payer_bin = fields.Text(most=20, allow_none=True)
    payer_account = fields.Text(most=30, allow_none=True)
    payer_name = fields.Text(most=100, allow_none=True)


class AllocationOut(fields.Identified):
    """The payment, now made."""

    state = fields.Choice(PaymentState)


@blp.pages("/bank-statements", TELLERS, BankLineOut, query=Which, key=("recorded_at", "id"))
def lines(query: Facts) -> Rows:
    """Lines, the newest first, all or one's own; those not matched wait for a person."""
    lines, state = select(BankLine), query.pop("state")
    if not g.actor.has(Role.ADMINISTRATOR):
        lines = lines.where(BankLine.holder_id.in_(g.actor.managed_ids))
    if state:
        lines = lines.where(BankLine.state == state)
    return newest_first(g.session, lines, BankLine.recorded_at, BankLine.id, **query)


@blp.post("/bank-statements", TELLERS, StatementOut)
@requests.raw_body
@blp.doc(requestBody={"content": {"text/csv": {"schema": {"type": "string"}}}})
@blp.arguments(StatementQuery, location="query")
def take_in(query: Facts) -> Facts:
    """Take a CSV statement in; lines that came before are told as duplicates."""
    lines = feeds.parse_csv(requests.body_of(), **query)
    custody = context.settings().custody_account
    teller = bank_transfer.teller_of(**asking(), **query, custody_account=custody)
    received = bank_transfer.receive(**acting(), lines=lines, teller=teller)
    if teller.told_for is None:
        bank_gateway.compare(g.session, lines=lines, account=custody, now=clock.now())
    return {"items": received}


@blp.post(f"{LINE}/allocation", (Role.ADMINISTRATOR,), AllocationOut, takes=PayIn)
def allocate(body: Facts, line_id: UUID) -> Payment:
    """Let it pay an awaited payment, whose missing amount it has to be to the đồng."""
    return bank_transfer.allocate(**acting(), line_id=line_id, **body)


@blp.post(f"{LINE}/refund", STAFF, SentBackOut)
def give_back(line_id: UUID) -> Refund:
    """Have it sent back to its payer, when a second person has let it go."""
    return refunding.give_back_line(**acting(), line_id=line_id)
