"""Editions, the folder that is swapped in at once, pictures that go with their posts, and the one announcement."""

from __future__ import annotations

import dataclasses
import io
import json
import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from PIL import Image

from chatbot.config import Archive, Config
from chatbot.core.errors import ChatbotError
from chatbot.core.model import Cue, CueKind, Decision, DecisionKind, Draft, Lateness, Media, Post, Word
from chatbot.core.plan import Person
from chatbot.core.text import spans_from_text
from chatbot.core.value import replace
from chatbot.stages import keep, publish
from chatbot.stages.publish import folder, pictures
from chatbot.store import chats, decisions, outbox, posts, tables
from chatbot.store.engine import Store
from tests import people
from tests.fakes import FakePlatform, FixedClock

CHAT = "gardenchat-2026-12-01"


@pytest.fixture
def config(tmp_path: Path) -> Config:
    return Config(
        file=tmp_path / "chatbot.toml",
        database="",
        archive=Archive(tmp_path / "site", "Garden chats", "https://chats.test"),
        accounts={},
        chats=tmp_path,
        state=tmp_path / "state",
    )


class Evening:
    """A chat that is over, with two answers, and a clock that stands ten minutes after its end."""

    def __init__(self, store: Store, config: Config, clock: FixedClock, garden: FakePlatform) -> None:
        self.store, self.config, self.clock, self.garden = store, config, clock, garden
        self.site = config.archive.folder
        clock.to("2026-12-01 20:05")
        self.apply()
        self.ana = self.say("@ana@b.test", "A1 Broad beans, always, and a little patience #GardenChat")
        self.ben = self.say("@ben@c.test", "A2 My grandfather's hoe and nothing else at all #GardenChat")
        clock.to("2026-12-01 21:10")

    def apply(self, **settings: Any) -> None:
        chat = people.garden_chat(settings=people.garden_defaults(**settings))
        with self.store.write() as conn:
            now = self.clock()
            chats.save_series(conn, people.garden_series(), file=None, file_hash=None, now=now)
            chats.save_chat(conn, chat, state="ready", file=None, file_hash=None, now=now)

    def say(self, who: str, text: str, **more: Any) -> Post:
        post = self.garden.post(who, text, **more)
        self.save(post)
        return post

    def save(self, post: Post) -> None:
        with self.store.write() as conn:
            posts.save(
                conn, [post], chat=CHAT, route="tag", now=self.clock(), secret=b"s" * 32, refuses=lambda post: False
            )

    def approve(self, by: str = "rosa@a.test") -> publish.Written:
        return publish.approve(self.store, self.config, CHAT, by, self.clock())

    def write(self, **more: Any) -> publish.Written:
        return publish.write(self.store, self.config, CHAT, self.clock(), **more)

    def due(self) -> list[str]:
        return publish.due(self.store, self.config, self.clock)

    @property
    def page(self) -> str:
        return (self.site / "gardenchat" / CHAT / "index.html").read_text("utf-8")

    @property
    def everything(self) -> bytes:
        return b"".join(file.read_bytes() for file in sorted(self.site.rglob("*")) if file.is_file())


@pytest.fixture
def evening(store: Store, config: Config, clock: FixedClock, garden: FakePlatform) -> Evening:
    return Evening(store, config, clock, garden)


def test_nothing_is_published_before_a_person_said_so(evening: Evening) -> None:
    written = evening.write()

    assert written.is_preview
    assert not evening.site.exists()
    assert evening.config.state in written.folder.parents


def test_a_preview_is_its_owners_alone(evening: Evening) -> None:
    written = evening.write()

    assert written.folder.stat().st_mode & 0o077 == 0
    assert Path(publish.edition_place(evening.config, CHAT)).exists()


def test_when_a_host_says_publish_the_chat_is_in_the_archive_in_every_form(evening: Evening) -> None:
    written = evening.approve()

    assert written.chats == 1
    assert {file.name for file in (evening.site / "gardenchat" / CHAT).iterdir()} == {
        "index.html",
        "by-time.html",
        *(f"transcript.{form}" for form in ("md", "txt", "json", "csv", "atom", "ics")),
    }
    assert {"index.html", "search.html", "feed.atom", "calendar.ics", "robots.txt"} <= set(os.listdir(evening.site))


