"""The one table of keys: what each does and where, for the footer, the help screen, the palette and the user's keymap.

A widget takes its bindings from here by the name of the place it is (`BINDINGS = keys.of("training")`) and has the
actions that the table names. It must not know any widget, nor what an action does.
"""

from __future__ import annotations

import msgspec
from textual.binding import Binding, BindingType


class Key(msgspec.Struct, frozen=True):
    """One line of the table."""

    where: str
    """The place in whose widget the action is: a pane's id, `bench` for the screen, `anywhere` for the program, or a
    smaller part such as `vocabulary`."""
    id: str
    """What a user's keymap calls it; unique."""
    keys: str
    """Textual's names of the keys, separated by commas; the first is shown."""
    action: str
    description: str
    """A word or two for the footer."""
    tooltip: str
    """One sentence for the help screen and the palette."""
    weight: int = 0
    """How long it stays in a footer that is too narrow: the heaviest longest; 0 is never shown there."""


PLACES = {
    "anywhere": "Everywhere",
    "bench": "The bench",
    "corpus": "Corpus",
    "vocabulary": "Vocabulary",
    "model": "Model",
    "training": "Training",
    "generate": "Generate",
    "branches": "The list of branches",
    "runs": "The list of runs",
    "microscope": "The microscope",
    "lens": "Surprise",
    "samples": "Samples",
    "memory": "Memory",
    "agreement": "Agreement",
    "neurons": "Neurons",
    "originality": "Originality",
    "against": "The list of what to hold it against",
    "own-text": "A text of your own",
}
"""Every place with its heading in the help screen, in the order shown."""

ABOUT = {
    "generate": "What the model writes after your beginning; the same seed at the same step writes the same text. Try "
    "another temperature, step back some tokens (←) and go on (Enter), or choose each token yourself (^N).",
    "branches": "All that was written in this session; what goes on from another text stands under it.",
    "microscope": "What the chosen run's model has learnt, from its newest saved weights, also while it trains.",
    "lens": "Each token shaded by the bits it cost. Try a mistake in a sentence of your own (e), another run (v).",
    "samples": "What it wrote while it trained, untrained first. Step through with ← →: when do words come?",
    "memory": "What of the loss reaches k steps back, and what context is worth. Try an rnn beside an lstm (v).",
    "agreement": "Does a verb agree with a noun far before it? Half right is guessing. Try runs on corpus agreement.",
    "neurons": "The text by one unit: up coloured and underlined, down slanted. Try / with [aeiou] or quotes, then c.",
    "originality": "What of its texts stands word for word in its corpus, and where. Try more dropout if it is much.",
}
"""Of some places, what one is looking at there and what to try, for the help screen and the place itself."""

OF_BENCH = ("anywhere", "bench", "corpus", "vocabulary", "model", "training", "generate")
"""Places whose commands can be had from anywhere on the bench."""
OF_MICROSCOPE = ("microscope", "lens", "samples", "memory", "agreement", "neurons", "originality")
"""Places whose commands can be had from anywhere in the microscope."""

