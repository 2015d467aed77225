"""The microscope: what a model has learnt, part by part.

Each part has a module of pure functions from findings to what is painted (`*_view`, no Textual) and a widget that
paints it. Parts post what they want to know; the screen has it looked up beside the event loop. They must not know how
a finding is computed.
"""
