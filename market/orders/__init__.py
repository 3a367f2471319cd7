"""What was agreed between buyers and sellers, and how far it has come."""

from market.orders import queries
from market.orders.complaining import NothingSaid, complain, complaints
from market.orders.drafts import Buyer, Line, Part, Rate, Terms
from market.orders.models import Fulfilment, LineKind, Order, OrderGroup, OrderLine, Rail, State
from market.orders.moving import CLOSED, OrderMoved, WrongState, confirm, move, pack, state_at
from market.orders.placing import Drafted, Due, IdTaken, NewOrder, OrderPlaced, draft, open_group
