"""What hosts are told about one post of the bot that did not go as planned, and about the way around it."""

from __future__ import annotations

from datetime import datetime, timedelta

from chatbot.core.plan import Chat, Series
from chatbot.core.talk.notices import Notice, capital, clock_time, counted, cut, label, moved
from chatbot.core.value import Value

_REASON_LENGTH = 160
BEFORE_START = "due-before-start"
# The words that lanes write down, as a host reads them.
_REASONS = {
    "answer-lost": "the server did not answer",
    "broke-off": "the bot was interrupted",
    "unsettled": "it could not be found out in time whether it went out",
    BEFORE_START: "it was due before the bot started",
    "late": "its time was over",
    "held": "it was held back",
    "adopted": "a host posted it by hand",
    "found": "it was found",
    "parent-gone": "the post it replies to is gone",
    "late-asks": "nobody said what to do with it",
    "no-room": "there was no room before the end any more",
    "no-picture": "its picture was not ready",
}


class Trouble(Value, frozen=True):
    """A post of the bot that did not go as planned; `key` names its row, `until` is the end of its grace.

    `stopped` says that its chat does not go on. `account` is named where the chat has several: the post may be out on
    another.
    """

    key: str
    kind: str
    question: str | None
    due_at: datetime
    until: datetime
    reason: str = ""
    stopped: bool = False
    account: str = ""


def late(series: Series, chat: Chat, trouble: Trouble) -> Notice:
    """Say that a post is overdue and still being tried."""
    name = label(chat, trouble.kind, trouble.question)
    post = _post(series, name, trouble)
    due, until = clock_time(trouble.due_at, series.zone), clock_time(trouble.until, series.zone)
    return Notice(
        _incident(chat, trouble, "late"),
        f"{series.name}: {name}{_on(trouble)} is late",
        f"{capital(post)} was due {due} and is not out yet"
        f"{_because(trouble.reason)}. The bot keeps trying until {until}, and later questions move with it."
        f"{_by_hand(series, name)}",
    )


def failed(series: Series, chat: Chat, trouble: Trouble) -> Notice:
    """Say that a post will not come."""
    name = label(chat, trouble.kind, trouble.question)
    post = _post(series, name, trouble)
    return Notice(
        _incident(chat, trouble, "failed"),
        f"{series.name}: {name}{_on(trouble)} did not go out",
        f"{capital(post)}, due {clock_time(trouble.due_at, series.zone)}, did not go out and is not"
        f" tried again{_because(trouble.reason)}.{_goes_on(series, name, trouble)}",
    )


def skipped(series: Series, chat: Chat, trouble: Trouble) -> Notice:
    """Say that a post was dropped because its time was over."""
    name = label(chat, trouble.kind, trouble.question)
    post = _post(series, name, trouble)
    return Notice(
        _incident(chat, trouble, "skipped"),
        f"{series.name}: {name}{_on(trouble)} was dropped",
        f"{capital(post)}, due {clock_time(trouble.due_at, series.zone)}, was dropped"
        f"{_because(trouble.reason)}.{_goes_on(series, name, trouble)}",
    )


def not_corrected(series: Series, chat: Chat, trouble: Trouble) -> Notice:
    """Say that a post that is out stays untrue, because its edit was not made; the trouble names the edited post."""
    name = label(chat, trouble.kind, trouble.question)
    return Notice(
        _incident(chat, trouble, "not-corrected"),
        f"{series.name}: {name}{_on(trouble)} was not corrected",
        f"The plan of {series.name} changed after {name}{_on(trouble)} went out, but {name} could not be edited"
        f"{_because(trouble.reason)}, and the bot does not try again. So it still tells the old plan. Edit it from the"
        " bot's account, or run `chatbot plan apply` once more with `--correct reply`.",
    )


def not_sure(series: Series, chat: Chat, trouble: Trouble, holds_up: timedelta) -> Notice:
    """Say that nobody knows yet whether a post went out."""
    name = label(chat, trouble.kind, trouble.question)
    post = _post(series, name, trouble)
    if trouble.reason == BEFORE_START:
        return _looked_for(series, chat, name, trouble)
    minutes = max(round(holds_up.total_seconds() / 60), 1)
    return Notice(
        _incident(chat, trouble, "not-sure"),
        f"{series.name}: not sure whether {name}{_on(trouble)} went out",
        f"The server did not say whether {post}, due {clock_time(trouble.due_at, series.zone)}, went"
        " out. The bot is looking, and posts it again only once it is sure that it is not there. The next question"
        f" waits for at most {counted(minutes, 'minute')}. If you can see it, nothing is left to do.",
    )


