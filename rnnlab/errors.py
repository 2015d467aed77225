"""One tree of exceptions; every message is a plain sentence that says what to do.

    RnnlabError                 exit code 1
    ├── BadInput                exit code 2: the person can mend it by typing something else
    │   ├── SpecError           a hyperparameter; knows its field
    │   ├── CorpusError         a text that cannot be read or is too short
    │   ├── PromptError         a prefix the model cannot take
    │   ├── NotFound            a run, session, corpus or checkpoint that does not exist
    │   └── TerminalError       no terminal, or one that cannot show the program
    ├── RunError                a run that cannot do what it was asked
    │   ├── Busy                another worker holds the run
    │   └── CheckpointError     a checkpoint that is damaged or does not fit
    └── StorageError            the disk refused; knows the path
        └── StorageLost         the disk may have lost what it had taken: trying again would hide that

It must not know anything else of rnnlab: everything may import it.
"""

from __future__ import annotations


class RnnlabError(Exception):
    """Anything rnnlab can say in one sentence instead of a traceback."""

    exit_code = 1


class BadInput(RnnlabError):
    """What was typed or pointed at cannot be used; nothing was changed."""

    exit_code = 2


class SpecError(BadInput):
    """A value that a field of the spec does not take."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field
        """The field's dotted name, as in `model.hidden`; a form shows the message there."""


class CorpusError(BadInput):
    """A text that cannot be read, decoded or cut into batches; `encoding` is what it most likely is written in."""

    def __init__(self, found: str = "", encoding: str = "") -> None:
        super().__init__(f"{found}; if it is {encoding}, say so: --encoding {encoding}" if encoding else found)
        self.found, self.encoding = found, encoding


class PromptError(BadInput):
    """A prefix, temperature or length that a model cannot take."""


class NotFound(BadInput):
    """A name that no run, session, corpus or checkpoint has."""


class TerminalError(BadInput):
    """Standard output or input is not a terminal that can show the program."""


class RunError(RnnlabError):
    """A run that cannot do what it was asked in the state it is in."""


class Busy(RunError):
    """Another worker holds the run's lock."""


class CheckpointError(RunError):
    """A checkpoint that is missing, damaged, or of another shape than its spec says."""


class StorageError(RnnlabError):
    """The disk is full, read-only or failing; the message names the path."""


class StorageLost(StorageError):
    """The disk may have lost what was written before; syncing the same file again could succeed and prove nothing."""
