"""The feed: what it reads, when it tells, and what a slow screen does to it."""

from __future__ import annotations

import queue
import threading
import time

import pytest

from rnnlab.course import Course, fold
from rnnlab.errors import StorageError
from rnnlab.hosts.values import Beginning, Reading
from rnnlab.tui import feed
from rnnlab.tui.feed import Feed, Follower, News
from rnnlab.tui.run_view import RunView
from tests.tui.desks import STEPS, DeskHost, recording

RUN = "gru-256-calm-otter"


def latest(news: News) -> int:
    """The newest step that is in the view."""
    return news.view.latest.step if news.view and news.view.latest else 0


class Told:
    """Collects what a feed posts."""

    def __init__(self, host: DeskHost) -> None:
        self._news: queue.Queue[News] = queue.Queue()
        self.feed = Feed(host, "demo", self._news.put)

    def __enter__(self) -> Told:
        self.feed.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.feed.stop()

    def until(self, holds) -> News:
        while True:
            news = self._news.get(timeout=10)
            self.feed.heard()
            if holds(news):
                return news

    def silence(self, seconds: float) -> bool:
        try:
            self._news.get(timeout=seconds)
        except queue.Empty:
            return True
        return False

    @property
    def unheard(self) -> int:
        return self._news.qsize()


def test_it_tells_the_runs_and_folds_the_selected_one():
    with Told(DeskHost([recording(RUN)])) as told:
        told.feed.select(RUN)
        news = told.until(lambda news: news.view)
        assert [run.id for run in news.runs] == [RUN]
        assert news.view
        assert news.view.summary
        assert news.view.summary.id == RUN
        assert latest(news) == STEPS


def test_it_tells_nothing_while_nothing_changes():
    with Told(DeskHost([recording(RUN)])) as told:
        told.feed.select(RUN)
        told.until(lambda news: news.view)
        assert told.silence(0.8)


def test_a_run_that_grows_is_followed():
    host = DeskHost([recording(RUN)])
    host.reveal(RUN, 4)
    with Told(host) as told:
        told.feed.select(RUN)
        told.until(lambda news: latest(news) == 20)
        host.reveal(RUN, 6)
        told.until(lambda news: latest(news) == 40)


def test_trouble_is_told_and_so_is_its_end():
    host = DeskHost([recording(RUN)])
    with Told(host) as told:
        told.feed.select(RUN)
        told.until(lambda news: news.view)
        host.trouble = StorageError("the disk does not answer")
        assert told.until(lambda news: news.trouble).view, "what was read stays"
        host.trouble = None
        told.until(lambda news: not news.trouble)


def test_a_run_that_is_gone_has_no_view():
    host = DeskHost([recording(RUN, state="finished")])
    with Told(host) as told:
        told.feed.select(RUN)
        told.until(lambda news: news.view)
        host.delete(RUN)
        told.feed.wake()
        assert told.until(lambda news: not news.runs).view is None


def test_a_run_that_ended_badly_comes_with_its_last_words():
    class Talking(DeskHost):
        def log(self, run: str, lines: int = 20) -> tuple[str, ...]:
            return ("loading torch", "killed")[-lines:]

    with Told(Talking([recording(RUN, state="died")])) as told:
        told.feed.select(RUN)
        assert told.until(lambda news: news.view).last_words == ("loading torch", "killed")


def test_a_list_of_runs_that_takes_long_is_asked_for_seldom():
    class Slow(DeskHost):
        listed = 0

        def runs(self, session: str = ""):
            self.listed += 1
            time.sleep(0.3)
            return super().runs(session)

    host = Slow([recording(RUN)])
    with Told(host) as told:
        told.feed.select(RUN)
        told.until(lambda news: news.view)
        listed = host.listed
        assert told.silence(2.0)
        assert host.listed == listed


class Growing(DeskHost):
    """A run that has four records more whenever it is read; the thirtieth time it says so."""

    def __init__(self) -> None:
        super().__init__([recording(RUN)])
        self.often = threading.Event()
        self._reads = 0

    def read(self, run: str, cursor: int = 0, limit: int = 2000) -> Reading:
        self._reads += 1
        self.reveal(RUN, 4 * self._reads)
        if self._reads == 30:
            self.often.set()
        return super().read(run, cursor, limit)


def test_news_does_not_pile_up_before_a_screen_that_is_slow(monkeypatch):
    monkeypatch.setattr(feed, "LIVE_SECONDS", 0.001)
    host = Growing()
    with Told(host) as told:
        told.feed.select(RUN)
        assert host.often.wait(10)
        assert told.unheard == 1
        told.until(lambda news: latest(news) >= 200)


def test_news_that_was_not_looked_at_yet_is_replaced():
    old, new = (News((), "", None, (), trouble) for trouble in ("a", "b"))
    assert old.can_replace(new)


class Endless(DeskHost):
    """A journal that never ends."""

    def read(self, run: str, cursor: int = 0, limit: int = 2000) -> Reading:
        return Reading(records=(), cursor=cursor + limit, more=True, damaged=0)


def test_a_long_journal_is_read_by_budget_and_told_on_the_way():
    follower = Follower(Endless([recording(RUN)]), RUN)
    follower.follow(lambda: False)
    assert follower.more
    assert isinstance(follower.view, RunView)


def test_a_long_journal_does_not_keep_a_feed_from_stopping():
    before = threading.active_count()
    with Told(Endless([recording(RUN)])) as told:
        told.feed.select(RUN)
        told.until(lambda news: news.view)
    for thread in threading.enumerate():
        if thread.name == "feed":
            thread.join(5)
    assert threading.active_count() <= before


class Known(DeskHost):
    """A host that knows how the run began."""

    KNOWN = 20

    def beginning(self, run: str) -> Beginning:
        records = super().read(run, 0, self.KNOWN).records
        return Beginning(course=fold(Course(), records), cursor=self.KNOWN)

    def read(self, run: str, cursor: int = 0, limit: int = 2000) -> Reading:
        assert cursor >= self.KNOWN
        return super().read(run, cursor, limit)


def test_what_the_host_knows_of_a_run_is_not_read_again():
    told = {}
    for host in (Known, DeskHost):
        follower = Follower(host([recording(RUN)]), RUN)
        follower.follow(lambda: False)
        told[host] = follower.view
    assert told[Known] == told[DeskHost]


@pytest.mark.parametrize("other", ["", "no-such-run"])
def test_an_unknown_selection_reads_nothing(other):
    follower = Follower(DeskHost([recording(RUN)]), other)
    follower.follow(lambda: False)
    assert follower.view is None
