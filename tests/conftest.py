"""What holds for every test: how hypothesis searches, and no network beyond the loopback (pyproject.toml).

Profiles of hypothesis, chosen by HYPOTHESIS_PROFILE, else "ci" where CI is set, else "desk":

- ci: derandomized. The same commit gives the same verdict: a red run is the change's fault and can be repeated by anyone. Searching
  for what nobody has seen is the other two's task.
- desk: random, as many examples as a person waits for. What it finds is kept in .hypothesis/ and tried first from then on.
- long: random, twenty times the examples; `make test-long`.

No profile has a deadline per example: on a busy machine with two cores it measures the machine.
"""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

settings.register_profile("ci", deadline=None, derandomize=True, max_examples=50, print_blob=True)
settings.register_profile("desk", deadline=None, max_examples=50)
settings.register_profile(
    "long", deadline=None, max_examples=1000, print_blob=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE") or ("ci" if os.environ.get("CI") else "desk"))
