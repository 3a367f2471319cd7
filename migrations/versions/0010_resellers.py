"""Resellers: their keys, their net prices, and what they booked."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Forward."""
    op.add_column("rate_rule", sa.Column("reseller_id", sa.Uuid(), nullable=True))
    op.create_table(
        "reseller_key",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("made_by", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("notice_minutes", sa.BigInteger(), nullable=False),
        sa.Column("window_days", sa.BigInteger(), nullable=False),
        sa.Column("hold_minutes", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["made_by"], ["person.id"], name=op.f("fk_reseller_key_made_by")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_reseller_key_organisation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reseller_key")),
        sa.UniqueConstraint("hash", name=op.f("uq_reseller_key_hash")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_reseller_key_organisation_id", "reseller_key", ["organisation_id"])
    op.create_table(
        "reseller_booking",
        sa.Column("reseller_id", sa.Uuid(), nullable=False),
        sa.Column("uuid", sa.Uuid(), nullable=False),
        sa.Column("body_hash", sa.LargeBinary(), nullable=False),
        sa.Column("is_test", sa.Boolean(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=True),
        sa.Column("departure_id", sa.Uuid(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("items", sa.Text(), nullable=False),
        sa.Column("contact", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=True),
        sa.Column("notes", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cancelled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("forgotten_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["departure_id"], ["departure.id"], name=op.f("fk_reseller_booking_departure_id")
        ),
        sa.ForeignKeyConstraint(
            ["order_id"], ["order_.id"], name=op.f("fk_reseller_booking_order_id")
        ),
        sa.ForeignKeyConstraint(
            ["reseller_id"], ["organisation.id"], name=op.f("fk_reseller_booking_reseller_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reseller_booking")),
        sa.UniqueConstraint("code", name=op.f("uq_reseller_booking_code")),
        sa.UniqueConstraint(
            "reseller_id", "uuid", name=op.f("uq_reseller_booking_reseller_id_uuid")
        ),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_reseller_booking_order_id", "reseller_booking", ["order_id"])
    reference, starts = ["reseller_id", "reference"], ["reseller_id", "starts_at"]
    op.create_index("ix_reseller_booking_reference", "reseller_booking", reference)
    op.create_index("ix_reseller_booking_starts_at", "reseller_booking", starts)


def downgrade() -> None:
    """Back."""
    op.drop_table("reseller_booking")
    op.drop_table("reseller_key")
    op.drop_column("rate_rule", "reseller_id")
