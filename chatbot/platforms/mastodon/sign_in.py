"""Gets a token for an account: registers an app of our own, sends a person to their server, takes the code back.

The code is shown to the person and typed in (`urn:ietf:wg:oauth:2.0:oob`): that works over SSH and needs no browser
on this machine. The app is confidential, so a code is worth nothing without the secret that stays in this process.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import urlsplit

from chatbot.core.timing import Timing
from chatbot.platforms.errors import NotSignedIn, PlatformError, Rejected, Unavailable
from chatbot.platforms.mastodon.care import SCOPES
from chatbot.platforms.mastodon.http import Http, user_agent

if TYPE_CHECKING:
    import mastodon

Result = TypeVar("Result")

APP_NAME = "chatbot"
WIDE_SCOPES = ("read", "write")  # for servers that know no finer ones
_HOST = re.compile(r"[\w-]+(\.[\w-]+)*")


@dataclass
class SignIn:
    """One signing in, from the address to the token."""

    http: Http
    address: str  # where the person says yes
    _app: mastodon.Mastodon = field(repr=False)
    _scopes: tuple[str, ...] = SCOPES

    @property
    def server(self) -> str:
        """The server's host."""
        return self.http.server

    @property
    def url(self) -> str:
        """The server's address."""
        return self.http.url

    def token(self, code: str) -> str:
        """Exchange the code a person was shown for a token."""
        try:
            _ask(self.http, lambda: self._app.log_in(code=code.strip(), scopes=list(self._scopes), allow_http=True))
        except PlatformError as error:
            # A token may be there all the same: of a server that grants less than was asked, or went silent after it.
            if not self._app.access_token:
                raise _refused(error, self.server) from None
        return str(self._app.access_token)

    def close(self) -> None:
        """Close the connections."""
        self.http.close()


def _refused(error: PlatformError, server: str) -> PlatformError:
    if not isinstance(error, Rejected):
        return error
    return NotSignedIn(
        f"{server} did not take the code, so there is no token. A code works once and for a few minutes only: run the"
        " command again for a new one."
    )


def begin(server: str, timing: Timing | None = None, website: str | None = None) -> SignIn:
    """Register an app on a server and return where the person has to go; `server` is a host or an address."""
    url = address_of(server)
    http = Http(url, urlsplit(url).netloc, None, (timing or Timing()).request_deadline)
    try:
        _check(http)
        try:
            return _registered(http, SCOPES, website)
        except Rejected:
            return _registered(http, WIDE_SCOPES, website)
    except PlatformError:
        http.close()
        raise


def address_of(server: str) -> str:
    """Return a server's address from what people type: `hachyderm.io`, `@bot@hachyderm.io`, `https://…/`."""
    typed = server.strip() if "://" in server else f"https://{server.strip().rpartition('@')[2]}"
    try:
        parts = urlsplit(typed)
        usable = parts.scheme in ("http", "https") and _HOST.fullmatch(parts.hostname or "") and parts.port != 0
    except ValueError:
        usable = False
    if not usable:
        raise Rejected(f"“{server}” is no server. Write its host, for example: example.social")
    return f"{parts.scheme}://{parts.netloc}"


def _check(http: Http) -> None:
    """Ask for what every server shows to everybody, so that a mistyped name is told before anything else."""
    for path in ("/api/v2/instance", "/api/v1/instance"):
        try:
            if isinstance(http.get(path).json, dict):
                return
        except NotSignedIn:
            return  # shown to its own people only, but it speaks the language
        except Rejected:
            continue
        except Unavailable as error:
            raise Unavailable(f"{error} {_advice(http)}") from None
    raise Rejected(f"{http.server} does not answer like a Mastodon server. Is the name right?")


def _advice(http: Http) -> str:
    """Say what to try: a server of one's own machine or network often speaks without encryption."""
    host = urlsplit(http.url).hostname or ""
    is_near = host == "localhost" or host.startswith(("127.", "10.", "192.168.")) or "." not in host
    if http.url.startswith("https://") and is_near:
        return f"A server of your own machine or network may need its address in full: http://{http.server}"
    return "Is the name right?"


def _registered(http: Http, scopes: tuple[str, ...], website: str | None) -> SignIn:
    import mastodon

    agent, seconds = user_agent(None), http.deadline.total_seconds()
    client_id, secret = _ask(
        http,
        lambda: mastodon.Mastodon.create_app(
            APP_NAME,
            scopes=list(scopes),
            website=website,
            api_base_url=http.url,
            session=http.session,
            request_timeout=seconds,
            user_agent=agent,
        ),
    )
    app = mastodon.Mastodon(
        api_base_url=http.url,
        session=http.session,
        ratelimit_method="throw",
        request_timeout=seconds,
        user_agent=agent,
        version_check_mode="created",
        mastodon_version="4.6.0",  # said, so that it asks no server: where that is refused it asks without end
    )
    # Set here, as the constructor would take a client id that names a file of this machine for that file.
    app.client_id, app.client_secret = client_id, secret
    address = app.auth_request_url(scopes=list(scopes), state=secrets.token_urlsafe(16), skip_server_info=True)
    return SignIn(http, address.replace("&lang=None", ""), app, scopes)


def _ask(http: Http, work: Callable[[], Result]) -> Result:
    """Let Mastodon.py make its requests; nothing of this is harmful if done twice."""
    from mastodon import MastodonError

    return http.through(work, writing=False, also=(MastodonError, LookupError, TypeError, AttributeError))
