"""Partner Gateway: the shell around the translators. Read `journey.py` first."""
