"""Small real HTTP servers with the characters of those that chats are held on.

    with Server(MASTODON_4_5, "home.test") as home, Server(GOTOSOCIAL, "far.test") as far:
        bot, ada, dave = home.member("bot", bot=True), home.member("ada"), far.member("dave")
        home.follows(far, delay=0.2)                        # federation; `meets` for replies and mentions alone
        question = bot.says("Q1 Compost? #GardenChat")      # or posted over HTTP with `bot.token` at `home.url`
        dave.says("A1 Leaves!", reply_to=question)          # reaches home 0.2 seconds later
        home.when("post stored", lambda request: kill())    # also "request received", "answer half sent" …
        home.when("answer ready", lambda request: Answer(500), method="POST", times=1)      # lies
        home.posts_of(bot), home.deleted, home.requests     # what is so, whatever was answered

A quirk is a field of `personality.Personality`, with the section of the fact sheet that tells of it.
"""

from __future__ import annotations

from tests.servers.messages import HANG_UP, Answer, Request
from tests.servers.personalities import PERSONALITIES
from tests.servers.personalities.gotosocial import GOTOSOCIAL
from tests.servers.personalities.hollo import HOLLO
from tests.servers.personalities.mastodon import MASTODON_4_5, MASTODON_4_6
from tests.servers.personalities.pleroma import PLEROMA
from tests.servers.personality import Personality
from tests.servers.server import Server
from tests.servers.truth import Member, Post

__all__ = [
    "GOTOSOCIAL",
    "HANG_UP",
    "HOLLO",
    "MASTODON_4_5",
    "MASTODON_4_6",
    "PERSONALITIES",
    "PLEROMA",
    "Answer",
    "Member",
    "Personality",
    "Post",
    "Request",
    "Server",
]
