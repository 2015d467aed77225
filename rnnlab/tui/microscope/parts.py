"""Every part of the microscope, by name: imported when the microscope is opened, and not before.

It must not know in which order they stand, nor who shows them.
"""

from __future__ import annotations

from rnnlab.tui.microscope.agreement import AgreementPart
from rnnlab.tui.microscope.lens import LensPart
from rnnlab.tui.microscope.memory import MemoryPart
from rnnlab.tui.microscope.neurons import NeuronsPart
from rnnlab.tui.microscope.originality import OriginalityPart
from rnnlab.tui.microscope.part import Part
from rnnlab.tui.microscope.samples import SamplesPart

_ALL: tuple[type[Part], ...] = (LensPart, SamplesPart, MemoryPart, AgreementPart, NeuronsPart, OriginalityPart)
BY_NAME: dict[str, type[Part]] = {part.NAME: part for part in _ALL}
