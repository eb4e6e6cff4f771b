"""The people of a night: they answer all the while, in public and in private, here and on another server."""

from __future__ import annotations

import random
import threading

from tests.servers import Member, Post, Server

SECRET = "for-your-eyes-only"  # in every private post: no byte of it may ever be stored or published
_WORDS = ("compost", "beans", "slugs", "spade", "frost", "seedlings", "mulch", "rhubarb", "terrace", "watering")


class Folk:
    """Talks until `ended`; `said` are the public posts, in order."""

    def __init__(self, home: Server, far: Server, bot: Member, chance: random.Random) -> None:
        self.bot, self._chance = bot, chance
        self._people = [home.member("ada"), home.member("ben"), far.member("dora"), far.member("emil")]
        self._far = far
        self._tagged_alone = home.personality.tag_timeline == "all"
        self.said: list[Post] = []
        self.deleted: list[Post] = []
        self.ended = threading.Event()
        self._thread = threading.Thread(target=self._talk, name="folk", daemon=True)

    def __enter__(self) -> Folk:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.fall_silent()

    def fall_silent(self) -> None:
        """Let the last one finish, and nobody begin."""
        self.ended.set()
        self._thread.join()

    def _talk(self) -> None:
        number = 0
        while not self.ended.wait(self._chance.uniform(0.1, 0.6)):
            number += 1
            self._do(number, self._chance.choice(self._people))

    def _do(self, number: int, who: Member) -> None:
        questions = [post for post in self.bot.server.posts_of(self.bot) if post.text.startswith("Q")]
        words = " ".join(self._chance.choices(_WORDS, k=6))
        kind = self._chance.random()
        if kind < 0.1:
            who.says(f"@{self.bot.handle} {SECRET} {number}", visibility=self._chance.choice(["direct", "private"]))
        elif kind < 0.15 and len(self.said) > 3:
            self._take_back(self._chance.choice(self.said[-4:]))
        elif questions:
            self._answers(number, who, self._chance.choice(questions[-2:]), words)

    def _answers(self, number: int, who: Member, question: Post, words: str) -> None:
        if self._tagged_alone and self._chance.random() < 0.4:
            self.said.append(who.says(f"A{len(self.said) % 6 + 1} {words} {number} #GardenChat"))
        else:
            self.said.append(who.says(f"@{self.bot.handle} {words} {number}", reply_to=question))

    def _take_back(self, post: Post) -> None:
        if post in self.deleted:
            return
        if self._chance.random() < 0.5:
            post.author.edits(post, f"{post.text} (edited)")
        else:
            post.author.deletes(post)
            self.deleted.append(post)
