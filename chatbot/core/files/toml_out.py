"""Series, chats and settings -> commented TOML that a host can go on with; what is written is read back the same."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from chatbot.core.files.fields import duration_text
from chatbot.core.files.settings import AccountSettings, MailSettings, NotifySettings, Settings
from chatbot.core.plan import Chat, Defaults, Person, Question, Series

CHAT_SCHEMA = "../chat.schema.json"

_SERIES_HEAD = """\
# A series: a chat that comes round. `chatbot check` tells whether this file is right,
# `chatbot plan apply FILE` puts it into the database. Until then nothing here counts."""

_CHAT_HEAD = """\
# A chat. `chatbot check` tells whether this file is right, `chatbot plan apply FILE` puts it into the
# database, and `chatbot preview {id}` shows every post with its time."""


def write_series(series: Series) -> str:
    """Write a file that holds a series."""
    return _text([f"#:schema {CHAT_SCHEMA}", "", _SERIES_HEAD, "", *_series(series)])


def write_chat(series: Series, chat: Chat) -> str:
    """Write a file that holds one chat of a series."""
    head = _CHAT_HEAD.format(id=chat.id)
    return _text([f"#:schema {CHAT_SCHEMA}", "", head, "", *_chat(series, chat)])


def write_plan(series: Series, chats: Sequence[Chat]) -> str:
    """Write a file that holds a series and its chats."""
    written = [line for chat in chats for line in ("", *_chat(series, chat))]
    return _text([f"#:schema {CHAT_SCHEMA}", "", _SERIES_HEAD, "", *_series(series), *written])


def write_settings(settings: Settings) -> str:
    """Write `chatbot.toml`; tokens and passwords stay in files of their own."""
    return _text([f"#:schema {settings.schema}", "", *_settings(settings)])


def write_account(name: str, account: AccountSettings) -> str:
    """Write the part of `chatbot.toml` that is one account, to be put at its end."""
    return _text(list(_account(name, account)))


def _text(lines: Sequence[str]) -> str:
    return "\n".join(lines).rstrip() + "\n"


def _series(series: Series) -> Iterator[str]:
    yield "[series]"
    yield _pair("name", series.name)
    yield "# The name in commands and addresses; never change it."
    yield _pair("short_name", series.id)
    yield "# The first is the main one: it stands in every post."
    yield _pair("hashtags", series.hashtags)
    yield "# Continent and city. All times in this file are local there, summer and winter."
    yield _pair("zone", series.zone)
    yield _pair("start", series.start)
    if series.rhythm:
        yield '# When it comes round, as an RRULE: "FREQ=MONTHLY;BYDAY=1TU" is the first Tuesday of each month.'
        yield _pair("rhythm", series.rhythm)
    if series.first_date:
        yield _bare("first_date", series.first_date)
    yield "# Names of accounts in chatbot.toml that post."
    yield _pair("accounts", series.accounts)
    if series.cohosts:
        yield "# Other accounts that may ask questions."
        yield _pair("cohosts", series.cohosts)
    if series.operator or series.contact:
        yield "# Who runs this, for the notice of what is kept, and how to reach them."
        yield from _unless_empty("operator", series.operator)
        yield from _unless_empty("contact", series.contact)
    yield from _people("series.host", "The bot obeys private messages from this account.", series.hosts)
    said = list(_differences(series.defaults, Defaults()))
    if said:
        yield ""
        yield "# What holds for every chat, unless the chat says otherwise."
        yield "[series.defaults]"
        yield from said
    yield from _wording("series.defaults.wording", series.defaults, Defaults())


def _chat(series: Series, chat: Chat) -> Iterator[str]:
    local = chat.starts_at.astimezone(ZoneInfo(series.zone))
    yield "[[chat]]"
    yield _pair("series", series.id)
    yield _pair("theme", chat.theme) if chat.theme else '# theme = "What the chat is about"'
    yield _bare("date", f"{local:%Y-%m-%d}")
    if f"{local:%H:%M}" != series.start:
        yield _pair("start", f"{local:%H:%M}")
    session = chat.id.removeprefix(f"{series.id}-{local:%Y-%m-%d}").lstrip("-")
    if session:
        yield "# The second chat that day, or a later one."
        yield _bare("session", session)
    yield "# Nothing is posted before this says true."
    yield _pair("ready", chat.ready)
    extra = [tag for tag in chat.hashtags if tag not in series.hashtags]
    if extra:
        yield _pair("hashtags", extra)
    for name in ("unnumbered", "slow", "secret"):
        if getattr(chat, name):
            yield _pair(name, True)
    if chat.framing:
        yield "# A few sentences that set the scene."
        yield _pair("framing", chat.framing)
    yield from _differences(chat.settings, series.defaults)
    yield from _people("chat.guest", "", chat.guests)
    for entry in chat.reading:
        yield from ("", "[[chat.reading]]", _pair("title", entry.title), _pair("url", entry.url))
    yield from _wording("chat.wording", chat.settings, series.defaults)
    for position, question in enumerate(chat.questions):
        yield from _question(chat, question, position)


_QUESTION_HELP = """\
# The questions, in order. A question may also have
#   at = "+12m" (after the start) or "20:12" (local time); without it the questions are spread over the chat
#   picture = "photo.jpg" with alt = "what it shows", warning = "content warning",
#   poll = { options = ["Yes", "No"] }
# Keep an id when you change or move its question."""


