"""The two databases' differences, all of them but search: engines, locks, statements, DDL."""

from market.portable.batches import Batch
from market.portable.engines import ddl, engine_for, is_busy, read_engine_for, try_lock, write_turn
from market.portable.statements import (
    Asker,
    Asking,
    add_up,
    fast_rows,
    flushed,
    given_ids,
    id_parameters,
    insert_new,
    instant_of,
    streamed_rows,
    uuid_of,
)
