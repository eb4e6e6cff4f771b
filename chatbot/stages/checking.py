"""Looks settings and plan files over before a night depends on them, and writes the file of a new chat.

Every mistake of every file is found at once; nothing is stored and nobody is asked on the network.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from chatbot import config as settings
from chatbot.config import Config
from chatbot.core.errors import ChatbotError, Mistake, Mistakes
from chatbot.core.files import drafts, plan_texts, planfile, toml, toml_out
from chatbot.core.files.planfile import Plan
from chatbot.core.files.settings import host_of
from chatbot.core.nights import rhythm, rhythm_words
from chatbot.core.plan import Chat, Series

_MAY_BE_SECRET = re.compile(r"""[\s"']*(database|heartbeat)[\s"']*=""")

Remark = Mistake  # what is said of a place in a file need not be that it is wrong


@dataclass(slots=True)
class Checked:
    """What was found; `sources` are the lines of each file by its shown name."""

    fine: list[Remark] = field(default_factory=list)
    warnings: list[Mistake] = field(default_factory=list)
    mistakes: list[Mistake] = field(default_factory=list)
    sources: dict[str, Sequence[str]] = field(default_factory=dict)

    def about(self, file: str) -> Checked:
        """Return what was found in one file."""
        found = (
            [remark for remark in each if remark.file == file] for each in (self.fine, self.warnings, self.mistakes)
        )
        fine, warnings, mistakes = found
        return Checked(fine, warnings, mistakes, self.sources)

    def line(self, mistake: Mistake) -> str | None:
        """Return the line a mistake stands in, unless there may be a secret in it."""
        lines = self.sources.get(mistake.file, ())
        line = lines[mistake.line - 1] if mistake.line and mistake.line <= len(lines) else None
        return None if line is None or _MAY_BE_SECRET.match(line) else line


@dataclass(frozen=True, slots=True)
class PlanFolder:
    """The plan files that could be read: every series and the plan of every file, by its shown name."""

    series: Mapping[str, Series]
    plans: Mapping[str, Plan]

    @property
    def chats(self) -> Mapping[str, str]:
        """The file of every chat, by its name."""
        return {chat.id: file for file, plan in self.plans.items() for chat in plan.chats}


def check(
    file: str | None,
    now: datetime,
    more: Sequence[Path] = (),
    unsendable: Callable[[Config], Iterable[Mistake]] = lambda config: (),
) -> Checked:
    """Look over the settings, every plan file in their folder, and the files named besides.

    `unsendable` finds what would keep notifications from being sent.
    """
    checked = Checked()
    path = settings.find(file)
    config = _check_settings(path, checked)
    if config:
        checked.mistakes += unsendable(config)
    folder = config.chats if config else path.parent / "chats"
    check_plans(plan_files(folder, more), config, now, checked)
    if config and not folder.is_dir():
        todo = "make it, or correct `chats` in the settings"
        checked.warnings.append(Mistake(settings.shown_name(folder), None, "there is no such folder for plans", todo))
    return checked


def _check_settings(path: Path, checked: Checked) -> Config | None:
    shown = settings.shown_name(path)
    checked.sources.update((name, toml.plain(text).split("\n")) for name, text in _texts([path], Checked()))
    try:
        config = settings.load(str(path))
    except Mistakes as found:
        checked.mistakes += found.mistakes
        return None
    checked.warnings += config.warnings
    accounts = ", ".join(config.accounts) or "none"
    archive = settings.shown_name(config.archive.folder)
    hosts = (host_of(other.server) for account in config.accounts.values() for other in account.vantage)
    others = ", ".join(dict.fromkeys(hosts))
    asked = f"; asked besides: {others}" if others else ""
    told = _told_besides(config)
    checked.fine.append(Remark(shown, None, f"settings; accounts: {accounts}{asked}{told}; archive in {archive}"))
    for account in config.accounts.values():
        if account.token is None:
            what = f"the account {account.name} has no token yet, so it cannot post"
            checked.warnings.append(Mistake(shown, None, what, f"run chatbot login {account.name}"))
    if config.archive.public_url is None:
        what = "the archive has no public_url, so no post will announce a digest"
        checked.warnings.append(Mistake(shown, None, what, "add public_url under [archive] when it is on the web"))
    return config


def _told_besides(config: Config) -> str:
    """Say where else hosts are told, by the names of the services."""
    services = [address.url.partition(":")[0].lower() for address in config.notify.addresses]
    told = f"; notifications by {', '.join(dict.fromkeys(services))}" if services else ""
    return f"{told}; heart-beat" if config.notify.heartbeat else told


def plan_files(folder: Path, more: Sequence[Path] = ()) -> tuple[Path, ...]:
    """Return every plan file of a folder and those named besides, each once."""
    found = [*sorted(folder.glob("*.toml")), *(path.absolute() for path in more)]
    return tuple({path.resolve(): path for path in found}.values())


def check_plans(files: Sequence[Path], config: Config | None, now: datetime, checked: Checked) -> PlanFolder:
    """Read plan files, the series first, so that a chat may stand in a file of its own."""
    texts = dict(_texts(files, checked))
    series = _all_series(texts, checked)
    broken = {name for shown, text in texts.items() if (name := _broken_series(text, shown)) and name not in series}
    plans: dict[str, Plan] = {}
    for shown, text in texts.items():
        plan = _check_plan(text, shown, series, broken, now, checked)
        if plan is not None:
            plans[shown] = plan
            _check_names(plan, shown, plans, checked)
            checked.mistakes += _missing_accounts(plan, config)
            checked.warnings += _missing_contact(plan, config)
            checked.mistakes += _missing_pictures(plan)
    return PlanFolder(series, plans)


def _all_series(texts: Mapping[str, str], checked: Checked) -> dict[str, Series]:
    series: dict[str, Series] = {}
    origin: dict[str, str] = {}
    for shown, text in texts.items():
        found = _series_in(text, shown)
        if found and found.id in series:
            what = f'the series "{found.id}" is in {origin[found.id]} as well'
            line = toml.read(text, shown).line(("series",))
            checked.mistakes.append(Mistake(shown, line, what, "keep it in one file"))
        elif found:
            series[found.id], origin[found.id] = found, shown
    return series


def _texts(files: Sequence[Path], checked: Checked) -> Iterator[tuple[str, str]]:
    for path in files:
        shown = settings.shown_name(path)
        try:
            text = toml.decode(path.read_bytes(), shown)
        except OSError as error:
            checked.mistakes.append(Mistake(shown, None, f"cannot be read ({error.strerror})", "check name and rights"))
        except Mistakes as found:
            checked.mistakes += found.mistakes
        else:
            checked.sources[shown] = toml.plain(text).split("\n")
            yield shown, text


def _series_in(text: str, shown: str) -> Series | None:
    try:
        return planfile.read_series(text, shown)
    except Mistakes:  # told when the whole file is read
        return None


def _broken_series(text: str, shown: str) -> str | None:
    """Return the name of a series that a file would hold were it right: its chats elsewhere are not to blame."""
    try:
        table = toml.read(text, shown).values.get("series")
    except Mistakes:
        return shown if "[series]" in text else None
    return str(table.get("short_name", shown)) if isinstance(table, dict) else None


def _check_plan(
    text: str, shown: str, series: Mapping[str, Series], broken: Collection[str], now: datetime, checked: Checked
) -> Plan | None:
    try:
        plan = planfile.read_plan(text, shown, series, now, broken)
    except Mistakes as found:
        checked.mistakes += found.mistakes
        return None
    checked.warnings += plan.warnings
    if plan.series:
        checked.fine.append(Remark(shown, None, _rhythm(plan.series, now)))
    for number, chat in enumerate(plan.chats):
        owner = series.get(chat.series) or plan.series
        unfit = list(_unfit(plan, number, owner)) if owner and not chat.is_past else []
        checked.mistakes += unfit
        if owner and not unfit:
            checked.fine.append(Remark(shown, None, _summary(owner, chat)))
    return plan


def _unfit(plan: Plan, number: int, series: Series) -> Iterator[Mistake]:
    """Find the texts of a chat that could not be posted as they are."""
    chat = plan.chats[number]
    for question, mistake in plan_texts.mistakes(series, chat):
        path: toml.Path = ("chat", number)
        if question is not None:
            path = (*path, "question", chat.questions.index(question), "text")
        if plan.document is not None:
            yield plan.document.mistake(path, mistake.what, mistake.todo)


def _rhythm(series: Series, now: datetime) -> str:
    """Say when a series comes round, in words and by its next date, so that a host sees whether that was meant."""
    named = f"series {series.name} ({series.id})"
    if series.rhythm is None:
        return named
    day = drafts.next_date(series, now)
    told = (rhythm_words.in_words(rhythm.read(series.rhythm)), f"{series.start} {series.zone}", day and f"next {day}")
    return f"{named}: {', '.join(part for part in told if part)}"


def _summary(series: Series, chat: Chat) -> str:
    local = chat.starts_at.astimezone(ZoneInfo(series.zone))
    number = len(chat.questions)
    questions = "1 question" if number == 1 else f"{number} questions"
    state = "past" if chat.is_past else "ready" if chat.ready else "not ready"
    theme = f"“{chat.theme}”, " if chat.theme else ""
    return f"{chat.id}: {theme}{local:%d %b %Y %H:%M} {series.zone}, {questions}, {state}"


def _check_names(plan: Plan, shown: str, plans: Mapping[str, Plan], checked: Checked) -> None:
    """Find chats of the same name in two files: applying one would overwrite the other."""
    known = {chat.id: file for file, other in plans.items() if file != shown for chat in other.chats}
    for number, chat in enumerate(plan.chats):
        if chat.id in known and plan.document:
            todo = "give one another date, or session = 2 if there are two that day"
            what = f"the chat {chat.id} is in {known[chat.id]} as well"
            checked.mistakes.append(plan.document.mistake(("chat", number, "date"), what, todo))


def _missing_accounts(plan: Plan, config: Config | None) -> Iterator[Mistake]:
    if config is None or plan.series is None or plan.document is None:
        return
    for number, name in enumerate(plan.series.accounts):
        if name not in config.accounts:
            known = ", ".join(config.accounts) or "none"
            what = f'there is no account "{name}" in {config.file.name}'
            todo = f"add [accounts.{name}] there, or write one of those it has: {known}"
            yield plan.document.mistake(("series", "accounts", number), what, todo)


def _missing_contact(plan: Plan, config: Config | None) -> Iterator[Mistake]:
    """Find a series for which other servers are to be asked, and nobody is named whom their people could ask."""
    if config is None or plan.series is None or plan.document is None or plan.series.contact:
        return
    named = [config.accounts[name] for name in plan.series.accounts if name in config.accounts]
    others = [host_of(other.server) for account in named for other in account.vantage]
    if others:
        what = f"{', '.join(dict.fromkeys(others))} cannot be asked, because nobody is named who asks"
        yield plan.document.mistake(("series",), what, 'add contact = "@you@example.social" or an e-mail address')


def _missing_pictures(plan: Plan) -> Iterator[Mistake]:
    if plan.document is None:
        return
    hosts = plan.series.hosts if plan.series else ()
    named: list[tuple[toml.Path, str | None]] = [(("series", "host", n), host.picture) for n, host in enumerate(hosts)]
    for number, chat in enumerate(plan.chats):
        named += [(("chat", number, "guest", n), guest.picture) for n, guest in enumerate(chat.guests)]
        named += [(("chat", number, "question", n), question.picture) for n, question in enumerate(chat.questions)]
    for path, picture in named:
        if picture and not Path(picture).is_file():
            what = f"there is no file {settings.shown_name(Path(picture))}"
            yield plan.document.mistake((*path, "picture"), what, "put the picture there, or correct its name")


class Taken(ChatbotError):
    """There is a chat of that name already, and it was not touched."""


def write_new(config: Config, series: Series, chat: Chat, folder: PlanFolder, overwrite: bool = False) -> Path:
    """Write the file of a new chat into the folder of plans; what is there is kept unless told otherwise."""
    path = config.chats / f"{chat.id}.toml"
    shown, holder = settings.shown_name(path), folder.chats.get(chat.id)
    if holder not in (None, shown):
        raise Taken(f"{chat.id} is in {holder} already. Change it there, choose another --date, or say --second.")
    if path.exists() and not overwrite:
        raise Taken(f"{shown} is there already and was left as it is. Say --overwrite, --second, or another --date.")
    config.chats.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(".toml.new")
    unfinished.write_text(toml_out.write_chat(series, chat), encoding="utf-8")
    os.replace(unfinished, path)
    return path
