"""Copies of permitted pictures: fetched once, made small, freed of metadata; they go when no stored post has them.

Faces are people's own pictures of themselves, kept apart: only where the community decided to show them, and only of
people who are shown with their whole name; they go with the person, or when a host lowers what is shown of them.

Remote pictures die, and a page that shows them tells every reader's address to other servers; a copy does neither.
"""

from __future__ import annotations

import io
import ipaddress
import logging
import os
import shutil
import socket
import urllib.request
import warnings
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from itertools import chain
from pathlib import Path
from typing import IO
from urllib.error import URLError
from urllib.parse import urlsplit

from chatbot.core.privacy import consent
from chatbot.core.record import Record

log = logging.getLogger("chatbot.publish")

Fetch = Callable[[str], bytes]

LARGEST = 20 * 1024 * 1024  # bytes that are fetched
WIDEST = 1280  # pixels that are kept
FACE = 128  # the same of a face
_PIXELS = 60_000_000
_SECONDS = 20
_PATIENCE = 2  # failures of one server


class NoPicture(Exception):
    """A picture could not be fetched or read; the page says so by showing its description alone."""


@dataclass(frozen=True, slots=True)
class Kept:
    """How many pictures are new, and how many could not be had."""

    new: int
    failed: int


def copies(kept: Path, record: Record) -> dict[str, str]:
    """Return, by address, the file beside a chat's page for each picture that is kept."""
    wanted = chain(addresses(record), planned(record))
    return {name: f"media/{file.name}" for name in wanted if (file := _file(kept, name)).exists()}


def face_copies(kept: Path, record: Record) -> dict[str, str]:
    """Return, by address, the file beside a chat's page for each face that is kept and may be shown."""
    return {url: f"faces/{file.name}" for url in faces(record) if (file := _file(kept, url)).exists()}


def addresses(record: Record) -> Iterator[str]:
    """Yield the addresses of pictures whose authors let their posts be shown."""
    for post in record.posts:
        if post.media and consent.may_publish(post, consent.of(record, post.author)):
            yield from (media.url for media in post.media if media.kind == "image")


def planned(record: Record) -> Iterator[str]:
    """Yield the files of the plan's own pictures: of hosts, guests and questions."""
    people = (person.picture for person in (*record.series.hosts, *record.chat.guests))
    questions = (question.picture for question in record.chat.questions)
    yield from filter(None, chain(people, questions))


def faces(record: Record) -> Iterator[str]:
    """Yield the addresses of the faces of people who may be shown with one; a server's stand-in is none."""
    if not record.chat.settings.avatars:
        return
    for post in record.posts:
        allowed = consent.of(record, post.author)
        url = post.author.avatar or ""
        is_own = bool(url) and not urlsplit(url).path.endswith("/missing.png")
        if is_own and allowed.picture and allowed.name == "full" and consent.may_publish(post, allowed):
            yield url


def keep(kept: Path, urls: Iterable[str], fetch: Fetch, *, are_faces: bool = False) -> Kept:
    """Fetch and store each picture that is not kept yet; a server that fails twice is left alone this time."""
    kept.mkdir(parents=True, exist_ok=True)
    new, failed = 0, Counter[str]()
    for url in urls:
        file, host = _file(kept, url), urlsplit(url).netloc
        if file.exists() or failed[host] >= _PATIENCE:
            continue
        try:
            small = shrunk(fetch(url), is_face=are_faces)
        except (NoPicture, OSError):
            failed[host] += 1
            continue
        draft = file.with_suffix(".new")
        draft.write_bytes(small)
        draft.replace(file)
        new += 1
    return Kept(new, failed.total())


def put(kept: Path, chat_folder: Path, files: Sequence[str]) -> None:
    """Put kept pictures beside a chat's page, each at its place there."""
    for name in files:
        target = chat_folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        source = kept / Path(name).name
        try:
            os.link(source, target)
        except OSError:
            shutil.copyfile(source, target)


