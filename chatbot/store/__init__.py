"""The facts: one database, reached by functions that take a connection; the caller commits."""
