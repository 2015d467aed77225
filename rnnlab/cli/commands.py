"""The commands: their words, their order in the help, what is said of them, and which module is behind each.

A table, and nothing that costs time. It must not know how it is parsed, nor what the commands do.
"""

from __future__ import annotations

from collections import namedtuple

Command = namedtuple("Command", "name module help example")
"""A command: the word, the module behind it, one line of help, and lines that can be typed."""

DESK = "rnnlab.cli.desk"
"""The module behind no command at all: the TUI."""

COMMANDS = (
    Command(
        "train",
        "rnnlab.cli.train",
        "start a run and follow it; Ctrl-C leaves it training",
        "rnnlab train --corpus the-tide-clock --cell gru --hidden 256 --epochs 3\n"
        "rnnlab train --corpus notes.txt --lr 1 --optimizer sgd --set data.split=0 --detach",
    ),
    Command(
        "recipes",
        "rnnlab.cli.recipes",
        "list the pinned specs with their published numbers, or train one and compare",
        "rnnlab recipes\nrnnlab recipes --check d2l-8.6 --corpus timemachine.txt",
    ),
    Command("runs", "rnnlab.cli.runs", "list the runs, newest first", "rnnlab runs\nrnnlab runs --session songs"),
    Command(
        "show",
        "rnnlab.cli.show",
        "describe a run, or write its spec as TOML",
        "rnnlab show last\nrnnlab show best --spec > spec.toml",
    ),
    Command(
        "watch",
        "rnnlab.cli.watch",
        "follow the events of a run, live or ended",
        "rnnlab watch last\nrnnlab watch last --json | jq -r 'select(.kind==\"step\").perplexity'",
    ),
    Command("pause", "rnnlab.cli.control", "let a run wait", "rnnlab pause last"),
    Command(
        "resume", "rnnlab.cli.control", "go on with a run that was paused, stopped or killed", "rnnlab resume last"
    ),
    Command("stop", "rnnlab.cli.control", "end a run; it saves a checkpoint first", "rnnlab stop last"),
    Command("checkpoint", "rnnlab.cli.control", "save a checkpoint of a live run now", "rnnlab checkpoint last"),
    Command("set", "rnnlab.cli.change", "change hyperparameters of a live run", "rnnlab set last train.lr=0.001"),
    Command(
        "fork",
        "rnnlab.cli.fork",
        "start a new run from a run's checkpoint, with changes",
        "rnnlab fork last --set train.lr=0.001\nrnnlab fork last --at best --set train.epochs=60 --detach",
    ),
    Command(
        "export",
        "rnnlab.cli.export",
        "write a run into one file: weights, vocabulary, spec and journal",
        "rnnlab export last -o run.rnnlab\nrnnlab export best -o small.rnnlab --at best --weights-only",
    ),
    Command(
        "import", "rnnlab.cli.export", "take in a run that was exported, checked and proved", "rnnlab import run.rnnlab"
    ),
    Command(
        "delete", "rnnlab.cli.delete", "remove an ended run and all it saved", "rnnlab delete gru-256-keen-falcon --yes"
    ),
    Command(
        "generate",
        "rnnlab.cli.generate",
        "let a run's model write on from a prefix",
        'rnnlab generate last --prefix "time traveller" --length 200\n'
        'rnnlab generate best --prefix "The" --greedy > text.txt',
    ),
    Command(
        "score",
        "rnnlab.cli.score",
        "say what each token of a text costs a run's model",
        "rnnlab score last notes.txt\nrnnlab score best notes.txt --at 0 --json",
    ),
    Command(
        "samples",
        "rnnlab.cli.samples",
        "show what a run wrote while it trained, and what changed from step to step",
        "rnnlab samples last\nrnnlab samples best --newest 5 --json",
    ),
    Command(
        "memory", "rnnlab.cli.memory", "show how far back models remember", "rnnlab memory last\nrnnlab memory rnn lstm"
    ),
    Command(
        "neurons",
        "rnnlab.cli.neurons",
        "rank the units of a model by how well they tell something",
        "rnnlab neurons last --quotes\nrnnlab neurons last --match '[A-Z]+' --gates",
    ),
    Command(
        "agreement",
        "rnnlab.cli.agreement",
        "test whether models know that a verb agrees with a noun far before it",
        "rnnlab train --corpus agreement --cell lstm --epochs 6\nrnnlab agreement last",
    ),
    Command(
        "originality",
        "rnnlab.cli.originality",
        "say what of a text is copied from a run's training text",
        "rnnlab originality last --sample --length 2000\nrnnlab originality last --history",
    ),
    Command(
        "corpus",
        "rnnlab.cli.corpora",
        "show, compare and plan with texts; list those that come along, fetch famous ones",
        "rnnlab corpus list\nrnnlab corpus show notes.txt",
    ),
    Command("transcript", "rnnlab.cli.transcript", "show what a console wrote", "rnnlab transcript --search clock"),
    Command("sessions", "rnnlab.cli.sessions", "list the saved sessions", "rnnlab sessions"),
    Command("demo", DESK, "open the screen on a recorded run", "rnnlab demo"),
    Command(
        "bench",
        "rnnlab.cli.bench",
        "measure this machine, beside the textbook loop and plain torch.nn",
        "rnnlab bench --quick\nrnnlab bench train generate --json > measured.jsonl",
    ),
    Command("doctor", "rnnlab.cli.doctor", "say what rnnlab finds on this machine", "rnnlab doctor"),
    Command(
        "completion",
        "rnnlab.cli.completion",
        "print a completion script for a shell",
        "rnnlab completion bash > ~/.local/share/bash-completion/completions/rnnlab",
    ),
)
"""Every command, in the order of the help."""
