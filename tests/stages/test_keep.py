"""People are forgotten without a byte left; what nobody published fades; files come in whole or not at all."""

from __future__ import annotations

import json
import logging
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from chatbot.core.errors import ChatbotError, Mistakes
from chatbot.core.model import Author, Decision, DecisionKind, Media, Post, Word
from chatbot.core.pages import transcript
from chatbot.core.plan import Defaults, Question
from chatbot.core.privacy import forgetting
from chatbot.core.privacy.words import Words
from chatbot.core.timing import Timing
from chatbot.core.value import replace
from chatbot.stages import keep
from chatbot.stages.keep import lowering
from chatbot.store import chats, decisions, forgetfile, posts, records, tables
from chatbot.store.engine import Store, StoreError, open_store
from tests.fakes import FakePlatform, FixedClock, person
from tests.people import STARTS, garden_chat
from tests.stages.gardens import CHAT, Garden, bytes_of

NORA = person("@nora@c.test", name="Nora Nightshade")
TRACES = (b"nora", b"nightshade", b"myroses", b"c.test/users")


@pytest.fixture
def g(store: Store, clock: FixedClock, garden: FakePlatform, tmp_path: Path) -> Garden:
    return Garden(store, clock, garden, tmp_path)


def an_evening_with_nora(g: Garden) -> tuple[Post, Post]:
    """Nora answers, is answered, mentioned, quoted, decided about, written to; all of it is collected."""
    answer = g.post(NORA, "A1 myroses #GardenChat", reply_to=g.questions[0])
    ben = person("@ben@b.test", name="Ben, gardens with @nora@c.test")
    picture = Media("image", "https://b.test/x.png", "roses, via .@nora@c.test")
    words = f"so true @nora@c.test, see {answer.url} #GardenChat"
    reply = g.post(ben, words, reply_to=answer, media=(picture,))
    g.post("@ana@b.test", "what @nora says #GardenChat", quote_local_id=answer.local_id)
    g.collect()
    with g.store.write() as conn:
        by = "rosa@a.test"
        decisions.add(conn, CHAT, Decision(answer.uri, DecisionKind.FEATURE, by, g.clock(), "nora is right"))
        decisions.add(conn, CHAT, Decision(reply.uri, DecisionKind.LEAVE_OUT, by, g.clock(), "rude to @nora@c.test"))
        decisions.say(conn, NORA.uri, Word.START, g.clock())
        decisions.lower(conn, NORA.uri, "picture", by, g.clock())
        row = {"kind": "reply", "due_at": STARTS, "grace_until": STARTS, "lateness": "skip", "changed_at": STARTS}
        letter = {"key": "reply/1", "account": "gardenbot", "recipient": "nora@c.test", "draft": "@nora@c.test hello"}
        conn.execute(tables.outbox.insert().values(state="sent", **row, **letter))
    return answer, reply


def forget_nora(g: Garden) -> keep.Forgotten:
    return keep.forget_person(g.store, g.config, NORA, g.clock())


