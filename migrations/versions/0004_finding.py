"""Search: what it can be narrowed and ordered by, all in one index. The documents are made anew."""

import sqlalchemy as sa
from alembic import op

from market import portable
from migrations.versions.ddl import search_0001

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """The wider table and its index, empty: `market migrate` fills them."""
    search_0001.drop(op.get_bind())
    for name in ("category_code", "seller_id", "unit_code"):
        op.drop_index(f"ix_search_document_{name}", table_name="search_document")
    op.drop_table("search_document")
    op.execute("DELETE FROM search_term")
    _create(
        sa.Column("seller_kind", sa.Text(), nullable=False),
        sa.Column("harvest", sa.Text(), nullable=False),
        sa.Column("name_key", sa.LargeBinary(), nullable=False),
    )
    op.create_index("ix_search_document_price", "search_document", ["price_minor", "rank_key"])
    op.create_index("ix_search_document_name", "search_document", ["name_key", "rank_key"])
    # Words are compared by their bytes, as on SQLite, so that an index finds how they begin.
    for column in ("folded", "term"):
        portable.ddl(
            op.get_bind(),
            postgresql=f'ALTER TABLE search_term ALTER COLUMN {column} TYPE text COLLATE "C"',
        )
    # PostgreSQL keeps the tokens a second time, as it compares them, uncompressed beside the row.
    portable.ddl(
        op.get_bind(),
        sqlite="CREATE VIRTUAL TABLE search_index USING fts5("
        "tokens, content='', columnsize=0, detail=none, tokenize='ascii')",
        postgresql="ALTER TABLE search_document ADD COLUMN search_vector tsvector"
        " GENERATED ALWAYS AS (array_to_tsvector(string_to_array(tokens, ' '))) STORED;"
        "ALTER TABLE search_document ALTER COLUMN search_vector SET STORAGE MAIN;"
        "CREATE INDEX search_index_vector ON search_document USING gin (search_vector)",
    )


def downgrade() -> None:
    """The table of 0001, empty."""
    portable.ddl(op.get_bind(), sqlite="DROP TABLE search_index")
    for column in ("folded", "term"):
        portable.ddl(
            op.get_bind(),
            postgresql=f"ALTER TABLE search_term ALTER COLUMN {column} TYPE text",
        )
    for name in ("name", "price"):
        op.drop_index(f"ix_search_document_{name}", table_name="search_document")
    op.drop_table("search_document")
    op.execute("DELETE FROM search_term")
    _create()
    for name in ("category_code", "seller_id", "unit_code"):
        op.create_index(f"ix_search_document_{name}", "search_document", [name, "rank_key"])
    search_0001.create(op.get_bind())


def _create(*more: "sa.Column[object]") -> None:
    op.create_table(
        "search_document",
        sa.Column("number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("rank", sa.BigInteger(), nullable=False),
        sa.Column(
            "rank_key",
            sa.BigInteger(),
            sa.Computed("rank * 65536 * 65536 + number", persisted=True),
            nullable=False,
        ),
        sa.Column("category_code", sa.Text(), nullable=False),
        sa.Column("unit_code", sa.Text(), nullable=False),
        sa.Column("seller_id", sa.Uuid(), nullable=False),
        sa.Column("price_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("scale", sa.BigInteger(), nullable=False),
        sa.Column("listed_at", sa.DateTime(timezone=True), nullable=False),
        *more,
        sa.Column("tokens", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["seller_id"], ["organisation.id"], name=op.f("fk_search_document_seller_id")
        ),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_search_document")),
        sa.UniqueConstraint("rank_key", name=op.f("uq_search_document_rank_key")),
        sa.UniqueConstraint("subject_id", name=op.f("uq_search_document_subject_id")),
    )
