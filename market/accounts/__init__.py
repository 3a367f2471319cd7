"""People, organisations, membership, mandates, devices and signing in."""

from market.accounts.actors import NOBODY, SYSTEM, Actor, Role

__all__ = ["NOBODY", "SYSTEM", "Actor", "Role"]
