"""A distributor's ERP, small but real: its own process, HTTP API, database, checks and numbers.

`python -m gateway.demo.sample_erp --home DIR --port N` starts it. It shares nothing with the gateway but the HTTP API that the
handbook describes (gateway/handbook/sample-erp.md). One thread, one database connection: whatever happens in it happens one thing
after the other, so its feed of outgoing documents is in the order in which they were committed.
"""
