"""The store: tables, transactions, and every query. Only this package knows SQLAlchemy."""
