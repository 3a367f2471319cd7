"""What changes hands: the flows where goods and money meet."""

from payments.models import Dispute, DisputeState, Payment, Refund, RefundState
