"""What was agreed between buyers and sellers, and how far it has come."""

from market.orders import queries
from market.orders.complaining import NothingSaid, complain, complaints
from market.orders.drafts import Buyer, Line, Part, Terms
from market.orders.events import OrderMoved, OrderPlaced
from market.orders.handling import confirm, pack
from market.orders.models import Fulfilment, LineKind, Rail, State
from market.orders.moving import WrongState, move, state_at
from market.orders.placing import claim, place_group, place_order

__all__ = [
    "Buyer",
    "Fulfilment",
    "Line",
    "LineKind",
    "NothingSaid",
    "OrderMoved",
    "OrderPlaced",
    "Part",
    "Rail",
    "State",
    "Terms",
    "WrongState",
    "claim",
    "complain",
    "complaints",
    "confirm",
    "move",
    "pack",
    "place_group",
    "place_order",
    "queries",
    "state_at",
]
