"""The steps of `chatbot init`, each remembered when it is finished.

1 sign in   2 the account   3 a private test message   4 the series and its first date   5 the questions   6 a look
"""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import click

from chatbot.cli import asking, signing_in
from chatbot.core.value import replace

if TYPE_CHECKING:
    from datetime import date

    from chatbot.core.plan import Chat, Question, Series
    from chatbot.platforms.mastodon import Mastodon
    from chatbot.stages.setup import Progress

STEPS = 6


@dataclass
class FirstSteps:
    """One walk through the steps; `config` names the settings file, which need not be there yet."""

    config: str | None
    opens_browser: bool = False
    _platform: Mastodon | None = field(default=None, repr=False)

    def walk(self) -> None:
        """Take every step that is not finished, in order."""
        try:
            self._sign_in()
            self._account()
            self._rehearse()
            file = self._plan()
            self._look(file)
        finally:
            if self._platform is not None:
                self._platform.close()

    @property
    def file(self) -> Path:
        """The settings file: the one there is, or the one to be written."""
        from chatbot.config import NoSettings, find

        try:
            return find(self.config)
        except NoSettings:
            return Path(self.config or os.environ.get("CHATBOT_CONFIG") or "chatbot.toml").absolute()

    def _progress(self) -> Progress:
        from chatbot.config import load
        from chatbot.stages.setup import Progress

        state = load(self.config).state if self.file.exists() else self.file.parent / "state"
        return Progress.of(state)

    # 1 to 3: the account

    def _sign_in(self) -> None:
        from chatbot.config import load
        from chatbot.platforms.mastodon import sign_in

        progress = self._progress()
        name = progress.answer("sign-in", "account")
        known = load(str(self.file)).accounts.get(name) if name and self.file.exists() else None
        if known is not None and known.token:
            asking.heading(1, STEPS, "Sign in", f"as {name} on {known.server}.")
            return
        asking.heading(1, STEPS, "Sign in")
        click.echo("The bot needs an account of its own, made on its server like any other.")
        begun = asking.ask("Its server, for example example.social", sign_in.begin)
        self._keep(*signing_in.finish(begun, opens_browser=self.opens_browser)[:2])

    def _keep(self, server: str, token: str) -> None:
        from chatbot.config import load, shown_name
        from chatbot.core.files import beginnings
        from chatbot.platforms.mastodon import Mastodon
        from chatbot.stages import setup

        platform = Mastodon("new", server, token)
        me = platform.me()
        platform.close()
        name = beginnings.account_name_of(me.handle)
        if not self.file.exists():
            setup.write_settings(self.file, name, server)
            click.echo(f"Wrote {shown_name(self.file)}.")
        settings = load(str(self.file))
        if name not in settings.accounts:
            setup.add_account(settings.file, name, server)
        known = settings.accounts.get(name)
        token_file = known.token_file if known and known.token_file else settings.state / f"{name}.token"
        signing_in.keep_token(token_file, token)
        self._progress().finish("sign-in", {"account": name, "handle": me.handle})

    def _bot(self) -> Mastodon:
        from chatbot.config import load
        from chatbot.platforms.mastodon import Mastodon

        if self._platform is None:
            account = load(str(self.file)).accounts[self._progress().answer("sign-in", "account")]
            self._platform = Mastodon(account.name, account.server, account.token)
        return self._platform

    def _account(self) -> None:
        progress = self._progress()
        if progress.answer("account", "operator"):
            asking.heading(2, STEPS, "Look the account over", "looked over.")
            return
        asking.heading(2, STEPS, "Look the account over")
        operator, contact = signing_in.asked_who()
        signing_in.look_over(self._bot(), lambda: (operator, contact))
        progress.finish("account", {"operator": operator, "contact": contact})

    def _rehearse(self) -> None:
        from chatbot.stages import setup

        progress = self._progress()
        if "test-post" in progress.done:
            asking.heading(3, STEPS, "A private test message", "it went well.")
            return
        asking.heading(3, STEPS, "A private test message")
        contact = progress.answer("account", "contact")
        to = contact.removeprefix("@") if contact.startswith("@") else ""
        whom = contact if to else "itself, as you gave no account of yours,"
        if not click.confirm(f"Send a private message from the bot to {whom} and delete it again?", default=True):
            click.echo("Left for later: chatbot init asks again.")
            return
        rehearsal = setup.rehearse(self._bot(), to, signing_in.ask_whether_it_came if to else None)
        click.secho(rehearsal.says, fg="green" if rehearsal.went_well else "red")
        if not rehearsal.removed:
            who = "the bot and you see" if to else "the bot sees"
            click.echo(f"The test message is still there; delete it by hand if you like. Only {who} it.")
        if rehearsal.went_well:
            progress.finish("test-post")
        else:
            asking.say("The next chatbot init tries it again.")

    # 4 and 5: the plan

    def _plan(self) -> Path:
        """Ask for the series, its first date and the questions; returns the plan file."""
        from chatbot.config import load, shown_name
        from chatbot.core.files import toml_out

        progress = self._progress()
        settings = load(str(self.file))
        written = progress.answer("plan", "file")
        if written and (settings.chats / written).is_file():
            asking.heading(4, STEPS, "The chat and its date", f"{shown_name(settings.chats / written)}.")
            asking.heading(5, STEPS, "The questions", "they are in the same file.")
            return settings.chats / written
        series, day = self._series(progress)
        asking.heading(5, STEPS, "The questions")
        chat = self._chat(series, day)
        file = settings.chats / f"{series.id}.toml"
        if file.exists():
            asking.sure(f"{shown_name(file)} is there already. Write over it?")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(toml_out.write_plan(series, [chat]), encoding="utf-8")
        progress.finish("plan", {"file": file.name, "chat": chat.id})
        click.echo(f"Wrote {shown_name(file)}; you can change everything in it later.")
        return file

    def _series(self, progress: Progress) -> tuple[Series, date]:
        """Return the series and its first date, as they were answered before or are answered now."""
        from chatbot.core.files import planfile, toml_out
        from chatbot.core.nights import recurrence

        known = progress.answer("series", "plan")
        if known:
            series = planfile.read_series(known, progress.file.name)
            day = recurrence.read_date(progress.answer("series", "first date"))
            asking.heading(4, STEPS, "The chat and its date", f"{series.name}, {day}.")
            return series, day
        asking.heading(4, STEPS, "The chat and its date")
        series, day = self._asked_series(progress)
        progress.finish("series", {"plan": toml_out.write_series(series), "first date": str(day)})
        return series, day

    def _asked_series(self, progress: Progress) -> tuple[Series, date]:
        from chatbot import wiring
        from chatbot.core.files import beginnings, fields, zones
        from chatbot.core.nights import recurrence
        from chatbot.core.plan import Person, Series

        name = str(asking.ask("What is the chat called?", asking.as_field(fields.Line), default="Garden Chat"))
        hashtag = asking.ask("Its hashtag", asking.as_field(fields.Hashtag), default=beginnings.hashtag_of(name))
        zone = asking.ask("Its time zone, a continent and a city", zones.check, default=_zone_here())
        today = recurrence.local_date(wiring.now(), zone)
        day = asking.ask(f"The first date (today is {today})", lambda answer: _coming(answer, today))
        start = asking.ask("It begins at", asking.as_field(fields.Clock), default="20:00")
        ways = beginnings.rhythms(day)
        rhythm = ways[asking.choose("How does it come round?", [words for words, _ in ways])][1]
        operator, contact = progress.answer("account", "operator"), progress.answer("account", "contact")
        account = asking.ask(
            "Your own account, whose private messages the bot obeys (you@server; - for none)",
            _account_or_none,
            default=contact.lstrip("@") if contact.startswith("@") else None,
        )
        series = Series(
            id=beginnings.short_name_of(hashtag) or "chat",
            name=name,
            hashtags=(hashtag,),
            zone=zone,
            accounts=(progress.answer("sign-in", "account"),),
            hosts=(Person(operator, account=account),),
            rhythm=rhythm,
            start=start,
            first_date=day.isoformat(),
            operator=operator,
            contact=contact,
        )
        return series, day

    def _chat(self, series: Series, day: date) -> Chat:
        from chatbot.core.files import drafts, fields

        theme = str(asking.ask("What is it about?", asking.as_field(fields.Line)))
        questions = _questions()
        return drafts.new_chat(series, day, questions, theme=theme)

    # 6: a look

    def _look(self, file: Path) -> None:
        """Show every post as it would go out, ask whether the chat is ready, and apply the plan."""
        from chatbot.cli import planning_output
        from chatbot.config import shown_name
        from chatbot.stages import planning, preview
        from chatbot.wiring import open_parts

        asking.heading(6, STEPS, "A look at every post")
        with open_parts(str(self.file)) as parts:
            now = parts.clock()
            plan = planning.look(parts.store, file, parts.config, now)
            as_ready = [(plan.known[chat.series], replace(chat, ready=True)) for chat in plan.chats]
            servers = preview.ask_servers(parts.store, {self._bot().name: self._bot()}, now)
            sheets = preview.show_planned(parts.store, as_ready, servers, parts.config.timing, now)
            for chat, shown in zip(plan.chats, sheets, strict=True):
                planning_output.print_preview(shown if chat.ready else replace(shown, state="not ready"), sys.stdout)
            ready = all(chat.ready for chat in plan.chats) or _make_ready(file)
            for line in planning.apply(parts.store, file, parts.config, parts.clock()).lines:
                asking.say(line)
        name = shown_name(file)
        click.echo(f"\nTo change something: edit {name}, then chatbot plan apply {name}")
        if not ready:
            asking.say("When everything is in place, run chatbot init again, or write ready = true there and apply it.")
        click.echo("To begin: chatbot run")


