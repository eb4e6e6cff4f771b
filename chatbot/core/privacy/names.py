"""How people are called in an archive: in full, by initials, by a plant's name, or not at all."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from hashlib import blake2b

from chatbot.core.model import Author
from chatbot.core.privacy.consent import Consents

NOBODY = "A participant"

_PLANTS = re.findall(
    r"\w+",
    """
    Alder Anemone Angelica Apple Arnica Aspen Aster Azalea Balm Basil Bay Beech Begonia Bellflower Betony Birch
    Bluebell Borage Bracken Bramble Broom Bryony Burdock Buttercup Calendula Camellia Campion Caraway Catmint Cedar
    Celandine Chervil Chestnut Chicory Chives Cicely Clematis Clover Columbine Comfrey Coriander Cornel Cornflower
    Cowslip Cranesbill Crocus Cyclamen Cypress Daffodil Dahlia Daisy Damson Dill Dogwood Elder Elm Fennel Fern
    Feverfew Fig Flax Foxglove Freesia Fuchsia Gardenia Gentian Ginger Gorse Hawthorn Hazel Heather Hellebore Holly
    Honesty Honeysuckle Hop Hornbeam Hyacinth Hyssop Iris Ivy Jasmine Juniper Knapweed Larch Larkspur Laurel
    Lavender Lemon Lichen Lilac Lily Lime Linden Lotus Lovage Lupin Magnolia Mallow Maple Marigold Marjoram
    Meadowsweet Medlar Mimosa Mint Moss Mugwort Mullein Myrtle Nettle Nutmeg Oak Oleander Olive Orchid Oregano Oxlip
    Pansy Parsley Peony Periwinkle Phlox Pine Plantain Plum Poplar Poppy Primrose Privet Quince Rosemary Rowan Rue
    Saffron Sage Salvia Samphire Savory Saxifrage Sedge Snowdrop Sorrel Speedwell Spruce Sumac Sunflower Tansy
    Tarragon Teasel Thistle Thyme Trefoil Tulip Valerian Verbena Vervain Vetch Viburnum Vine Viola Violet Walnut
    Wisteria Woodruff Yarrow Yew Zinnia
    """,
)


def shown(author: Author, allowed: Consents, pseudonym: str = NOBODY) -> str:
    """Return what a person is called, given what they and the community allow."""
    if allowed.name == "full":
        return author.name.strip() or f"@{author.handle}"
    if allowed.name == "initials":
        return initials(author)
    return pseudonym if allowed.name == "pseudonyms" else NOBODY


def initials(author: Author) -> str:
    """Return the first letters of the first and last word of a name: "Ana de Sousa 🌱" is "A. S."."""
    words = [first for word in author.name.split() if (first := _first_letter(word))]
    chosen = [words[0], words[-1]] if len(words) > 1 else words
    return " ".join(f"{letter}." for letter in chosen) or NOBODY


def _first_letter(word: str) -> str:
    """Return the first letter of a word, with its accent; emoji, `:shortcodes:` and signs have none."""
    if word.startswith(":") and word.endswith(":"):
        return ""
    letters = (sign for sign in unicodedata.normalize("NFC", word) if unicodedata.category(sign).startswith("L"))
    return next(letters, "").upper()


def pseudonyms(key: bytes, chat_id: str, author_uris: Iterable[str]) -> Mapping[str, str]:
    """Give each person a plant's name that is theirs for this chat only; `author_uris` in order of first appearance.

    `key` is secret: without it anybody could try out known addresses until the plant fits.
    """
    given: dict[str, str] = {}
    taken: set[str] = set()
    for uri in dict.fromkeys(author_uris):
        digest = blake2b(f"{chat_id}\n{uri}".encode(), key=key[:64], digest_size=8).digest()
        start, nth = int.from_bytes(digest, "big") % len(_PLANTS), 1
        names = [_PLANTS[(start + step) % len(_PLANTS)] for step in range(len(_PLANTS))]
        while not (name := next((_numbered(n, nth) for n in names if _numbered(n, nth) not in taken), "")):
            nth += 1
        taken.add(name)
        given[uri] = name
    return given


def _numbered(name: str, nth: int) -> str:
    return name if nth == 1 else f"{name} {nth}"
