"""What the invented community does, with all that real communities do (`field.md` sections 1 to 5)."""

from __future__ import annotations

from chatbot.demo.first_half import FIRST_HALF
from chatbot.demo.moves import Move
from chatbot.demo.second_half import SECOND_HALF

SCRIPT: tuple[Move, ...] = FIRST_HALF + SECOND_HALF

QUESTIONS: tuple[str, ...] = (
    "What is still growing in your garden tonight?",
    "Which tool could you not be without, and why?",
    "What do you do against slugs, honestly?",
    "How do you bring tender plants through the frost?",
    "What did you learn this year from something that failed?",
    "What will you do first in spring?",
)
