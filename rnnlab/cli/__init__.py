"""The command line: the same things as the TUI's, for scripts, pipes and other machines.

`main.run` is the way in. Each command is a module with `add_arguments(parser)` and `run(arguments, context)`; the table
in `parser` names them, and only the one that was typed is imported, so that `--help` and `--version` answer at once.
Commands reach runs through a Host only; they must not know torch, textual or the run directory.
"""
