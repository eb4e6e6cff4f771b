"""Publishes chats: a person says yes, editions are written, the whole archive is swapped in at once, and told once.

    edition_place(config, chat_id)           where the edition of a chat can be read
    heed(store, config, now)                 writes the archive at once when somebody withdrew something
    due(store, config, clock)                chats of which something is to be written, approved or told
    write(store, config, chat_id, now)       writes the archive; of a chat nobody approved, a private preview
    approve(store, config, chat_id, by, now) a person says `publish`

The archive is always written whole: one word of a person, or a better rule, reaches every chat they ever wrote in.
"""

from __future__ import annotations

import logging
import shutil
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from chatbot.config import Config
from chatbot.core.errors import ChatbotError
from chatbot.core.model import Cue, CueKind
from chatbot.core.nights import timetable
from chatbot.core.pages import transcript
from chatbot.core.pages.shown import Transcript
from chatbot.core.privacy.forgetting import ForgetList
from chatbot.core.record import Record
from chatbot.core.value import replace
from chatbot.render import site
from chatbot.render.listing import Listed
from chatbot.render.site import Site
from chatbot.stages.publish import folder, pictures
from chatbot.store import chats, forgetfile, outbox, records
from chatbot.store.chats import StoredChat
from chatbot.store.engine import Connection, Store
from chatbot.store.rows import Row

log = logging.getLogger("chatbot.publish")

AUTOMATIC = "automatic"
PREVIEWS, PICTURES, FACES = "previews", "pictures", "faces"  # folders in the state folder


@dataclass(frozen=True, slots=True)
class Written:
    """What was written: the folder, its chats, and whether it is a preview for the hosts alone."""

    folder: Path
    chats: int
    posts: int
    is_preview: bool = False
    is_announced: bool = False


def edition_place(config: Config, chat_id: str) -> str:
    """Return where the hosts can read the edition of a chat that waits for their word."""
    return str(config.state / PREVIEWS / chat_id / "index.html")


def approve(store: Store, config: Config, chat_id: str, by: str, now: datetime) -> Written:
    """Note that a person said `publish`, and write the archive with the chat in it."""
    say_yes(store, chat_id, by, now)
    return write(store, config, chat_id, now)


def say_yes(store: Store, chat_id: str, by: str, now: datetime) -> None:
    """Note that a person said `publish`; every post is to be looked at again before anything is written."""
    with store.write() as conn:
        _refuse_too_early(chats.find(conn, chat_id), chat_id, now)
        chats.approve(conn, chat_id, by, now)


def due(store: Store, config: Config, clock: Callable[[], datetime], held: Collection[str] = ()) -> list[str]:
    """Return the chats of which an edition is to be written, approved by choice, or made final.

    The archive is written whole, so of published chats in which something merely changed one stands for all, but none
    that is held back.
    """
    now = clock()
    found: list[str] = []
    has_changed = False
    with store.read() as conn:
        for stored in chats.all_chats(conn):
            chat_id = stored.chat.id
            if not _has_edition(stored, config, now):
                continue
            if _is_to_be_approved(conn, stored) or _is_to_be_final(stored, now):
                found.append(chat_id)
            elif records.marker(conn, chat_id) != records.written(conn, chat_id):
                if stored.approved_at is None or not has_changed:
                    found.append(chat_id)
                has_changed = has_changed or (stored.approved_at is not None and chat_id not in held)
    return found


def heed(store: Store, config: Config, now: datetime) -> Written | None:
    """Write the archive at once if anybody withdrew something, or a host decided, since it was written; offline.

    Nobody waits for a server to be asked until their will is done.
    """
    if not _published(store) and not folder.is_ours(config.archive.folder):
        return None
    with store.read() as conn:
        if records.wills(conn) == records.heeded(conn):
            return None
    return write(store, config, None, now)


def write(
    store: Store, config: Config, chat_id: str | None, now: datetime, fetch: pictures.Fetch | None = None
) -> Written:
    """Write the archive of every published chat; of a chat that nobody approved write a private preview.

    With `fetch`, permitted pictures that are not kept yet are fetched first; without, only kept ones are shown.
    """
    if chat_id is not None:
        stored = _ready(store, config, chat_id, now)
        if stored.approved_at is None:
            return _preview(store, config, chat_id, now)
    forgotten = forgetfile.read(config.state)
    if fetch is not None:
        _keep_pictures(store, config, forgotten, fetch)
    written = _archive(store, config, forgotten, now)
    is_announced = chat_id is not None and _announce(store, config, chat_id, now)
    log.info("archive written", extra={"chat": chat_id, "chats": written.chats, "posts": written.posts})
    return Written(written.folder, written.chats, written.posts, is_announced=is_announced)


