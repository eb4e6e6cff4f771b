"""Settings that are plainly right are read quickly, and never otherwise than the forms read them."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from chatbot.core.errors import Mistakes
from chatbot.core.files import plain_settings, toml_out
from chatbot.core.files.settings import AccountSettings, MailSettings, NotifySettings, Settings
from chatbot.core.files.settings_reading import read_settings
from chatbot.core.plan import Person

FILE = "chatbot.toml"
ODD = ("", " ", " a ", "a\nb", "a\tb", "a\x07b", "\x85", "\u2028", "é \u00a0", "@rita@a.test", "x" * 501, "x" * 2001)
KNOWN = {
    "database": ("sqlite:///chat bot.db", "postgresql://u:p@h/n", "postgres://h/n", "mysql://h", "sqlite:///a\n"),
    "chats": ("chats", "~/chats", "../chats"),
    "archive.title": ("Garden – archive", "د"),
    "archive.public_url": ("https://a.test/x?y#z", "http://a.test", "https://", "https:///x", "https://a b", "ftp://a"),
    "accounts.bot.server": (
        "https://a.test", "a.test", "https://a.test/", "http://a.test", "http://localhost:3000", "http://127.0.0.1",
        "https://a.test:99999999", "https://é.test", "https://a.test/x", "https://[::1]", "http://localhost.a.test",
    ),
    "accounts.bot.network": ("mastodon", "x"),
    "accounts.bot.token_file": ("keys/bot",),
    "accounts.b-t.server": ("https://b.test",),
    "accounts.b_t.server": ("https://c.test",),
    "accounts.'b t'.server": ("https://d.test",),
    "mail.server": ("smtp.a.test",),
    "mail.sender": ("bot@a.test", "bot", "b<t@a.test", "b t@a.test", "bot@a.test\n"),
    "mail.port": (1, 465, 65535, 65536, 0, -1, 25.0, True),
    "mail.tls": (True, False, 1),
    "accounts.email.server": ("https://e.test",),
    "notify.addresses_file": ("state/notify",),
    "notify.heartbeat": ("https://hc.test/x?y", "http://a.test", "https://", "https:///x", "https://a b", "ftp://a", 7),
    "people": ([{"name": "Rita", "account": "rita@a.test"}], [{"name": "Rita", "email": "rita@a.test"}], [], [{}], "R"),
    "moon": ("full",),
}  # fmt: skip


def toml_value(value: object) -> str:
    if isinstance(value, list):
        return f"[{', '.join(map(toml_value, value))}]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{name} = {toml_value(inner)}" for name, inner in value.items()) + "}"
    return json.dumps(value, ensure_ascii=False)


one_line = st.sampled_from(sorted(KNOWN)).flatmap(
    lambda name: st.tuples(st.just(name), st.sampled_from(KNOWN[name]) | st.sampled_from(ODD))
)
files = st.dictionaries(st.just("accounts.bot.server"), st.just("https://a.test")).flatmap(
    lambda account: st.lists(one_line, max_size=5).map(lambda lines: account | dict(lines))
)


@settings(max_examples=300, deadline=None)
@given(files)
@example({"accounts.b-t.server": "https://a.test", "accounts.b_t.server": "https://a.test"})
@example({"accounts.bot.server": "https://a.test", "mail.server": "a", "mail.sender": "a@b", "mail.port": True})
def test_what_is_plainly_right_is_read_as_the_forms_read_it(values: dict[str, object]) -> None:
    text = "".join(f"{name} = {toml_value(value)}\n" for name, value in values.items())
    try:
        checked = read_settings(text, FILE)
    except Mistakes:
        with suppress(Mistakes):
            assert plain_settings.read(text, FILE) is None
        return

    plain = plain_settings.read(text, FILE)
    assert plain in (None, (checked[0], checked[2]))
    assert plain is None or checked[1] == ()


def test_what_is_shipped_and_what_the_program_writes_itself_is_plainly_right() -> None:
    written = Settings(
        accounts={"bot": AccountSettings("https://a.test", token_file="state/bot.token")},
        people=(Person("Rita Fontes", account="rita@a.test", email="rita@a.test"),),
        mail=MailSettings("smtp.a.test", "bot@a.test", user="bot", password_file="state/mail.password"),
        notify=NotifySettings("state/notify", "https://hc.a.test/check"),
        public_url="https://chat.a.test",
    )
    sample = Path(__file__).parents[2] / "config" / FILE

    assert plain_settings.read(sample.read_text("utf-8"), FILE) is not None
    assert written == (plain_settings.read(toml_out.write_settings(written), FILE) or [None])[0]


@pytest.mark.parametrize(
    "text", ["", "[accounts.bot]\nserver = a.test\n", "[accounts.bot]\nserver = “https://a.test”\n"]
)
def test_a_warning_or_a_slip_is_left_to_the_forms(text: str) -> None:
    assert plain_settings.read(text, FILE) is None