def test_forgetting_leaves_no_byte_in_any_file(g: Garden, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    an_evening_with_nora(g)
    assert b"myroses" in bytes_of(tmp_path)

    assert keep.Forgotten(posts=1, mentions=2) == forget_nora(g)

    logged = "\n".join(f"{record.getMessage()} {record.__dict__}" for record in caplog.records).encode()
    for files in (bytes_of(tmp_path), logged):  # the database is still open: its journal is among the files
        for trace in TRACES:
            assert trace not in files.lower()


@pytest.mark.parametrize("word", [Word.STOP, Word.FORGET])
def test_a_word_counts_for_whoever_has_the_account_whatever_address_its_server_tells(g: Garden, word: Word) -> None:
    g.post(NORA, "A1 myroses #GardenChat")
    g.post(NORA.handle, "A2 myroses #GardenChat")
    g.collect()
    elsewhere = person("@Nora@c.test", uri="https://c.test/ap/115")
    assert "2 posts" in keep.held(g.store, g.config, elsewhere)

    keep.say(g.store, g.config, elsewhere, word, g.clock())
    g.post(NORA, "A3 myroses #GardenChat")
    g.collect()

    assert (g.texts(), len(g.stored().empty)) == ([], 3)


def test_a_start_under_another_address_takes_a_stop_back(g: Garden) -> None:
    keep.say(g.store, g.config, NORA, Word.STOP, g.clock())
    elsewhere = person("@nora@c.test", uri="https://c.test/ap/115")
    keep.say(g.store, g.config, elsewhere, Word.START, g.clock() + timedelta(seconds=1))
    g.post(NORA, "A1 I am @nora@c.test #GardenChat")
    g.collect()

    assert g.texts() == ["A1 I am @nora@c.test #GardenChat"]


def test_threads_and_counts_hold_after_forgetting(g: Garden) -> None:
    _, reply = an_evening_with_nora(g)
    before = len(g.stored().posts)

    forget_nora(g)

    found = g.stored()
    assert (before - 1, 1) == (len(found.posts), len(found.empty))
    assert found.empty[0].uri == next(post for post in found.posts if post.uri == reply.uri).parent_uri
    assert g.texts() == ["so true [someone], see [someone] #GardenChat", "what [someone] says #GardenChat"]


def test_whoever_is_forgotten_stays_so(g: Garden, tmp_path: Path) -> None:
    an_evening_with_nora(g)
    forget_nora(g)
    g.post("@dora@d.test", "where is @nora@c.test? #GardenChat", mentions=())
    g.post("@emil@d.test", "hello @nora@c.test #GardenChat")
    g.post(NORA, "A2 myroses again #GardenChat")

    g.restarted()
    g.collect()

    assert len(g.stored().empty) == 2
    for trace in TRACES:
        assert trace not in bytes_of(tmp_path).lower()


def test_a_restored_backup_is_cleaned_at_the_start(g: Garden, tmp_path: Path) -> None:
    an_evening_with_nora(g)
    keep.backup(g.store, tmp_path / "old.db")
    forget_nora(g)
    g.store.close()
    (tmp_path / "old.db").replace(tmp_path / "chat.db")

    restored = open_store(f"sqlite:///{tmp_path / 'chat.db'}")
    assert keep.apply_forget_list(restored, g.config, g.clock()) == 1
    assert keep.apply_forget_list(restored, g.config, g.clock()) == 0
    restored.close()

    for trace in TRACES:
        assert trace not in bytes_of(tmp_path).lower()


def test_forgetting_that_was_cut_short_is_finished_at_the_next_start(g: Garden, tmp_path: Path) -> None:
    an_evening_with_nora(g)
    secret = forgetfile.secret(g.config.state)
    forgetfile.write(g.config.state, "forget", forgetting.person_keys(secret, NORA.uri, NORA.handle), g.clock())

    keep.apply_forget_list(g.store, g.config, g.clock())

    for trace in TRACES:
        assert trace not in bytes_of(tmp_path).lower()


def test_the_confirmation_itself_is_forgotten_once_it_was_sent(g: Garden, tmp_path: Path) -> None:
    forget_nora(g)
    row = {"kind": "reply", "due_at": STARTS, "grace_until": STARTS, "lateness": "skip", "changed_at": STARTS}
    letter = {"account": "gardenbot", "recipient": "nora@c.test", "draft": "@nora@c.test You are forgotten."}
    with g.store.write() as conn:
        conn.execute(tables.outbox.insert().values(key="reply/1", state="waiting", **row, **letter))
        conn.execute(tables.outbox.insert().values(key="reply/2", state="sent", **row, **letter))

    assert keep.tidy(g.store, g.config) == 1
    with g.store.write() as conn:
        conn.execute(sa.update(tables.outbox).where(tables.outbox.c.key == "reply/1").values(state="sent"))
    assert keep.tidy(g.store, g.config) == 1
    assert keep.tidy(g.store, g.config) == 0
    assert b"nora" not in bytes_of(tmp_path).lower()


def test_stop_empties_at_once_and_start_brings_back(g: Garden, tmp_path: Path) -> None:
    an_evening_with_nora(g)

    keep.say(g.store, g.config, NORA, Word.STOP, g.clock.forward(minutes=1))

    assert (len(g.stored().empty), "what [someone] says #GardenChat" in g.texts()) == (1, True)
    assert b"myroses" not in bytes_of(tmp_path)
    keep.say(g.store, g.config, NORA, Word.START, g.clock.forward(minutes=1))
    g.collect()
    assert "A1 myroses #GardenChat" in g.texts()


@pytest.mark.parametrize("no", [Word.STOP, Word.FORGET, "#nobot"])
def test_what_a_host_left_out_stays_out_when_its_author_comes_back(g: Garden, no: Word | str) -> None:
    answer, _ = an_evening_with_nora(g)
    with g.store.write() as conn:
        decisions.add(conn, CHAT, Decision(answer.uri, DecisionKind.LEAVE_OUT, "rosa@a.test", g.clock(), "rude"))

    go_and_come_back(g, answer, no)

    assert "A1 myroses #GardenChat" in g.texts()
    with g.store.read() as conn:
        shown = transcript.build(records.load(conn, CHAT))
    assert answer.uri not in {entry.post.uri for question in shown.questions for entry in question.answers}
    assert answer.uri in {decision.post_uri for decision in made(g)}


def test_an_edit_that_waits_for_a_host_still_waits_when_its_author_comes_back(g: Garden) -> None:
    answer, _ = an_evening_with_nora(g)
    g.edit(answer, "A1 cheap pills everywhere, buy them now #GardenChat")
    g.collect()
    assert g.stored().held_edits == {answer.uri}

    go_and_come_back(g, g.platform.posts[answer.local_id], Word.STOP)

    assert g.stored().held_edits == {answer.uri}


def go_and_come_back(g: Garden, post: Post, no: Word | str) -> None:
    """Let a post's author say no, by word or by bio, and yes again."""
    if isinstance(no, Word):
        keep.say(g.store, g.config, post.author, no, g.clock.forward(minutes=1))
    else:
        with g.store.write() as conn:
            decisions.erase(conn, post.author)
        g.platform.posts[post.local_id] = replace(post, author=replace(post.author, bio=no))
    g.collect()
    assert len(g.stored().empty) == 1
    assert {""} == {decision.reason for decision in made(g) if decision.post_uri.startswith(forgetting.HIDDEN)}
    g.platform.posts[post.local_id] = post
    keep.say(g.store, g.config, post.author, Word.START, g.clock.forward(minutes=1))
    g.collect()


def made(g: Garden) -> tuple[Decision, ...]:
    """Return what was decided in the chat."""
    with g.store.read() as conn:
        return decisions.of_chat(conn, CHAT)


def test_the_latest_word_wins_in_whatever_order_words_are_read(g: Garden) -> None:
    an_evening_with_nora(g)
    later, earlier = g.clock() + timedelta(minutes=2), g.clock() + timedelta(minutes=1)

    keep.say(g.store, g.config, NORA, Word.START, later)
    keep.say(g.store, g.config, NORA, Word.STOP, earlier)

    assert g.stored().empty == ()


def test_somebody_forgotten_comes_back_by_their_own_later_word_alone(g: Garden) -> None:
    an_evening_with_nora(g)
    forget_nora(g)

    keep.say(g.store, g.config, NORA, Word.START, g.clock() - timedelta(minutes=1))
    keep.say(g.store, g.config, NORA, Word.STOP, g.clock() + timedelta(minutes=1))
    assert keep.forgotten(g.config).has(NORA)

    keep.say(g.store, g.config, NORA, Word.START, g.clock() + timedelta(minutes=2))
    assert not keep.forgotten(g.config).has(NORA)
    g.collect()
    assert "A1 myroses #GardenChat" in g.texts()


def test_what_do_you_have(g: Garden) -> None:
    assert "No post and no name of yours is kept" in keep.held(g.store, g.config, NORA)
    an_evening_with_nora(g)
    assert (
        f"Kept of you: 1 post (1 from {CHAT} (not published)), with your name, your address, and where your picture is."
        " You told me `start`, and that is kept too."
        " To be left out, answer `stop`; to have all of it erased, `forget me`."
    ) == keep.held(g.store, g.config, NORA)
    with g.store.write() as conn:
        chats.approve(conn, CHAT, "rosa@a.test", g.clock())
    assert "(published)" in keep.held(g.store, g.config, NORA)
    forget_nora(g)
    assert "You asked to be forgotten" in keep.held(g.store, g.config, NORA)


@pytest.mark.parametrize("given", ["nora@c.test", "@Nora@C.test", NORA.uri, NORA.url])
def test_a_host_names_a_person_by_account_or_address(g: Garden, given: str) -> None:
    an_evening_with_nora(g)

    assert NORA.uri == keep.find_person(g.store, given).uri


def test_a_stranger_can_be_forgotten_before_they_ever_write(g: Garden) -> None:
    keep.forget_person(g.store, g.config, keep.find_person(g.store, "nora@c.test"), g.clock())

    an_evening_with_nora(g)

    assert len(g.stored().empty) == 1


@pytest.mark.parametrize("second_comes", ["before", "after"])
def test_what_is_lowered_of_a_person_counts_under_every_address_that_servers_tell(
    g: Garden, tmp_path: Path, second_comes: str
) -> None:
    elsewhere = person("@Nora@c.test", uri="https://c.test/ap/115", name="Nora Nightshade")
    g.post(NORA, "A1 myroses #GardenChat")
    if second_comes == "before":
        g.post(elsewhere, "A2 myroses #GardenChat")
    g.collect()

    assert lowering.lower(g.store, "nora@c.test", "name", "rosa@a.test", g.clock())[1]
    g.post(elsewhere, "A2 yourroses #GardenChat")
    g.collect()

    assert {NORA.uri: {"name"}, elsewhere.uri: {"name"}} == what_is_lowered(g)
    assert lowering.lift(g.store, elsewhere.uri, "name", "rosa@a.test", g.clock())[1]
    assert what_is_lowered(g) == {}
    lowering.lower(g.store, elsewhere.uri, "name", "rosa@a.test", g.clock())
    forget_nora(g)
    assert what_is_lowered(g) == {}
    assert b"c.test/ap/115" not in bytes_of(tmp_path)


def what_is_lowered(g: Garden) -> dict[str, set[str]]:
    with g.store.read() as conn:
        return {uri: set(what) for uri, what in decisions.lowered(conn).items()}


# what nobody published


def test_a_chat_that_nobody_published_loses_its_content_after_its_time(g: Garden, tmp_path: Path) -> None:
    an_evening_with_nora(g)
    goes = g.chat.late_until + Timing().forget_unpublished_after
    assert [keep.Fading(CHAT, goes)] == keep.fading(g.store, Timing())
    assert keep.forget_unpublished(g.store, Timing(), goes - timedelta(seconds=1)) == 0

    assert keep.forget_unpublished(g.store, Timing(), goes) == 5

    assert (g.stored().posts, g.stored().gone, keep.fading(g.store, Timing())) == ((), 0, [])
    assert keep.forget_unpublished(g.store, Timing(), goes) == 0
    assert b"myroses" not in bytes_of(tmp_path)
    with g.store.read() as conn:
        found = chats.find(conn, CHAT)
    assert found is not None
    assert goes == found.emptied_at


def test_a_published_chat_keeps_its_content_but_not_what_was_left_out(g: Garden, tmp_path: Path) -> None:
    _, reply = an_evening_with_nora(g)
    with g.store.write() as conn:
        chats.approve(conn, CHAT, "rosa@a.test", g.clock())
    goes = g.chat.late_until + Timing().forget_unpublished_after

    assert keep.forget_unpublished(g.store, Timing(), goes) == 1

    assert reply.uri not in {post.uri for post in g.stored().posts}
    assert len(g.texts()) == 2
    assert b"so true" not in bytes_of(tmp_path)


def test_a_post_that_a_published_chat_shares_stays(g: Garden) -> None:
    an_evening_with_nora(g)
    with g.store.write() as conn:
        other = replace(g.chat, id="beechat-2026-12-01")
        chats.save_chat(conn, other, state="ready", file=None, file_hash=None, now=STARTS)
        shared = posts.ids_of(conn, [g.stored().posts[0].uri])
        conn.execute(tables.chat_post.insert().values(chat=other.id, post=shared[0]))
        chats.approve(conn, other.id, "rosa@a.test", STARTS)

    keep.forget_unpublished(g.store, Timing(), g.chat.late_until + timedelta(days=31))

    assert len(g.stored().posts) == 1


# files


@pytest.fixture
def old(tmp_path: Path) -> Path:
    return tmp_path / "old.jsonl"


def lines(*changes: dict[str, object]) -> str:
    known = {"at": "2026-12-01T20:05:00Z", "author": "ana@b.test", "text": "A1 Compost"}
    return "".join(json.dumps({"uri": f"https://b.test/{n}", **known, **c}) + "\n" for n, c in enumerate(changes))


def bring(g: Garden, file: Path, content: str) -> keep.Imported:
    file.write_text(content, "utf-8")
    return keep.import_file(g.store, g.config, CHAT, file, g.clock())


def test_a_file_comes_in_with_threads_and_unknown_keys_are_named(g: Garden, old: Path) -> None:
    reply = {"author": "ben@c.test", "text": "yes", "in_reply_to": "https://b.test/2", "mood": "good"}

    imported = bring(g, old, lines({}, reply, {"text": "A2 first"}))

    assert ((imported.saved.new, imported.saved.empty), imported.unknown) == ((3, 0), ("mood",))
    assert {post.uri: post.parent_uri for post in g.stored().posts if post.parent_uri} == {
        "https://b.test/1": "https://b.test/2"
    }
    with g.store.read() as conn:
        assert decisions.words(conn) == Words()


@pytest.mark.parametrize(
    "named", ["https://a.test/@rosa/1", "https://a.test/@rosa/1/", "https://a.test/users/rosa/statuses/1"]
)
def test_a_past_question_may_be_named_by_the_page_a_browser_shows(g: Garden, old: Path, named: str) -> None:
    uri, asked = "https://a.test/users/rosa/statuses/1", STARTS - timedelta(days=30)
    questions = (Question("q1", 1, "What?", asked_at=(asked,), uris=(named,)),)
    past = garden_chat(starts_at=asked, questions=questions, is_past=True)
    with g.store.write() as conn:
        chats.save_chat(conn, past, state="ready", file=None, file_hash=None, now=STARTS)
    question = {"uri": uri, "url": "https://a.test/@rosa/1", "author": "rosa@a.test", "text": "Q1 What?"}
    old.write_text(lines(question, {"text": "leeks", "in_reply_to": uri}), "utf-8")
    keep.import_file(g.store, g.config, past.id, old, g.clock())

    with g.store.read() as conn:
        [section] = transcript.build(records.load(conn, past.id)).questions
    assert [answer.why for answer in section.answers] == ["because it replies to Q1"]
    assert section.asked[0].url == "https://a.test/@rosa/1"


def test_a_file_taken_twice_changes_nothing(g: Garden, old: Path) -> None:
    bring(g, old, lines({}, {"text": "two"}))
    before = g.stored()

    again = bring(g, old, lines({}, {"text": "two"}))

    assert (again.saved.new, again.saved.edited, again.saved.known) == (0, 0, 2)
    assert before == g.stored()


def test_with_one_wrong_line_nothing_of_the_file_is_stored(g: Garden, old: Path) -> None:
    with pytest.raises(Mistakes, match=r"old\.jsonl:2: `at` has no zone: add it"):
        bring(g, old, lines({}, {"at": "2026-12-01T20:00:00"}, {}))

    assert g.stored().posts == ()


def test_forgotten_people_and_refusals_are_respected(g: Garden, old: Path, tmp_path: Path) -> None:
    forget_nora(g)
    with g.store.write() as conn:
        decisions.say(conn, "https://d.test/users/dora", Word.STOP, g.clock())

    file = tmp_path.parent / f"{tmp_path.name}.jsonl"
    imported = bring(
        g,
        file,
        lines(
            {"author": "nora@c.test", "text": "myroses"},
            {"author": "@dora@d.test", "text": "no"},
            {"text": "like @nora@c.test and @dora@d.test"},
            {"text": "secretly", "visibility": "direct"},
        ),
    )

    assert (imported.saved.new, imported.saved.empty, imported.private) == (3, 2, 1)
    assert g.texts() == ["like [someone] and [someone]"]
    for trace in (*TRACES, b"secretly"):
        assert trace not in bytes_of(tmp_path).lower()


def test_a_file_which_tells_no_bio_fills_no_place_of_somebody_with_nobot_in_theirs(g: Garden, old: Path) -> None:
    said = g.post(person("@nora@c.test", bio="#nobot"), "A1 myroses #GardenChat")
    g.collect()
    named = {"uri": "https://b.test/new", "text": "like @nora@c.test"}

    bring(g, old, lines({"uri": said.uri, "author": "nora@c.test", "text": "A1 myroses"}, named))

    assert (g.texts(), len(g.stored().empty)) == (["like [someone]"], 1)
    keep.say(g.store, g.config, NORA, Word.START, g.clock())
    bring(g, old, lines({"uri": said.uri, "author": "nora@c.test", "text": "A1 myroses"}))
    assert "A1 myroses" in g.texts()


def test_a_person_who_is_known_stays_one_person(g: Garden, old: Path) -> None:
    known = Author("https://b.test/ap/users/115", "ana@b.test", "Ana", "https://b.test/@ana")
    g.post(known, "A1 live #GardenChat")
    g.collect()

    bring(g, old, lines({"author": "ANA@b.test"}))

    assert {known.uri} == {p.author.uri for p in g.stored().posts if p.author.handle == "ana@b.test"}


def test_an_opt_in_chat_takes_only_places_of_people_who_did_not_say_yes(
    store: Store, clock: FixedClock, garden: FakePlatform, tmp_path: Path, old: Path
) -> None:
    g = Garden(store, clock, garden, tmp_path, settings=Defaults(consent="opt-in"))

    assert bring(g, old, lines({})).saved.empty == 1


def test_a_published_chat_waits_for_a_host_again(g: Garden, old: Path) -> None:
    with g.store.write() as conn:
        chats.approve(conn, CHAT, "rosa@a.test", g.clock())

    assert bring(g, old, lines({})).was_published
    with g.store.read() as conn:
        found = chats.find(conn, CHAT)
    assert found is not None
    assert found.approved_at is None


def test_imported_content_has_its_own_thirty_days(g: Garden, old: Path) -> None:
    late = g.clock.to(g.chat.late_until + timedelta(days=100))
    bring(g, old, lines({}))

    assert [keep.Fading(CHAT, late + timedelta(days=30))] == keep.fading(g.store, Timing())


def test_a_file_that_is_not_there_and_a_chat_that_is_not_there_are_said(g: Garden, old: Path) -> None:
    with pytest.raises(ChatbotError, match="cannot be read"):
        keep.import_file(g.store, g.config, CHAT, old, g.clock())
    old.write_text(lines({}))
    with pytest.raises(ChatbotError, match="There is no chat “nochat”"):
        keep.import_file(g.store, g.config, "nochat", old, g.clock())


def test_a_full_disk_during_an_import_leaves_nothing_half_stored(g: Garden, old: Path) -> None:
    with g.store.engine.connect() as conn:
        used = conn.exec_driver_sql("PRAGMA page_count").scalar()
    sa.event.listen(g.store.engine, "connect", lambda dbapi, _: dbapi.execute(f"PRAGMA max_page_count={used + 2}"))
    g.store.engine.dispose()

    with pytest.raises(StoreError, match="The disk is full"):
        bring(g, old, lines(*({"text": f"A1 {n} " + "long " * 100} for n in range(500))))

    assert g.stored().posts == ()
