"""Bookings: options, nights, calendars elsewhere, waiting lists, scans, guests, disruptions."""

from datetime import timedelta

import orjson
import sqlalchemy as sa
from alembic import op

from migrations.versions.ddl import triggers_0001, triggers_0009

revision = "0009"
down_revision = "0008"

EXPERIENCE = sa.table(
    "experience",
    *(sa.column(name, sa.Uuid()) for name in ("id", "resource_id")),
    *map(sa.column, ("duration_minutes", "cutoff_minutes", "adult_minor", "child_minor")),
)
OPTION = sa.table(
    "experience_option",
    *(sa.column(name, sa.Uuid()) for name in ("id", "experience_id", "resource_id")),
    *map(sa.column, ("position", "availability", "duration_minutes", "cutoff_minutes", "units")),
)
DEPARTURE = sa.table(
    "departure",
    *(sa.column(name, sa.Uuid()) for name in ("id", "experience_id", "option_id", "resource_id")),
    *(sa.column(name, sa.DateTime(timezone=True)) for name in ("starts_at", "ends_at")),
)


def upgrade() -> None:
    """Forward."""
    op.create_table('experience_option',
    sa.Column('experience_id', sa.Uuid(), nullable=False),
    sa.Column('resource_id', sa.Uuid(), nullable=False),
    sa.Column('position', sa.BigInteger(), nullable=False),
    sa.Column('availability', sa.Text(), nullable=False),
    sa.Column('duration_minutes', sa.BigInteger(), nullable=False),
    sa.Column('cutoff_minutes', sa.BigInteger(), nullable=False),
    sa.Column('seats', sa.BigInteger(), nullable=True),
    sa.Column('units', sa.Text(), nullable=False),
    sa.Column('seasons', sa.Text(), server_default='[]', nullable=False),
    sa.Column('rules', sa.Text(), server_default='[]', nullable=False),
    sa.Column('tiers', sa.Text(), server_default='[]', nullable=False),
    sa.Column('asset_ids', sa.Text(), server_default='[]', nullable=False),
    sa.Column('rooms', sa.Text(), server_default='[]', nullable=False),
    sa.Column('minimum_guests', sa.BigInteger(), nullable=True),
    sa.Column('least_units', sa.BigInteger(), nullable=True),
    sa.Column('most_units', sa.BigInteger(), nullable=True),
    sa.Column('minimum_nights', sa.BigInteger(), server_default='1', nullable=False),
    sa.Column('arrival_days', sa.BigInteger(), server_default='127', nullable=False),
    sa.Column('approves', sa.Boolean(), server_default=sa.false(), nullable=False),
    sa.Column('closed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.CheckConstraint('duration_minutes > 0 AND cutoff_minutes >= 0', name=op.f('ck_experience_option_times')),
    sa.CheckConstraint('minimum_nights > 0 AND arrival_days BETWEEN 1 AND 127', name=op.f('ck_experience_option_nights')),
    sa.ForeignKeyConstraint(['experience_id'], ['experience.id'], name=op.f('fk_experience_option_experience_id')),
    sa.ForeignKeyConstraint(['resource_id'], ['resource.id'], name=op.f('fk_experience_option_resource_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_experience_option')),
    sa.UniqueConstraint('experience_id', 'position', name=op.f('uq_experience_option_experience_id_position')),
    sqlite_with_rowid=False
    )
    op.create_index(op.f('ix_experience_option_resource_id'), 'experience_option', ['resource_id'], unique=False)
    op.add_column('order_', sa.Column('kept_minor', sa.BigInteger(), server_default='0', nullable=False))
    _earned_index("earned_at IS NULL AND (state = 'delivered' OR kept_minor > 0)")
    op.add_column('cell', sa.Column('used_for', sa.Uuid(), nullable=True))
    op.add_column('experience', sa.Column('availability', sa.Text(), server_default='start-time', nullable=False))
    op.add_column('experience', sa.Column('meeting_landmark', sa.Text(), nullable=True))
    op.add_column('experience', sa.Column('meeting_unit_code', sa.Text(), nullable=True))
    op.add_column('experience', sa.Column('spoken', sa.Text(), server_default='[]', nullable=False))
    op.add_column('resource', sa.Column('name', sa.Text(), nullable=True))
    op.add_column('resource', sa.Column('places', sa.BigInteger(), nullable=True))
    op.add_column('resource', sa.Column('turnaround_minutes', sa.BigInteger(), nullable=True))
    op.add_column('resource', sa.Column('feed_number', sa.BigInteger(), server_default='0', nullable=False))
    _first_options(op.get_bind())
    with op.batch_alter_table('departure') as batch:
        batch.add_column(sa.Column('option_id', sa.Uuid(), nullable=True))
        batch.add_column(sa.Column('resource_id', sa.Uuid(), nullable=True))
        batch.add_column(sa.Column('ends_at', sa.DateTime(timezone=True), nullable=True))
    _fill_departures(op.get_bind())
    with op.batch_alter_table('departure', table_kwargs={"sqlite_with_rowid": False}) as batch:
        for name in ('option_id', 'resource_id', 'ends_at'):
            batch.alter_column(name, nullable=False)
        batch.drop_constraint(op.f('uq_departure_experience_id_bucket'), type_='unique')
        batch.create_unique_constraint(op.f('uq_departure_option_id_bucket'), ['option_id', 'bucket'])
        batch.create_foreign_key(op.f('fk_departure_option_id'), 'experience_option', ['option_id'], ['id'])
        batch.create_foreign_key(op.f('fk_departure_resource_id'), 'resource', ['resource_id'], ['id'])
    op.create_index('ix_departure_starts_at', 'departure', ['starts_at'], unique=False)
    op.create_index('ix_departure_cutoff_at', 'departure', ['cutoff_at'], unique=False)
    op.create_index('ix_departure_experience_id', 'departure', ['experience_id', 'bucket'], unique=False)
    op.create_table('channel',
    sa.Column('resource_id', sa.Uuid(), nullable=False),
    sa.Column('seller_id', sa.Uuid(), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('url', sa.Text(), nullable=False),
    sa.Column('events', sa.Text(), server_default='{}', nullable=False),
    sa.Column('etag', sa.Text(), nullable=True),
    sa.Column('failed', sa.Text(), nullable=True),
    sa.Column('synced_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('tried_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.ForeignKeyConstraint(['resource_id'], ['resource.id'], name=op.f('fk_channel_resource_id')),
    sa.ForeignKeyConstraint(['seller_id'], ['organisation.id'], name=op.f('fk_channel_seller_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_channel')),
    sqlite_with_rowid=False
    )
    op.create_index(op.f('ix_channel_resource_id'), 'channel', ['resource_id'], unique=False)
    op.create_table('guest_list',
    sa.Column('order_id', sa.Uuid(), nullable=False),
    sa.Column('guests', sa.Text(), nullable=False),
    sa.Column('written_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('declared_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['order_id'], ['order_.id'], name=op.f('fk_guest_list_order_id')),
    sa.PrimaryKeyConstraint('order_id', name=op.f('pk_guest_list')),
    sqlite_with_rowid=False
    )
    op.create_table('disruption',
    sa.Column('seller_id', sa.Uuid(), nullable=True),
    sa.Column('departure_id', sa.Uuid(), nullable=True),
    sa.Column('unit_codes', sa.Text(), nullable=False),
    sa.Column('from_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('until_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('cause', sa.Text(), nullable=False),
    sa.Column('source', sa.Text(), nullable=False),
    sa.Column('decide_by', sa.DateTime(timezone=True), nullable=False),
    sa.Column('declared_by', sa.Uuid(), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('applied_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.CheckConstraint('until_at > from_at', name=op.f('ck_disruption_window')),
    sa.ForeignKeyConstraint(['declared_by'], ['person.id'], name=op.f('fk_disruption_declared_by')),
    sa.ForeignKeyConstraint(['departure_id'], ['departure.id'], name=op.f('fk_disruption_departure_id')),
    sa.ForeignKeyConstraint(['seller_id'], ['organisation.id'], name=op.f('fk_disruption_seller_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_disruption')),
    sqlite_with_rowid=False
    )
    op.create_table('room_night',
    sa.Column('option_id', sa.Uuid(), nullable=False),
    sa.Column('room', sa.Text(), nullable=False),
    sa.Column('night', sa.Date(), nullable=False),
    sa.Column('ticket_id', sa.Uuid(), nullable=False),
    sa.ForeignKeyConstraint(['option_id'], ['experience_option.id'], name=op.f('fk_room_night_option_id')),
    sa.ForeignKeyConstraint(['ticket_id'], ['ticket.id'], name=op.f('fk_room_night_ticket_id')),
    sa.PrimaryKeyConstraint('option_id', 'room', 'night', name=op.f('pk_room_night')),
    sqlite_with_rowid=False
    )
    op.create_index(op.f('ix_room_night_ticket_id'), 'room_night', ['ticket_id'], unique=False)
    op.create_table('scan',
    sa.Column('ticket_id', sa.Uuid(), nullable=False),
    sa.Column('scanned_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('received_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('person_id', sa.Uuid(), nullable=True),
    sa.Column('device', sa.Text(), nullable=True),
    sa.Column('outcome', sa.Text(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_scan_person_id')),
    sa.ForeignKeyConstraint(['ticket_id'], ['ticket.id'], name=op.f('fk_scan_ticket_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_scan')),
    sqlite_with_rowid=False
    )
    op.create_index(op.f('ix_scan_ticket_id'), 'scan', ['ticket_id'], unique=False)
    op.create_table('waitlist',
    sa.Column('departure_id', sa.Uuid(), nullable=False),
    sa.Column('units', sa.Text(), nullable=False),
    sa.Column('person_id', sa.Uuid(), nullable=True),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('phone', sa.Text(), nullable=True),
    sa.Column('email', sa.Text(), nullable=True),
    sa.Column('language', sa.Text(), nullable=False),
    sa.Column('state', sa.Text(), nullable=False),
    sa.Column('offered_until', sa.DateTime(timezone=True), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.ForeignKeyConstraint(['departure_id'], ['departure.id'], name=op.f('fk_waitlist_departure_id')),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_waitlist_person_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_waitlist')),
    sqlite_with_rowid=False
    )
    op.create_index('ix_waitlist_state', 'waitlist', ['state', 'departure_id', 'id'], unique=False)
    op.create_table('disrupted_order',
    sa.Column('disruption_id', sa.Uuid(), nullable=False),
    sa.Column('order_id', sa.Uuid(), nullable=False),
    sa.Column('because_of', sa.Uuid(), nullable=True),
    sa.Column('told_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('choice', sa.Text(), nullable=True),
    sa.Column('chosen_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['disruption_id'], ['disruption.id'], name=op.f('fk_disrupted_order_disruption_id')),
    sa.ForeignKeyConstraint(['order_id'], ['order_.id'], name=op.f('fk_disrupted_order_order_id')),
    sa.PrimaryKeyConstraint('disruption_id', 'order_id', name=op.f('pk_disrupted_order')),
    sqlite_with_rowid=False
    )
    op.create_index('ix_disrupted_order_open', 'disrupted_order', ['order_id', 'choice'], unique=False)
    triggers_0001.refuse_changes(op.get_bind(), "scan")
    triggers_0009.loosen(op.get_bind())


def downgrade() -> None:
    """Back."""
    triggers_0009.tighten(op.get_bind())
    op.drop_column('resource', 'feed_number')
    op.drop_column('resource', 'turnaround_minutes')
    op.drop_column('resource', 'places')
    op.drop_column('resource', 'name')
    op.drop_column('experience', 'spoken')
    op.drop_column('experience', 'meeting_unit_code')
    op.drop_column('experience', 'meeting_landmark')
    op.drop_column('experience', 'availability')
    op.drop_column('cell', 'used_for')
    _earned_index("state = 'delivered' AND earned_at IS NULL")
    op.drop_column('order_', 'kept_minor')
    op.drop_index('ix_disrupted_order_open', table_name='disrupted_order')
    op.drop_table('disrupted_order')
    op.drop_index('ix_waitlist_state', table_name='waitlist')
    op.drop_table('waitlist')
    op.drop_index(op.f('ix_scan_ticket_id'), table_name='scan')
    op.drop_table('scan')
    op.drop_index(op.f('ix_room_night_ticket_id'), table_name='room_night')
    op.drop_table('room_night')
    op.drop_table('disruption')
    op.drop_table('guest_list')
    op.drop_index('ix_departure_starts_at', table_name='departure')
    op.drop_index('ix_departure_cutoff_at', table_name='departure')
    op.drop_index('ix_departure_experience_id', table_name='departure')
    with op.batch_alter_table('departure', table_kwargs={"sqlite_with_rowid": False}) as batch:
        batch.drop_constraint(op.f('fk_departure_resource_id'), type_='foreignkey')
        batch.drop_constraint(op.f('fk_departure_option_id'), type_='foreignkey')
        batch.drop_constraint(op.f('uq_departure_option_id_bucket'), type_='unique')
        batch.create_unique_constraint(op.f('uq_departure_experience_id_bucket'), ['experience_id', 'bucket'])
        for name in ('ends_at', 'resource_id', 'option_id'):
            batch.drop_column(name)
    op.drop_index(op.f('ix_experience_option_resource_id'), table_name='experience_option')
    op.drop_table('experience_option')
    op.drop_index(op.f('ix_channel_resource_id'), table_name='channel')
    op.drop_table('channel')


def _earned_index(where: str) -> None:
    op.drop_index('ix_order_to_earn', table_name='order_')
    only = {"sqlite_where": sa.text(where), "postgresql_where": sa.text(where)}
    op.create_index('ix_order_to_earn', 'order_', ['closed_at', 'id'], unique=False, **only)


def _first_options(connection: sa.Connection) -> None:
    """What was sold of a visit becomes its first option, with the visit's id."""
    for row in connection.execute(sa.select(EXPERIENCE)).all():
        units = [{"type": "adult", "price": row.adult_minor, "pax": 1}]
        if row.child_minor is not None:
            units.append({"type": "child", "price": row.child_minor, "pax": 1})
        same = {name: getattr(row, name) for name in ("resource_id", "duration_minutes")}
        its = {"id": row.id, "experience_id": row.id, "cutoff_minutes": row.cutoff_minutes, **same}
        first = {"position": 0, "availability": "start-time", "units": orjson.dumps(units).decode()}
        connection.execute(sa.insert(OPTION).values(its | first))


def _fill_departures(connection: sa.Connection) -> None:
    of_visit = DEPARTURE.c.experience_id == EXPERIENCE.c.id
    columns = (DEPARTURE.c.id, DEPARTURE.c.starts_at, EXPERIENCE.c.id, EXPERIENCE.c.resource_id)
    rows = sa.select(*columns, EXPERIENCE.c.duration_minutes).where(of_visit)
    for departure_id, starts_at, option_id, resource_id, minutes in connection.execute(rows).all():
        ends_at = starts_at + timedelta(minutes=minutes)
        filling = sa.update(DEPARTURE).where(DEPARTURE.c.id == departure_id)
        its = {"option_id": option_id, "resource_id": resource_id, "ends_at": ends_at}
        connection.execute(filling.values(its))
