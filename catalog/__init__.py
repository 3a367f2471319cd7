"""What is for sale: categories, listings, visits, photos, prices, baskets and search."""

from catalog.models import Basket, Departure, Experience, Listing, ListingState, SeatUnit
