"""Money: attempts, refunds, disputes, remittances, rates, and reversals in the ledger."""

import sqlalchemy as sa
from alembic import op

from migrations.versions.ddl import triggers_0005

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Forward."""
    op.create_table('provider_cursor',
    sa.Column('provider', sa.Text(), nullable=False),
    sa.Column('until', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('provider', name=op.f('pk_provider_cursor')),
    sqlite_with_rowid=False
    )
    op.create_table('provider_event',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('provider', sa.Text(), nullable=False),
    sa.Column('event_id', sa.Text(), nullable=False),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('reference', sa.Text(), nullable=True),
    sa.Column('received_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_provider_event')),
    sa.UniqueConstraint('provider', 'event_id', name=op.f('uq_provider_event_provider_event_id')),
    sqlite_with_rowid=False
    )
    op.create_table('rate_rule',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('purpose', sa.Text(), nullable=False),
    sa.Column('position', sa.BigInteger(), nullable=False),
    sa.Column('category_code', sa.Text(), nullable=True),
    sa.Column('seller_kind', sa.Text(), nullable=True),
    sa.Column('seller_id', sa.Uuid(), nullable=True),
    sa.Column('cooperative_id', sa.Uuid(), nullable=True),
    sa.Column('basis_points', sa.BigInteger(), nullable=False),
    sa.Column('valid_from', sa.Date(), nullable=False),
    sa.Column('valid_to', sa.Date(), nullable=True),
    sa.Column('law', sa.Text(), nullable=False),
    sa.Column('article', sa.Text(), nullable=False),
    sa.Column('note', sa.Text(), nullable=False),
    sa.Column('entered_by', sa.Uuid(), nullable=True),
    sa.Column('entered_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint('basis_points BETWEEN 0 AND 10000', name=op.f('ck_rate_rule_basis_points')),
    sa.CheckConstraint('valid_to IS NULL OR valid_to >= valid_from', name=op.f('ck_rate_rule_valid')),
    sa.ForeignKeyConstraint(['cooperative_id'], ['organisation.id'], name=op.f('fk_rate_rule_cooperative_id')),
    sa.ForeignKeyConstraint(['entered_by'], ['person.id'], name=op.f('fk_rate_rule_entered_by')),
    sa.ForeignKeyConstraint(['seller_id'], ['organisation.id'], name=op.f('fk_rate_rule_seller_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_rate_rule')),
    sqlite_with_rowid=False
    )
    op.create_index('ix_rate_rule_purpose', 'rate_rule', ['purpose', 'position'], unique=False)
    op.create_table('remittance',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('holder_id', sa.Uuid(), nullable=False),
    sa.Column('memo', sa.Text(), nullable=False),
    sa.Column('amount_minor', sa.BigInteger(), nullable=False),
    sa.Column('received_minor', sa.BigInteger(), nullable=False),
    sa.Column('currency', sa.Text(), nullable=False),
    sa.Column('state', sa.Text(), nullable=False),
    sa.Column('created_by', sa.Uuid(), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('settled_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint('amount_minor > 0', name=op.f('ck_remittance_positive')),
    sa.ForeignKeyConstraint(['created_by'], ['person.id'], name=op.f('fk_remittance_created_by')),
    sa.ForeignKeyConstraint(['holder_id'], ['organisation.id'], name=op.f('fk_remittance_holder_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_remittance')),
    sa.UniqueConstraint('memo', name=op.f('uq_remittance_memo')),
    sqlite_with_rowid=False
    )
    op.create_index('ix_remittance_holder_id', 'remittance', ['holder_id', 'state', 'created_at'], unique=False)
    op.create_table('payment_attempt',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('payment_id', sa.Uuid(), nullable=False),
    sa.Column('provider', sa.Text(), nullable=False),
    sa.Column('reference', sa.Text(), nullable=True),
    sa.Column('state', sa.Text(), nullable=False),
    sa.Column('manual', sa.Boolean(), nullable=False),
    sa.Column('amount_minor', sa.BigInteger(), nullable=False),
    sa.Column('currency', sa.Text(), nullable=False),
    sa.Column('capture_minor', sa.BigInteger(), nullable=True),
    sa.Column('captured_minor', sa.BigInteger(), nullable=False),
    sa.Column('capturable_until', sa.DateTime(timezone=True), nullable=True),
    sa.Column('error', sa.Text(), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('changed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('version', sa.BigInteger(), nullable=False),
    sa.CheckConstraint('captured_minor <= amount_minor', name=op.f('ck_payment_attempt_captured')),
    sa.ForeignKeyConstraint(['payment_id'], ['payment.id'], name=op.f('fk_payment_attempt_payment_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_payment_attempt')),
    sa.UniqueConstraint('provider', 'reference', name=op.f('uq_payment_attempt_provider_reference')),
    sqlite_with_rowid=False
    )
    op.create_index('ix_payment_attempt_changed_at', 'payment_attempt', ['state', 'changed_at'], unique=False)
    op.create_index('uq_payment_attempt_live', 'payment_attempt', ['payment_id'], unique=True, sqlite_where=sa.text("state IN ('submitting', 'unknown', 'awaiting-payer', 'processing', 'authorized')"), postgresql_where=sa.text("state IN ('submitting', 'unknown', 'awaiting-payer', 'processing', 'authorized')"))
    op.create_table('bank_allocation',
    sa.Column('line_id', sa.Uuid(), nullable=False),
    sa.Column('payment_id', sa.Uuid(), nullable=False),
    sa.Column('allocated_by', sa.Uuid(), nullable=True),
    sa.Column('allocated_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['allocated_by'], ['person.id'], name=op.f('fk_bank_allocation_allocated_by')),
    sa.ForeignKeyConstraint(['line_id'], ['bank_line.id'], name=op.f('fk_bank_allocation_line_id')),
    sa.ForeignKeyConstraint(['payment_id'], ['payment.id'], name=op.f('fk_bank_allocation_payment_id')),
    sa.PrimaryKeyConstraint('line_id', name=op.f('pk_bank_allocation')),
    sqlite_with_rowid=False
    )
    op.create_table('dispute',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('attempt_id', sa.Uuid(), nullable=False),
    sa.Column('reference', sa.Text(), nullable=False),
    sa.Column('amount_minor', sa.BigInteger(), nullable=False),
    sa.Column('currency', sa.Text(), nullable=False),
    sa.Column('state', sa.Text(), nullable=False),
    sa.Column('due_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('opened_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('closed_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint('amount_minor > 0', name=op.f('ck_dispute_positive')),
    sa.ForeignKeyConstraint(['attempt_id'], ['payment_attempt.id'], name=op.f('fk_dispute_attempt_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_dispute')),
    sa.UniqueConstraint('reference', name=op.f('uq_dispute_reference')),
    sqlite_with_rowid=False
    )
    op.create_index('ix_dispute_attempt_id', 'dispute', ['attempt_id'], unique=False)
    op.create_table('refund',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('payment_id', sa.Uuid(), nullable=True),
    sa.Column('order_id', sa.Uuid(), nullable=True),
    sa.Column('attempt_id', sa.Uuid(), nullable=True),
    sa.Column('line_id', sa.Uuid(), nullable=True),
    sa.Column('case_id', sa.Uuid(), nullable=True),
    sa.Column('positions', sa.Text(), nullable=False),
    sa.Column('rail', sa.Text(), nullable=False),
    sa.Column('amount_minor', sa.BigInteger(), nullable=False),
    sa.Column('currency', sa.Text(), nullable=False),
    sa.Column('state', sa.Text(), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('reference', sa.Text(), nullable=True),
    sa.Column('memo', sa.Text(), nullable=True),
    sa.Column('bank_bin', sa.Text(), nullable=True),
    sa.Column('bank_account', sa.Text(), nullable=True),
    sa.Column('bank_holder', sa.Text(), nullable=True),
    sa.Column('error', sa.Text(), nullable=True),
    sa.Column('external', sa.Boolean(), nullable=False),
    sa.Column('requested_by', sa.Uuid(), nullable=True),
    sa.Column('approved_by', sa.Uuid(), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('changed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('version', sa.BigInteger(), nullable=False),
    sa.CheckConstraint('amount_minor > 0', name=op.f('ck_refund_positive')),
    sa.ForeignKeyConstraint(['approved_by'], ['person.id'], name=op.f('fk_refund_approved_by')),
    sa.ForeignKeyConstraint(['attempt_id'], ['payment_attempt.id'], name=op.f('fk_refund_attempt_id')),
    sa.ForeignKeyConstraint(['case_id'], ['case_file.id'], name=op.f('fk_refund_case_id')),
    sa.ForeignKeyConstraint(['line_id'], ['bank_line.id'], name=op.f('fk_refund_line_id')),
    sa.ForeignKeyConstraint(['order_id'], ['order_.id'], name=op.f('fk_refund_order_id')),
    sa.ForeignKeyConstraint(['payment_id'], ['payment.id'], name=op.f('fk_refund_payment_id')),
    sa.ForeignKeyConstraint(['requested_by'], ['person.id'], name=op.f('fk_refund_requested_by')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_refund')),
    sa.UniqueConstraint('memo', name=op.f('uq_refund_memo')),
    sa.UniqueConstraint('rail', 'reference', name=op.f('uq_refund_rail_reference')),
    sqlite_with_rowid=False
    )
    op.create_index('ix_refund_changed_at', 'refund', ['state', 'changed_at'], unique=False)
    op.create_index('ix_refund_order_id', 'refund', ['order_id'], unique=False)
    op.create_index('uq_refund_line_id', 'refund', ['line_id'], unique=True, sqlite_where=sa.text("state NOT IN ('failed', 'rejected')"), postgresql_where=sa.text("state NOT IN ('failed', 'rejected')"))
    op.add_column('bank_line', sa.Column('payer_bin', sa.Text(), nullable=True))
    op.add_column('bank_line', sa.Column('payer_account', sa.Text(), nullable=True))
    op.add_column('bank_line', sa.Column('payer_name', sa.Text(), nullable=True))
    op.create_index('ix_bank_line_payment_id', 'bank_line', ['payment_id'], unique=False)
    op.add_column('ledger_posting', sa.Column('reverses', sa.Uuid(), nullable=True))
    op.drop_index('ix_ledger_entry_tx', table_name='ledger_entry')
    op.create_index('ix_ledger_entry_tx', 'ledger_entry', ['tx', 'account_id', 'amount'], unique=False)
    op.create_index('ix_ledger_posting_order_id', 'ledger_posting', ['order_id'], unique=False)
    op.create_index('uq_ledger_posting_reverses', 'ledger_posting', ['reverses'], unique=True)
    op.add_column('order_', sa.Column('earned_at', sa.DateTime(timezone=True), nullable=True))
    op.add_column("order_", sa.Column("given_back_minor", sa.BigInteger(), server_default="0", nullable=False))
    op.create_index('ix_order_to_earn', 'order_', ['closed_at', 'id'], unique=False, sqlite_where=sa.text("state = 'delivered' AND earned_at IS NULL"), postgresql_where=sa.text("state = 'delivered' AND earned_at IS NULL"))
    op.execute("UPDATE order_ SET earned_at = closed_at WHERE state = 'delivered'")
    triggers_0005.create(op.get_bind())


def downgrade() -> None:
    """Back."""
    triggers_0005.drop(op.get_bind())
    op.drop_index('ix_order_to_earn', table_name='order_', sqlite_where=sa.text("state = 'delivered' AND earned_at IS NULL"), postgresql_where=sa.text("state = 'delivered' AND earned_at IS NULL"))
    op.drop_column("order_", "given_back_minor")
    op.drop_column('order_', 'earned_at')
    op.drop_index('ix_ledger_entry_tx', table_name='ledger_entry')
    op.create_index('ix_ledger_entry_tx', 'ledger_entry', ['tx'], unique=False)
    op.drop_index('uq_ledger_posting_reverses', table_name='ledger_posting')
    op.drop_index('ix_ledger_posting_order_id', table_name='ledger_posting')
    op.drop_column('ledger_posting', 'reverses')
    op.drop_index('ix_bank_line_payment_id', table_name='bank_line')
    op.drop_column('bank_line', 'payer_name')
    op.drop_column('bank_line', 'payer_account')
    op.drop_column('bank_line', 'payer_bin')
    op.drop_index('uq_refund_line_id', table_name='refund')
    op.drop_index('ix_refund_order_id', table_name='refund')
    op.drop_index('ix_refund_changed_at', table_name='refund')
    op.drop_table('refund')
    op.drop_index('ix_dispute_attempt_id', table_name='dispute')
    op.drop_table('dispute')
    op.drop_table('bank_allocation')
    op.drop_index('uq_payment_attempt_live', table_name='payment_attempt', sqlite_where=sa.text("state IN ('submitting', 'unknown', 'awaiting-payer', 'processing', 'authorized')"), postgresql_where=sa.text("state IN ('submitting', 'unknown', 'awaiting-payer', 'processing', 'authorized')"))
    op.drop_index('ix_payment_attempt_changed_at', table_name='payment_attempt')
    op.drop_table('payment_attempt')
    op.drop_index('ix_remittance_holder_id', table_name='remittance')
    op.drop_table('remittance')
    op.drop_index('ix_rate_rule_purpose', table_name='rate_rule')
    op.drop_table('rate_rule')
    op.drop_table('provider_event')
    op.drop_table('provider_cursor')
