"""Settings of the tests of the screen."""

from hypothesis import settings

# How long one example takes says nothing on a machine that does other things too.
settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")
