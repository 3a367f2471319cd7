"""The demo world in one place: real products, seasons, prices, marks and places; invented people."""

from api.simulation.facts_goods import GOODS, MARKS
from api.simulation.facts_people import (
    BUYERS,
    CAST,
    COMPLAINT,
    COOPERATIVES,
    EXAMPLES,
    NEW_FARM,
    PEOPLE,
    SELLERS,
    SHORT_WEIGHT,
)
from api.simulation.facts_shapes import (
    BuyerFacts,
    CooperativeFacts,
    GoodsFacts,
    MarkFacts,
    PersonFacts,
    SellerFacts,
    VisitFacts,
    Words,
)
from api.simulation.facts_visits import VISITS

__all__ = [
    "BUYERS",
    "CAST",
    "COMPLAINT",
    "COOPERATIVES",
    "EXAMPLES",
    "GOODS",
    "MARKS",
    "NEW_FARM",
    "PEOPLE",
    "SELLERS",
    "SHORT_WEIGHT",
    "VISITS",
    "BuyerFacts",
    "CooperativeFacts",
    "GoodsFacts",
    "MarkFacts",
    "PersonFacts",
    "SellerFacts",
    "VisitFacts",
    "Words",
]
