"""For all tests and the processes they start: no native engine is built behind their backs, nothing is measured that
could come out otherwise the next time. Tests of these two turn them on for themselves. And no example of a property is
late: how long one takes is the machine's matter.
"""

from __future__ import annotations

import os

from hypothesis import settings

os.environ["RNNLAB_NATIVE"] = "off"
os.environ["RNNLAB_MEASURE"] = "off"
settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")
