"""Turn bytes into business documents and back.

Everything in this package is pure: no file, socket, clock, random number or log. What it needs to know (definitions, maps,
control numbers, the time) is handed in by the caller, so every function can be tested with values alone.
"""
