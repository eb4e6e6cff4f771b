"""Which edits of a published post wait for a host."""

from __future__ import annotations

import pytest

from chatbot.core.model import Span
from chatbot.core.privacy import edits

TEXT = (Span("text", "A1 I grow beans and peas in tall clay pots"),)
LINK = Span("link", "shop.test", "https://shop.test/")
ANA = Span("mention", "@ana@b.test", "https://b.test/@ana")


@pytest.mark.parametrize(
    ("before", "after", "why"),
    [
        (TEXT, TEXT, None),
        (TEXT, (Span("text", "a1 i grow beans, and peas in tall clay pots!"),), None),
        (TEXT, (*TEXT, LINK), "the edit adds a link"),
        ((*TEXT, LINK), (*TEXT, Span("link", "shop", "https://SHOP.test")), None),
        ((*TEXT, LINK), TEXT, None),
        (TEXT, (*TEXT, ANA), "the edit adds a mention"),
        ((*TEXT, ANA), (*TEXT, LINK), "the edit adds a link"),
        (TEXT, (Span("text", "Vote for me, all of you, today"),), "the edit changes most of it"),
        (TEXT, (), "the edit changes most of it"),
        (TEXT, (Span("text", TEXT[0].text + " buy" * 40),), "the edit changes most of it"),
        ((), (), None),
        ((Span("text", "A1 Yes"),), (Span("text", "A1 Yes!"),), None),
    ],
)
def test_an_edit_is_held_for_a_reason_or_not_at_all(
    before: tuple[Span, ...], after: tuple[Span, ...], why: str | None
) -> None:
    assert why == edits.why_hold(before, after)
