"""Who said no is remembered by keyed hash, chat by chat, until they say yes."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from chatbot.store import refusals
from chatbot.store.engine import Store, open_store

_CHATS, _KEYS = st.sampled_from(["garden", "bees"]), st.sets(st.sampled_from("abcd"), max_size=3)


def test_a_no_is_noted_once_and_taken_back_in_one_chat_or_in_all(each_store: Store) -> None:
    with each_store.write() as conn:
        for chat in ("garden", "bees", "garden"):
            refusals.note(conn, chat, ["a", "b"])
        refusals.drop(conn, ["a"], "garden")
        assert (refusals.of_chat(conn, "garden"), refusals.of_chat(conn, "bees")) == ({"b"}, {"a", "b"})
        refusals.drop(conn, ["b", "c"])
        assert (refusals.of_chat(conn, "garden"), refusals.of_chat(conn, "bees")) == (frozenset(), {"a"})


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(["no", "yes", "yes everywhere"]), _CHATS, _KEYS), max_size=12))
def test_in_any_order_the_last_said_counts(said: list[tuple[str, str, set[str]]]) -> None:
    store = open_store("sqlite:///:memory:")
    expected: dict[str, set[str]] = {"garden": set(), "bees": set()}
    with store.write() as conn:
        for what, chat, keys in said:
            if what == "no":
                refusals.note(conn, chat, keys)
                expected[chat] |= keys
            else:
                refusals.drop(conn, keys, chat if what == "yes" else None)
                for one in (chat,) if what == "yes" else expected:
                    expected[one] -= keys
        assert {chat: refusals.of_chat(conn, chat) for chat in expected} == expected
    store.close()