def _ready(store: Store, config: Config, chat_id: str, now: datetime) -> StoredChat:
    """Bring a chat's standing up to date: approved by choice, or final, where its time has come."""
    with store.write() as conn:
        stored = chats.find(conn, chat_id)
        if stored is None:
            raise ChatbotError(f"There is no chat “{chat_id}”, so nothing was written. `chatbot chats` lists them.")
        if _has_edition(stored, config, now) and _is_to_be_approved(conn, stored):
            chats.approve(conn, chat_id, AUTOMATIC, now)
        if _is_to_be_final(stored, now):
            chats.mark_final(conn, chat_id, now)
        return chats.find(conn, chat_id) or stored


def _archive(store: Store, config: Config, forgotten: ForgetList, now: datetime) -> Written:
    """Write every published chat into a new folder and swap it in."""
    made = Site(config.archive.title, config.archive.public_url)
    with store.read() as conn:
        wills = records.wills(conn)  # read first: what is withdrawn meanwhile is written once more
    posts, markers, sorted_to = 0, dict[str, str](), dict[str, Mapping[str, int]]()
    media, faces = set[str](), set[str]()
    with folder.replacing(config.archive.folder) as new:
        for stored in _published(store):
            with store.read() as conn:
                markers[stored.chat.id] = records.marker(conn, stored.chat.id)
                record = records.load(conn, stored.chat.id, forgotten)
            media.update(pictures.addresses(record), pictures.planned(record))
            faces.update(pictures.faces(record))
            view = _with_pictures(config, record)
            del record
            posts += view.numbers.posts
            sorted_to[stored.chat.id] = _sorted_to(view)
            folder.put(new, made.chat(view))
            _put_pictures(config, new / view.series_id / view.chat_id, view)
        searchable = folder.has_pagefind()
        folder.put(new, made.front(_upcoming(store, now), with_find=searchable))
        if searchable:
            folder.run_pagefind(new)
    pictures.prune(config.state / PICTURES, media)
    pictures.prune(config.state / FACES, faces)
    drop_previews(store, config)
    with store.write() as conn:
        changed = [chat_id for chat_id, marker in markers.items() if records.written(conn, chat_id) != marker]
        for chat_id in changed:
            chats.audit(conn, now, records.WRITTEN, chat=chat_id, detail=markers[chat_id])
        if records.heeded(conn) != wills:
            chats.audit(conn, now, records.HEEDED, detail=wills)
    for chat_id in changed:
        log.info("edition written", extra={"chat": chat_id, **sorted_to[chat_id]})
    return Written(config.archive.folder, len(markers), posts)


def _preview(store: Store, config: Config, chat_id: str, now: datetime) -> Written:
    """Write one chat for its hosts alone, beside the database and not in the archive."""
    with store.read() as conn:
        marker = records.marker(conn, chat_id)
        record = records.load(conn, chat_id, forgetfile.read(config.state))
    view = _with_pictures(config, record)
    place = config.state / PREVIEWS / chat_id
    with folder.replacing(place, is_private=True) as new:
        folder.put(new, site.chat_files(view, config.archive.title, "", home=""))
        _put_pictures(config, new, view)
    with store.write() as conn:
        earlier = records.written(conn, chat_id)
        if earlier != marker:
            chats.audit(conn, now, records.WRITTEN, chat=chat_id, detail=marker)
    if earlier != marker:
        log.info("preview written", extra={"chat": chat_id, **_sorted_to(view)})
    return Written(place, 1, view.numbers.posts, is_preview=True)


def _sorted_to(view: Transcript) -> Mapping[str, int]:
    """Count what became of a chat's posts, for its story in the log."""
    counted = Counter(posts=view.numbers.posts, answers=view.numbers.answers, talk=view.numbers.talk)
    for line in view.missing:
        counted[line.name] += line.count
    return +counted


def drop_previews(store: Store, config: Config) -> int:
    """Remove previews of chats that wait for nobody's word any more: published, forgotten, or gone."""
    with store.read() as conn:
        known = {stored.chat.id: stored for stored in chats.all_chats(conn)}
    dropped = 0
    for place in sorted((config.state / PREVIEWS).glob("*")):
        stored = known.get(place.name)
        if not place.name.startswith(".") and (stored is None or stored.approved_at or stored.emptied_at):
            shutil.rmtree(place, ignore_errors=True)
            dropped += 1
    return dropped


def _published(store: Store) -> list[StoredChat]:
    with store.read() as conn:
        return [stored for stored in chats.all_chats(conn) if stored.approved_at is not None]


