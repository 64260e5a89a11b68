"""How hard the property tests try: `unit` takes seconds and never changes, `deep` searches (`make deep`)."""

from __future__ import annotations

import os

from hypothesis import settings

# Deadlines would make a busy machine a failure.
settings.register_profile(
    "unit", deadline=None, derandomize=True, database=None, max_examples=20, stateful_step_count=25
)
settings.register_profile("deep", deadline=None, max_examples=2000, stateful_step_count=40)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "unit"))
