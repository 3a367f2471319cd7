"""What a cooperative's manager asks: sold by day, product and member, and owed to each member."""

from market.reports.sales import MemberRow, SalesRow, owed, owed_to, sales
from market.reports.statements import statement, whose
