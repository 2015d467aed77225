"""How much of Python's table of names something uses up that is gone right after: it is never cleaned, only made anew,
larger, when it is full (in a long run of the program half a megabyte more, at once)."""

from __future__ import annotations

import subprocess
import sys

_COUNT = """
import sys, tracemalloc
{setup}
names = iter(range(10**9))
def room():
    tracemalloc.start()
    taken, before = 0, tracemalloc.get_traced_memory()[0]
    while True:
        sys.intern(f"a name that is gone at once {{next(names)}}")
        taken += 1
        now = tracemalloc.get_traced_memory()[0]
        if now - before > 100_000:
            tracemalloc.stop()
            return taken
        before = now
room(), room()
whole = room()
for number in range({times}):
    {statement}
print(whole - room())
"""


def names_used_up(setup: str, statement: str, times: int = 500) -> int:
    """Places of the table that are taken by names that the statement made, and that nobody has any more."""
    script = _COUNT.format(setup=setup, statement=statement, times=times)
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    return int(done.stdout)
