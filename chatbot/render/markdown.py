"""A transcript as Markdown, in which nobody's words can become a heading, a link, a picture or markup."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from chatbot.core.model import Span
from chatbot.core.pages.digest import digest
from chatbot.core.pages.shown import (
    Answer,
    DigestSection,
    Introduced,
    LinkShown,
    PostShown,
    QuestionSection,
    Talk,
    Transcript,
)
from chatbot.render.rows import clock, talk_marks, when

_SIGNS = re.compile(r"([\\`*_{}\[\]<>&|~$])")
_NUMBERED = re.compile(r"^(\s*\d{1,9})([.)])", re.MULTILINE)
_SELF_LINKING = re.compile(r"(https?|ftp|mailto|xmpp)(:)|\b(www)(\.)", re.IGNORECASE)
_BLANKS = re.compile(r"[\x00-\x09\x0b-\x1f\x7f\u2028\u2029]")


def write(transcript: Transcript) -> bytes:
    """Return the transcript as Markdown: the digest first, then every question."""
    return ("\n".join(_lines(transcript)).rstrip() + "\n").encode("utf-8", "replace")


def escaped(words: str) -> str:
    """Return words that Markdown shows as they are, on one line or several."""
    return guarded(inline(words))


def inline(words: str) -> str:
    """Return words in which no sign means anything, wherever on a line they stand."""
    words = _SIGNS.sub(r"\\\1", _BLANKS.sub(" ", words))
    return _SELF_LINKING.sub(lambda m: f"{m[1]}\\{m[2]}" if m[1] else f"{m[3]}\\{m[4]}", words)


def guarded(words: str) -> str:
    """Return lines none of which begins a heading, a list, a rule or a block of code."""
    return "\n".join(_line(line) for line in _NUMBERED.sub(r"\1\\\2", words).split("\n"))


def _line(line: str) -> str:
    """Return a line without what would indent it into code, and with its first sign as a letter."""
    line = line.strip()
    return f"\\{line}" if line.startswith(("#", "+", "=", ":", "-")) else line


def one_line(words: str) -> str:
    """Return words on one line, as they are."""
    return escaped(" ".join(words.split()))


def link(words: str, url: str) -> str:
    """Return a link whose words cannot end it and whose address cannot leave it."""
    address = re.sub(r"[\s<>\\]", lambda sign: f"%{ord(sign[0]):02X}", url)
    return f"[{one_line(words)}](<{address}>)"


def _lines(transcript: Transcript) -> Iterator[str]:
    yield f"# {one_line(transcript.title)}"
    yield ""
    yield f"{one_line(transcript.series)} · {one_line(' '.join('#' + tag for tag in transcript.hashtags))}  "
    yield one_line(when(transcript))
    yield ""
    yield from _people("Hosted by", transcript.hosts)
    yield from _people("Guests", transcript.guests)
    if transcript.framing:
        yield from (escaped(transcript.framing), "")
    if transcript.reading:
        yield from ("## Reading list", "")
        yield from (f"- {link(entry.title, entry.url)}" for entry in transcript.reading)
        yield ""
    yield f"*{_EDITIONS[transcript.edition]}*"
    yield from _digest(transcript)
    for section in transcript.questions:
        yield from _question(section, transcript.zone)
    if transcript.also_said:
        yield from ("", "## Also said", "")
        yield from _talk(transcript.also_said, transcript.zone, 0)
    yield from _links(transcript.links)
    yield from ("", "## What is missing", "")
    yield from (f"- {one_line(line.says)}" for line in transcript.missing)


_EDITIONS = {
    "preview": "Preview: not published.",
    "provisional": "First edition: late answers are still being added.",
    "final": "Final edition.",
}


def _people(title: str, people: Sequence[Introduced]) -> Iterator[str]:
    if people:
        yield f"**{title}**"
        yield ""
        for person in people:
            account = f" (@{one_line(person.account)})" if person.account else ""
            told = f": {one_line(person.introduction)}" if person.introduction else ""
            yield f"- {one_line(person.name)}{account}{told}"
        yield ""


def _digest(transcript: Transcript) -> Iterator[str]:
    made = digest(transcript)
    yield from ("", "## Digest", "", one_line(made.summary))
    for section in made.sections:
        if section.chosen or section.links:
            yield from _digest_section(section, transcript.zone)


def _digest_section(section: DigestSection, zone: str) -> Iterator[str]:
    yield from ("", f"### {one_line(section.question.title)}", "")
    for chosen in section.chosen:
        for post in chosen.posts:
            yield from _quoted(post, zone, "", ["chosen by the hosts" if chosen.by_host else "suggested"])
            yield ""
    for shared in section.links:
        yield f"- {link(shared.title, shared.url)}, shared by {one_line(shared.name)}"


def _question(section: QuestionSection, zone: str) -> Iterator[str]:
    yield from ("", f"## {one_line(section.title)}", "")
    if section.first_asked_as:
        yield from (f"*First asked as: {one_line(section.first_asked_as)}*", "")
    if section.not_asked:
        yield one_line(section.not_asked)
    elif not (section.standing or section.talk):
        yield "No answers."
    for answer in section.standing:
        yield from _answer(answer, zone)
    yield from _talk(section.talk, zone, 0)


def _answer(answer: Answer, zone: str) -> Iterator[str]:
    yield from _quoted(answer.post, zone, "", [answer.why, *(f"also answers {other}" for other in answer.also_answers)])
    yield ""
    for part in answer.parts:
        yield from _quoted(part, zone, "", ["continued"])
        yield ""
    yield from _talk(answer.talk, zone, 1)


def _talk(talk: Iterable[Talk], zone: str, depth: int) -> Iterator[str]:
    for item in talk:
        before = "> " * depth
        if item.post is None:
            yield f"{before}*{one_line(item.why)}*"
        else:
            yield from _quoted(item.post, zone, before, talk_marks(item))
        yield before.rstrip()
        yield from _talk(item.talk, zone, depth + 1)
    if talk and depth == 1:
        yield ""


def _quoted(post: PostShown, zone: str, before: str, marks: Sequence[str]) -> Iterator[str]:
    """Yield a post, every line of it behind `before`: its author and time, then its words."""
    handle = f" (@{one_line(post.person.handle)})" if post.person.handle else ""
    at = link(clock(post.at, zone), post.url) if post.url else clock(post.at, zone)
    marks = [*(["late"] if post.is_late else []), *(["edited"] if post.edited_at else []), *filter(None, marks)]
    told = f" · {one_line('; '.join(marks))}" if marks else ""
    yield f"{before}**{one_line(post.person.name)}**{handle}, {at}{told}"
    yield before.rstrip()
    for line in _body(post):
        yield f"{before}> {line}" if line else f"{before}>"


def _body(post: PostShown) -> Iterator[str]:
    if post.warning:
        yield f"*Content warning: {one_line(post.warning)}*"
        yield ""
    yield from _line_breaks(guarded("".join(map(_span, post.spans))))
    for media in post.media:
        yield ""
        alt = one_line(media.alt) if media.alt else "no description was given"
        yield f"*{media.kind.capitalize()}: {alt}*"
    if post.poll:
        yield ""
        yield from (f"- {one_line(title)}{'' if votes is None else f': {votes}'}" for title, votes in post.poll.options)
    if post.quote:
        yield ""
        yield f"*Quotes {one_line(post.quote.name)}*"


def _line_breaks(words: str) -> list[str]:
    """Return lines whose breaks stay breaks: two blanks at the end of each but the last of a paragraph."""
    lines = words.split("\n")
    return [f"{line}  " if line and nth + 1 < len(lines) and lines[nth + 1] else line for nth, line in enumerate(lines)]


def _span(span: Span) -> str:
    return link(span.text, span.href) if span.kind == "link" and span.href else inline(span.text)


def _links(links: Sequence[LinkShown]) -> Iterator[str]:
    if links:
        yield from ("", "## Links shared", "")
        for shared in links:
            where = f" ({one_line(', '.join(shared.questions))})" if shared.questions else ""
            yield f"- {link(shared.title, shared.url)}, shared by {one_line(shared.name)}{where}"
