"""Search on SQLite: its index follows the table of documents by itself, as on PostgreSQL."""

from alembic import op

from market import portable

revision = "0008"
down_revision = "0007"

ADD = "INSERT INTO search_index (rowid, tokens) VALUES (new.rank_key, new.tokens);"
REMOVE = (
    "INSERT INTO search_index (search_index, rowid, tokens)"
    " VALUES ('delete', old.rank_key, old.tokens);"
)
TRIGGERS = {
    "search_index_add": f"AFTER INSERT ON search_document BEGIN {ADD} END",
    "search_index_remove": f"AFTER DELETE ON search_document BEGIN {REMOVE} END",
    "search_index_change": "AFTER UPDATE ON search_document"
    " WHEN new.rank_key <> old.rank_key OR new.tokens <> old.tokens"
    f" BEGIN {REMOVE} {ADD} END",
}


def upgrade() -> None:
    """Whatever is written to the table is found at once."""
    for name, body in TRIGGERS.items():
        portable.ddl(op.get_bind(), sqlite=f"CREATE TRIGGER {name} {body}")


def downgrade() -> None:
    """Whoever writes to the table tells the index."""
    for name in TRIGGERS:
        portable.ddl(op.get_bind(), sqlite=f"DROP TRIGGER {name}")