def prune(kept: Path, urls: Iterable[str]) -> None:
    """Drop kept pictures whose posts are gone."""
    known = {_file(kept, url).name for url in urls}
    for file in kept.glob("*"):
        if file.name not in known:
            file.unlink(missing_ok=True)


def shrunk(content: bytes, *, is_face: bool = False) -> bytes:
    """Return a picture as WebP, upright, at most 1280 pixels wide or high, without any metadata; a face as a square."""
    from PIL import Image, ImageOps

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(content)) as picture:
                if picture.width * picture.height > _PIXELS:
                    raise NoPicture("too many pixels")
                upright = ImageOps.exif_transpose(picture)
                if is_face:
                    upright = ImageOps.fit(upright, (FACE, FACE))
                upright.thumbnail((WIDEST, WIDEST))
                bare = upright.convert("RGBA" if "A" in upright.getbands() or "transparency" in upright.info else "RGB")
                bare.info.clear()
                made = io.BytesIO()
                bare.save(made, "WEBP", quality=80, method=4)
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise NoPicture("not a picture that can be read") from error
    return made.getvalue()


def keep_planned(kept: Path, record: Record) -> Kept:
    """Take the plan's own pictures from the disk, anew where the file was changed."""
    names = list(planned(record))
    for name in names:
        source, copy = Path(name), _file(kept, name)
        if copy.exists() and source.exists() and source.stat().st_mtime > copy.stat().st_mtime:
            copy.unlink()
    return keep(kept, names, from_disk)


def from_disk(name: str) -> bytes:
    """Read a plan's picture; a file that is gone is no picture any more."""
    file = Path(name)
    if file.stat().st_size > LARGEST:
        raise NoPicture("too large")
    return file.read_bytes()


def from_network(trusted: frozenset[str] = frozenset()) -> Fetch:
    """Return a fetch that asks public servers only, and those in `trusted` (the chat's own) wherever they are.

    What failed once is not asked for again by the same fetch, so that a dead server costs one wait and not many.
    """
    opener = urllib.request.build_opener(_Careful(trusted))
    failed: set[str] = set()

    def fetch(url: str) -> bytes:
        if url in failed:
            raise NoPicture("it failed before")
        failed.add(url)
        _refuse_inside(url, trusted)
        request = urllib.request.Request(url, headers={"User-Agent": "chatbot", "Accept": "image/*"})
        try:
            with opener.open(request, timeout=_SECONDS) as answer:
                content = _read(answer)
        except (URLError, ValueError) as error:
            raise NoPicture("the server did not give it") from error
        failed.discard(url)
        return content

    return fetch


class _Careful(urllib.request.HTTPRedirectHandler):
    """Follows redirects to public servers only."""

    def __init__(self, trusted: frozenset[str]) -> None:
        self._trusted = trusted

    def redirect_request(
        self, req: urllib.request.Request, fp: IO[bytes], code: int, msg: str, headers: object, newurl: str
    ) -> urllib.request.Request | None:
        _refuse_inside(newurl, self._trusted)
        return super().redirect_request(req, fp, code, msg, headers, newurl)  # type: ignore[arg-type]


def _read(answer: IO[bytes]) -> bytes:
    content = answer.read(LARGEST + 1)
    if len(content) > LARGEST:
        raise NoPicture("too large")
    return content


def _refuse_inside(url: str, trusted: frozenset[str]) -> None:
    """Refuse addresses inside the house: a post must not make the bot ask the machines around it."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise NoPicture("no address on the web")
    if parts.netloc.lower() in trusted:
        return
    try:
        found = socket.getaddrinfo(parts.hostname, None, proto=socket.IPPROTO_TCP)
    except OSError as error:
        raise NoPicture("no such server") from error
    if not all(ipaddress.ip_address(str(address[4][0]).partition("%")[0]).is_global for address in found):
        raise NoPicture("an address inside the house")


def _file(kept: Path, url: str) -> Path:
    return kept / (blake2b(url.encode(), digest_size=12).hexdigest() + ".webp")
