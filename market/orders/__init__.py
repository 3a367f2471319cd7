"""What was agreed between buyers and sellers, and how far it has come."""

from market.orders import queries
from market.orders.models import Fulfilment, LineKind, Order, OrderGroup, OrderLine, Rail, State
from market.orders.moving import (
    CLOSED,
    NothingSaid,
    OrderMoved,
    WrongState,
    complain,
    complaints,
    confirm,
    move,
    state_at,
)
from market.orders.placing import (
    Buyer,
    IdTaken,
    Line,
    NewOrder,
    OrderPlaced,
    Part,
    Rate,
    Terms,
    draft,
    open_group,
)
