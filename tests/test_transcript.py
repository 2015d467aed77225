"""The tree of branches: places, the way back and forward, and what a transcript of any age comes to."""

import tracemalloc

import msgspec
import pytest

from rnnlab.dialogue import Turn
from rnnlab.specs import SampleSpec
from rnnlab.specs.clamps import Clamp
from rnnlab.transcript import Place, Tree, drawn, found, markdown, shared, signature


def turn(name, prefix="", text="", *, parent="", kept=0, written=0, **more):
    """A turn whose tokens are the code points of its characters."""
    ids = {"read": tuple(map(ord, prefix)), "tokens": tuple(map(ord, text)), "sizes": ()}
    own = Turn(prefix=prefix, text=text, run="gru", step=5, seed=3, id=name)
    return msgspec.structs.replace(own, parent=parent, kept=kept, written=written, **{**ids, **more})


TREE = Tree.of(
    [
        turn("a", "The tide", " rose and fell"),
        turn("b", "", " away", parent="a", kept=14, written=14),
        turn("c", "", " and sank", parent="a", kept=5, written=5),
        turn("d", ", they said,", " at noon", parent="b", kept=5),
        turn("e", "Nan", " sat"),
    ]
)


def test_a_place_has_a_text_and_the_tokens_that_a_model_read_there():
    for place, text in (
        (Place("a", 5), "The tide rose"),
        (Place("b", 2), "The tide rose and fell a"),
        (Place("c", 9), "The tide rose and sank"),
        (Place("d", 8), "The tide rose and fell away, they said, at noon"),
    ):
        assert TREE.text(place) == text
        assert TREE.tokens(place) == tuple(map(ord, text))


def test_the_newest_turns_are_a_tree_in_which_what_lost_its_beginning_begins_a_text():
    newest = TREE.newest(3)
    assert list(newest.turns) == ["c", "d", "e"]
    assert newest.text(Place("c", 9)) == " and sank"
    assert newest.text(newest.end("e")) == "Nan sat"
    assert TREE.newest(9).turns == TREE.turns


def test_a_token_that_adds_more_or_less_than_one_character_is_cut_off_whole():
    words = turn("w", "a", " word by word?", tokens=(4, 5, 6, 7), sizes=(5, 3, 5, 0))
    tree = Tree.of([words])
    assert [tree.text(Place("w", n)) for n in range(5)] == [
        "a",
        "a word",
        "a word by",
        "a word by word",
        "a word by word",
    ]


def test_what_was_typed_is_told_from_what_was_written():
    assert [(span.text, span.typed) for span in TREE.spans(Place("d", 3))] == [
        ("The tide", True), (" rose and fell", False), (" away", False), (", they said,", True), (" at", False),
    ]  # fmt: skip


def test_draws_go_on_from_all_that_was_written_with_the_seed():
    assert [TREE.written(place) for place in (Place("a", 5), Place("b", 2), Place("d", 8), Place("?", 0))] == [
        5,
        16,
        8,
        0,
    ]


def test_stepping_back_visits_every_token_once_and_then_what_was_typed():
    place, texts = TREE.end("b"), []
    while place is not None:
        texts.append(TREE.text(place))
        place = TREE.back(place)
    whole = "The tide rose and fell away"
    assert texts == [whole[:n] for n in range(len(whole), len("The tide") - 1, -1)]
    assert TREE.back(Place("d", 0)) == Place("b", 5)


def test_stepping_forward_goes_along_the_newest_branch_to_its_end():
    place, texts = Place("a", 0), []
    while place is not None:
        texts.append(TREE.text(place))
        place = TREE.forward(place)
    whole = "The tide rose and sank"
    assert texts == [whole[:n] for n in range(len("The tide"), len(whole) + 1)]
    assert TREE.forward(Place("a", 14)) == Place("b", 1)
    assert TREE.forward(Place("b", 5)) == Place("d", 0)


def test_branches_come_under_the_text_that_they_leave_and_what_goes_straight_on_stays_in_its_column():
    assert [(branch.turn.id, branch.depth) for branch in TREE.branches()] == [
        ("a", 0), ("c", 1), ("b", 0), ("d", 0), ("e", 0),
    ]  # fmt: skip


def test_a_list_tells_a_branch_from_what_goes_straight_on_where_both_stand_in_one_column():
    beside = Tree.of(
        [*TREE.turns.values(), turn("f", "", "!", parent="c", kept=9), turn("g", "", "?", parent="c", kept=9)]
    )
    assert [(branch.turn.id, branch.lead) for branch in beside.branches()] == [
        ("a", ""), ("c", "  └ "), ("g", "    └ "), ("f", "  ↓ "), ("b", "↓ "), ("d", "↓ "), ("e", ""),
    ]  # fmt: skip


def test_a_tree_that_grew_leaves_the_one_before_as_it_was():
    grown = TREE.added(turn("f", "", "!", parent="e", kept=4))
    assert grown.text(grown.end("f")) == "Nan sat!"
    assert "f" not in TREE.turns


