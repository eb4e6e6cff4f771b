"""Looks again at posts that only other servers show: a post that is deleted leaves the archive from there too.

A post is missing when no server that showed it shows it any more, and each could say so. A crowd that vanishes at once
is doubted, and nothing of it is touched.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from chatbot.core.privacy import hearsay, vanishing
from chatbot.core.timing import Timing
from chatbot.platforms.errors import PlatformError
from chatbot.platforms.port import Found, Gone, PostRef, Vantage
from chatbot.stages.collect.intake import Intake
from chatbot.stages.collect.looks import Verified
from chatbot.store import erasing, posts, sightings
from chatbot.store.engine import Store
from chatbot.store.ingest import KEPT
from chatbot.store.posts import Seen


def look_again(store: Store, vantages: Sequence[Vantage], intake: Intake, timing: Timing, now: datetime) -> Verified:
    """Look at the posts of a chat that only other servers show, and write down what is found."""
    asked, there, missing, unsure = dict[str, Seen](), set[str](), dict[str, Seen](), set[str]()
    for vantage in vantages:
        for seen, look in _asked(store, vantage, intake.chat.id):
            asked[seen.uri] = seen
            is_same = isinstance(look, Found) and look.post.uri == seen.uri
            if isinstance(look, Found) and is_same and look.post.visibility in KEPT:
                intake.take([look.post], hearsay.route_of(vantage.server))
                there.add(seen.uri)
            elif is_same or isinstance(look, Gone):
                missing[seen.uri] = seen
            else:
                unsure.add(seen.uri)
    lost = [seen for uri, seen in missing.items() if uri not in there and uri not in unsure]
    doubted = vanishing.crowds([seen.author_uri for seen in asked.values()], [seen.author_uri for seen in lost])
    sure = [seen for seen in lost if doubted.keys().isdisjoint((vanishing.WHOLE, vanishing.home_of(seen.author_uri)))]
    gone = _write(store, there, sure, timing, now)
    return Verified(len(there), len(sure) - gone, gone, len(unsure - there), len(lost) - len(sure))


def _asked(store: Store, vantage: Vantage, chat_id: str) -> Iterable[tuple[Seen, object]]:
    """Return each post that only others show and this one did, with what it says now; None when it says nothing."""
    with store.read() as conn:
        elsewhere = sightings.only_elsewhere(conn, chat_id)
        seen = [one for one in posts.to_verify(conn, chat_id, vantage.server) if one.uri in elsewhere]
    if not seen:
        return []
    try:
        looks = vantage.look_up([PostRef(one.server, one.local_id, one.uri, one.url) for one in seen])
    except PlatformError:
        looks = {}
    return [(one, looks.get(one.local_id)) for one in seen]


def _write(store: Store, there: Iterable[str], lost: Sequence[Seen], timing: Timing, now: datetime) -> int:
    """Write down what was there and what was not; return how many are gone for good, confirmed by a second look."""
    confirmed = [one.uri for one in lost if one.missed_at and now - one.missed_at >= timing.gone_confirmed_after]
    with store.write() as conn:
        posts.mark_found(conn, there, now)
        posts.mark_missed(conn, [one.uri for one in lost], now)
        buried = erasing.bury(conn, posts.ids_of(conn, confirmed), erasing.DELETED, now)
    if buried:
        erasing.clear_journal(store)
    return buried
