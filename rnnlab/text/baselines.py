"""How hard a text is before any network: what simple models and a compressor make of its held-out last tenth.

The models learn from the first nine tenths: `uniform`, `unigram` and `bigram` (each count plus ADDED), and a 5-gram
with interpolated Kneser-Ney smoothing. Losses are mean nats per held-out token; every held-out token is predicted
from the true ones before it, as a network that carries its state is measured. It must not know networks or screens.
"""

from __future__ import annotations

import lzma
import math

import msgspec
import numpy as np

from rnnlab.errors import CorpusError
from rnnlab.events import perplexity
from rnnlab.text.corpus import Corpus
from rnnlab.text.report import Baseline, Baselines

ADDED = 0.1
"""Added to every count of the unigram and bigram model, so that the unseen is possible."""
ORDER = 5
"""Tokens that the largest of the models looks at, the predicted one among them."""
HELD_OUT = 10
"""One token in so many, at the end, is held out."""
MAX_TOKENS = 2_000_000
"""The models read no more than so many tokens from the beginning: a few seconds' work."""
MAX_COMPRESSED = 8 << 20
"""xz reads no more than so many bytes from the beginning."""
DENSE = 1 << 24
"""Keys up to here are ranked through a table, larger ones by sorting."""
MIN_TOKENS = 2 * HELD_OUT


def baselines(corpus: Corpus) -> Baselines:
    """The yardsticks of a corpus, the hardest-pressed last; raises CorpusError where a tenth of it is nothing."""
    models = _models(corpus)
    xz = compressed_bits(corpus.head(MAX_COMPRESSED)) * math.log(2) * corpus.characters_per_token
    rows = (*models.rows, _row("xz", xz, corpus.characters_per_token))
    return msgspec.structs.replace(models, rows=rows)


def rulers(corpus: Corpus) -> dict[str, float]:
    """The perplexities of the models that learn, by name; none where the text is too short for a held-out tenth."""
    try:
        rows = _models(corpus).rows
    except CorpusError:
        return {}
    return {row.name: row.perplexity for row in rows if row.name != "uniform" and row.perplexity}


def _models(corpus: Corpus) -> Baselines:
    """The models' yardsticks, measured once for a text that is kept."""
    size = len(corpus.vocabulary)
    if len(corpus.ids) < MIN_TOKENS:
        raise CorpusError(
            f"{corpus.name} has {len(corpus.ids)} tokens, too few to hold a tenth out: take a longer text"
        )
    if known := corpus.encoded.note("baselines", Baselines):
        return known
    ids = corpus.ids[:MAX_TOKENS].astype(np.int64)
    held_out = len(ids) // HELD_OUT
    losses = {
        "uniform": math.log(size),
        "unigram": unigram_loss(ids, held_out, size),
        "bigram": bigram_loss(ids, held_out, size),
        f"{ORDER}-gram": kneser_ney_loss(ids, held_out, size, ORDER),
    }
    rows = tuple(_row(name, loss, corpus.characters_per_token) for name, loss in losses.items())
    found = Baselines(tokens=len(ids), held_out=held_out, rows=rows)
    corpus.encoded.add_note("baselines", found)
    return found


def unigram_loss(ids: np.ndarray, held_out: int, size: int) -> float:
    """Of guessing by frequency: p(w) = (c(w) + 0.1) / (n + 0.1 V)."""
    known, asked = ids[:-held_out], ids[-held_out:]
    counts = np.bincount(known, minlength=size)
    return _mean_loss((counts[asked] + ADDED) / (len(known) + ADDED * size))


def bigram_loss(ids: np.ndarray, held_out: int, size: int) -> float:
    """Of guessing by the token before: p(w | v) = (c(v w) + 0.1) / (c(v) + 0.1 V)."""
    pairs = _ranks(ids[:-1] * size + ids[1:])
    known = len(pairs) - held_out
    together = np.bincount(pairs[:known], minlength=pairs.max() + 1)[pairs[known:]]
    before = np.bincount(ids[:known], minlength=size)[ids[known:-1]]
    return _mean_loss((together + ADDED) / (before + ADDED * size))


