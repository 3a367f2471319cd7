"""What was agreed between buyers and sellers, and how far it has come."""

from market.orders import queries
from market.orders.complaining import NothingSaid, complain, complaints
from market.orders.drafts import Buyer, Line, Part, Terms
from market.orders.events import OrderMoved, OrderPlaced
from market.orders.handling import confirm, pack
from market.orders.models import Fulfilment, LineKind, Rail, State
from market.orders.moving import CLOSED, WrongState, move, state_at
from market.orders.placing import Drafted, Due, IdTaken, NewOrder, draft, open_group
