"""Random values and specs within the bounds that the fields themselves state."""

from __future__ import annotations

from hypothesis import assume
from hypothesis import strategies as st

from rnnlab.errors import SpecError
from rnnlab.specs import FIELDS, Field, RunSpec, Value, from_values

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
"""Any text without half a surrogate pair."""


def values(field: Field) -> st.SearchStrategy[Value]:
    """Values that the field takes."""
    about = field.about
    if field.kind is bool:
        return st.booleans()
    if field.kind is int:
        assert about.low is not None
        assert about.high is not None
        return st.integers(int(about.low), int(about.high))
    if field.kind is float:
        low = about.low if about.low is not None else about.above
        high = about.high if about.high is not None else about.below
        return st.floats(low, high, exclude_min=about.low is None, exclude_max=about.high is None)
    choices = st.sampled_from(about.choices) if about.choices else texts
    if field.path == "sample.cycle":
        choices = st.floats(0.001, 100).map(str)
    return choices if field.kind is str else st.lists(choices, max_size=4).map(tuple)


@st.composite
def specs(draw: st.DrawFn) -> RunSpec:
    """Whole specs: some fields drawn, the others at their default."""
    paths = draw(st.lists(st.sampled_from(sorted(FIELDS)), unique=True, max_size=12))
    drawn = {path: draw(values(FIELDS[path])) for path in paths}
    while True:
        try:
            return from_values(drawn)
        except SpecError as error:
            # A rule between fields: without the one it names, or else without all of its section.
            section = error.field.partition(".")[0]
            gone = {error.field} & set(drawn) or {path for path in drawn if path.startswith(section)}
            assume(gone)
            drawn = {path: value for path, value in drawn.items() if path not in gone}
