"""The second half of the script: a question asked by hand, a goodbye for ever, and a late answer."""

from __future__ import annotations

from chatbot.core.model import Visibility
from chatbot.demo.moves import Expected, Move, answers, below

SECOND_HALF: tuple[Move, ...] = (
    # Q4 arrives by the host's hand: the server is slow
    Move("rosa", "Q4", 0.05, act="leave out", reply_to="spam"),
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
