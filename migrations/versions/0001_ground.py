"""The ground: every table of the first sale."""

from alembic import op

import migrations
from migrations import triggers_0001

revision = "0001"
down_revision = None


def upgrade() -> None:
    migrations.metadata().create_all(op.get_bind())
    triggers_0001.create(op.get_bind())


def downgrade() -> None:
    triggers_0001.drop(op.get_bind())
    migrations.metadata().drop_all(op.get_bind())