def _make_ready(file: Path) -> bool:
    """Ask whether the chat is ready; the plan file, which a host may have changed by now, is changed in one line."""
    if not click.confirm("Is it ready, so that all this goes out at its time, once the bot runs?", default=False):
        return False
    written = file.read_text(encoding="utf-8")
    file.write_text(written.replace("ready = false", "ready = true"), encoding="utf-8")
    return True


def _coming(answer: str, today: date) -> date:
    from chatbot.core.errors import Wrong
    from chatbot.core.nights.recurrence import read_date

    day = read_date(answer)
    if day < today:
        raise Wrong(f"{day} is over", "write a date that is still to come")
    return day


def _questions() -> tuple[Question, ...]:
    from chatbot.core.files.planfile import read_paste

    while True:
        pasted = read_paste(asking.paste("Paste the questions, one a line, with or without numbers."))
        if not pasted.questions:
            click.echo("There are no questions in that.")
            if not click.confirm("Paste them again?", default=True):
                return ()
            continue
        for question in pasted.questions:
            click.echo(f"  {question.label or '-'}  {question.text}")
        for note in pasted.notes:
            asking.say(f"note: {note}")
        if click.confirm("Are these the questions?", default=True):
            return pasted.questions


def _account_or_none(answer: str) -> str | None:
    from chatbot.core.files import fields

    return None if answer.strip() == "-" else str(asking.as_field(fields.Account)(answer))


def _zone_here() -> str | None:
    """Guess the time zone of this machine; a server's is often UTC, which is nobody's."""
    from chatbot.core.files import zones

    named = os.environ.get("TZ", "").removeprefix(":")
    place = Path("/etc/localtime")
    linked = str(place.resolve()).partition("zoneinfo/")[2] if place.is_symlink() else ""
    return next((zone for zone in (named, linked) if zone in zones.names() and zone != "UTC"), None)