def test_a_first_edition_says_that_late_answers_still_come_and_the_final_one_does_not(evening: Evening) -> None:
    evening.approve()
    first = evening.page
    evening.clock.to("2026-12-09 12:00")

    assert evening.due() == [CHAT]
    evening.write()
    assert "First edition" in first
    assert "Final edition" in evening.page
    assert evening.due() == []


def test_the_edition_grows_with_a_late_answer(evening: Evening) -> None:
    evening.approve()
    quiet = evening.due()
    evening.say("@cleo@d.test", "A1 Late, but garlic, before anything else #GardenChat")

    assert quiet == []
    assert evening.due() == [CHAT]
    evening.write()
    assert "garlic" in evening.page


def test_the_digest_is_told_once_for_good(evening: Evening) -> None:
    first = evening.approve()
    second = evening.write()
    with evening.store.read() as conn:
        told = [row for row in outbox.of_chat(conn, CHAT) if row.kind == "digest"]

    assert (first.is_announced, second.is_announced) == (True, False)
    assert [f"https://chats.test/gardenchat/{CHAT}/" in row.draft.text for row in told] == [True]


def test_without_an_address_nothing_is_told(evening: Evening) -> None:
    evening.config = dataclasses.replace(evening.config, archive=replace(evening.config.archive, public_url=None))

    assert not evening.approve().is_announced


def test_a_community_may_choose_that_nobody_is_asked(evening: Evening) -> None:
    evening.apply(publish="automatic")

    assert evening.due() == [CHAT]
    assert not evening.write().is_preview
    assert evening.due() == []


def test_an_edit_that_comes_after_a_newer_one_of_another_post_is_published(evening: Evening) -> None:
    evening.approve()
    evening.clock.forward(minutes=10)
    newer = spans_from_text("A2 My grandfather's old hoe and nothing else at all #GardenChat")
    older = spans_from_text("A1 Broad beans, always, and some patience #GardenChat")
    evening.save(replace(evening.ben, spans=newer, edited_at=evening.clock()))
    evening.write()

    evening.save(replace(evening.ana, spans=older, edited_at=evening.clock() - timedelta(minutes=5)))

    assert evening.due() == [CHAT]
    evening.write()
    assert evening.due() == []


def test_whoever_changes_their_name_is_called_by_the_new_one(evening: Evening) -> None:
    evening.approve()
    old = evening.ana.author.name

    evening.save(replace(evening.ana, author=replace(evening.ana.author, name=old[::-1])))

    assert evening.due() == [CHAT]
    evening.write()
    assert evening.due() == []
    assert (f">{old}<" in evening.page, old[::-1] in evening.page) == (False, True)


def test_nothing_is_due_before_the_first_edition_is(evening: Evening) -> None:
    evening.clock.to("2026-12-01 21:04")

    assert evening.due() == []


def test_publish_before_the_end_is_refused_with_the_time(evening: Evening) -> None:
    evening.clock.to("2026-12-01 20:30")

    with pytest.raises(ChatbotError, match=r"not over yet.*21:00 UTC"):
        evening.approve()


def test_a_person_who_says_stop_is_gone_from_every_file_at_the_next_writing(evening: Evening) -> None:
    evening.say("@ben@c.test", "@ana@b.test I agree with you", reply_to=evening.ana)
    evening.approve()
    before = evening.everything
    with evening.store.write() as conn:
        decisions.say(conn, evening.ana.author.uri, Word.STOP, evening.clock())

    assert evening.due() == [CHAT]
    evening.write()
    assert b"Broad beans" in before
    assert [b for b in (b"Broad beans", b"ana@b.test", b"@ana", b"/users/ana") if b in evening.everything] == []
    assert b"[someone]" in evening.everything


def test_a_withdrawal_reaches_the_pages_at_once_and_nothing_else_does(evening: Evening) -> None:
    evening.approve()
    assert publish.heed(evening.store, evening.config, evening.clock()) is None
    evening.say("@dora@d.test", "A3 late, with beer #GardenChat")
    assert publish.heed(evening.store, evening.config, evening.clock()) is None

    with evening.store.write() as conn:
        decisions.say(conn, evening.ana.author.uri, Word.STOP, evening.clock())
    assert publish.heed(evening.store, evening.config, evening.clock()) is not None

    assert b"Broad beans" not in evening.everything
    assert publish.heed(evening.store, evening.config, evening.clock()) is None


def test_before_anything_is_published_a_withdrawal_writes_nothing(evening: Evening) -> None:
    with evening.store.write() as conn:
        decisions.say(conn, evening.ana.author.uri, Word.STOP, evening.clock())

    assert publish.heed(evening.store, evening.config, evening.clock()) is None
    assert not evening.site.exists()


