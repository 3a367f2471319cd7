"""Goods as farms sell them: by the piece and priced by weight, graded, weighed when packed."""

import sqlalchemy as sa
from alembic import op

from migrations.versions.ddl import triggers_0001

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Forward."""
    op.add_column("listing", sa.Column("grade", sa.Text(), nullable=True))
    op.add_column("listing", sa.Column("piece_grams", sa.BigInteger(), nullable=True))
    op.add_column(
        "listing",
        sa.Column("tolerance_basis_points", sa.BigInteger(), server_default="0", nullable=False),
    )
    op.add_column(
        "order_", sa.Column("weighed_off_minor", sa.BigInteger(), server_default="0", nullable=False)
    )
    op.create_table(
        "weighing",
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("grams", sa.BigInteger(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("weighed_by", sa.Uuid(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("grams > 0 AND amount_minor > 0", name=op.f("ck_weighing_positive")),
        sa.ForeignKeyConstraint(
            ["order_id", "position"],
            ["order_line.order_id", "order_line.position"],
            name=op.f("fk_weighing_order_id_position"),
        ),
        sa.PrimaryKeyConstraint("order_id", "position", name=op.f("pk_weighing")),
        sqlite_with_rowid=False,
    )
    triggers_0001.refuse_changes(op.get_bind(), "weighing")


def downgrade() -> None:
    """Back."""
    op.drop_table("weighing")
    op.drop_column("order_", "weighed_off_minor")
    op.drop_column("listing", "tolerance_basis_points")
    op.drop_column("listing", "piece_grams")
    op.drop_column("listing", "grade")
