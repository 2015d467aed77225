"""For all tests and the processes they start: no native engine is built behind their backs, nothing is measured that
could come out otherwise the next time. Tests of these two turn them on for themselves.
"""

from __future__ import annotations

import os

os.environ["RNNLAB_NATIVE"] = "off"
os.environ["RNNLAB_MEASURE"] = "off"
