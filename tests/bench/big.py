"""Large chats made up for benchmarks: the same for the same size."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import timedelta

from chatbot.core.model import Post, Visibility
from chatbot.core.text import spans_from_text
from tests import people
from tests.fakes import person

_WORDS = (
    "soil compost beans frost heap worms leaves spade rain seed tomato garden winter spring slug bucket straw mulch"
    " roots neighbour balcony river kitchen peel shade light night patience harvest pear apple fence hedge bed plan"
)


def posts(count: int, seed: int = 7) -> Iterator[Post]:
    """Make posts of an hour: two in five answer by number, the rest reply to one another."""
    dice = random.Random(seed)
    words = _WORDS.split()
    authors = [person(f"@p{n}@s{n % 12}.test", name=f"Person Number {n}") for n in range(max(count // 12, 5))]
    made: list[str] = []
    for nth in range(count):
        author = dice.choice(authors)
        said = " ".join(dice.choices(words, k=dice.randint(6, 40)))
        is_answer = nth < 20 or dice.random() < 0.4
        text = f"A{dice.randint(1, 6)} {said} #GardenChat" if is_answer else said
        if dice.random() < 0.08:
            text += f" https://example.test/{nth}"
        uri = f"{author.uri}/statuses/{nth}"
        yield Post(
            uri=uri,
            url=f"{author.url}/{nth}",
            at=people.STARTS + timedelta(milliseconds=3_600_000 * nth // count),
            author=author,
            spans=spans_from_text(text),
            visibility=Visibility.PUBLIC,
            server="a.test",
            local_id=str(nth),
            parent_uri=None if is_answer else dice.choice(made[-200:]),
            language="en",
            hashtags=("gardenchat",) if is_answer else (),
            favourites=dice.randint(0, 9),
            boosts=dice.randint(0, 3),
        )
        made.append(uri)