def test_turns_of_before_there_were_branches_have_texts_and_no_tokens():
    old = [Turn(prefix="one", text=" two", run="r", step=1), Turn(prefix="three", text="", run="r", step=2)]
    tree = Tree.of(old)
    first, second = tree.turns
    assert tree.text(tree.end(first)) == "one two"
    assert (tree.tokens(tree.end(first)), tree.tokens(tree.end(second))) == (None, None)
    assert tree.back(tree.end(first)) is None


def test_parents_that_are_missing_or_come_later_and_names_that_come_twice_are_no_harm():
    circle = [turn("x", "p", "q", parent="y"), turn("y", "r", "s", parent="x", kept=1), turn("x", "t", "u")]
    tree = Tree.of(circle)
    assert len(tree.turns) == 3
    assert len(list(tree.branches())) == 3
    assert [tree.text(tree.end(name)) for name in tree.turns] == ["pq", "pqrs", "tu"]
    assert tree.tokens(tree.end("x")) is None


def test_turns_are_found_by_what_was_typed_written_or_the_run():
    turns = list(TREE.turns.values())
    assert [t.id for t in found(turns, "tide ROSE")] == ["a"]
    assert [t.id for t in found(turns, "noon")] == ["d"]
    assert len(found(turns, "gru")) == len(turns)
    assert found(turns, "x|.*") == []


@pytest.mark.parametrize(
    ("sample", "words"),
    [
        (SampleSpec(), ["T 0.8", "seed 3"]),
        (SampleSpec(cycle=("0.4", "1.2"), top_p=0.9), ["T 0.4/1.2", "top p 0.9", "seed 3"]),
        (SampleSpec(greedy=True, repetition=1.5), ["greedy", "repetition 1.5"]),
        (SampleSpec(beam=4, temperature=2.0), ["beam 4"]),
        (SampleSpec(top_k=5, min_p=0.1), ["T 0.8", "top k 5", "min p 0.1", "seed 3"]),
    ],
)
def test_a_signature_has_what_one_must_set_to_get_the_text_again(sample, words):
    made = msgspec.structs.replace(TREE.turns["a"], sample=sample)
    assert drawn(made) == words
    held = msgspec.structs.replace(made, clamp=(Clamp(0, 7, -1.5),), split="validation", perplexity=4.875)
    assert "unit 0:7=-1.5" in drawn(held)
    assert signature(held).startswith("gru, step 5, validation perplexity 4.875, ")


def test_markdown_cannot_be_left_by_what_a_model_wrote():
    hostile = turn("h", "`x`", "````\n# no heading\x1b[2J\n```")
    lines = markdown(Tree.of([hostile]), "main").split("\n")
    fences = [n for n, line in enumerate(lines) if line.startswith("`````")]
    assert len(fences) == 2
    assert fences[0] < lines.index("# no heading␛[2J") < fences[1]
    assert [line for line in lines[: fences[0]] if line.startswith("#")] == [
        "# main",
        "## 1. gru, step 5, T 0.8, seed 3",
    ]
    assert "Typed: `` `x` ``" in lines


def test_markdown_holds_every_branch_with_its_whole_text():
    document = markdown(TREE, "main")
    assert document.count("\n## ") == 5
    assert "The tide rose and fell away, they said, at noon" in document


def test_a_tree_packs_the_ids_of_tokens_and_says_them_as_they_were():
    tokens = (*range(250, 400), 70_000)
    long = turn("a", "", "x" * 302, tokens=tokens, sizes=(2,) * 151)
    for tree in (Tree.of([long]), Tree().added(long), Tree.of([long]).newest(1)):
        kept = tree.turns["a"]
        assert kept == long
        assert hash(kept.tokens) == hash(tokens)
        assert kept.tokens[:3] == (250, 251, 252)
        assert (kept.tokens[-1], len(kept.tokens)) == (70_000, 151)
        assert tree.text(Place("a", 3)) == "x" * 6


def test_a_tree_of_many_turns_takes_little_room():
    tracemalloc.start()
    try:
        tree = Tree.of(turn(f"{n}", "Nan", "x" * 400, tokens=tuple(range(60_000, 60_400))) for n in range(50))
        room, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert len(tree.turns) == 50
    assert room < 50 * 3000  # the ids alone would be 14,000 bytes a turn


@pytest.mark.parametrize("number", [-1, 1 << 63])
def test_numbers_that_are_no_ids_of_tokens_stay_as_they_are(number):
    damaged = turn("a", "", "x", tokens=(number,))
    assert Tree.of([damaged]).turns["a"] == damaged


def test_what_turns_have_in_common_is_there_once():
    hot = SampleSpec(temperature=0.1 + 0.2)
    turns = [msgspec.json.decode(msgspec.json.encode(turn(n, "The ", n, sample=hot)), type=Turn) for n in "abc"]
    turns += [turn("d", "Nan", "d", sample=SampleSpec(temperature=0.5))]
    same = list(shared(turns))
    assert same == turns
    assert same[0].sample is same[2].sample
    assert same[0].prefix is same[2].prefix
    assert Tree.of(same[:2]).added(turns[2]).turns["c"].sample is same[0].sample