TABLE = (
    Key("anywhere", "help", "question_mark,f1", "help", "help", "Show every key and what it does.", 98),
    Key("anywhere", "palette", "ctrl+p", "command_palette", "commands", "Find any command by typing a part of it.", 40),
    Key("anywhere", "leave", "q,ctrl+q", "leave", "leave", "Leave; what trains goes on training.", 99),
    Key("bench", "corpus", "f2,2", "pane('corpus')", "corpus", "Go to the corpora and their vocabularies."),
    Key("bench", "model", "f3,3", "pane('model')", "model", "Go to the form with the hyperparameters."),
    Key("bench", "training", "f4,4", "pane('training')", "training", "Go to the curves and the log of the run."),
    Key("bench", "generate", "f5,5", "pane('generate')", "generate", "Go to the console and write with the model."),
    Key("bench", "microscope", "f6,6", "microscope", "microscope", "See what the run's model has learnt.", 58),
    Key("bench", "zoom", "z", "zoom", "zoom", "Give the pane the whole screen, and back.", 50),
    Key("bench", "runs", "o", "runs", "runs", "List the runs: choose another, or delete one.", 60),
    Key("bench", "back", "escape", "back", "back", "Out of a field, then out of the zoom."),
    Key("corpus", "vocabulary", "v", "look('vocabulary')", "vocabulary", "Show the vocabulary as a table.", 70),
    Key("corpus", "text", "t", "look('text')", "text", "Show the text itself.", 69),
    Key("corpus", "ids", "i", "look('ids')", "ids", "Show the text as tokens above their ids.", 68),
    Key("corpus", "detail", "d", "look('detail')", "detail", "Show how hard the text is, lines, rare tokens.", 66),
    Key("corpus", "batch", "b", "look('batch')", "batch", "Show a batch as the model sees it, Y under X.", 64),
    Key("corpus", "compare", "c", "look('compare')", "compare", "Compare with the corpus under the cursor.", 62),
    Key("corpus", "unask", "escape", "give_up", "never mind", "Ask for no file, or stop reading the corpus.", 95),
    Key("vocabulary", "filter", "slash", "filter", "filter", "Show only the tokens that match what you type.", 80),
    Key("vocabulary", "sort", "s", "sort", "sort", "Sort by the next column.", 79),
    Key("vocabulary", "unfilter", "escape", "unfilter", "all tokens", "Show all tokens again.", 81),
    Key("vocabulary", "reverse", "r", "reverse", "reverse", "Turn the order around.", 55),
    Key("model", "start", "enter", "start", "start training", "Train this model on the chosen corpus.", 90),
    Key("model", "more", "m", "more", "more", "Show or hide the rarer hyperparameters.", 80),
    Key("model", "suggest", "u", "suggest", "suggest", "Fill in a spec to begin with for this text.", 60),
    Key("model", "default", "ctrl+r", "default", "default", "Put the field's default back.", 45),
    Key("training", "pause", "space", "toggle_pause", "pause", "Pause the run, or let it go on.", 90),
    Key("training", "resume", "r", "request('resume')", "resume", "Train on from the last checkpoint.", 85),
    Key("training", "stop", "s", "request('stop')", "stop", "Save a checkpoint and end the training.", 80),
    Key("training", "knobs", "t", "knobs", "knobs", "Turn the live run's rate, clipping, dropout or intervals."),
    Key("training", "checkpoint", "k", "request('checkpoint')", "checkpoint", "Save a checkpoint now.", 70),
    Key("generate", "hush", "escape", "stop", "stop", "Stop the answer, or choosing; what is there stays.", 90),
    Key("generate", "settings", "ctrl+t", "settings", "settings", "Change temperature, length, seed and the rest.", 85),
    Key("generate", "usual", "f7", "usual", "usual settings", "Put all settings back to what the run began with.", 40),
    Key("generate", "add", "ctrl+g", "add", "add", "Add what is typed to the text, and let the model go on.", 88),
    Key("generate", "regenerate", "ctrl+r", "again", "again", "The answer anew with another seed, as a branch.", 84),
    Key("generate", "tokens", "ctrl+n", "choose", "choose", "See what could come next, and choose token by token.", 83),
    Key("generate", "step-back", "left,backspace", "step(-1)", "token back", "One token back, where nothing is typed."),
    Key("generate", "step-on", "right,delete", "step(1)", "token on", "One token on again, where nothing is typed."),
    Key("generate", "branches", "ctrl+b", "branches", "branches", "All that was written: find, copy, go on there.", 82),
    Key("generate", "beside", "ctrl+o", "beside", "beside", "Let other runs, or other steps, write beside it.", 75),
    Key("generate", "copy", "ctrl+s", "copy", "copy", "Copy the text, to the clipboard and to a file.", 70),
    Key("generate", "blank", "ctrl+l", "blank", "new text", "Be done with the text: Enter begins another.", 65),
    Key("generate", "new-line", "ctrl+j,shift+enter", "new_line", "new line", "Go to a new line in what you type."),
    Key("generate", "earlier", "up", "recall(-1)", "earlier", "Bring back the beginning asked before this one."),
    Key("generate", "later", "down", "recall(1)", "later", "Go on to the beginning asked after this one."),
    Key("generate", "page-up", "pageup", "page(-1)", "page up", "Read what was written before."),
    Key("generate", "page-down", "pagedown", "page(1)", "page down", "Go on to what was written last."),
    Key("branches", "stand", "enter", "stand", "go on there", "Stand at the end of this text.", 90),
    Key("branches", "find", "slash", "find", "find", "Show only texts with the words you type.", 85),
    Key("branches", "copy-branch", "c", "copy", "copy", "Copy the text, to the clipboard and to a file.", 80),
    Key("branches", "markdown", "m", "markdown", "Markdown", "Write all of it to a Markdown file.", 75),
    Key("branches", "leave-branches", "escape", "leave", "back", "Out of finding, then back to the console.", 95),
    Key("runs", "choose", "enter", "select", "choose", "Look at this run.", 90),
    Key("runs", "delete", "d", "delete", "delete", "Delete the run and all it saved; asks first.", 80),
    Key("runs", "close", "escape", "close", "close", "Back to the bench.", 85),
    *(Key("microscope", f"part-{n}", f"{n}", f"part({n})", f"{n}", f"Go to part {n}.") for n in range(1, 7)),
    Key("microscope", "next-part", "tab", "turn(1)", "next part", "Go to the next part."),
    Key("microscope", "previous-part", "shift+tab", "turn(-1)", "previous part", "Go to the part before."),
    Key("microscope", "against", "v", "against", "against", "Hold it against other runs, or its other weights.", 80),
    Key("microscope", "time", "w", "time", "weights", "Other weights: the newest, the best, the untrained.", 75),
    Key("microscope", "look-again", "r", "again", "again", "Look again, at the newest saved weights.", 60),
    Key("microscope", "own", "e", "own", "own text", "Look at a text of your own, typed or pasted.", 70),
    Key("microscope", "passage", "n", "passage(1)", "next passage", "Look at the next passage of the corpus.", 65),
    Key("microscope", "passage-back", "N", "passage(-1)", "passage before", "Look at the passage before."),
    Key("microscope", "out", "escape", "back", "back", "Out of a field, of waiting, then to the bench.", 95),
    Key("lens", "shade", "d", "shade", "difference", "Shade by the difference, the first model, or the second.", 85),
    Key("samples", "sample-back", "left", "step(-1)", "earlier", "Go to the sample before.", 85),
    Key("samples", "sample-on", "right", "step(1)", "later", "Go to the next sample.", 86),
    Key("samples", "sample-first", "home", "step(-100000)", "first", "Go to the untrained model's sample."),
    Key("samples", "sample-last", "end", "step(100000)", "newest", "Go to the newest sample, and follow."),
    Key("samples", "prefix", "p", "prefix", "prefix", "Go to the next of the fixed prefixes.", 84),
    Key("memory", "cells", "c", "cells", "cells", "Look at an LSTM's memory cells, or its hidden state.", 85),
    Key("agreement", "by", "d", "by", "by attractors", "Chart by words between, or by attractors.", 85),
    Key("agreement", "own-pairs", "f", "own_pairs", "own pairs", "Take pairs of your own from a file.", 84),
    Key("agreement", "grammar", "g", "grammar", "grammar", "Back to the pairs of the grammar.", 83),
    Key("neurons", "unit-back", "comma", "unit(-1)", "unit before", "Go to the unit before."),
    Key("neurons", "unit-on", "full_stop", "unit(1)", "next unit", "Go to the next unit.", 86),
    Key("neurons", "layer", "l", "layer", "layer", "Go to the next layer.", 78),
    Key("neurons", "cell-part", "p", "cell_part", "gate", "Go to the next part: hidden state, memory, gates.", 82),
    Key("neurons", "hypothesis", "slash", "hypothesis", "hypothesis", "Type what a unit may tell; rank the units.", 85),
    Key("neurons", "hold", "c", "hold", "clamp", "Write with the unit held at its highest, lowest, 0.", 84),
    Key("originality", "text-back", "left", "step(-1)", "earlier text", "Go to the text before.", 85),
    Key("originality", "text-on", "right", "step(1)", "later", "Go to the next text.", 86),
    Key("originality", "texts", "p", "texts", "texts", "Other texts: another prefix, the console's answers.", 84),
    Key("against", "pick", "space", "pick", "choose", "Choose it, or not.", 85),
    Key("against", "done", "escape", "done", "done", "Back, with what is chosen.", 90),
    Key("own-text", "look-at-it", "ctrl+s,f10", "take", "look at it", "Look at the text.", 90),
    Key("own-text", "leave-it", "escape", "drop", "leave it", "Back, without the text.", 85),
)

