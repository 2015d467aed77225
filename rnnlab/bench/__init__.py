"""Measuring this machine: rnnlab beside what one would write instead. Only `values` is known above this package."""
