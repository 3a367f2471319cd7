"""Goods as farms sell them, the rest: dated prices, harvests ahead, zones, reviews, marks."""

import sqlalchemy as sa
from alembic import op

from migrations.versions.ddl import triggers_0007

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Forward."""
    op.create_table('claim_of_mark',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('organisation_id', sa.Uuid(), nullable=False),
    sa.Column('subject_id', sa.Uuid(), nullable=False),
    sa.Column('mark_code', sa.Text(), nullable=False),
    sa.Column('basis', sa.Text(), nullable=False),
    sa.Column('number', sa.Text(), nullable=True),
    sa.Column('cultivar', sa.Text(), nullable=True),
    sa.Column('valid_from', sa.Date(), nullable=True),
    sa.Column('valid_until', sa.Date(), nullable=True),
    sa.Column('state', sa.Text(), nullable=False),
    sa.Column('reason', sa.Text(), nullable=True),
    sa.Column('claimed_by', sa.Uuid(), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('changed_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint('valid_until >= valid_from', name=op.f('ck_claim_of_mark_window')),
    sa.ForeignKeyConstraint(['claimed_by'], ['person.id'], name=op.f('fk_claim_of_mark_claimed_by')),
    sa.ForeignKeyConstraint(['organisation_id'], ['organisation.id'], name=op.f('fk_claim_of_mark_organisation_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_claim_of_mark')),
    sqlite_with_rowid=False
    )
    op.create_index('ix_claim_of_mark_organisation_id', 'claim_of_mark', ['organisation_id', 'id'], unique=False)
    op.create_index('ix_claim_of_mark_state', 'claim_of_mark', ['state', 'id'], unique=False)
    op.create_index('uq_claim_of_mark_standing', 'claim_of_mark', ['subject_id', 'mark_code'], unique=True, sqlite_where=sa.text("state <> 'ended'"), postgresql_where=sa.text("state <> 'ended'"))
    op.create_table('customer',
    sa.Column('seller_id', sa.Uuid(), nullable=False),
    sa.Column('person_id', sa.Uuid(), nullable=False),
    sa.Column('customer_group', sa.Text(), nullable=False),
    sa.Column('set_by', sa.Uuid(), nullable=True),
    sa.Column('set_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_customer_person_id')),
    sa.ForeignKeyConstraint(['seller_id'], ['organisation.id'], name=op.f('fk_customer_seller_id')),
    sa.ForeignKeyConstraint(['set_by'], ['person.id'], name=op.f('fk_customer_set_by')),
    sa.PrimaryKeyConstraint('seller_id', 'person_id', name=op.f('pk_customer')),
    sqlite_with_rowid=False
    )
    op.create_table('delivery_zone',
    sa.Column('seller_id', sa.Uuid(), nullable=False),
    sa.Column('unit_code', sa.Text(), nullable=False),
    sa.Column('fee_minor', sa.BigInteger(), nullable=False),
    sa.Column('cooled', sa.Boolean(), nullable=False),
    sa.CheckConstraint('fee_minor BETWEEN 0 AND 1000000000000', name=op.f('ck_delivery_zone_fee')),
    sa.ForeignKeyConstraint(['seller_id'], ['organisation.id'], name=op.f('fk_delivery_zone_seller_id')),
    sa.PrimaryKeyConstraint('seller_id', 'unit_code', name=op.f('pk_delivery_zone')),
    sqlite_with_rowid=False
    )
    op.create_table('favourite',
    sa.Column('person_id', sa.Uuid(), nullable=False),
    sa.Column('subject_id', sa.Uuid(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_favourite_person_id')),
    sa.PrimaryKeyConstraint('person_id', 'subject_id', name=op.f('pk_favourite')),
    sqlite_with_rowid=False
    )
    op.create_table('pickup_point',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('seller_id', sa.Uuid(), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('unit_code', sa.Text(), nullable=False),
    sa.Column('address', sa.Text(), nullable=False),
    sa.Column('hours', sa.Text(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('closed_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['seller_id'], ['organisation.id'], name=op.f('fk_pickup_point_seller_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_pickup_point')),
    sqlite_with_rowid=False
    )
    op.create_index(op.f('ix_pickup_point_seller_id'), 'pickup_point', ['seller_id'], unique=False)
    op.create_table('harvest',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('listing_id', sa.Uuid(), nullable=False),
    sa.Column('expected_from', sa.Date(), nullable=False),
    sa.Column('expected_until', sa.Date(), nullable=False),
    sa.Column('confidence', sa.Text(), nullable=False),
    sa.Column('promised_day', sa.Date(), nullable=True),
    sa.Column('state', sa.Text(), nullable=False),
    sa.Column('slips', sa.BigInteger(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('version', sa.BigInteger(), nullable=False),
    sa.CheckConstraint('expected_until >= expected_from', name=op.f('ck_harvest_window')),
    sa.CheckConstraint('promised_day >= expected_from', name=op.f('ck_harvest_promise')),
    sa.ForeignKeyConstraint(['id'], ['resource.id'], name=op.f('fk_harvest_id')),
    sa.ForeignKeyConstraint(['listing_id'], ['listing.id'], name=op.f('fk_harvest_listing_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_harvest')),
    sqlite_with_rowid=False
    )
    op.create_index(op.f('ix_harvest_listing_id'), 'harvest', ['listing_id'], unique=False)
    op.create_index('uq_harvest_standing', 'harvest', ['listing_id'], unique=True, sqlite_where=sa.text("state <> 'closed'"), postgresql_where=sa.text("state <> 'closed'"))
    op.create_table('listing_price',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('listing_id', sa.Uuid(), nullable=False),
    sa.Column('customer_group', sa.Text(), nullable=False),
    sa.Column('from_quantity', sa.BigInteger(), nullable=False),
    sa.Column('price_minor', sa.BigInteger(), nullable=False),
    sa.Column('valid_from', sa.DateTime(timezone=True), nullable=False),
    sa.Column('valid_until', sa.DateTime(timezone=True), nullable=True),
    sa.Column('set_by', sa.Uuid(), nullable=True),
    sa.Column('set_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('withdrawn_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint('from_quantity >= 0', name=op.f('ck_listing_price_bound')),
    sa.CheckConstraint('price_minor BETWEEN 1 AND 1000000000000', name=op.f('ck_listing_price_price')),
    sa.CheckConstraint('valid_until > valid_from', name=op.f('ck_listing_price_window')),
    sa.ForeignKeyConstraint(['listing_id'], ['listing.id'], name=op.f('fk_listing_price_listing_id')),
    sa.ForeignKeyConstraint(['set_by'], ['person.id'], name=op.f('fk_listing_price_set_by')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_listing_price')),
    sqlite_with_rowid=False
    )
    op.create_index('ix_listing_price_listing_id', 'listing_price', ['listing_id', 'valid_from', 'id'], unique=False)
    op.create_index('uq_listing_price_tier', 'listing_price', ['listing_id', 'customer_group', 'from_quantity', 'valid_from'], unique=True, sqlite_where=sa.text('withdrawn_at IS NULL AND from_quantity > 0'), postgresql_where=sa.text('withdrawn_at IS NULL AND from_quantity > 0'))
    op.execute("""
        INSERT INTO listing_price
            (id, listing_id, customer_group, from_quantity, price_minor, valid_from, set_at)
        SELECT id, id, 'retail', 0, price_minor, updated_at, updated_at FROM listing
    """)
    op.create_table('review',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('order_id', sa.Uuid(), nullable=False),
    sa.Column('subject_id', sa.Uuid(), nullable=False),
    sa.Column('seller_id', sa.Uuid(), nullable=False),
    sa.Column('author', sa.Text(), nullable=False),
    sa.Column('stars', sa.BigInteger(), nullable=False),
    sa.Column('body', sa.Text(), nullable=False),
    sa.Column('state', sa.Text(), nullable=False),
    sa.Column('reply', sa.Text(), nullable=True),
    sa.Column('replied_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint('stars BETWEEN 1 AND 5', name=op.f('ck_review_stars')),
    sa.ForeignKeyConstraint(['order_id'], ['order_.id'], name=op.f('fk_review_order_id')),
    sa.ForeignKeyConstraint(['seller_id'], ['organisation.id'], name=op.f('fk_review_seller_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_review')),
    sa.UniqueConstraint('order_id', 'subject_id', name=op.f('uq_review_order_id_subject_id')),
    sqlite_with_rowid=False
    )
    op.create_index('ix_review_seller_id', 'review', ['seller_id', 'id'], unique=False)
    op.create_index('ix_review_subject_id', 'review', ['subject_id', 'id'], unique=False)
    op.create_table('slip',
    sa.Column('order_id', sa.Uuid(), nullable=False),
    sa.Column('harvest_id', sa.Uuid(), nullable=False),
    sa.Column('number', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('from_day', sa.Date(), nullable=False),
    sa.Column('to_day', sa.Date(), nullable=True),
    sa.Column('told_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('choice', sa.Text(), nullable=True),
    sa.Column('chosen_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['harvest_id'], ['harvest.id'], name=op.f('fk_slip_harvest_id')),
    sa.ForeignKeyConstraint(['order_id'], ['order_.id'], name=op.f('fk_slip_order_id')),
    sa.PrimaryKeyConstraint('order_id', 'harvest_id', 'number', name=op.f('pk_slip')),
    sqlite_with_rowid=False
    )
    op.add_column('case_file', sa.Column('facts', sa.Text(), server_default='{}', nullable=False))
    op.add_column('experience', sa.Column('marks', sa.Text(), server_default='[]', nullable=False))
    op.add_column('listing', sa.Column('tiered', sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column('listing', sa.Column('marks', sa.Text(), server_default='[]', nullable=False))
    op.add_column('listing', sa.Column('cold_chain', sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column('listing', sa.Column('shelf_hours', sa.BigInteger(), nullable=True))
    op.add_column('order_', sa.Column('promised_day', sa.Date(), nullable=True))
    op.add_column('order_', sa.Column('offered_at', sa.DateTime(timezone=True), nullable=True))
    op.add_column('order_', sa.Column('supplements_id', sa.Uuid(), nullable=True))
    op.create_index('ix_order_supplements_id', 'order_', ['supplements_id'], unique=False, sqlite_where=sa.text('supplements_id IS NOT NULL'), postgresql_where=sa.text('supplements_id IS NOT NULL'))
    op.add_column('organisation', sa.Column('closed_from', sa.Date(), nullable=True))
    op.add_column('organisation', sa.Column('closed_until', sa.Date(), nullable=True))
    op.add_column('organisation', sa.Column('zoned', sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column('organisation', sa.Column('approves_changes', sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column('search_document', sa.Column('marks', sa.Text(), server_default='', nullable=False))
    triggers_0007.loosen(op.get_bind())


def downgrade() -> None:
    """Back."""
    triggers_0007.tighten(op.get_bind())
    op.drop_column('search_document', 'marks')
    op.drop_column('organisation', 'approves_changes')
    op.drop_column('organisation', 'zoned')
    op.drop_column('organisation', 'closed_until')
    op.drop_column('organisation', 'closed_from')
    op.drop_index('ix_order_supplements_id', table_name='order_')
    op.drop_column('order_', 'supplements_id')
    op.drop_column('order_', 'offered_at')
    op.drop_column('order_', 'promised_day')
    op.drop_column('listing', 'shelf_hours')
    op.drop_column('listing', 'cold_chain')
    op.drop_column('listing', 'marks')
    op.drop_column('listing', 'tiered')
    op.drop_column('experience', 'marks')
    op.drop_column('case_file', 'facts')
    op.drop_table('slip')
    op.drop_index('ix_review_subject_id', table_name='review')
    op.drop_index('ix_review_seller_id', table_name='review')
    op.drop_table('review')
    op.drop_index('uq_listing_price_tier', table_name='listing_price', sqlite_where=sa.text('withdrawn_at IS NULL AND from_quantity > 0'), postgresql_where=sa.text('withdrawn_at IS NULL AND from_quantity > 0'))
    op.drop_index('ix_listing_price_listing_id', table_name='listing_price')
    op.drop_table('listing_price')
    op.drop_index('uq_harvest_standing', table_name='harvest', sqlite_where=sa.text("state <> 'closed'"), postgresql_where=sa.text("state <> 'closed'"))
    op.drop_index(op.f('ix_harvest_listing_id'), table_name='harvest')
    op.drop_table('harvest')
    op.drop_index(op.f('ix_pickup_point_seller_id'), table_name='pickup_point')
    op.drop_table('pickup_point')
    op.drop_table('favourite')
    op.drop_table('delivery_zone')
    op.drop_table('customer')
    op.drop_index('uq_claim_of_mark_standing', table_name='claim_of_mark', sqlite_where=sa.text("state <> 'ended'"), postgresql_where=sa.text("state <> 'ended'"))
    op.drop_index('ix_claim_of_mark_state', table_name='claim_of_mark')
    op.drop_index('ix_claim_of_mark_organisation_id', table_name='claim_of_mark')
    op.drop_table('claim_of_mark')
