"""What people decided and said is kept in order; the latest word wins."""

from __future__ import annotations

from datetime import timedelta

import pytest

from chatbot.core.model import Author, Decision, DecisionKind, Word
from chatbot.core.privacy.words import Words
from chatbot.store import decisions
from chatbot.store.engine import Store
from tests.people import STARTS

URI, ANA = "https://b.test/1", "https://b.test/users/ana"


def test_decisions_come_back_in_the_order_they_were_made(each_store: Store) -> None:
    made = [
        Decision(URI, DecisionKind.LEAVE_OUT, "rosa@a.test", STARTS, "spam"),
        Decision(URI, DecisionKind.ASSIGN, "rosa@a.test", STARTS - timedelta(hours=1), value="q3"),
        Decision(URI, DecisionKind.UNDO, "amir@b.test", STARTS),
    ]
    with each_store.write() as conn:
        stored = tuple(decisions.add(conn, "chat", decision) for decision in made)
        decisions.add(conn, "other", made[0])

    with each_store.read() as conn:
        assert decisions.of_chat(conn, "chat") == stored
    assert [decision.id for decision in stored] == sorted(decision.id or 0 for decision in stored)


def test_the_latest_word_wins_by_the_time_it_was_written(each_store: Store) -> None:
    with each_store.write() as conn:
        decisions.say(conn, ANA, Word.START, STARTS + timedelta(minutes=2))
        decisions.say(conn, ANA, Word.STOP, STARTS + timedelta(minutes=1))
        decisions.say(conn, "https://b.test/users/ben", Word.STOP, STARTS)
        decisions.say(conn, "https://b.test/users/ben", Word.START, STARTS)  # the same second: the later row

    with each_store.read() as conn:
        said = [decisions.words(conn).of(Author(f"https://b.test/users/{who}", "", "", "")) for who in ("ana", "ben")]
        assert said == [Word.START, Word.START]
        assert decisions.word_of(conn, Author(ANA, "", "", "")) is Word.START
        assert decisions.word_of(conn, Author("https://b.test/users/nobody", "", "", "")) is None


def test_a_person_is_found_by_address_or_account_and_the_latest_word_by_either_wins(each_store: Store) -> None:
    guessed, real = "https://h.test/users/dave", "https://h.test/@dave"
    with each_store.write() as conn:
        decisions.say(conn, guessed, Word.STOP, STARTS, "Dave@h.test")
        decisions.say(conn, real, Word.START, STARTS + timedelta(minutes=1), "dave@H.test")
        decisions.say(conn, ANA, Word.STOP, STARTS, "ana@b.test")

    with each_store.read() as conn:
        words = decisions.words(conn)
        assert words.of(Author(guessed, "", "", "")) is Word.STOP  # what may be another person's address
        assert words.of(Author(guessed, "dave@h.test", "", "")) is Word.START
        assert words.of(Author("https://h.test/ap/7", "Dave@h.test", "", "")) is Word.START
        assert words.of(Author("https://h.test/ap/7", "", "", "")) is None
        assert decisions.stopped(conn) == ((ANA, "ana@b.test"),)


def test_a_forgotten_person_is_never_written_down_here(store: Store) -> None:
    with store.write() as conn, pytest.raises(ValueError, match="forget list"):
        decisions.say(conn, ANA, Word.FORGET, STARTS)


def test_what_hosts_lowered_is_kept_once(each_store: Store) -> None:
    with each_store.write() as conn:
        done = [decisions.lower(conn, ANA, what, "rosa@a.test", STARTS) for what in ("name", "name", "text")]

    assert done == [True, False, True]
    with each_store.read() as conn:
        assert decisions.lowered(conn) == {ANA: frozenset({"name", "text"})}


def test_nothing_else_can_be_lowered(store: Store) -> None:
    with store.write() as conn, pytest.raises(ValueError, match="only a person's name"):
        decisions.lower(conn, ANA, "voice", "rosa@a.test", STARTS)


def test_erasing_takes_words_and_what_was_lowered(each_store: Store) -> None:
    with each_store.write() as conn:
        decisions.say(conn, ANA, Word.START, STARTS)
        decisions.lower(conn, ANA, "name", "rosa@a.test", STARTS)
        decisions.erase(conn, Author(ANA, "", "", ""))

    with each_store.read() as conn:
        assert (decisions.words(conn), decisions.lowered(conn)) == (Words(), {})