def test_what_a_host_leaves_out_is_counted_and_not_shown(evening: Evening) -> None:
    evening.approve()
    with evening.store.write() as conn:
        decision = Decision(evening.ben.uri, DecisionKind.LEAVE_OUT, "rosa@a.test", evening.clock(), "off topic")
        decisions.add(conn, CHAT, decision)
    evening.write()
    told = json.loads((evening.site / "gardenchat" / CHAT / "transcript.json").read_bytes())
    left_out = [post for post in told["posts"] if post["state"] == "left_out"]

    assert "grandfather" not in evening.page
    assert [(post["by"], post["why"], post["uri"], post["text"]) for post in left_out] == [
        ("Rosa Marques", "off topic", None, None)
    ]


def test_the_same_facts_give_the_same_files(evening: Evening) -> None:
    evening.approve()
    first = evening.everything
    evening.clock.forward(hours=3)
    evening.write()

    assert first == evening.everything


def test_a_folder_with_somebody_elses_files_is_not_touched(evening: Evening) -> None:
    evening.site.mkdir()
    (evening.site / "holiday.jpg").write_bytes(b"mine")

    with pytest.raises(ChatbotError, match="did not write"):
        evening.approve()
    assert os.listdir(evening.site) == ["holiday.jpg"]


def break_off(place: Path) -> None:
    with folder.replacing(place) as new:
        folder.put(new, [("index.html", b"half")])
        raise KeyError


def test_a_writing_that_breaks_leaves_the_archive_as_it_was(evening: Evening, tmp_path: Path) -> None:
    evening.approve()
    before = evening.everything

    with pytest.raises(KeyError):
        break_off(evening.site)
    assert before == evening.everything
    assert [name for name in os.listdir(tmp_path) if name.startswith(".site")] == []


def test_readers_never_see_a_folder_without_its_front_page(tmp_path: Path) -> None:
    place = tmp_path / "site"
    for nth in range(20):
        with folder.replacing(place) as new:
            folder.put(new, [("index.html", str(nth).encode())])

        assert (place / "index.html").read_text() == str(nth)


def picture(colour: str = "green", size: tuple[int, int] = (2000, 1000)) -> bytes:
    made, exif = io.BytesIO(), Image.Exif()
    exif[0x010E] = "taken in my kitchen"
    Image.new("RGB", size, colour).save(made, "JPEG", exif=exif)
    return made.getvalue()


def with_picture(post: Post) -> Post:
    return replace(post, media=(Media("image", "https://files.test/1.jpg", "Beans in a row", None, 2000, 1000),))


def serving(content: bytes) -> Callable[[str], bytes]:
    return lambda url: content


def test_a_permitted_picture_is_copied_small_and_without_its_metadata(evening: Evening) -> None:
    evening.save(with_picture(evening.ana))
    evening.approve()
    evening.write(fetch=serving(picture()))
    [copy] = (evening.site / "gardenchat" / CHAT / "media").iterdir()

    assert f'src="media/{copy.name}"' in evening.page
    assert 'alt="Beans in a row"' in evening.page
    with Image.open(copy) as small:
        assert (small.size, dict(small.getexif())) == ((1280, 640), {})


def test_the_plans_own_pictures_are_copied_and_no_path_of_the_disk_is_told(evening: Evening, tmp_path: Path) -> None:
    (tmp_path / "guest.png").write_bytes(picture("red"))
    (tmp_path / "beds.png").write_bytes(picture("blue"))
    guest = Person("Tomás", "tomas@b.test", picture=str(tmp_path / "guest.png"), alt="Tomás in a straw hat")
    with evening.store.write() as conn:
        stored = chats.find(conn, CHAT)
        assert stored is not None
        first, *others = stored.chat.questions
        asked = replace(first, picture=str(tmp_path / "beds.png"), alt="Four raised beds")
        chat = replace(stored.chat, guests=(guest,), questions=(asked, *others))
        chats.edit_plan(conn, chat, "rosa", evening.clock())

    evening.approve()

    assert len(list((evening.site / "gardenchat" / CHAT / "media").iterdir())) == 2
    assert 'alt="Tomás in a straw hat"' in evening.page
    assert 'alt="Four raised beds"' in evening.page
    assert str(tmp_path).encode() not in evening.everything