_NAMES = {
    "question_mark": "?", "slash": "/", "escape": "Esc", "enter": "Enter", "space": "Space", "up": "↑", "down": "↓",
    "left": "←", "right": "→", "comma": ",", "full_stop": ".", "pageup": "PgUp", "pagedown": "PgDn",
    "backspace": "Backspace", "delete": "Del", "home": "Home", "end": "End", "tab": "Tab", "shift+tab": "Shift+Tab",
    "shift+enter": "Shift+Enter",
}  # fmt: skip


def of(where: str) -> list[BindingType]:
    """The bindings of one place."""
    return [
        Binding(key.keys, key.action, key.description, show=key.weight > 0, tooltip=key.tooltip, id=key.id)
        for key in TABLE
        if key.where == where
    ]


def by_id() -> dict[str, Key]:
    """Every key by its id."""
    return {key.id: key for key in TABLE}


def title(pane: str) -> str:
    """A pane's title with the key that goes there, as `F2 Corpus`."""
    key = next(key for key in TABLE if key.where == "bench" and key.id == pane)
    return f"{key.keys.split(',')[0].upper()} {PLACES[pane]}"


def readable(name: str) -> str:
    """A key's name as one would say it: `^p`, `F2`, `?`."""
    name = name.strip().replace("ctrl+", "^")
    return _NAMES.get(name, name.upper() if name[0] == "f" and name[1:].isdigit() else name)
