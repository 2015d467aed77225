"""Looks into a model: functions of a `LanguageModel` and token ids, frozen values and arrays out.

They compute in float64 on a copy, so that the model is left as it is and a score does not depend on an engine. They
must not know runs, files or screens.
"""
