"""A post whose picture cannot be had in time goes out without it: its description stands in the words, if it fits."""

from __future__ import annotations

from collections.abc import Sequence

from chatbot.core.model import Draft
from chatbot.core.nights.wording import Room
from chatbot.core.nights.wording.lengths import over
from chatbot.core.value import replace


def in_words(draft: Draft, rooms: Sequence[Room]) -> Draft:
    """Return the draft without its picture, described in the text where the servers take that much."""
    bare = replace(draft, picture=None, alt="")
    if not draft.alt.strip():
        return bare
    told = replace(bare, text=f"{draft.text}\n\n[Picture: {draft.alt.strip()}]")
    return told if over(told.text, told.warning, rooms) <= 0 else bare