def _looked_for(series: Series, chat: Chat, name: str, trouble: Trouble) -> Notice:
    """Say that a post was due before the bot started; another machine, or this one before, may have sent it."""
    post = _post(series, name, trouble)
    return Notice(
        _incident(chat, trouble, "not-sure"),
        f"{series.name}: {name}{_on(trouble)} was due before the bot started",
        f"{capital(post)} was due {clock_time(trouble.due_at, series.zone)}, before the bot started."
        " The bot is looking whether it is out already, and posts it once it is sure that it is not. If you can see it,"
        " nothing is left to do.",
    )


def late_asks(series: Series, chat: Chat, trouble: Trouble) -> Notice:
    """Ask what is to become of a late post."""
    name = label(chat, trouble.kind, trouble.question)
    post = _post(series, name, trouble)
    return Notice(
        _incident(chat, trouble, "asks"),
        f"{series.name}: what about {name}{_on(trouble)}?",
        f"{capital(post)}, due {clock_time(trouble.due_at, series.zone)}, is late and waits for your"
        f" word. {_next_or_skip(series, trouble)}",
    )


def no_room(series: Series, chat: Chat, trouble: Trouble) -> Notice:
    """Ask what is to be dropped when the evening has run late."""
    name = label(chat, trouble.kind, trouble.question)
    return Notice(
        _incident(chat, trouble, "no-room"),
        f"{series.name}: no room left for {name}{_on(trouble)}",
        f"The evening of {series.name} runs late, and {name}{_on(trouble)} has no room before its end any more."
        f" {_next_or_skip(series, trouble)}",
    )


def went_ahead(series: Series, chat: Chat, trouble: Trouble) -> Notice:
    """Say that the evening goes on although one post is still unknown."""
    name = label(chat, trouble.kind, trouble.question)
    post = _post(series, name, trouble)
    return Notice(
        _incident(chat, trouble, "went-ahead"),
        f"{series.name}: {name}{_on(trouble)} is still not known, the chat goes on",
        f"It is still not known whether {post} went out, so the next post did not wait any longer."
        f" Please look whether {name} is there. If it is, do nothing.{_by_hand(series, name, 'If it is not, post')}",
    )


def was_there(series: Series, chat: Chat, trouble: Trouble) -> Notice:
    """Take back a worry: the post is there."""
    name = label(chat, trouble.kind, trouble.question)
    post = _post(series, name, trouble)
    return Notice(
        _incident(chat, trouble, "was-there"),
        f"{series.name}: {name}{_on(trouble)} is out",
        f"{capital(post)} is out after all; the bot does not post it again. Nothing is left to do.",
    )


def adopted(series: Series, chat: Chat, trouble: Trouble) -> Notice:
    """Say that a host's own post was taken as the bot's."""
    name = label(chat, trouble.kind, trouble.question)
    post = _post(series, name, trouble)
    return Notice(
        _incident(chat, trouble, "adopted"),
        f"{series.name}: {name}{_on(trouble)} by hand",
        f"A host posted {post} by hand. The bot took that post as the question, collects the replies"
        " to it, and does not post it again. Nothing is left to do.",
    )


def untrue(series: Series, chat: Chat, trouble: Trouble) -> Notice:
    """Ask what is to become of a post that went out with words that a plan applied meanwhile had made untrue."""
    name = label(chat, trouble.kind, trouble.question)
    post = _post(series, name, trouble)
    command = f"chatbot cancel {chat.id}" if chat.cancelled else "chatbot plan apply FILE"
    return Notice(
        _incident(chat, trouble, "untrue"),
        f"{series.name}: {name}{_on(trouble)} is out and not true any more",
        f"{capital(post)} was on its way while the plan was changed, and went out with the old words;"
        " they stand until somebody chooses."
        f" Run `{command} --correct edit`, or `--correct reply` for a correction below it, or `--correct none`.",
    )


def doubled(series: Series, chat: Chat, trouble: Trouble) -> Notice:
    """Say that the bot deleted its own double."""
    name = label(chat, trouble.kind, trouble.question)
    post = _post(series, name, trouble)
    return Notice(
        _incident(chat, trouble, "doubled"),
        f"{series.name}: {name}{_on(trouble)} was out twice",
        f"{capital(post)} was out twice, because the server did the same work twice. The bot deleted"
        " the later copy; the first one stays. Somebody who answered the deleted copy may want to answer again.",
    )