def _question(chat: Chat, question: Question, position: int) -> Iterator[str]:
    yield ""
    if position == 0:
        yield _QUESTION_HELP
    yield "[[chat.question]]"
    yield _pair("id", question.id)
    if not (question.number is None and chat.unnumbered):
        yield _pair("number", "none" if question.number is None else question.number)
    yield _pair("text", question.text)
    if question.at is not None:
        yield _pair("at", f"+{duration_text(question.at - chat.starts_at)}")
    yield from _unless_empty("picture", question.picture)
    yield from _unless_empty("alt", question.alt)
    yield from _unless_empty("warning", question.warning)
    yield from _unless_empty("language", question.language)
    if question.asked_at:
        yield _bare("asked_at", f"[{', '.join(_instant(at) for at in question.asked_at)}]")
    if question.uris:
        yield _pair("uris", question.uris)
    if question.poll:
        poll = question.poll
        choices = f"options = {_value(poll.options)}, open_for = {_value(duration_text(poll.open_for))}"
        yield _bare("poll", f"{{ {choices}{', multiple = true' if poll.multiple else ''} }}")


def _people(table: str, remark: str, people: Sequence[Person]) -> Iterator[str]:
    for number, someone in enumerate(people):
        yield ""
        if remark and number == 0:
            yield f"# {remark}"
        yield f"[[{table}]]"
        yield _pair("name", someone.name)
        for name in ("account", "email", "introduction", "picture", "alt"):
            yield from _unless_empty(name, getattr(someone, name))


def _differences(settings: Defaults, above: Defaults) -> Iterator[str]:
    if settings.minutes != above.minutes:
        yield _pair("length", duration_text(timedelta(minutes=settings.minutes)))
    for name in settings.__struct_fields__:
        value = getattr(settings, name)
        if name in ("minutes", "wording") or value == getattr(above, name):
            continue
        yield _pair(name, duration_text(value) if isinstance(value, timedelta) else value)


def _wording(table: str, settings: Defaults, above: Defaults) -> Iterator[str]:
    own = [(kind, template) for kind, template in settings.wording if (kind, template) not in above.wording]
    if own:
        yield ""
        yield "# Your own words for the bot's posts, by their kind."
        yield f"[{table}]"
        yield from (_pair(kind, template) for kind, template in own)


def _settings(settings: Settings) -> Iterator[str]:
    yield "# The settings of this chatbot. Paths are relative to this file; `chatbot check` tells whether it is right."
    yield ""
    yield "# Where everything is kept: SQLite in one file, or postgresql://… ; DATABASE_URL in the environment wins."
    yield _pair("database", settings.database)
    yield "# The folder of plan files, and the folder for what the program writes down for itself."
    yield _pair("chats", settings.chats)
    yield _pair("state", settings.state)
    yield ""
    yield "[archive]"
    yield _pair("title", settings.archive_title)
    yield _pair("folder", settings.archive_folder)
    yield "# Where readers find that folder. Without it nothing announces the archive."
    yield (
        _pair("public_url", settings.public_url) if settings.public_url else '# public_url = "https://chat.example.org"'
    )
    for name, account in settings.accounts.items():
        yield ""
        yield from _account(name, account)
    yield from _people("people", "Who is told by e-mail when something needs a person.", settings.people)
    if settings.mail:
        yield ""
        yield from _mail(settings.mail)
    if settings.notify != NotifySettings():
        yield ""
        yield "[notify]"
        yield from _unless_empty("addresses_file", settings.notify.addresses_file)
        yield from _unless_empty("heartbeat", settings.notify.heartbeat)


def _account(name: str, account: AccountSettings) -> Iterator[str]:
    yield f"# An account the bot posts with. `chatbot login {name}` gets its token, which stays out of this file."
    yield f"[accounts.{_key(name)}]"
    yield _pair("server", account.server)
    if account.network != "mastodon":
        yield _pair("network", account.network)
    yield from _unless_empty("token_file", account.token_file)


def _mail(mail: MailSettings) -> Iterator[str]:
    yield "[mail]"
    yield _pair("server", mail.server)
    yield _pair("port", mail.port)
    yield _pair("sender", mail.sender)
    yield from _unless_empty("user", mail.user)
    yield from _unless_empty("password_file", mail.password_file)
    if not mail.tls:
        yield _pair("tls", False)


def _unless_empty(name: str, value: str | None) -> Iterator[str]:
    if value:
        yield _pair(name, value)


def _pair(name: str, value: object) -> str:
    return _bare(name, _value(value))


def _bare(name: str, value: str) -> str:
    return f"{_key(name)} = {value}"


def _key(name: str) -> str:
    plain = name.isascii() and name.replace("-", "").replace("_", "").isalnum()
    return name if plain else _quoted(name)


def _value(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, tuple | list):
        return f"[{', '.join(_value(item) for item in value)}]"
    text = str(value)
    return _paragraphs(text) if "\n" in text else _quoted(text)


def _quoted(text: str) -> str:
    """Write a text in quotes: what JSON escapes, TOML reads, but for DEL."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007F")


def _paragraphs(text: str) -> str:
    """Write a text over several lines, as a person would."""
    lines = [_quoted(line)[1:-1] for line in text.split("\n")]
    return '"""\n' + "\n".join(lines) + '"""'


def _instant(at: datetime) -> str:
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")
