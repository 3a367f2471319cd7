"""What changes hands: the flows where goods and money meet."""
