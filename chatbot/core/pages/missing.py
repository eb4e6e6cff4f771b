"""What a transcript does not hold and why, in sentences; nobody who refuses is told apart from another."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from chatbot.core.files import importfile
from chatbot.core.model import CueKind
from chatbot.core.pages.naming import Names
from chatbot.core.pages.shown import LeftOut, MissingLine
from chatbot.core.pages.sifting import Sifted
from chatbot.core.record import Missed, Record


def missing(record: Record, sifted: Mapping[str, Sifted]) -> tuple[MissingLine, ...]:
    """Return a line for each kind of thing that is not shown; the last says what no bot can know."""
    return (*_not_asked(record), *_posts(record, sifted), _unseen(record))


def not_asked(record: Record, question: str) -> str:
    """Say why a question was not asked, or nothing if it was."""
    if record.asked.get(question):
        return ""
    if question in record.to_come:
        return "It is still to be asked."
    missed = [m for m in record.missed if m.kind is CueKind.QUESTION and m.question == question]
    return f"It was not asked. {_reason(missed)}".strip()


def left_out(record: Record, sifted: Mapping[str, Sifted], names: Names) -> tuple[LeftOut, ...]:
    """Return every post that a person or a rule keeps back, without anything of the post itself."""
    hosts = {p.account.lstrip("@").lower(): p.name for p in record.series.hosts if p.account}
    kept_back = (item for item in sifted.values() if item.fate in ("left_out", "queued"))
    return tuple(
        LeftOut(
            id=f"left-out-{nth}",
            at=item.post.at,
            state="queued" if item.fate == "queued" else "left_out",
            by=_who(item.by, hosts),
            decided_at=item.decided_at,
            reason=names.redact_text(item.why),
        )
        for nth, item in enumerate(kept_back, 1)
    )


def _who(by: str, hosts: Mapping[str, str]) -> str:
    """Name a host as the plan does; anybody else who may decide is "a host", a rule is called a rule."""
    if by.startswith("rule:"):
        return f"the rule “{by.removeprefix('rule:')}”"
    return hosts.get(by.lstrip("@").lower(), "a host")


def _not_asked(record: Record) -> Iterator[MissingLine]:
    for question in record.chat.questions:
        why = not_asked(record, question.id)
        if why:
            name = question.label or "A question without a number"
            yield MissingLine("not_asked", 1, why.replace("It", name, 1))
    others = [m for m in record.missed if m.kind not in (CueKind.QUESTION, CueKind.DIGEST)]
    for kind, count in sorted(Counter(m.kind for m in others).items()):
        yield MissingLine("not_sent", count, f"The post “{kind.value}” of the bot did not go out.")


def _reason(missed: Iterable[Missed]) -> str:
    reasons = dict.fromkeys(m.reason.strip().rstrip(".") for m in missed if m.reason.strip())
    return f"The bot noted: {'; '.join(reasons)}." if reasons else ""


def _posts(record: Record, sifted: Mapping[str, Sifted]) -> Iterator[MissingLine]:
    fates = Counter(item.fate for item in sifted.values())
    refused = fates["refused"] + sum(1 for node in record.empty if record.next_at is None or node.at < record.next_at)
    if record.chat.settings.consent == "opt-in":
        yield from _line("no_consent", refused, "By people who did not say that they want to be in the archive")
    else:
        yield from _line("opted_out", refused, "By people who asked not to be in the archive")
    yield from _line("lowered", fates["lowered"], "By people of whom a host shows no text")
    yield from _line("unlisted", fates["unlisted"], "Posted quietly (“quiet public”), which takes their author's yes")
    yield from _line("deleted", record.gone, "Deleted by whoever wrote them")
    yield from _line("left_out", fates["left_out"], "Left out of the archive, and still visible where they were posted")
    yield from _line("queued", fates["queued"], "With the hashtag, but not visibly taking part")
    yield from _line("edit_held", fates["edit_held"], "Edited so much later that a host must look first")
    yield from _line("introductions", fates["introduction"], "Introductions, which are counted and not shown")
    yield from _line("words", fates["word"], "Words to the bot, such as “start” or “stop”, which answer nothing")
    yield from _line("reposts", fates["repost"], "Only repeating another post")


def _line(name: str, count: int, what: str) -> Iterator[MissingLine]:
    if count:
        yield MissingLine(name, count, f"{what}: {count:,} {'post' if count == 1 else 'posts'}.")


def _unseen(record: Record) -> MissingLine:
    servers = sorted({post.server for post in record.posts if post.server} - {importfile.SERVER})
    asked = f" ({', '.join(servers)})" if 0 < len(servers) <= 5 else ""
    if not servers and record.posts:
        return MissingLine("unseen", 0, "Only what the imported file held is here; what it lacked is missing.")
    return MissingLine(
        "unseen",
        0,
        f"Only what the servers we asked{asked} could show is here; replies that never reached them are missing.",
    )