def test_a_planned_picture_that_is_gone_from_the_disk_leaves_its_description(evening: Evening) -> None:
    with evening.store.write() as conn:
        stored = chats.find(conn, CHAT)
        assert stored is not None
        first, *others = stored.chat.questions
        lost = replace(first, picture="/nowhere/beds.png", alt="Four raised beds")
        chats.edit_plan(conn, replace(stored.chat, questions=(lost, *others)), "rosa", evening.clock())

    evening.approve()

    assert "Asked with a picture: Four raised beds" in evening.page


def test_a_picture_goes_when_its_post_goes(evening: Evening) -> None:
    evening.save(with_picture(evening.ana))
    evening.approve()
    evening.write(fetch=serving(picture()))
    with evening.store.write() as conn:
        decisions.say(conn, evening.ana.author.uri, Word.STOP, evening.clock())
    evening.write(fetch=serving(picture()))

    assert list(evening.site.rglob("*.webp")) == []


def with_face(post: Post, url: str = "https://files.test/ana.png") -> Post:
    return replace(post, author=replace(post.author, avatar=url))


class Faces:
    """An evening of a community that shows faces, in which Ana has one."""

    def __init__(self, evening: Evening, **settings: Any) -> None:
        self.evening = evening
        evening.apply(**{"avatars": True, **settings})
        evening.save(with_face(evening.ana))
        evening.approve()
        self.asked: list[str] = []
        self.write()

    def fetch(self, url: str) -> bytes:
        self.asked.append(url)
        return picture()

    def write(self) -> None:
        self.evening.write(fetch=self.fetch)

    @property
    def shown(self) -> list[Path]:
        return sorted(self.evening.site.rglob("faces/*"))

    @property
    def kept(self) -> list[Path]:
        return sorted((self.evening.config.state / "faces").glob("*"))


def test_a_face_is_shown_as_a_small_copy_where_the_community_decided_so(evening: Evening) -> None:
    faces = Faces(evening)
    [face] = faces.shown

    assert f'<img class="disc" src="faces/{face.name}" alt=""' in evening.page
    assert "files.test/ana.png" not in evening.everything.decode("utf-8", "replace")
    with Image.open(face) as small:
        assert (small.size, dict(small.getexif())) == ((128, 128), {})


def test_faces_are_initials_unless_the_community_decides_otherwise(evening: Evening) -> None:
    faces = Faces(evening, avatars=False)

    assert (faces.asked, faces.shown, faces.kept) == ([], [], [])
    assert 'data-initials="A"' in evening.page


@pytest.mark.parametrize("names", ["initials", "pseudonyms", "none"])
def test_who_is_not_named_has_no_face(evening: Evening, names: str) -> None:
    faces = Faces(evening, names=names)

    assert (faces.asked, faces.shown) == ([], [])


@pytest.mark.parametrize("what", ["picture", "name", "text"])
def test_who_was_lowered_by_a_host_has_no_face_any_more(evening: Evening, what: str) -> None:
    faces = Faces(evening)
    with evening.store.write() as conn:
        decisions.lower(conn, evening.ana.author.uri, what, "rosa@a.test", evening.clock())
    evening.write()

    assert (faces.shown, faces.kept) == ([], [])


def test_a_face_goes_with_the_person_even_when_nothing_can_be_fetched(evening: Evening) -> None:
    faces = Faces(evening)
    with evening.store.write() as conn:
        decisions.say(conn, evening.ana.author.uri, Word.STOP, evening.clock())
    evening.write()

    assert (faces.shown, faces.kept) == ([], [])


def test_a_new_face_takes_the_place_of_the_old_one(evening: Evening) -> None:
    faces = Faces(evening)
    [old] = faces.shown
    evening.save(with_face(replace(evening.ana, local_id="2", uri=f"{evening.ana.uri}2"), "https://files.test/new.png"))
    faces.write()

    assert old.name not in [face.name for face in faces.shown]
    assert len(faces.shown) == len(faces.kept) == 1


def test_a_servers_stand_in_for_a_face_is_none(evening: Evening) -> None:
    evening.save(with_face(evening.ben, "https://c.test/avatars/original/missing.png"))
    faces = Faces(evening)

    assert faces.asked == ["https://files.test/ana.png"]


