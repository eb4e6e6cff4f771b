"""The kinds of servers, by name."""

from __future__ import annotations

from tests.servers.personalities.gotosocial import GOTOSOCIAL
from tests.servers.personalities.hollo import HOLLO
from tests.servers.personalities.mastodon import MASTODON_4_5, MASTODON_4_6
from tests.servers.personalities.pleroma import PLEROMA

PERSONALITIES = {kind.name: kind for kind in (MASTODON_4_5, MASTODON_4_6, GOTOSOCIAL, PLEROMA, HOLLO)}
