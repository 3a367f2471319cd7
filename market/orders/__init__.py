"""What was agreed between buyers and sellers, and how far it has come."""

from market.orders import moving, placing, queries
from market.orders.models import Fulfilment, LineKind, Order, OrderGroup, OrderLine, Rail, State
from market.orders.moving import OFF, WrongState, confirm, cutoffs, move, note_step, state_at
from market.orders.placing import Buyer, Line, NewOrder, OrderPlaced, Part, Rate, Terms