@pytest.mark.parametrize(
    "content", [b"", b"<script>alert(1)</script>", picture()[:300], b"\x89PNG\r\n\x1a\n" + b"0" * 50]
)
def test_a_picture_that_cannot_be_read_leaves_its_description(evening: Evening, content: bytes) -> None:
    evening.save(with_picture(evening.ana))
    evening.approve()
    evening.write(fetch=serving(content))

    assert "Beans in a row" in evening.page
    assert "<img" not in evening.page


@pytest.mark.parametrize(
    "address",
    [
        "http://127.0.0.1/x.png",
        "http://[::1]/x.png",
        "http://10.0.0.8/x",
        "http://169.254.169.254/",
        "file:///etc/passwd",
    ],
)
def test_a_post_cannot_make_the_bot_ask_the_machines_around_it(address: str) -> None:
    with pytest.raises(pictures.NoPicture):
        pictures.from_network()(address)


def test_a_post_whose_edit_waits_for_a_host_shows_neither_version(evening: Evening) -> None:
    evening.approve()
    bait = replace(evening.ana, edited_at=evening.clock() + timedelta(minutes=1))
    spans = spans_from_text("A1 Buy now at https://evil.test #GardenChat")
    evening.save(replace(bait, spans=spans))
    evening.write()

    assert "evil.test" not in evening.page
    assert "Broad beans" not in evening.page


def test_drafts_are_nobodys_business_and_coming_chats_are_listed(evening: Evening) -> None:
    soon = people.garden_chat(starts_at=datetime.fromisoformat("2027-01-05T20:00:00+00:00"), theme="Seeds we kept")
    draft = people.garden_chat(starts_at=datetime.fromisoformat("2027-02-02T20:00:00+00:00"), theme="Not decided yet")
    with evening.store.write() as conn:
        chats.save_chat(conn, soon, state="ready", file=None, file_hash=None, now=evening.clock())
        chats.save_chat(conn, draft, state="draft", file=None, file_hash=None, now=evening.clock())
    evening.approve()
    front = (evening.site / "index.html").read_text("utf-8")

    assert "Seeds we kept" in front
    assert b"Not decided yet" not in evening.everything


# posts from a file


@pytest.fixture
def file(tmp_path: Path) -> Path:
    line = {"uri": "https://d.test/1", "at": "2026-12-01T20:30:00Z", "author": "dora@d.test", "text": "A1 Leeks"}
    (tmp_path / "more.jsonl").write_text(json.dumps(line))
    return tmp_path / "more.jsonl"


@pytest.mark.parametrize("word", [Word.FORGET, Word.STOP])
def test_a_word_reaches_the_pages_of_a_chat_into_which_a_file_came(evening: Evening, file: Path, word: Word) -> None:
    evening.approve()
    keep.import_file(evening.store, evening.config, CHAT, file, evening.clock())
    keep.say(evening.store, evening.config, evening.ana.author, word, evening.clock())
    publish.heed(evening.store, evening.config, evening.clock())

    assert b"Broad beans" not in evening.everything


def test_a_chat_into_which_a_file_came_leaves_the_archive_until_a_host_says_so_again(
    evening: Evening, file: Path
) -> None:
    evening.apply(publish="automatic")
    evening.write()
    keep.import_file(evening.store, evening.config, CHAT, file, evening.clock())
    publish.heed(evening.store, evening.config, evening.clock())
    for chat in evening.due():
        evening.clock.forward(days=1)
        assert publish.write(evening.store, evening.config, chat, evening.clock()).is_preview
    assert not (evening.site / "gardenchat" / CHAT).exists()

    evening.approve()

    assert "Leeks" in evening.page


# moved


def test_the_digest_of_a_moved_chat_stands_under_the_welcome_of_its_day(evening: Evening) -> None:
    welcomes = [f"{CHAT}/welcome/-/{nth}" for nth in (1, 2)]
    with evening.store.write() as conn:
        for key, day in zip(welcomes, (1, 8), strict=True):
            at = datetime(2026, 12, day, 19, 55, tzinfo=UTC)
            cue = Cue(key, CHAT, CueKind.WELCOME, at, Draft("Welcome"), timedelta(minutes=5), Lateness.SKIP)
            outbox.put_cue(conn, cue, ["gardenbot"], at)
            conn.execute(sa.update(tables.outbox).where(tables.outbox.c.key == key).values(state="sent", local_id=key))
    evening.approve()

    with evening.store.read() as conn:
        (digest,) = [row for row in outbox.of_chat(conn, CHAT) if row.kind == CueKind.DIGEST]
    assert digest.reply_to == welcomes[-1]
