"""What the database itself refuses from 0001 on: edited history and books that do not balance."""

from sqlalchemy import Connection

from market import portable

APPEND_ONLY = (
    "audit_entry",
    "bank_line",
    "ledger_entry",
    "ledger_posting",
    "lot_event",
    "order_event",
    "order_line",
    "stock_movement",
)
# Rows that live on, but not in these: what was agreed, and what an account is.
FIXED = {
    "ledger_account": ("id", "code", "currency", "normal", "floor"),
    "order_": (
        "seller_id",
        "cooperative_id",
        "goods_minor",
        "delivery_minor",
        "total_minor",
        "currency",
        "commission_minor",
        "cooperative_minor",
    ),
}

SQLITE_SEAL = """
CREATE TRIGGER ledger_posting_seal BEFORE INSERT ON ledger_posting BEGIN
  SELECT RAISE(ABORT, 'ledger.unbalanced') WHERE
    (SELECT COUNT(*) FROM ledger_entry e WHERE e.tx = NEW.tx) < 2 OR EXISTS (
      SELECT 1 FROM ledger_entry e JOIN ledger_account a ON a.id = e.account_id
      WHERE e.tx = NEW.tx GROUP BY a.currency HAVING SUM(e.amount) <> 0);
  UPDATE ledger_account SET balance = balance + normal * (
    SELECT SUM(e.amount) FROM ledger_entry e
    WHERE e.tx = NEW.tx AND e.account_id = ledger_account.id)
  WHERE floor IS NOT NULL
    AND id IN (SELECT e.account_id FROM ledger_entry e WHERE e.tx = NEW.tx);
  SELECT RAISE(ABORT, 'ledger.floor') WHERE EXISTS (
    SELECT 1 FROM ledger_account a JOIN ledger_entry e ON e.account_id = a.id
    WHERE e.tx = NEW.tx AND a.floor IS NOT NULL AND a.balance < a.floor);
END
"""

POSTGRESQL_SEAL = """
CREATE FUNCTION ledger_posting_seal() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE part record;
BEGIN
  IF (SELECT COUNT(*) FROM ledger_entry WHERE tx = NEW.tx) < 2 OR EXISTS (
    SELECT 1 FROM ledger_entry e JOIN ledger_account a ON a.id = e.account_id
    WHERE e.tx = NEW.tx GROUP BY a.currency HAVING SUM(e.amount) <> 0)
  THEN RAISE EXCEPTION 'ledger.unbalanced' USING ERRCODE = '23514'; END IF;
  FOR part IN SELECT a.id, a.normal * SUM(e.amount) AS amount
    FROM ledger_entry e JOIN ledger_account a ON a.id = e.account_id
    WHERE e.tx = NEW.tx AND a.floor IS NOT NULL GROUP BY a.id ORDER BY a.id
  LOOP
    UPDATE ledger_account SET balance = balance + part.amount
    WHERE id = part.id AND balance + part.amount >= floor;
    IF NOT FOUND THEN RAISE EXCEPTION 'ledger.floor' USING ERRCODE = '23514'; END IF;
  END LOOP;
  RETURN NEW;
END $$
"""

SQLITE_SEALED = """
CREATE TRIGGER ledger_entry_sealed BEFORE INSERT ON ledger_entry
WHEN typeof(NEW.amount) <> 'integer' OR EXISTS (SELECT 1 FROM ledger_posting WHERE tx = NEW.tx)
BEGIN SELECT RAISE(ABORT, 'ledger.sealed'); END
"""

POSTGRESQL_SEALED = """
CREATE FUNCTION ledger_entry_sealed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT 1 FROM ledger_posting WHERE tx = NEW.tx)
  THEN RAISE EXCEPTION 'ledger.sealed' USING ERRCODE = '23514'; END IF;
  RETURN NEW;
END $$
"""

POSTGRESQL_REFUSE = """
CREATE FUNCTION append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'append_only' USING ERRCODE = '23514'; END $$
"""


def create(connection: Connection) -> None:
    """Put the triggers in place."""
    portable.ddl(connection, sqlite=SQLITE_SEAL, postgresql=POSTGRESQL_SEAL)
    portable.ddl(connection, sqlite=SQLITE_SEALED, postgresql=POSTGRESQL_SEALED)
    portable.ddl(connection, postgresql=POSTGRESQL_REFUSE)
    for name, table in (("seal", "ledger_posting"), ("sealed", "ledger_entry")):
        portable.ddl(
            connection,
            postgresql=f"CREATE TRIGGER {table}_{name} BEFORE INSERT ON {table}"
            f" FOR EACH ROW EXECUTE FUNCTION {table}_{name}()",
        )
    for table in APPEND_ONLY:
        refuse_changes(connection, table)
    for table, columns in FIXED.items():
        refuse_changes(connection, table, only=f" OF {', '.join(columns)}")


def refuse_changes(connection: Connection, table: str, *, only: str = "") -> None:
    for verb in (f"UPDATE{only}", "DELETE"):
        name = f"{table}_no_{verb.split()[0].lower()}"
        portable.ddl(
            connection,
            sqlite=f"CREATE TRIGGER {name} BEFORE {verb} ON {table}"
            " BEGIN SELECT RAISE(ABORT, 'append_only'); END",
            postgresql=f"CREATE TRIGGER {name} BEFORE {verb} ON {table}"
            " FOR EACH ROW EXECUTE FUNCTION append_only()",
        )
    portable.ddl(
        connection,
        postgresql=f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table}"
        " FOR EACH STATEMENT EXECUTE FUNCTION append_only()",
    )


def drop(connection: Connection) -> None:
    """Take the triggers away again, so that the tables can go."""
    names = [
        f"{table}_no_{verb}" for table in (*APPEND_ONLY, *FIXED) for verb in ("update", "delete")
    ]
    for name in (*names, "ledger_posting_seal", "ledger_entry_sealed"):
        portable.ddl(connection, sqlite=f"DROP TRIGGER {name}")
    for function in ("append_only", "ledger_posting_seal", "ledger_entry_sealed"):
        portable.ddl(connection, postgresql=f"DROP FUNCTION {function} CASCADE")
