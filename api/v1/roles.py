"""For whom operations are, in the words of many of them."""

from market.accounts import Role

EVERYBODY, SIGNED_IN = (Role.NOBODY,), (Role.BUYER,)
GUESTS_TOO = (*EVERYBODY, *SIGNED_IN)
STAFF = (Role.MODERATOR, Role.ADMINISTRATOR)
SELLERS = (Role.SELLER, Role.HOST, Role.AGENT)
DECIDERS = (Role.SELLER, Role.HOST, Role.MANAGER, *STAFF)
