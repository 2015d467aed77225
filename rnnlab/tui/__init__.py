"""The terminal interface, over a `Host`. It alone knows textual, and no torch, run directory or process."""
