"""Captions and placeholders of photos, recordings, and how much of each a seller keeps."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """What is there already counts towards its seller's number, but not towards the bytes."""
    op.add_column("photo", sa.Column("placeholder", sa.Text(), nullable=True))
    op.add_column("photo", sa.Column("caption", sa.Text(), nullable=True))
    op.add_column(
        "photo", sa.Column("size_bytes", sa.BigInteger(), nullable=False, server_default="0")
    )
    op.create_table(
        "audio_note",
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("ending", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("milliseconds", sa.BigInteger(), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("subject_id", name=op.f("pk_audio_note")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "media_use",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("files", sa.BigInteger(), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("files >= 0 AND size_bytes >= 0", name=op.f("ck_media_use_counted")),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_media_use_organisation_id_organisation"),
        ),
        sa.PrimaryKeyConstraint("organisation_id", name=op.f("pk_media_use")),
        sqlite_with_rowid=False,
    )
    op.execute(
        """
        INSERT INTO media_use (organisation_id, files, size_bytes)
        SELECT offer.seller_id, count(*), 0
        FROM photo JOIN (
          SELECT id, seller_id FROM listing UNION ALL SELECT id, seller_id FROM experience
        ) AS offer ON offer.id = photo.subject_id
        GROUP BY offer.seller_id
        """
    )


def downgrade() -> None:
    """Without them again; files that only they named are left in the store."""
    op.drop_table("media_use")
    op.drop_table("audio_note")
    for column in ("size_bytes", "caption", "placeholder"):
        op.drop_column("photo", column)
