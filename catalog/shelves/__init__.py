"""The fast way to read: one statement a page, compiled once, rows instead of objects."""
