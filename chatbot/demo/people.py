"""The invented community of the demo: who they are and what their profiles say."""

from __future__ import annotations

from dataclasses import dataclass

HASHTAG = "GardenChat"
HOME = "mock.local"  # the domain the embedded server gives to local accounts
BOT = "gardenbot"
HOST = "rosa"


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody with an account: `domain` is None for the bot's own server."""

    user: str
    name: str
    bio: str = ""
    domain: str | None = None
    bot: bool = False

    @property
    def handle(self) -> str:
        """Return `user@host`."""
        return f"{self.user}@{self.domain or HOME}"

    @property
    def token(self) -> str:
        """Return the token the embedded server knows this member by; it opens nothing else."""
        return f"demo-{self.user}"


MEMBERS: tuple[Member, ...] = (
    Member(BOT, "Garden Chat", "Automated. Asks the questions of #GardenChat.", bot=True),
    Member(HOST, "Rosa Field", "Allotment 14. Hosts #GardenChat on first Tuesdays."),
    Member("ibrahim", "Ibrahim Haddad", "Grows citrus where he should not. Tonight's guest.", "olive.example"),
    Member("ana", "Ana 🌻🐝", "Sunflowers and bees."),
    Member("tomas", "Tomás Ribeiro", "Horta urbana em Lisboa.", "horta.example"),
    Member("layla", "ليلى", "حديقة صغيرة على السطح", "olive.example"),
    Member("bea", "Bea", "First winter with a garden."),
    Member("carl", "Carl-Johan", "Clay soil, strong opinions.", "sod.example"),
    Member("dev", "Dev", "Balcony, third floor."),
    Member("edie", "Edie", "Botanist. Photographs moss.", "moss.example"),
    Member("finn", "Finn", "Gardens at night."),
    Member("gwen", "Gwen", "School gardens.", "moss.example"),
    Member("hugo", "Hugo", "Pumpkins."),
    Member("iris", "Iris", "Quiet, mostly."),
    Member("june", "June", "Likes lists. #nobot"),
    Member("kofi", "Kofi", "Herbs and cooking.", "sod.example"),
    Member("lena", "Lena", "New here.", "moss.example"),
    Member("milo", "Milo", "Compost."),
    Member("nora", "Nora", "Lives near a garden."),
    Member("bestseeds", "BEST SEEDS", "Deals!", "deals.example"),
)

BY_USER = {member.user: member for member in MEMBERS}
