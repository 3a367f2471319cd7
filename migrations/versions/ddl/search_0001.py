"""The full-text index from 0001 on: FTS5 on SQLite, an inverted index on PostgreSQL."""

from sqlalchemy import Connection

from market import portable


def create(connection: Connection) -> None:
    """Make the index, empty."""
    portable.ddl(
        connection,
        sqlite="CREATE VIRTUAL TABLE search_index USING fts5("
        "tokens, content='', columnsize=0, detail=none, tokenize='ascii')",
        postgresql="CREATE INDEX search_index_tokens ON search_document"
        " USING gin (array_to_tsvector(string_to_array(tokens, ' ')))",
    )


def drop(connection: Connection) -> None:
    """Remove the index."""
    portable.ddl(
        connection,
        sqlite="DROP TABLE search_index",
        postgresql="DROP INDEX search_index_tokens",
    )
