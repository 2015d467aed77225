"""Following a run: its records as they come, until it has ended and all of them were read.

`train` and `watch` end here. Following only reads: whoever stops following stops nothing. It must not know how records
look on a line (`describe`, `wire`).
"""

from __future__ import annotations

from collections.abc import Iterator

from rnnlab.cli.context import Context
from rnnlab.cli.describe import adopted_words, end_sentence, event_line
from rnnlab.cli.exits import ExitCode
from rnnlab.cli.interrupts import Interrupts
from rnnlab.cli.wire import encode_reading
from rnnlab.events import Adopted
from rnnlab.hosts.base import Host
from rnnlab.hosts.values import BAD, Reading, last_words
from rnnlab.text.amounts import counted

SHORTEST, LONGEST = 0.1, 0.5
"""Seconds between two looks at a live run: the first while it writes, the second while it is silent."""
LIMIT = 500
"""Records read at once: few enough that Ctrl-C, which is noticed between readings, is noticed soon."""
LOG_LINES = 5
"""Lines of the worker's own output that are shown where it failed or died."""

_GOOD_ENDS = ("finished", "patience", "time", "stopped")


def begun(context: Context, run: str, doing: str, *, detach: bool, as_json: bool) -> ExitCode:
    """Follow a run that has just been started, or, to `detach`, print its id and nothing else."""
    if not detach:
        context.out.say(f"{run} {doing}; Ctrl-C leaves it training")
        return follow(context, run, 0, as_json)
    if as_json:
        context.out.value({"run": run})
    else:
        context.out.line(run)
    context.out.say(f"it trains; `{context.command('watch', run)}` follows it")
    return ExitCode.OK


def follow(context: Context, run: str, cursor: int, as_json: bool) -> ExitCode:
    """Print the run's records behind the cursor as they come; the exit code says how it ended."""
    interrupts = Interrupts()
    try:
        with interrupts.caught():
            for reading in readings(context.host, run, cursor, interrupts):
                print_reading(context, run, reading, as_json)
                cursor = reading.cursor
    except KeyboardInterrupt:
        interrupts.pressed = True
    if interrupts.pressed:
        return _leave(context, run, cursor)
    return _report_end(context, run)


def readings(host: Host, run: str, cursor: int, interrupts: Interrupts) -> Iterator[Reading]:
    """What the journal holds behind the cursor and what comes in, until the run has ended or Ctrl-C was pressed.

    That it has ended is asked before the last look, so that nothing can be written between the two.
    """
    ended, pause = False, SHORTEST
    while not interrupts.pressed:
        reading = host.read(run, cursor, LIMIT)
        if reading.cursor != cursor:
            cursor, pause = reading.cursor, SHORTEST
            yield reading
        if reading.more:
            continue
        if ended:
            return
        ended = not host.run(run).live
        if not ended:
            interrupts.wait(pause)
            pause = min(pause * 1.5, LONGEST)


def print_reading(context: Context, run: str, reading: Reading, as_json: bool) -> None:
    """The records of one reading, as lines or as JSON."""
    if as_json:
        for line in encode_reading(run, reading):
            context.out.value(line)
    else:
        for record in reading.records:
            context.out.line(event_line(record.event))
    for record in reading.records:
        # Whoever pipes the events away should still hear that some of the weights are new.
        if isinstance(record.event, Adopted) and (record.event.added_count or record.event.dropped_count):
            context.out.say(adopted_words(record.event))
    if reading.damaged:
        context.out.say(f"{counted(reading.damaged, 'damaged record')} of {run} left out")
    context.out.flush()


def _leave(context: Context, run: str, cursor: int) -> ExitCode:
    back = context.command("watch", run, "--after", str(cursor))
    context.out.leave_line()
    if context.host.run(run).live:
        context.out.say(f"{run} goes on training: `{back}` comes back, `{context.command('stop', run)}` ends it")
    else:
        context.out.say(f"`{back}` reads on")
    return ExitCode.INTERRUPTED


def _report_end(context: Context, run: str) -> ExitCode:
    summary = context.host.run(run)
    context.out.say(end_sentence(summary))
    if summary.state in _GOOD_ENDS:
        return ExitCode.OK
    if summary.state in BAD:
        for line in last_words(summary, context.host.log(run, LOG_LINES)):
            context.out.say(f"  {line}")
    return ExitCode.FAILURE
