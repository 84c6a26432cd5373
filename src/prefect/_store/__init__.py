"""Floor 1: SQL. One noun a file, one statement a function, each with a one-line promise.

The statements are plain SQL of one text for SQLite and PostgreSQL, executed through the driver: a run must not wait for
a query builder to be imported (`docs/decisions/0001-plain-sql-in-the-store.md`).
"""
