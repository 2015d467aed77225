"""Types that are met for the first time by many threads at once."""

from __future__ import annotations

import subprocess
import sys

import msgspec
import pytest

from rnnlab.decoding import decode

MEETING = """
import threading, time
import msgspec, msgspec._utils
from rnnlab.decoding import decode
look = msgspec._utils._get_class_mro_and_typevar_mappings
def slowly(kind):
    time.sleep(0.02)
    return look(kind)
msgspec._utils._get_class_mro_and_typevar_mappings = slowly
class Inner(msgspec.Struct):
    a: int
class Outer(msgspec.Struct):
    x: int
    inner: Inner
met = []
def meet(late):
    time.sleep(late)
    met.append(decode(b'{"x":1,"inner":{"a":2}}', Outer))
threads = [threading.Thread(target=meet, args=(n * 0.005,)) for n in range(12)]
for thread in threads: thread.start()
for thread in threads: thread.join()
print(met == [Outer(1, Inner(2))] * 12)
"""


def test_threads_that_meet_a_type_at_once_all_get_their_value():
    done = subprocess.run([sys.executable, "-c", MEETING], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "True\n")


def test_what_is_no_such_value_is_refused():
    with pytest.raises(msgspec.ValidationError):
        decode(b'"x"', int)
