"""`Series`: a curve of any length in a bounded size, which keeps what the eye would miss: its extremes and its ends.

Steps are cut into equal buckets; of each, the first, lowest, highest and last point stay. When there are too many
buckets they are joined in pairs. Which points stay depends on the points alone, not on the pieces they came in. They
are packed: as objects of their own they would be a fifth of what a long run has a viewer keep, and come and go among
all else in memory. It must not know what is measured, nor how it is drawn.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from struct import Struct

import msgspec

Point = tuple[int, float]
"""A step and the value measured there."""

Bucket = tuple[Point, Point, Point, Point]
"""The first, lowest, highest and last point of one stretch of steps."""

BUCKETS = 512
"""The most that a series keeps; twice the columns of dots of a wide chart."""

BUCKET = Struct("<qdqdqdqd")
"""How a bucket is packed."""


class Series(msgspec.Struct, frozen=True):
    """Points in the order of their steps, at most four a bucket; steps below 2^63."""

    width: int = 1
    """Steps in a bucket, a power of two; bucket n holds the steps from n * width."""
    packed: bytes = b""
    """The buckets, one after the other."""

    def extend(self, points: Iterable[Point]) -> Series:
        """The series with points after it.

        A point at a step that was there already replaces everything from that step on: it was trained again.
        """
        width, held = self.width, bytearray(self.packed)
        tail = _numbers(held)  # what the last bucket is to be; `held` is told when another takes its place
        for step, value in points:
            if not math.isfinite(value):
                continue
            if tail and step <= tail[6]:
                _tell(held, tail)
                _cut(held, step - 1)
                tail = _numbers(held)
            if tail and tail[0] // width == step // width:
                if value < tail[3]:
                    tail[2:4] = step, value
                if value > tail[5]:
                    tail[4:6] = step, value
                tail[6:] = step, value
                continue
            _tell(held, tail)
            tail = [step, value] * 4
            held += BUCKET.pack(*tail)
            while len(held) > BUCKETS * BUCKET.size:
                width *= 2
                held = _joined(held, width)
                tail = _numbers(held)
        _tell(held, tail)
        return Series(width, bytes(held))

    def until(self, step: int) -> Series:
        """The series without what came after a step."""
        if not self.packed or _numbers(self.packed)[6] <= step:
            return self
        held = bytearray(self.packed)
        _cut(held, step)
        return Series(self.width, bytes(held))

    def sound(self) -> bool:
        """Whether points may have given it: a series that comes from outside can be anything of its type."""
        if len(self.packed) > BUCKETS * BUCKET.size or len(self.packed) % BUCKET.size or self.width <= 0:
            return False
        buckets = list(self.buckets())
        ends = [step for bucket in buckets for step in (bucket[0][0], bucket[3][0])]
        return (
            all(_is_bucket(bucket, self.width) for bucket in buckets)
            and all(math.isfinite(point[1]) for bucket in buckets for point in bucket)
            and ends == sorted(ends)
            and len({bucket[0][0] // self.width for bucket in buckets}) == len(buckets)
        )

    def buckets(self) -> Iterator[Bucket]:
        """What is kept of each stretch of steps."""
        for a, at_a, b, at_b, c, at_c, d, at_d in BUCKET.iter_unpack(self.packed):
            yield (a, at_a), (b, at_b), (c, at_c), (d, at_d)

    def points(self) -> Iterator[Point]:
        """Every point that was kept, steps rising."""
        for bucket in self.buckets():
            yield from sorted(set(bucket))

    @property
    def last(self) -> Point | None:
        return (*_numbers(self.packed)[6:],) if self.packed else None

    @property
    def lowest(self) -> Point | None:
        """The first of the lowest points."""
        return min((bucket[1] for bucket in self.buckets()), key=_value, default=None)

    @property
    def highest(self) -> Point | None:
        """The first of the highest points."""
        return max((bucket[2] for bucket in self.buckets()), key=_value, default=None)


def pack(buckets: Iterable[Bucket]) -> bytes:
    """The buckets as a series keeps them."""
    return b"".join(BUCKET.pack(*(number for point in bucket for number in point)) for bucket in buckets)


def _value(point: Point) -> float:
    return point[1]


def _is_bucket(bucket: Bucket, width: int) -> bool:
    first, low, high, last = bucket
    inside = all(first[0] <= point[0] <= last[0] for point in bucket) and first[0] // width == last[0] // width
    return inside and first[0] >= 0 and low[1] == min(map(_value, bucket)) and high[1] == max(map(_value, bucket))


def _numbers(held: bytes | bytearray) -> list:
    """The steps and values of the last bucket; none where there is no bucket."""
    return [*BUCKET.unpack_from(held, len(held) - BUCKET.size)] if held else []


def _tell(held: bytearray, numbers: list) -> None:
    """Have the last bucket be these."""
    if held:
        BUCKET.pack_into(held, len(held) - BUCKET.size, *numbers)


def _joined(held: bytearray, width: int) -> bytearray:
    """The buckets, each two that are now of one stretch as one."""
    joined = bytearray()
    for bucket in BUCKET.iter_unpack(held):
        before = _numbers(joined)
        if before and before[0] // width == bucket[0] // width:
            low = bucket[2:4] if bucket[3] < before[3] else before[2:4]
            high = bucket[4:6] if bucket[5] > before[5] else before[4:6]
            _tell(joined, [*before[:2], *low, *high, *bucket[6:]])
        else:
            joined += BUCKET.pack(*bucket)
    return joined


def _cut(held: bytearray, step: int) -> None:
    """Drop the points after a step; of a bucket that is cut through, what was kept of its beginning stays."""
    while held and _numbers(held)[0] > step:
        del held[-BUCKET.size :]
    if numbers := _numbers(held):
        left = sorted(point for point in zip(numbers[::2], numbers[1::2], strict=True) if point[0] <= step)
        held[-BUCKET.size :] = pack([(left[0], min(left, key=_value), max(left, key=_value), left[-1])])
