"""DDL of the versions that is too long to stand in them; like them it is never changed."""
