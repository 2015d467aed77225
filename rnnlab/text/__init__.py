"""Texts: corpora, vocabularies and what counting says of them. It knows numpy, and no torch, run or screen."""
