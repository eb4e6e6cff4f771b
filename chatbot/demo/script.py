"""What the invented community does, move by move, with all that real communities do (`field.md` sections 1 to 5).

A move waits for one of the bot's posts to appear on the server, then for a share of the time between two questions.
`expects` is where the post must stand in the archive; the demo checks every one of them in the published files.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from chatbot.core.model import Visibility

Where = Literal["answer", "under", "left_out", "queued", "also_said", "absent", "question", ""]


@dataclass(frozen=True, slots=True)
class Expected:
    """Where a post must be found in the archive, and the sentence that tells a person why."""

    where: Where
    questions: tuple[int, ...] = ()
    under: str = ""
    why: str = ""


@dataclass(frozen=True, slots=True)
class Move:
    """One thing one member does.

    `when` names the post of the bot it follows ("welcome", "Q1" … "Q6", "thanks"), `after` the share of the time
    between two questions. `reply_to` is such a name or the name of an earlier move. An `edit`, `delete` or
    `boost` acts on the move named in `reply_to`.
    """

    who: str
    when: str
    after: float
    text: str = ""
    name: str = ""
    reply_to: str = ""
    act: Literal["post", "edit", "delete", "boost", "favourite"] = "post"
    visibility: Visibility = Visibility.PUBLIC
    warning: str = ""
    language: str = "en"
    picture: str = ""
    alt: str = ""
    awkward: str = ""
    expects: Expected | None = None


def answers(*questions: int, why: str = "") -> Expected:
    """Expect a post among the answers to these questions."""
    return Expected("answer", questions, why=why)


def below(move: str, why: str = "") -> Expected:
    """Expect a post in the talk under another one."""
    return Expected("under", under=move, why=why)


SCRIPT: tuple[Move, ...] = (
    # before the first question
    Move(
        "ana", "welcome", 0.05, "Hello everyone! Ana here, bees are asleep, I am not. #GardenChat", reply_to="welcome"
    ),
    Move("bea", "welcome", 0.2, "First time here, be gentle 🌱 #GardenChat", reply_to="welcome"),
    Move(
        "nora",
        "welcome",
        0.3,
        "My neighbour talks to her roses again. #GardenChat of a kind.",
        name="unaware",
        awkward="somebody used the hashtag without knowing of the chat",
        expects=Expected("queued", why="a hashtag alone is not taking part: it waits for a host and is not shown"),
    ),
    # Q1 What is still growing in your garden tonight?
    Move(
        "ana",
        "Q1",
        0.1,
        "A1 Kale. Always kale. And one stubborn marigold. #GardenChat",
        name="kale",
        expects=answers(1),
    ),
    Move(
        "bea",
        "Q1",
        0.22,
        "@gardenbot Only the lamb's lettuce under its fleece, but I am so proud of it.",
        name="untagged",
        reply_to="Q1",
        awkward="a reply without the hashtag and without a number",
        expects=answers(1, why="it replies to Q1; the thread was read, not only the hashtag"),
    ),
    Move(
        "tomas",
        "Q1",
        0.3,
        "A1: Couves, favas e os limões do vizinho. #GardenChat",
        name="couves",
        language="pt",
        awkward="an answer in Portuguese",
        expects=answers(1, why="it says A1; its language is kept for screen readers"),
    ),
    Move(
        "edie",
        "Q1",
        0.4,
        "A1) Moss, of course. Here it is on the north wall. #GardenChat",
        name="moss",
        picture="moss",
        alt="Cushions of bright green moss on a wet brick wall, each with fine red stems.",
        awkward="a picture with a description",
        expects=answers(1, why="its description is shown with the post"),
    ),
    Move(
        "hugo",
        "Q1",
        0.55,
        "A1 Pumpkins are in the cellar, does that count? #GardenChat",
        name="cellar",
        expects=answers(1),
    ),
    Move(
        "carl",
        "Q1",
        0.7,
        "@hugo It counts if they are still green!",
        name="counts",
        reply_to="cellar",
        expects=below("cellar"),
    ),
    Move(
        "hugo",
        "Q1",
        0.8,
        "@carl@sod.example Two of them are, so yes 🎃",
        name="green",
        reply_to="counts",
        awkward="talk under an answer",
        expects=below("counts", why="a reply to an answer belongs under it, not beside it"),
    ),
    Move(
        "june",
        "Q1",
        0.85,
        "A1 Parsnips, leeks and a secret row of celeriac. #GardenChat",
        name="nobot",
        awkward="a person whose profile says #nobot",
        expects=Expected("absent", why="her profile says no: only an empty place in the thread is kept"),
    ),
    # Q2 Which tool could you not be without, and why?
    Move(
        "milo",
        "Q2",
        0.1,
        "A2 A wheelbarrow with a wheel that squeaks in B flat. #GardenChat",
        name="barrow",
        expects=answers(2),
    ),
    Move(
        "dev",
        "Q2",
        0.2,
        "A2 My grandmother's hori hori. @june has the twin of it! #GardenChat",
        name="mention-nobot",
        awkward="somebody else names the person who said #nobot",
        expects=answers(2, why="the answer is shown, her name in it reads [someone]"),
    ),
    Move(
        "ana",
        "Q2",
        0.35,
        "A1 forgot: garlic is in the ground, too. And A2: a kitchen fork, honestly. #GardenChat",
        name="both",
        awkward="two answers in one post",
        expects=answers(1, 2, why="it says A1 and A2, so it stands under both"),
    ),
    Move(
        "kofi",
        "Q2",
        0.5,
        "A2 A good knife, to cook what survives.\n\nIt was my father's.",
        name="knife",
        reply_to="Q2",
        expects=answers(2),
    ),
    Move(
        "finn",
        "Q2",
        0.6,
        "A2 A head torch. I garden after my shift, so the slugs and I are colleagues. #GardenChat",
        name="torch",
        expects=answers(2),
    ),
    Move(
        "gwen",
        "Q2",
        0.75,
        "@finn My pupils would love night gardening!",
        reply_to="torch",
        name="pupils",
        expects=below("torch"),
    ),
    Move(
        "milo",
        "Q2",
        0.8,
        "A2 A wheelbarrow with a wheel that squeaks in B flat. And patience. #GardenChat",
        reply_to="barrow",
        act="edit",
        awkward="an edit",
    ),
    # Q3 What do you do against slugs, honestly?
    Move("carl", "Q3", 0.08, "A3 Ducks. #GardenChat", name="ducks", expects=answers(3)),
    Move(
        "carl",
        "Q3",
        0.3,
        "A3b Runner ducks, to be exact. They also eat the strawberries. #GardenChat",
        name="further",
        awkward="a further part of an answer (A3b)",
        expects=answers(3, why="A3b is a further part of the same person's A3"),
    ),
    Move(
        "hugo",
        "Q3",
        0.4,
        "@gardenbot Stop digging! Seriously, slugs lay eggs in loose soil.",
        name="stop-digging",
        reply_to="Q3",
        awkward="“Stop digging!” in an answer",
        expects=answers(
            3, why="a command is a post whose whole text is the command; this is an answer, nothing stopped"
        ),
    ),
    Move(
        "bestseeds",
        "Q3",
        0.5,
        "CHEAP SEEDS best prices https://deals.example/buy #GardenChat #Sale #Seeds #Deal #Win #Free",
        name="spam",
        awkward="a spammer",
        expects=Expected("left_out", why="Rosa left it out, with her reason in the log; it stays on its own network"),
    ),
    Move(
        "finn",
        "Q3",
        0.6,
        "A3 I pick them by hand and carry them to the park. It is graphic, so under a warning: some do not survive.",
        name="warning",
        reply_to="Q3",
        warning="Slugs, and what happens to them",
        awkward="a content warning",
        expects=answers(3, why="it is folded away behind its warning, and never chosen for the digest"),
    ),
    Move(
        "lena",
        "Q3",
        0.7,
        "A3 Beer traps behind the shed on Mill Lane. #GardenChat",
        name="forgotten",
        awkward="a person who then writes “forget me”",
        expects=Expected("absent", why="everything of hers was erased, to the last byte"),
    ),
    Move(
        "layla",
        "Q3",
        0.8,
        "A3 أضع قشور البيض حول الخس، ولكن الحلزون يضحك. #GardenChat",
        name="arabic",
        language="ar",
        awkward="an answer in Arabic, which reads from right to left",
        expects=answers(3, why="it says A3; the page sets its direction"),
    ),
    # Q4 arrives by the host's hand: the server is slow
    Move(
        "dev",
        "Q4",
        0.15,
        "A4 Straw, and last year's duvet cover over the lemon tree. #GardenChat",
        name="duvet",
        expects=answers(4),
    ),
    Move(
        "bea",
        "Q4",
        0.25,
        "A2 Late to that one, sorry: my grandad's dibber! #GardenChat",
        name="other-number",
        reply_to="Q4",
        awkward="an A2 in a reply to Q4",
        expects=answers(2, why="the number outranks the thread: people answer late and reply to what is on the screen"),
    ),
    Move(
        "iris",
        "Q4",
        0.35,
        "@rosa I move the pots into the stairwell and hope nobody minds.",
        name="quiet",
        reply_to="Q4",
        visibility=Visibility.UNLISTED,
        awkward="a quiet public reply",
        expects=Expected("absent", why="quiet public posts are counted, and shown only when their author says yes"),
    ),
    Move(
        "ibrahim",
        "Q4",
        0.4,
        "A4 Fairy lights in the orange tree. Warm, and the neighbours applaud. #GardenChat",
        name="lights",
        expects=answers(4),
    ),
    Move(
        "edie",
        "Q4",
        0.5,
        "A4 Leaf mould, a hand deep. #GardenChat",
        name="no-alt",
        picture="leaves",
        awkward="a picture without a description",
        expects=answers(4, why="the page says that the picture has no description"),
    ),
    Move(
        "gwen",
        "Q4",
        0.6,
        "A4 We wrapped the school's fig in old curtains; it looks like a ghost. #GardenChat",
        name="fig",
        expects=answers(4),
    ),
    Move(
        "lena",
        "Q4",
        0.62,
        "@gardenbot forget me",
        visibility=Visibility.DIRECT,
        act="post",
    ),
    Move(
        "kofi",
        "Q4",
        0.7,
        "A4 Bay leaves in the freezer, rosemary outside. It can take it. #GardenChat",
        name="bay",
        expects=answers(4),
    ),
    # Q5 What did you learn this year from something that failed?
    Move(
        "ana",
        "Q5",
        0.1,
        "A5 That bees do not read planting calendars. #GardenChat",
        name="calendars",
        expects=answers(5),
    ),
    Move("hugo", "Q5", 0.2, "A5 One pumpkin a plant. ONE. #GardenChat", name="one", expects=answers(5)),
    Move("ibrahim", "Q5", 0.25, "@hugo This is wisdom for life.", reply_to="one", name="wisdom", expects=below("one")),
    Move("ana", "Q5", 0.3, act="favourite", reply_to="one"),
    Move("gwen", "Q5", 0.32, act="boost", reply_to="one"),
    Move(
        "dev",
        "Q5",
        0.4,
        "A5 I should not have told my boss about the balcony. #GardenChat",
        name="deleted",
        awkward="a post its author deletes later",
        expects=Expected("absent", why="it left the archive because its author deleted it"),
    ),
    Move(
        "milo",
        "Q5",
        0.5,
        "A5 https://soil.example/worms taught me more about worms than three books did. #GardenChat",
        name="link",
        expects=answers(5),
    ),
    Move(
        "carl", "Q5", 0.6, "Peat is over, whatever the bags say. A5 #GardenChat", name="at-the-end", expects=answers(5)
    ),
    Move(
        "tomas",
        "Q5",
        0.7,
        "A5 Que a paciência também se rega. #GardenChat",
        name="patience",
        language="pt",
        expects=answers(5),
    ),
    # Q6 What will you do first in spring?
    Move("bea", "Q6", 0.1, "A6 Ask all of you again, probably! #GardenChat", name="again", expects=answers(6)),
    Move("dev", "Q6", 0.15, act="delete", reply_to="deleted"),
    Move("layla", "Q6", 0.2, "A6 سأزرع النعناع أولاً. #GardenChat", name="mint", language="ar", expects=answers(6)),
    Move(
        "kofi",
        "Q6",
        0.3,
        "@layla@olive.example Mint first, and then mint everywhere 😄",
        reply_to="mint",
        name="mint-everywhere",
        expects=below("mint"),
    ),
    Move("edie", "Q6", 0.4, "A6 Nothing, for a week. Just look. #GardenChat", name="look", expects=answers(6)),
    Move("ana", "Q6", 0.45, act="favourite", reply_to="look"),
    Move(
        "gwen",
        "Q6",
        0.5,
        "A6 Thirty pupils, thirty sunflower seeds, one watering can. #GardenChat",
        name="thirty",
        expects=answers(6),
    ),
    Move(
        "finn", "Q6", 0.6, "Lovely to read you all tonight. #GardenChat", name="lovely", expects=Expected("also_said")
    ),
    # after the end
    Move(
        "milo",
        "thanks",
        0.5,
        "A2 Catching up on the train: also a really good pair of gloves. #GardenChat",
        name="late",
        awkward="a late answer, after the end",
        expects=answers(2, why="the late window is open; it is marked as late"),
    ),
)

QUESTIONS: tuple[str, ...] = (
    "What is still growing in your garden tonight?",
    "Which tool could you not be without, and why?",
    "What do you do against slugs, honestly?",
    "How do you bring tender plants through the frost?",
    "What did you learn this year from something that failed?",
    "What will you do first in spring?",
)
