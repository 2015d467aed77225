"""Hyperparameters as flags, as `--set` and as a file: one meaning, and the later word wins."""

from __future__ import annotations

from pathlib import Path

import pytest

from rnnlab.cli.parser import parse
from rnnlab.specs import FIELDS, RunSpec, to_toml

from .recorded import Cli, GrowingHost

FLAGS = {
    "--corpus": ("data.corpus", "gazette"),
    "--cell": ("model.cell", "lstm"),
    "--hidden": ("model.hidden", "12"),
    "--layers": ("model.layers", "2"),
    "--epochs": ("train.epochs", "3"),
    "--batch": ("data.batch", "4"),
    "--steps": ("data.steps", "5"),
    "--lr": ("train.lr", "0.5"),
    "--optimizer": ("train.optimizer", "sgd"),
    "--seed": ("train.seed", "9"),
    "--device": ("train.device", "cpu"),
}


def started(cli: Cli, host: GrowingHost, *words: str) -> RunSpec:
    said = cli("train", *words, "--detach")
    assert said.code == 0, said.err
    return host.starts[-1][0]


@pytest.mark.parametrize("flag", FLAGS)
def test_a_flag_is_another_spelling_of_set(flag: str, cli: Cli, host: GrowingHost) -> None:
    path, text = FLAGS[flag]
    spec = started(cli, host, flag, text)
    assert spec == RunSpec().replace({path: FIELDS[path].parse(text)})
    assert spec == started(cli, host, "--set", f"{path}={text}")


def test_without_flags_the_defaults_are_started(cli: Cli, host: GrowingHost) -> None:
    assert started(cli, host) == RunSpec()


def test_clip_with_a_number_clips_the_norm_there(cli: Cli, host: GrowingHost) -> None:
    train = started(cli, host, "--set", "train.clip=value", "--clip", "0.25").train
    assert (train.clip, train.clip_at) == ("norm", 0.25)


def test_clip_none_does_not_clip(cli: Cli, host: GrowingHost) -> None:
    assert started(cli, host, "--clip", "none").train.clip == "none"


def test_the_later_word_wins(cli: Cli, host: GrowingHost) -> None:
    assert started(cli, host, "--lr", "1", "--set", "train.lr=2").train.lr == 2
    assert started(cli, host, "--set", "train.lr=2", "--lr", "1").train.lr == 1


def test_what_is_typed_wins_over_the_file_and_the_file_over_the_defaults(
    cli: Cli, host: GrowingHost, tmp_path: Path
) -> None:
    file = tmp_path / "spec.toml"
    file.write_text("[model]\nhidden = 7\ncell = 'rnn'\n", encoding="utf-8")
    spec = started(cli, host, "--spec", str(file), "--hidden", "8")
    assert (spec.model.hidden, spec.model.cell, spec.model.layers) == (8, "rnn", RunSpec().model.layers)


def test_a_file_with_a_byte_order_mark_is_read(cli: Cli, host: GrowingHost, tmp_path: Path) -> None:
    file = tmp_path / "spec.toml"
    file.write_bytes(b"\xef\xbb\xbf" + to_toml(RunSpec()).encode())
    assert started(cli, host, "--spec", str(file)) == RunSpec()


def test_a_file_of_a_run_starts_the_same_run(cli: Cli, host: GrowingHost, tmp_path: Path) -> None:
    file = tmp_path / "spec.toml"
    file.write_text(cli("show", "last", "--spec").out, encoding="utf-8")
    assert started(cli, host, "--spec", str(file)) == host.run("gru-64-calm-owl").spec


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ("--hidden 0", "hidden must be at least 1"),
        ("--hidden -1", "hidden must be at least 1"),
        ("--hidden abc", "hidden must be a whole number, not 'abc'"),
        ("--hidden １２", "hidden must be a whole number"),
        ("--hidden 1_000", "hidden must be a whole number"),
        ("--hidden 1000000000", "hidden must be at least 1 and at most 16,384"),
        ("--lr nan", "learning rate must be a finite number, not nan"),
        ("--lr inf", "learning rate must be a finite number, not inf"),
        ("--lr 1e400", "learning rate must be a finite number"),
        ("--lr 1e30", "learning rate must be more than 0"),
        ("--batch 99999999", "batch must be at least 1 and at most 65,536"),
        ("--cell gruu", "cell must be one of rnn, gru, lstm, rnn-relu, gru-simple; did you mean gru?"),
        ("--clip x", "--clip takes a number or `none`, not 'x'"),
        ("--clip nan", "must be a finite number"),
        ("--seed 18446744073709551616", "seed must be at least 0"),
        ("--set dropout=1", "there is no hyperparameter 'dropout'; did you mean model.dropout?"),
        ("--set model.dropout=1.0", "dropout must be at least 0 and less than 1"),
        ("--set model.dropout", "'model.dropout' must look like train.lr=0.002"),
        ("--set model.tied=true", "tied output needs an embedding"),
        ("--spec /nowhere/spec.toml", "the spec file /nowhere/spec.toml cannot be read: No such file or directory"),
        ("--spec /", "the spec file / cannot be read: Is a directory"),
        ("--spec /dev/zero", "/dev/zero is too long to be a spec"),
    ],
)
def test_a_bad_value_is_refused_in_one_sentence_and_starts_nothing(
    words: str, sentence: str, cli: Cli, host: GrowingHost
) -> None:
    said = cli("train", *words.split())
    assert said.code == 2
    assert sentence in said.err
    assert said.err.count("\n") == 1
    assert said.out == ""
    assert host.starts == []


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"[model]\nhiden = 3\n", "there is no hyperparameter 'model.hiden'; did you mean model.hidden?"),
        (b"[model\n", "the spec file is not TOML"),
        (b"\xff\xfe[model]", "is not a text file in UTF-8"),
        (b"[model]\nhidden = 'x'\n", "hidden must be a whole number"),
        (b"model = 3\n", "model must be a table"),
        (b"a = " + b"[" * 5000, "the spec file is"),
    ],
)
def test_a_bad_file_is_refused_in_one_sentence(
    data: bytes, sentence: str, cli: Cli, host: GrowingHost, tmp_path: Path
) -> None:
    file = tmp_path / "spec.toml"
    file.write_bytes(data)
    said = cli("train", "--spec", str(file))
    assert (said.code, host.starts) == (2, [])
    assert sentence in said.err
    assert said.err.count("\n") == 1


def test_every_field_of_the_spec_is_named_in_the_help_of_train(cli: Cli) -> None:
    words = cli("train", "--help").out.split()
    assert set(FIELDS) <= set(words)


def test_an_assignment_leaves_no_trace_in_the_next_command_line() -> None:
    parse(["train", "--hidden", "3"])
    assert parse(["train"]).assignments == ()
