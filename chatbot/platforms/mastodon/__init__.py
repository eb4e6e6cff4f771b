"""Servers that speak the Mastodon API: Mastodon and its forks, GoToSocial, Pleroma and Akkoma, Hollo.

`to_post`, `limits`, `addresses` and `failures` are pure; `connection` and `http` make requests; `client.Mastodon` is
the port, over `reading`, `posting`, `stream` and `care`; `sign_in` gets a token. `vantage.MastodonVantage` reads a
server where we are not at home, over `guest`, which keeps to its `robots` file.
"""

from chatbot.platforms.mastodon.client import Mastodon
from chatbot.platforms.mastodon.vantage import MastodonVantage

__all__ = ["Mastodon", "MastodonVantage"]
