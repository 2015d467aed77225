"""The run directory, which is the protocol between workers and everyone who watches them.

One module spells the names (`paths`); the others each know one file of it. No torch here: weights are bytes.
"""
