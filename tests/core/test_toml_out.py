"""What is written is read back the same, whatever is in it."""

from __future__ import annotations

import tomllib
from datetime import UTC, date, datetime, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from chatbot.core.files import drafts, planfile, toml_out
from chatbot.core.files.fields import duration_text, read_duration
from chatbot.core.files.settings import AccountSettings, MailSettings, Settings
from chatbot.core.files.settings_reading import read_settings
from chatbot.core.model import PollDraft
from chatbot.core.plan import Chat, Defaults, Person, Question, Reading, Series
from chatbot.core.value import replace

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
LINES = st.text(st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"]), min_size=1, max_size=30).map(str.strip)
lines = LINES.filter(bool)
texts = st.lists(st.one_of(lines, st.sampled_from(['"""', "\\", "'''", "# no remark", 'a "b" c\\'])), min_size=1).map(
    lambda parts: "\n".join(parts).strip()
)
hosts = st.sampled_from(["a.test", "garden.example"])
accounts = st.builds(lambda name, host: f"{name}@{host}", st.sampled_from(["rita", "tomas_2"]), hosts)
urls = st.sampled_from(["https://a.test/1", "https://example.org/?q=%22a%22#b"])
pictures: st.SearchStrategy[dict[str, str]] = st.one_of(
    st.just({}), st.fixed_dictionaries({"picture": st.sampled_from(["a.jpg", "pots/b c.png"]), "alt": texts})
)
durations = st.timedeltas(timedelta(minutes=5), timedelta(days=30)).map(
    lambda t: timedelta(seconds=int(t.total_seconds()))
)
polls = st.builds(
    PollDraft,
    st.lists(lines, min_size=2, max_size=4, unique_by=str.casefold).map(tuple),
    durations,
    st.booleans(),
)


@st.composite
def people(draw: st.DrawFn) -> Person:
    email = draw(st.none() | st.just("rita@example.org"))
    introduction = draw(st.just("") | texts)
    return Person(draw(lines), draw(st.none() | accounts), email, introduction, **draw(pictures))


@st.composite
def defaults(draw: st.DrawFn) -> Defaults:
    chosen: dict[str, Any] = {
        "minutes": draw(st.integers(30, 60 * 24 * 7)),
        "late_window": draw(durations),
        "language": draw(st.sampled_from(["en", "pt-BR"])),
        "consent": draw(st.sampled_from(["opt-in", "opt-out"])),
        "names": draw(st.sampled_from(["full", "none"])),
        "heads_up": draw(st.booleans()),
        "answer_letters": draw(st.sampled_from([("A", "Q"), ("R",)])),
        "blocked_words": tuple(draw(st.lists(lines, max_size=2))),
        "wording": draw(st.sampled_from([(), (("reminder", "Soon!\n{{ hashtags }}"), ("heads-up", 'Next "one"'))])),
    }
    return Defaults(**chosen)


@st.composite
def series(draw: st.DrawFn) -> Series:
    return Series(
        id="gardenchat",
        name=draw(lines),
        hashtags=draw(st.sampled_from([("GardenChat",), ("GardenChat", "Jardín", "園芸")])),
        zone=draw(st.sampled_from(["Europe/Lisbon", "Asia/Kathmandu", "America/New_York", "UTC"])),
        accounts=("gardenbot", "second bot"),
        hosts=tuple(draw(st.lists(people(), min_size=1, max_size=2))),
        rhythm=draw(st.none() | st.just("FREQ=MONTHLY;BYDAY=1TU")),
        start=draw(st.sampled_from(["20:00", "09:30", "23:45"])),
        first_date=draw(st.none() | st.just("2026-12-01")),
        cohosts=tuple(draw(st.lists(accounts, max_size=1))),
        operator=draw(st.just("") | lines),
        contact=draw(st.just("") | lines),
        defaults=draw(defaults()),
    )


@st.composite
def plans(draw: st.DrawFn) -> tuple[Series, Chat]:
    """Draw a series and a chat of it, to come or past."""
    owner = draw(series())
    day = draw(st.dates(date(2026, 12, 1), date(2027, 12, 31)) | st.dates(date(2020, 1, 1), date(2025, 12, 31)))
    chat = drafts.new_chat(owner, day, (), theme=draw(st.just("") | lines), start=draw(st.none() | st.just("18:15")))
    is_past = chat.ends_at <= NOW
    offsets = sorted(draw(st.sets(st.integers(0, chat.settings.minutes), max_size=4)))
    questions = [
        replace(
            Question(f"q{number}", number, draw(texts), chat.starts_at + timedelta(minutes=offset)),
            **_extras(draw, chat, is_past),
        )
        for number, offset in enumerate(offsets, 1)
    ]
    chosen = draw(st.just(owner.defaults) | st.just(replace(owner.defaults, names="initials", last_call=True)))
    chat = replace(
        chat,
        questions=tuple(questions),
        ready=draw(st.booleans()),
        framing=draw(st.just("") | texts),
        guests=tuple(draw(st.lists(people(), max_size=1))),
        reading=tuple(draw(st.lists(st.builds(Reading, lines, urls), max_size=2))),
        hashtags=(*owner.hashtags, *draw(st.sampled_from([(), ("Seeds",)]))),
        secret=draw(st.booleans()),
        is_past=is_past,
        settings=chosen,
    )
    return owner, chat


def _extras(draw: st.DrawFn, chat: Chat, is_past: bool) -> dict[str, Any]:
    extras: dict[str, Any] = {"warning": draw(st.just("") | lines), "language": draw(st.none() | st.just("pt"))}
    extras |= draw(st.fixed_dictionaries({"poll": polls}) | pictures)
    if is_past:
        times = draw(st.lists(st.timedeltas(timedelta(0), timedelta(days=9)), max_size=2))
        extras["asked_at"] = tuple(chat.starts_at + after for after in times)
        extras["uris"] = tuple(f"https://a.test/{number}" for number, _ in enumerate(times))
    return extras


@given(plans())
@settings(max_examples=120, deadline=None)
def test_a_plan_is_read_back_as_it_was_written(plan: tuple[Series, Chat]) -> None:
    owner, chat = plan
    read = planfile.read_plan(toml_out.write_plan(owner, [chat]), "p.toml", {}, NOW)

    assert (owner, (chat,)) == (read.series, read.chats)


@given(plans())
@settings(max_examples=40, deadline=None)
def test_a_chat_in_a_file_of_its_own_is_read_back_too(plan: tuple[Series, Chat]) -> None:
    owner, chat = plan

    assert chat == planfile.read_chat(toml_out.write_chat(owner, chat), "c.toml", owner, NOW)
    assert owner == planfile.read_series(toml_out.write_series(owner), "s.toml")


def test_a_second_chat_that_day_keeps_its_name() -> None:
    owner = Series("gardenchat", "Garden Chat", ("GardenChat",), "Europe/Lisbon", ("bot",), ())
    taken = {"gardenchat-2026-12-01", "gardenchat-2026-12-01-2"}
    chat = drafts.new_chat(owner, date(2026, 12, 1), (), taken=taken)

    assert chat.id == "gardenchat-2026-12-01-3"
    assert chat == planfile.read_chat(toml_out.write_chat(owner, chat), "c.toml", owner, NOW)


def test_unnumbered_and_unplaced_questions_are_kept() -> None:
    owner = Series("gardenchat", "Garden Chat", ("GardenChat",), "Europe/Lisbon", ("bot",), ())
    mixed = [Question("q0", 0, "a"), Question("song", None, "b"), Question("wrap", "wrap", "c")]
    loose = [Question("a", None, "a"), Question("b", None, "b")]
    chat = drafts.new_chat(owner, date(2026, 12, 1), mixed)
    unnumbered = replace(drafts.new_chat(owner, date(2026, 12, 2), loose), unnumbered=True)

    read = planfile.read_plan(toml_out.write_plan(owner, [chat, unnumbered]), "p.toml", {}, NOW)

    assert (chat, unnumbered) == read.chats


@given(durations)
def test_a_duration_is_read_back_as_it_was_written(length: timedelta) -> None:
    assert length == read_duration(duration_text(length))


@given(lines, lines, st.booleans())
def test_settings_are_read_back_as_they_were_written(title: str, name: str, with_mail: bool) -> None:
    written = Settings(
        accounts={"garden-bot": AccountSettings("https://a.test", token_file="secrets/garden bot.token")},
        people=(Person(name, account="rita@a.test", email="rita@example.org"),),
        mail=MailSettings("smtp.example.org", "bot@example.org", 25, "bot", "mail.password", False)
        if with_mail
        else None,
        archive_title=title,
        public_url="https://chat.example.org",
        chats="plans",
    )

    assert written == read_settings(toml_out.write_settings(written), "chatbot.toml")[0]


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=40))
def test_any_text_is_well_formed_toml(text: str) -> None:
    owner = Series("g", text, ("G",), "UTC", (text,), (Person(text, introduction=text),), operator=text)

    assert text == tomllib.loads(toml_out.write_series(owner))["series"]["name"]
