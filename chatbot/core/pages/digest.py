"""The short readable account of a chat: per question what hosts chose, else suggestions, with links and counts.

A suggestion is an answer that says something (four words of substance), is central to what was said, was liked or
talked about, and does not repeat one already chosen. The program never chooses posts with a content warning, of
first-timers, flagged or reported ones; hosts may. Nothing is reworded: people's words stay theirs.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import TypeAlias

from chatbot.core import text
from chatbot.core.model import Evidence
from chatbot.core.pages.counting import count, posts_in
from chatbot.core.pages.shown import Answer, Chosen, Digest, DigestSection, PostShown, QuestionSection, Transcript
from chatbot.core.sorting import answer_text
from chatbot.core.value import replace

PER_QUESTION = 3
_LEAST_WORDS = 4
_SAME = 0.6  # likeness from which an answer repeats another
_CENTRAL, _LIKED = 0.6, 0.4  # what makes an answer worth reading
_FRESH = 0.5  # how much repeating what was chosen counts against it

_WORD = re.compile(r"[^\W\d_]{3,}")
EMPTY_WORDS = frozenset(
    _WORD.findall(
        """
    about after again all also always another any because been before being both could even every get got here into
    its much myself never nothing only other over really same should since still such these thing things those though
    through under until well went were while why without would
    and are but can did does for from had has have her his how its just like more not now one our out she some than
    that the their them then there these they this too very was were what when which who will with would you your
    das dem der des die ein eine ist mit nicht und den auf
    com como das dos ele ela foi mais muito nao não nas nos para pelo por que são sem ser seu sua tem uma
    con del las los más pero una avec ces dans elle est les mais nous par pas plus pour qui sur une vous
        """
    )
)

Vector: TypeAlias = dict[str, float]


def digest(transcript: Transcript) -> Digest:
    """Return the digest of a chat; the same transcript always gives the same."""
    sections = tuple(_section(section, transcript) for section in transcript.questions if not section.not_asked)
    return Digest(sections, _summary(transcript))


def _section(section: QuestionSection, transcript: Transcript) -> DigestSection:
    featured = [answer for answer in section.answers if answer.is_featured]
    chosen = tuple(
        Chosen(answer, bool(featured), tuple(_own_words(answer, transcript)))
        for answer in featured or suggestions(section.answers)
    )
    label = section.label or section.text
    shared = tuple(link for link in transcript.links if label in link.questions)
    return DigestSection(section, chosen, shared, count(section))


def _own_words(answer: Answer, transcript: Transcript) -> Iterator[PostShown]:
    """Yield an answer and its parts with nothing but their own words."""
    known = frozenset(section.number for section in transcript.questions if section.number is not None)
    is_reply = answer.evidence is Evidence.THREAD
    for post in (answer.post, *answer.parts):
        words = answer_text.quoted(post.spans, transcript.letters, known, transcript.hashtags, is_reply=is_reply)
        yield replace(post, spans=words)


def suggestions(answers: Sequence[Answer], wanted: int = PER_QUESTION) -> list[Answer]:
    """Suggest answers: central, liked, and unlike each other; in the order of time."""
    worth = [answer for answer in answers if _may_be_suggested(answer)]
    vectors = _vectors(worth)
    scores = _scores(worth, vectors)
    chosen: list[int] = []
    while len(chosen) < wanted:
        best = max(
            (nth for nth in range(len(worth)) if _is_new(nth, chosen, vectors)),
            key=lambda nth: (scores[nth] - _FRESH * _nearest(nth, chosen, vectors), -nth),
            default=None,
        )
        if best is None:
            break
        chosen.append(best)
    return [worth[nth] for nth in sorted(chosen)]


def _may_be_suggested(answer: Answer) -> bool:
    post = answer.post
    if post.warning or post.sensitive or post.is_first_time or post.is_flagged:
        return False
    if any(part.warning or part.sensitive or part.is_flagged for part in answer.parts):
        return False
    return len(_words(answer)) >= _LEAST_WORDS


def _words(answer: Answer) -> Counter[str]:
    """Count the words of substance; mentions, hashtags, links and the answer's number say nothing."""
    said = " ".join(s.text for post in (answer.post, *answer.parts) for s in post.spans if s.kind == "text")
    words = _WORD.findall(text.readable(said).lower())
    return Counter(word for word in words if word not in EMPTY_WORDS)


def _vectors(answers: Sequence[Answer]) -> list[Vector]:
    """Return each answer's words weighted by how much they tell it apart, of length one."""
    counts = [_words(answer) for answer in answers]
    in_how_many = Counter(word for words in counts for word in words)
    vectors = []
    for words in counts:
        raw = {w: (1 + math.log(n)) * (1 + math.log(len(counts) / in_how_many[w])) for w, n in words.items()}
        vectors.append(_of_length_one(raw))
    return vectors


def _scores(answers: Sequence[Answer], vectors: Sequence[Vector]) -> list[float]:
    centre: Vector = {}
    for vector in vectors:
        for word, weight in vector.items():
            centre[word] = centre.get(word, 0.0) + weight
    centre = _of_length_one(centre)
    central = [_likeness(vector, centre) for vector in vectors]
    liked = [_liking(answer) for answer in answers]
    top_central, top_liked = max(central, default=0.0) or 1.0, max(liked, default=0.0) or 1.0
    return [_CENTRAL * c / top_central + _LIKED * x / top_liked for c, x in zip(central, liked, strict=True)]


def _liking(answer: Answer) -> float:
    """Weigh what others did: a boost and a reply are more than a favourite, and each further one is less."""
    post = answer.post
    talked = max(post.replies, sum(1 for _ in posts_in(answer.talk)))
    return math.log1p(post.favourites + 2 * post.boosts + 2 * talked)


def _is_new(nth: int, chosen: Sequence[int], vectors: Sequence[Vector]) -> bool:
    return nth not in chosen and _nearest(nth, chosen, vectors) <= _SAME


def _nearest(nth: int, chosen: Sequence[int], vectors: Sequence[Vector]) -> float:
    return max((_likeness(vectors[nth], vectors[other]) for other in chosen), default=0.0)


def _likeness(one: Vector, other: Vector) -> float:
    if len(one) > len(other):
        one, other = other, one
    return math.fsum(weight * other[word] for word, weight in one.items() if word in other)


def _of_length_one(vector: Vector) -> Vector:
    length = math.sqrt(math.fsum(weight * weight for weight in vector.values()))
    return {word: weight / length for word, weight in vector.items()} if length else {}


def _summary(transcript: Transcript) -> str:
    """Say in one sentence what came together."""
    n = transcript.numbers
    asked = sum(1 for section in transcript.questions if not section.not_asked)
    if not n.posts:
        return f"{_some(asked, 'question', 'questions')}, and no post that is shown here."
    wrote = f"{_some(n.people, 'person', 'people')} wrote {_some(n.posts, 'post', 'posts')}"
    return f"{wrote}, among them {_some(n.answers, 'answer', 'answers')} to {_some(asked, 'question', 'questions')}."


def _some(number: int, one: str, many: str) -> str:
    return f"{number:,} {one if number == 1 else many}"
