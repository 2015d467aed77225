from datetime import UTC

from textual.app import App, ComposeResult

from rnnlab.tui.event_log import EventLog

from .runs import evaluated, records, running, sampled, screen_lines, screen_text, settled

ROWS = 5
JOURNAL = records([evaluated(n, 5.0) for n in range(1, 41)])


class LogApp(App[None]):
    CSS = f"EventLog {{ height: {ROWS}; }}"

    def compose(self) -> ComposeResult:
        yield EventLog(zone=UTC)

    @property
    def log_widget(self) -> EventLog:
        return self.query_one(EventLog)


def steps(app: App) -> list[int]:
    return [int(line.split()[2].replace(",", "")) for line in screen_lines(app)[:ROWS] if line]


async def test_the_newest_is_at_the_bottom():
    async with running(LogApp(), (80, 8)) as (app, pilot):
        app.log_widget.show(JOURNAL[:20])
        await settled(pilot)
        assert steps(app) == [16, 17, 18, 19, 20]
        app.log_widget.show(JOURNAL[:21])
        await settled(pilot)
        assert steps(app) == [17, 18, 19, 20, 21]


async def test_it_stays_put_while_a_person_reads_further_up():
    async with running(LogApp(), (80, 8)) as (app, pilot):
        log = app.log_widget
        log.show(JOURNAL[:20])
        log.focus()
        await pilot.press("home", "down")
        assert steps(app) == [2, 3, 4, 5, 6]
        log.show(JOURNAL[:30])
        await settled(pilot)
        assert steps(app) == [2, 3, 4, 5, 6]
        # The oldest is dropped: what is read moves up with its line.
        log.show(JOURNAL[1:31])
        await settled(pilot)
        assert steps(app) == [2, 3, 4, 5, 6]
        await pilot.press("end")
        log.show(JOURNAL[1:32])
        await settled(pilot)
        assert steps(app) == [28, 29, 30, 31, 32]


async def test_a_last_line_that_is_replaced_is_painted_anew():
    async with running(LogApp(), (80, 8)) as (app, pilot):
        app.log_widget.show(JOURNAL[:3])
        app.log_widget.show((*JOURNAL[:2], JOURNAL[9]))
        await settled(pilot)
        assert steps(app) == [1, 2, 10]


async def test_it_follows_the_end_through_a_resize():
    async with running(LogApp(), (80, 8)) as (app, pilot):
        app.log_widget.show(JOURNAL)
        await settled(pilot)
        app.log_widget.styles.height = 3
        await settled(pilot)
        assert steps(app)[:3] == [38, 39, 40]


async def test_another_runs_log_begins_anew():
    async with running(LogApp(), (80, 8)) as (app, pilot):
        app.log_widget.show(JOURNAL)
        app.log_widget.show(records([evaluated(7, 5.0)], first=1000))
        await settled(pilot)
        assert steps(app) == [7]
        app.log_widget.show(())
        await settled(pilot)
        assert steps(app) == []


async def test_last_words_stand_below_and_are_harmless():
    async with running(LogApp(), (80, 8)) as (app, pilot):
        app.log_widget.show(JOURNAL[:2], ("Traceback\x1b[2J", "[/b] MemoryError"))
        await settled(pilot)
        lines = screen_lines(app)
        assert lines[2] == "Traceback␛[2J"
        assert lines[3] == "[/b] MemoryError"


async def test_a_long_line_says_that_it_is_cut():
    async with running(LogApp(), (50, 8)) as (app, pilot):
        app.log_widget.show(records([sampled(10, "想" * 60)]))
        await settled(pilot)
        assert screen_text(app).split("\n")[0].rstrip().endswith("…")