def kneser_ney_loss(ids: np.ndarray, held_out: int, size: int, order: int) -> float:
    """Of an n-gram model with interpolated Kneser-Ney smoothing, one discount for each order.

    p(w | h) = max(c(h w) - D, 0) / c(h) + D t(h) / c(h) p(w | h'), where h' is h without its first token, t(h) how
    many tokens follow h, and below the highest order c counts the different tokens before instead of occurrences;
    under the unigram lies the uniform distribution. D = n1 / (n1 + 2 n2), nk being how many grams have count k.
    Kneser and Ney, Improved backing-off for m-gram language modeling (1995), in the interpolated form of Chen and
    Goodman, An empirical study of smoothing techniques for language modeling (1998).
    """
    grams = _grams(ids, order)
    probability = np.full(held_out, 1.0 / size)
    for length in range(1, order + 1):
        longer = grams[length + 1] if length < order else None
        histories = _histories(grams[length - 1], length)
        probability = _interpolate(probability, grams[length], histories, longer, held_out)
    return _mean_loss(probability)


def compressed_bits(text: str) -> float:
    """Bits per character that xz needs for the text, its header among them."""
    raw = text[:MAX_COMPRESSED].encode()[:MAX_COMPRESSED]
    characters = len(raw.decode(errors="ignore"))
    # The preset's own dictionary of 64 MiB would take ten times as much memory, and find nothing more here.
    filters = [{"id": lzma.FILTER_LZMA2, "preset": 9, "dict_size": max(4096, min(len(raw), MAX_COMPRESSED))}]
    return 8 * len(lzma.compress(raw, filters=filters)) / characters


def _grams(ids: np.ndarray, order: int) -> list[np.ndarray]:
    """For each length the rank of the gram that ends at each token; the first ones, cut short, are grams of their own.

    A gram is the pair of the gram before it, one token shorter, and its last token, so that ranks stay below the
    number of tokens and a pair fits 64 bits, whatever the order.
    """
    size = int(ids.max()) + 1
    grams = [np.zeros(len(ids), dtype=np.int64)]
    for length in range(1, order + 1):
        grams.append(_ranks(_histories(grams[-1], length) * size + ids))
    return grams


def _histories(shorter: np.ndarray, length: int) -> np.ndarray:
    """What stands before the last token of each gram of that length: the shorter gram that ends a token earlier."""
    # The empty history is the same everywhere; of the others, the one before the text is like no other.
    return np.concatenate(([1 if length == 1 else 0], shorter[:-1] + 1))


def _interpolate(
    lower: np.ndarray, grams: np.ndarray, histories: np.ndarray, longer: np.ndarray | None, held_out: int
) -> np.ndarray:
    """The held-out tokens' probabilities one order higher than `lower`."""
    known = len(grams) - held_out
    counted = np.arange(known) if longer is None else _places(longer[:known])
    counts = np.bincount(grams[counted], minlength=grams.max() + 1)
    totals = np.bincount(histories[counted], minlength=histories.max() + 1)
    kinds = np.bincount(histories[_places(grams[:known])], minlength=len(totals))
    discount = _discount(counts)
    asked, past = grams[known:], histories[known:]
    total = np.maximum(totals[past], 1)
    higher = (np.maximum(counts[asked] - discount, 0) + discount * kinds[past] * lower) / total
    return np.where(totals[past] > 0, higher, lower)


def _discount(counts: np.ndarray) -> float:
    once, twice = int((counts == 1).sum()), int((counts == 2).sum())
    return once / (once + 2 * twice) if once else 0.5


def _ranks(keys: np.ndarray) -> np.ndarray:
    """Each key, none of them negative, as its rank among the different ones."""
    last = int(keys.max())
    if last > DENSE:
        return np.unique(keys, return_inverse=True)[1]
    # No sorting where a table of all possible keys is small: several times as fast.
    seen = np.zeros(last + 1, dtype=bool)
    seen[keys] = True
    return (np.cumsum(seen, dtype=np.int32) - 1)[keys].astype(np.int64)


def _places(ranks: np.ndarray) -> np.ndarray:
    """One place for each different rank."""
    places = np.full(int(ranks.max()) + 1, -1, dtype=np.int64)
    places[ranks] = np.arange(len(ranks))
    return places[places >= 0]


def _mean_loss(probability: np.ndarray) -> float:
    return -float(np.log(probability).mean())


def _row(name: str, loss: float, characters_per_token: float) -> Baseline:
    loss += 0.0  # a certain text's is no zero with a sign
    bits = loss / math.log(2) / characters_per_token
    return Baseline(name=name, loss=loss, perplexity=perplexity(loss), bits_per_character=bits)
