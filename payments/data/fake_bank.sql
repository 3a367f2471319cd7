CREATE TABLE IF NOT EXISTS line (
  number INTEGER PRIMARY KEY, account TEXT NOT NULL, reference TEXT NOT NULL,
  booked_at TEXT NOT NULL, amount_minor INTEGER NOT NULL, text TEXT NOT NULL,
  payer_bin TEXT, payer_account TEXT, payer_name TEXT, key TEXT UNIQUE);
CREATE VIEW IF NOT EXISTS told AS
SELECT *, SUM(amount_minor) OVER (PARTITION BY account ORDER BY booked_at, number)
  AS balance_minor FROM line;
