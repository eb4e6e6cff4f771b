"""A transcript as plain text: headings at the margin, people's words indented, so that none can pass for a heading."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable, Iterator, Sequence

from chatbot.core import text
from chatbot.core.pages.digest import digest
from chatbot.core.pages.shown import Answer, Introduced, PostShown, QuestionSection, Talk, Transcript
from chatbot.render.rows import clock, talk_marks, when

_WIDTH = 78
_STEP = "    "
_UNFIT = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")


def write(transcript: Transcript) -> bytes:
    """Return the transcript as plain text, 78 columns wide."""
    return ("\n".join(_lines(transcript)).rstrip() + "\n").encode("utf-8", "replace")


def clean(words: str) -> str:
    """Return words without control characters and without signs that turn the order of letters; line breaks stay."""
    return _UNFIT.sub("", words)


def _one_line(words: str) -> str:
    return " ".join(clean(words.replace("\n", " ")).split())


def _lines(transcript: Transcript) -> Iterator[str]:
    yield from _heading(transcript.title, "=")
    yield _one_line(f"{transcript.series}  {' '.join('#' + tag for tag in transcript.hashtags)}")
    yield when(transcript)
    yield ""
    yield from _people("Hosted by", transcript.hosts)
    yield from _people("Guests", transcript.guests)
    if transcript.framing:
        yield from ("", *_wrapped(transcript.framing, _STEP), "")
    for entry in transcript.reading:
        yield f"{_STEP}Read: {_one_line(entry.title)} <{entry.url}>"
    yield from _digest(transcript)
    for section in transcript.questions:
        yield from _question(section, transcript.zone)
    if transcript.also_said:
        yield from _heading("Also said", "=")
        yield from _talk(transcript.also_said, transcript.zone, 0)
    if transcript.links:
        yield from _heading("Links shared", "=")
        yield from (
            f"{_STEP}{_one_line(link.title)} <{link.url}> ({_one_line(link.name)})" for link in transcript.links
        )
        yield ""
    yield from _heading("What is missing", "=")
    for line in transcript.missing:
        yield from _wrapped(line.says, _STEP)


def _heading(words: str, line: str) -> Iterator[str]:
    words = _one_line(words)
    yield from ("", words, line * min(len(words), _WIDTH), "")


def _people(title: str, people: Sequence[Introduced]) -> Iterator[str]:
    for person in people:
        account = f" (@{person.account})" if person.account else ""
        told = f", {person.introduction}" if person.introduction else ""
        yield _one_line(f"{title}: {person.name}{account}{told}")


def _digest(transcript: Transcript) -> Iterator[str]:
    made = digest(transcript)
    yield from _heading("Digest", "=")
    yield from _wrapped(made.summary, "")
    for section in made.sections:
        if not section.chosen:
            continue
        yield from _heading(section.question.title, "-")
        for chosen in section.chosen:
            mark = "chosen by the hosts" if chosen.by_host else "suggested"
            for post in chosen.posts:
                yield from _post(post, transcript.zone, 0, [mark])


def _question(section: QuestionSection, zone: str) -> Iterator[str]:
    yield from _heading(section.title, "=")
    if section.first_asked_as:
        yield from (*_wrapped(f"(First asked as: {_one_line(section.first_asked_as)})", ""), "")
    if section.not_asked:
        yield from (*_wrapped(section.not_asked, ""), "")
    elif not (section.standing or section.talk):
        yield from ("No answers.", "")
    for answer in section.standing:
        yield from _answer(answer, zone)
    yield from _talk(section.talk, zone, 0)


def _answer(answer: Answer, zone: str) -> Iterator[str]:
    yield from _post(answer.post, zone, 0, [answer.why, *(f"also answers {other}" for other in answer.also_answers)])
    for part in answer.parts:
        yield from _post(part, zone, 0, ["continued"])
    yield from _talk(answer.talk, zone, 1)


def _talk(talk: Iterable[Talk], zone: str, depth: int) -> Iterator[str]:
    for item in talk:
        if item.post is None:
            yield from (f"{_STEP * depth}({item.why})", "")
        else:
            yield from _post(item.post, zone, depth, talk_marks(item))
        yield from _talk(item.talk, zone, depth + 1)


def _post(post: PostShown, zone: str, depth: int, marks: Sequence[str]) -> Iterator[str]:
    before = _STEP * depth
    handle = f" (@{post.person.handle})" if post.person.handle else ""
    marks = [*(["late"] if post.is_late else []), *(["edited"] if post.edited_at else []), *filter(None, marks)]
    told = f" [{'; '.join(marks)}]" if marks else ""
    yield f"{before}{clock(post.at, zone)} {_one_line(post.person.name + handle + told)}"
    for words in _body(post):
        yield from _wrapped(words, before + _STEP + "  ")
    yield ""


def _body(post: PostShown) -> Iterator[str]:
    if post.warning:
        yield f"(content warning: {_one_line(post.warning)})"
    yield text.plain(post.spans, full_links=True)
    for media in post.media:
        yield f"({media.kind}: {_one_line(media.alt) if media.alt else 'no description was given'})"
    if post.poll:
        yield from (
            f"o {_one_line(title)}{'' if votes is None else f': {votes}'}" for title, votes in post.poll.options
        )
    if post.quote:
        yield f"(quotes {_one_line(post.quote.name)})"


def _wrapped(words: str, before: str) -> Iterator[str]:
    """Yield words in lines that all begin with `before`; addresses are never broken."""
    for line in clean(words).split("\n"):
        if line.strip():
            yield from textwrap.wrap(
                line.strip(),
                width=max(_WIDTH, len(before) + 30),
                initial_indent=before,
                subsequent_indent=before,
                break_long_words=False,
                break_on_hyphens=False,
            )
