"""Values: frozen like a frozen dataclass, but built and defined by C, in a third of the time.

A frozen dataclass sets field after field through `object.__setattr__`, and of all that storing a post takes before the
database a fifth was that (`tests/bench/ingest.py`). To define one takes 0.6 ms: a hundred of them took an eighth of
what a command takes to write a page (`tests/bench/render.py`).
"""

from __future__ import annotations

from msgspec import Struct, field
from msgspec.structs import replace

__all__ = ["Value", "field", "replace"]


class Value(Struct, frozen=True):
    """A frozen value with slots; a subclass lists its fields as a dataclass does, `field` and `replace` serve alike."""
