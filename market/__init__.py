"""People, places, agreements and the machinery that the marketplace stands on."""
