"""A transcript as JSON: documented and versioned in `config/export.schema.json`.

`answers` holds question numbers, "wrap", or the id of a question without a number. Of posts that are not shown there is
their time, their state and the reason, and nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

from chatbot.core import text
from chatbot.core.pages.digest import digest
from chatbot.core.pages.shown import Introduced, MediaShown, PostShown, QuestionSection, Transcript
from chatbot.render.rows import Row, iso, rows, uris

VERSION = 1


def write(transcript: Transcript) -> bytes:
    """Return the transcript as JSON with a newline at its end."""
    return orjson.dumps(document(transcript), option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


def document(transcript: Transcript) -> dict[str, Any]:
    """Return the transcript as plain values."""
    every = rows(transcript)
    addresses = uris(every)
    return {
        "version": VERSION,
        "chat": _chat(transcript),
        "questions": [_question(section) for section in transcript.questions],
        "posts": [_post(row, addresses) for row in every],
        "digest": _digest(transcript),
        "links": [
            {"url": link.url, "title": link.title, "questions": list(link.questions), "times": link.times}
            for link in transcript.links
        ],
        "numbers": _numbers(transcript),
        "missing": {line.name: _missing(transcript, line.name) for line in transcript.missing},
    }


def _chat(transcript: Transcript) -> dict[str, Any]:
    return {
        "id": transcript.chat_id,
        "series": transcript.series_id,
        "name": transcript.series,
        "theme": transcript.theme,
        "hashtags": list(transcript.hashtags),
        "language": transcript.language,
        "zone": transcript.zone,
        "starts_at": iso(transcript.starts_at),
        "ends_at": iso(transcript.ends_at),
        "late_until": iso(transcript.late_until),
        "edition": transcript.edition,
        "updated_at": iso(transcript.updated_at),
        "hosts": [_introduced(person) for person in transcript.hosts],
        "guests": [_introduced(person) for person in transcript.guests],
        "framing": transcript.framing,
        "reading": [{"title": entry.title, "url": entry.url} for entry in transcript.reading],
    }


def _introduced(person: Introduced) -> dict[str, Any]:
    return {"name": person.name, "account": person.account, "introduction": person.introduction}


def _question(section: QuestionSection) -> dict[str, Any]:
    return {
        "id": section.id,
        "number": section.number,
        "text": section.text,
        "posts": [{"uri": asked.uri or None, "account": asked.account, "at": iso(asked.at)} for asked in section.asked],
        "first_asked_as": section.first_asked_as or None,
        "not_asked": section.not_asked or None,
    }


def _post(row: Row, addresses: Mapping[str, str]) -> dict[str, Any]:
    post = row.post
    shown: dict[str, Any] = {"uri": None, "author": None, "text": None}
    if post is not None:
        shown = {"uri": post.uri, "author": _author(post), "text": text.plain(post.spans, full_links=True)}
    return {
        "id": row.id,
        **shown,
        "at": iso(row.at),
        "state": row.state,
        "answers": list(row.answers),
        "evidence": row.evidence.value,
        "why": row.why,
        "under": addresses.get(row.under or ""),
        "under_id": row.under,
        **({"by": row.by} if post is None else _more(post, row)),
    }


def _author(post: PostShown) -> dict[str, Any]:
    person = post.person
    return {"name": person.name, "handle": person.handle, "url": person.url, "role": person.role}


def _more(post: PostShown, row: Row) -> dict[str, Any]:
    return {
        "url": post.url,
        "language": post.language,
        "warning": post.warning,
        "is_late": post.is_late,
        "is_featured": row.is_featured,
        "edited_at": iso(post.edited_at) if post.edited_at else None,
        "media": [_media(media) for media in post.media],
        "poll": [{"title": title, "votes": votes} for title, votes in post.poll.options] if post.poll else None,
        "links": list(dict.fromkeys(span.href for span in post.spans if span.kind == "link" and span.href)),
        "boosts": post.boosts,
        "favourites": post.favourites,
        "replies": post.replies,
    }


def _media(media: MediaShown) -> dict[str, Any]:
    return {"kind": media.kind, "url": media.url or None, "alt": media.alt, "file": media.file}


def _digest(transcript: Transcript) -> dict[str, Any]:
    made = digest(transcript)
    return {
        "summary": made.summary,
        "chosen": [
            {"question": section.question.id, "post": chosen.answer.post.anchor, "by_host": chosen.by_host}
            for section in made.sections
            for chosen in section.chosen
        ],
    }


def _numbers(transcript: Transcript) -> dict[str, Any]:
    n = transcript.numbers
    return {
        "people": n.people,
        "posts": n.posts,
        "answers": n.answers,
        "talk": n.talk,
        "late": n.late,
        "per_question": [{"question": q.label, "answers": q.answers, "people": q.people} for q in n.per_question],
        "bins": [{"at": iso(b.at), "posts": b.posts} for b in n.bins],
    }


def _missing(transcript: Transcript, name: str) -> dict[str, Any]:
    lines = [line for line in transcript.missing if line.name == name]
    return {"count": sum(line.count for line in lines), "says": " ".join(line.says for line in lines)}