def double_left(series: Series, chat: Chat, trouble: Trouble) -> Notice:
    """Ask a host to delete a double that the bot cannot delete."""
    name = label(chat, trouble.kind, trouble.question)
    post = _post(series, name, trouble)
    return Notice(
        _incident(chat, trouble, "double-left"),
        f"{series.name}: {name}{_on(trouble)} is out twice",
        f"{capital(post)} is out twice, because the server did the same work twice, and the bot could"
        " not delete the later copy. Please delete it from the bot's account; the first one is the question.",
    )


def quieted(series: Series, chat: Chat, trouble: Trouble) -> Notice:
    """Say that the server shows a public post to fewer people."""
    name = label(chat, trouble.kind, trouble.question)
    post = _post(series, name, trouble)
    return Notice(
        f"{chat.id}/quieted/{_account(trouble)}{moved(chat)}",
        f"{series.name}: the server made {name}{_on(trouble)} quiet public",
        f"The server made {post} quiet public: it is in no hashtag timeline, and only followers and"
        " people in the thread see it. The bot's account may be limited. Boost it from your own account tonight, and"
        " ask the server's moderators about the account.",
    )


def parent_gone(series: Series, chat: Chat, trouble: Trouble) -> Notice:
    """Say that a reply stands elsewhere, because the post it belongs under is gone."""
    name = label(chat, trouble.kind, trouble.question)
    post = _post(series, name, trouble)
    return Notice(
        _incident(chat, trouble, "parent-gone"),
        f"{series.name}: the post above {name}{_on(trouble)} is gone",
        f"The post that {post} was to reply to is not on the server any more, so {name} goes out"
        " without it: under another post of tonight, or by itself. Nothing is left to do.",
    )


def no_picture(series: Series, chat: Chat, trouble: Trouble) -> Notice:
    """Say that a post goes out without its picture."""
    name = label(chat, trouble.kind, trouble.question)
    post = _post(series, name, trouble)
    return Notice(
        _incident(chat, trouble, "no-picture"),
        f"{series.name}: {name}{_on(trouble)} without its picture",
        f"The server did not have the picture of {post} ready in time, so {name} goes out without it,"
        " with the description in its text where there is room. You may post the picture yourself, as a reply to it.",
    )


def refused(series: Series, chat: Chat, trouble: Trouble) -> Notice:
    """Say, once a night and account, that the server does not let the bot post."""
    name, account = label(chat, trouble.kind, trouble.question), _account(trouble)
    until = clock_time(trouble.until, series.zone)
    return Notice(
        f"{chat.id}/refused/{account}{moved(chat)}",
        f"{series.name}: the account {account} may not post",
        f"{series.name} cannot go on: the account {account} may not post just now{_because(trouble.reason)}."
        f" Nothing is lost: {name} waits until {until}, what follows moves with it, and all goes on by itself once the"
        f" account may post again.{_by_hand(series, name)}",
    )


def _incident(chat: Chat, trouble: Trouble, what: str) -> str:
    return f"{trouble.key}/{what}{moved(chat)}"


def _account(trouble: Trouble) -> str:
    return trouble.key.rpartition("/")[2]


def _post(series: Series, name: str, trouble: Trouble) -> str:
    """Name a post in full."""
    return f"{name} of {series.name}{_on(trouble)}"


def _on(trouble: Trouble) -> str:
    return f" on {trouble.account}" if trouble.account else ""


def _goes_on(series: Series, name: str, trouble: Trouble) -> str:
    """Say how the evening goes on without a post, if it does."""
    return " The chat is stopped." if trouble.stopped else f" The rest goes on as planned.{_by_hand(series, name)}"


def _by_hand(series: Series, name: str, lead: str = "You may post") -> str:
    """Offer the way around the bot that only questions have."""
    tag = series.hashtags[0]
    said = f" {lead} it yourself: begin with “{name}”, add #{tag}, and the bot takes it as the question."
    return said if name.startswith("Q") else ""


def _next_or_skip(series: Series, trouble: Trouble) -> str:
    until = clock_time(trouble.until, series.zone)
    return f"Answer `next` to post it now, or `skip` to drop it. Without an answer it is dropped at {until}."


def why(reason: str) -> str:
    """Say a reason as a host reads it; lanes write down short words."""
    return cut(_REASONS.get(reason, reason), _REASON_LENGTH)


def _because(reason: str) -> str:
    said = why(reason)
    return f" ({said.rstrip('.')})" if said else ""
