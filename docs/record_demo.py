"""Record the run that `rnnlab demo` replays: train it with the program itself, then keep its journal.

    .venv/bin/python docs/record_demo.py

Takes about two minutes on two cores. Offline.
"""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

from rnnlab.hosts.demo import RECORDED
from rnnlab.hosts.local import LocalHost
from rnnlab.hosts.recording import Recording, save
from rnnlab.specs import RunSpec


def main() -> None:
    host = LocalHost(Path(tempfile.mkdtemp(prefix="rnnlab-demo-")))
    run = host.start(RunSpec().replace({"train.epochs": 30}), "demo")
    while host.run(run).live:
        time.sleep(0.5)
    records, cursor, more = [], 0, True
    while more:
        reading = host.read(run, cursor)
        records, cursor, more = [*records, *reading.records], reading.cursor, reading.more
    RECORDED.mkdir(exist_ok=True)
    place = RECORDED / "the-tide-clock.jsonl"
    place.write_bytes(save(Recording(summary=host.run(run), records=tuple(records))))
    print(f"{run}: {len(records)} records, {place.stat().st_size:,} bytes in {place.name}")


if __name__ == "__main__":
    main()
