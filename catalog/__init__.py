"""What is for sale: categories, listings, visits, photos, prices, baskets and search."""