def _upcoming(store: Store, now: datetime) -> Iterator[Listed]:
    """Yield ready chats that are still to come; drafts are nobody's business yet."""
    with store.read() as conn:
        known = chats.all_chats(conn)
    for stored in known:
        if stored.chat.ends_at > now and stored.chat.ready and stored.state != "draft":
            cancelled = stored.state == "cancelled"
            yield Listed.planned(stored.series, stored.chat, stored.applied_at, is_cancelled=cancelled)


def _with_pictures(config: Config, record: Record) -> Transcript:
    """Return the view of a chat with the pictures and faces that are kept; the plan's own are taken from the disk."""
    pictures.keep_planned(config.state / PICTURES, record)
    copies = pictures.copies(config.state / PICTURES, record)
    return transcript.build(record, copies, pictures.face_copies(config.state / FACES, record))


def _put_pictures(config: Config, chat_folder: Path, view: Transcript) -> None:
    posts = site.posts_of(view)
    files = {media.file for post in posts for media in post.media if media.file is not None}
    files |= {person.picture for person in (*view.hosts, *view.guests) if person.picture is not None}
    files |= {question.picture for question in view.questions if question.picture is not None}
    pictures.put(config.state / PICTURES, chat_folder, sorted(files))
    faces = {post.person.avatar for post in posts if post.person.avatar is not None}
    pictures.put(config.state / FACES, chat_folder, sorted(faces))


def _keep_pictures(store: Store, config: Config, forgotten: ForgetList, fetch: pictures.Fetch) -> None:
    """Fetch the pictures of shown posts, and the faces of people, that are not kept yet."""
    wanted, faces = set[str](), set[str]()
    for stored in _published(store):
        with store.read() as conn:
            record = records.load(conn, stored.chat.id, forgotten)
        wanted.update(pictures.addresses(record))
        faces.update(pictures.faces(record))
    kept = pictures.keep(config.state / PICTURES, sorted(wanted), fetch)
    met = pictures.keep(config.state / FACES, sorted(faces), fetch, are_faces=True)
    counts = {"wanted": len(wanted | faces), "new": kept.new + met.new, "failed": kept.failed + met.failed}
    log.info("pictures kept", extra=counts)


def _announce(store: Store, config: Config, chat_id: str, now: datetime) -> bool:
    """Put the digest's announcement into the outbox, once for good; not without an address to tell."""
    url = config.archive.public_url
    with store.write() as conn:
        stored = chats.find(conn, chat_id)
        if not url or stored is None or stored.chat.is_past or now > stored.chat.late_until:
            return False
        rows = outbox.of_chat(conn, chat_id)
        if any(row.kind == CueKind.DIGEST for row in rows):
            return False
        where = f"{url.rstrip('/')}/{stored.series.id}/{chat_id}/"
        cue = timetable.digest_cue(stored.series, stored.chat, config.timing, now, where)
        return sum(outbox.put_cue(conn, _under_welcome(cue, rows, on), [on], now) for on in stored.series.accounts) > 0


def _under_welcome(cue: Cue, rows: Sequence[Row], account: str) -> Cue:
    """Put a digest under the latest welcome of an account: of a moved chat that of its day."""
    welcomes = [row for row in rows if row.kind == CueKind.WELCOME and row.account == account and row.local_id]
    return replace(cue, reply_to=welcomes[-1].key) if welcomes else cue


def _refuse_too_early(stored: StoredChat | None, chat_id: str, now: datetime) -> None:
    if stored is None:
        raise ChatbotError(f"There is no chat “{chat_id}”, so nothing was published. `chatbot chats` lists them.")
    if now < stored.chat.ends_at:
        raise ChatbotError(
            f"{chat_id} is not over yet, so nothing was published. Say `publish` again after its end"
            f" ({stored.chat.ends_at:%Y-%m-%d %H:%M} UTC)."
        )
    if stored.emptied_at is not None:
        raise ChatbotError(
            f"Nobody published {chat_id} in time, so its posts were forgotten on {stored.emptied_at:%Y-%m-%d}"
            " and there is nothing to publish any more."
        )


def _has_edition(stored: StoredChat, config: Config, now: datetime) -> bool:
    over = now >= stored.chat.ends_at + config.timing.edition_after
    return over and stored.emptied_at is None and (stored.chat.ready or stored.chat.is_past)


def _is_to_be_approved(conn: Connection, stored: StoredChat) -> bool:
    """Say whether the community chose that no person is asked; what came from a file always waits for one."""
    chose = stored.chat.settings.publish == AUTOMATIC and not stored.chat.is_past
    waits = stored.approved_at is None and stored.state != "cancelled"
    return chose and waits and not records.has_imported(conn, stored.chat.id)


def _is_to_be_final(stored: StoredChat, now: datetime) -> bool:
    return stored.approved_at is not None and stored.final_at is None and now >= stored.chat.late_until
