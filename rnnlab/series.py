"""`Series`: a curve of any length in a bounded size, which keeps what the eye would miss: its extremes and its ends.

Steps are cut into equal buckets; of each, the first, lowest, highest and last point stay. When there are too many
buckets they are joined in pairs. Which points stay depends on the points alone, not on the pieces they came in. It must
not know what is measured, nor how it is drawn.
"""

from __future__ import annotations

import math
from collections.abc import Iterable

import msgspec

Point = tuple[int, float]
"""A step and the value measured there."""

Bucket = tuple[Point, Point, Point, Point]
"""The first, lowest, highest and last point of one stretch of steps."""

BUCKETS = 512
"""The most that a series keeps; twice the columns of dots of a wide chart."""


class Series(msgspec.Struct, frozen=True):
    """Points in the order of their steps, at most four a bucket."""

    width: int = 1
    """Steps in a bucket, a power of two; bucket n holds the steps from n * width."""
    buckets: tuple[Bucket, ...] = ()

    def extend(self, points: Iterable[Point]) -> Series:
        """The series with points after it.

        A point at a step that was there already replaces everything from that step on: it was trained again.
        """
        width, buckets = self.width, list(self.buckets)
        for step, value in points:
            if not math.isfinite(value):
                continue
            if buckets and step <= buckets[-1][3][0]:
                _cut(buckets, step - 1)
            _push(buckets, width, (step, value))
            while len(buckets) > BUCKETS:
                width *= 2
                buckets = _joined(buckets, width)
        return Series(width, tuple(buckets))

    def until(self, step: int) -> Series:
        """The series without what came after a step."""
        if not self.buckets or self.buckets[-1][3][0] <= step:
            return self
        buckets = list(self.buckets)
        _cut(buckets, step)
        return Series(self.width, tuple(buckets))

    def sound(self) -> bool:
        """Whether points may have given it: a series that comes from outside can be anything of its type."""
        ends = [step for bucket in self.buckets for step in (bucket[0][0], bucket[3][0])]
        return (
            self.width > 0
            and len(self.buckets) <= BUCKETS
            and all(_is_bucket(bucket, self.width) for bucket in self.buckets)
            and all(math.isfinite(point[1]) for bucket in self.buckets for point in bucket)
            and ends == sorted(ends)
            and len({bucket[0][0] // self.width for bucket in self.buckets}) == len(self.buckets)
        )

    def points(self) -> list[Point]:
        """Every point that was kept, steps rising."""
        return [point for bucket in self.buckets for point in sorted(set(bucket))]

    @property
    def last(self) -> Point | None:
        return self.buckets[-1][3] if self.buckets else None

    @property
    def lowest(self) -> Point | None:
        """The first of the lowest points."""
        return min((bucket[1] for bucket in self.buckets), key=_value, default=None)

    @property
    def highest(self) -> Point | None:
        """The first of the highest points."""
        return max((bucket[2] for bucket in self.buckets), key=_value, default=None)


def _value(point: Point) -> float:
    return point[1]


def _is_bucket(bucket: Bucket, width: int) -> bool:
    first, low, high, last = bucket
    inside = all(first[0] <= point[0] <= last[0] for point in bucket) and first[0] // width == last[0] // width
    return inside and first[0] >= 0 and low[1] == min(map(_value, bucket)) and high[1] == max(map(_value, bucket))


def _push(buckets: list[Bucket], width: int, point: Point) -> None:
    if not buckets or buckets[-1][0][0] // width != point[0] // width:
        buckets.append((point, point, point, point))
        return
    first, low, high, _ = buckets[-1]
    buckets[-1] = (first, point if point[1] < low[1] else low, point if point[1] > high[1] else high, point)


def _joined(buckets: list[Bucket], width: int) -> list[Bucket]:
    joined: list[Bucket] = []
    for bucket in buckets:
        if joined and joined[-1][0][0] // width == bucket[0][0] // width:
            joined[-1] = _bounds((*joined[-1], *bucket))
        else:
            joined.append(bucket)
    return joined


def _cut(buckets: list[Bucket], step: int) -> None:
    """Drop the points after a step; of a bucket that is cut through, what was kept of its beginning stays."""
    while buckets and buckets[-1][0][0] > step:
        buckets.pop()
    if buckets:
        buckets[-1] = _bounds([point for point in buckets[-1] if point[0] <= step])


def _bounds(points: Iterable[Point]) -> Bucket:
    ordered = sorted(points)
    return ordered[0], min(ordered, key=_value), max(ordered, key=_value), ordered[-1]
