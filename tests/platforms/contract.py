"""What every platform must do, told once: each adapter and fake runs these same tests.

A test module makes a class of its own below `PlatformContract` and gives it a `world`.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Protocol

import pytest

from chatbot.core import text
from chatbot.core.delivery import matching
from chatbot.core.model import Draft, Post, Visibility
from chatbot.core.value import replace
from chatbot.platforms.errors import Rejected
from chatbot.platforms.port import Deleting, Editing, Found, Gone, Platform, PostRef, Resolving, Unsure


class World(Protocol):
    """A network with a bot on it, and a person who talks."""

    bot: Platform

    def says(
        self, words: str, *, reply_to: PostRef | None = None, visibility: Visibility = Visibility.PUBLIC
    ) -> PostRef:
        """Let Ana post; `@bot` in her words becomes the bot's handle as she writes it."""
        ...

    def ana(self) -> str:
        """Ana's handle, `user@host`."""
        ...

    def now(self) -> datetime:
        """The network's time."""
        ...


DRAFTS = (
    Draft("Q1 What's \u201cgood\u201d compost & what <isn't>? #GardenChat"),
    Draft("Welcome!\n\nTonight: slugs.\nAnswer with A1, A2 \u2026 #GardenChat #Slugs"),
    Draft("Q1 Read https://garden.example/a/very/long/page?of=winter&more=1#gardens first #GardenChat"),
    Draft("Q1 With @ana: what grows? #GardenChat"),
    Draft("Q1 Schnecken \U0001f40c\ufe0f, \u00bfcaracoles? #G\u00e4rten", warning="slugs & snails", language="de"),
    Draft("@ana Paused.", Visibility.DIRECT),
    Draft("Tonight so far: Q1 https://garden.example/1 Q2 https://garden.example/2", Visibility.UNLISTED),
)


def words(post: Post) -> str:
    return text.plain(post.spans)


class PlatformContract:
    @pytest.fixture
    def bot(self, world: World) -> Platform:
        return world.bot

    @pytest.fixture
    def an_hour_ago(self, world: World) -> datetime:
        return world.now() - timedelta(hours=1)

    def test_it_knows_who_it_is(self, bot: Platform) -> None:
        me = bot.me()

        assert "@" in me.handle
        assert me.uri.startswith("http")

    def test_what_it_publishes_is_among_its_own_posts_newest_first(self, bot: Platform) -> None:
        first = bot.publish(Draft("Welcome #GardenChat"), "chat/welcome")
        second = bot.publish(Draft("Q1 What grows? #GardenChat"), "chat/question/q1/1")

        found = list(bot.own_posts())

        assert [second.local_id, first.local_id] == [post.local_id for post in found]
        assert words(found[0]).lower() == "q1 what grows? #gardenchat"
        assert {bot.me().uri} == {post.author.uri for post in found}

    @pytest.mark.parametrize("draft", DRAFTS, ids=lambda draft: draft.text[:12])
    def test_what_it_posted_is_known_again_in_what_the_server_gives_back(
        self, bot: Platform, world: World, draft: Draft
    ) -> None:
        draft = replace(draft, text=draft.text.replace("@ana", f"@{world.ana()}"))
        bot.publish(Draft("Q0 Something before? #GardenChat"), "q0")
        ref = bot.publish(draft, "q1")
        bot.publish(replace(draft, text=f"{draft.text} 2"), "q2")

        assert [ref.local_id] == [post.local_id for post in matching.same(bot.own_posts(), draft)]

    def test_a_reply_is_known_again_by_its_place_too(self, bot: Platform) -> None:
        welcome = bot.publish(Draft("Welcome #GardenChat"), "welcome")
        thanks = Draft("Thank you! #GardenChat", reply_to=welcome.local_id)
        ref = bot.publish(thanks, "thanks")

        assert [ref.local_id] == [post.local_id for post in matching.same(bot.own_posts(), thanks)]
        assert not matching.same(bot.own_posts(), replace(thanks, reply_to="987654321987"))

    def test_an_edited_post_is_known_again_by_its_new_words(self, bot: Platform) -> None:
        assert isinstance(bot, Editing)
        ref = bot.publish(Draft("Q1 What growz? #GardenChat"), "q1")
        better = Draft("Q1 What grows? #GardenChat https://garden.example/winter")
        bot.edit(ref, better)

        assert [ref.local_id] == [post.local_id for post in matching.same(bot.own_posts(), better)]

    def test_a_tag_that_an_edit_adds_brings_the_post_into_its_timeline(
        self, bot: Platform, an_hour_ago: datetime
    ) -> None:
        assert isinstance(bot, Editing)
        ref = bot.publish(Draft("Q1 What grows?"), "q1")
        bot.publish(Draft("Q2 What ate it? #GardenChat"), "q2")
        bot.edit(ref, Draft("Q1 What grows? #GardenChat"))

        assert ref.local_id in [post.local_id for post in bot.tag_timeline("GardenChat", an_hour_ago)]

    def test_a_ref_says_where_the_post_is_and_who_may_see_it(self, bot: Platform) -> None:
        ref = bot.publish(Draft("Tonight so far", Visibility.UNLISTED), "chat/so-far")

        assert (ref.server, ref.visibility) == (bot.server, Visibility.UNLISTED)
        assert ref.uri.startswith("http")
        assert ref.at is not None
        assert ref.at.tzinfo is not None

    def test_private_posts_are_among_its_own_posts(self, bot: Platform, world: World) -> None:
        ref = bot.publish(Draft(f"@{world.ana()} Paused.", Visibility.DIRECT), "reply/1")

        assert [(ref.local_id, Visibility.DIRECT)] == [(p.local_id, p.visibility) for p in bot.own_posts()]

    def test_own_posts_go_back_to_the_one_that_is_known_and_no_further(self, bot: Platform) -> None:
        refs = [bot.publish(Draft(f"post {number}"), f"key/{number}") for number in range(4)]

        assert [refs[3].local_id, refs[2].local_id] == [post.local_id for post in bot.own_posts(after=refs[2])]

    def test_a_reply_names_its_parent(self, bot: Platform, world: World) -> None:
        question = bot.publish(Draft("Q1 What grows? #GardenChat"), "q1")
        answer = world.says("A1 Leeks #GardenChat", reply_to=question)

        (found,) = bot.thread(question)

        assert (answer.uri, question.local_id) == (found.uri, found.parent_local_id)

    def test_a_thread_holds_replies_to_replies(self, bot: Platform, world: World) -> None:
        question = bot.publish(Draft("Q1 What grows? #GardenChat"), "q1")
        answer = world.says("A1 Leeks", reply_to=question)
        talk = world.says("And garlic", reply_to=answer)

        assert {answer.local_id, talk.local_id} == {post.local_id for post in bot.thread(question)}

    def test_a_thread_holds_quiet_and_private_replies_and_says_which_is_which(
        self, bot: Platform, world: World
    ) -> None:
        question = bot.publish(Draft("Q1 What grows? #GardenChat"), "q1")
        quiet = world.says("A1 Leeks", reply_to=question, visibility=Visibility.UNLISTED)
        private = world.says("@bot stop", reply_to=quiet, visibility=Visibility.DIRECT)

        found = {post.local_id: (post.parent_local_id, post.visibility) for post in bot.thread(question)}

        assert {
            quiet.local_id: (question.local_id, Visibility.UNLISTED),
            private.local_id: (quiet.local_id, Visibility.DIRECT),
        } == found

    def test_public_posts_with_the_tag_are_in_its_timeline(
        self, bot: Platform, world: World, an_hour_ago: datetime
    ) -> None:
        tagged = world.says("@bot Slugs again #GardenChat")  # some servers show who mentions one, and nobody else
        world.says("@bot Slugs again, no tag")
        world.says("@bot Slugs, quietly #GardenChat", visibility=Visibility.UNLISTED)

        (found,) = bot.tag_timeline("GardenChat", an_hour_ago)

        assert (tagged.uri, ("gardenchat",)) == (found.uri, found.hashtags)

    def test_a_tag_nobody_used_is_an_empty_timeline(self, bot: Platform, an_hour_ago: datetime) -> None:
        assert list(bot.tag_timeline("NobodyEverSaidThis", an_hour_ago)) == []

    def test_mentions_hold_public_and_private_posts(self, bot: Platform, world: World, an_hour_ago: datetime) -> None:
        public = world.says("@bot A1 Leeks")
        private = world.says("@bot stop", visibility=Visibility.DIRECT)
        world.says("nobody in particular")

        found = {post.local_id: post for post in bot.mentions(an_hour_ago)}

        assert {public.local_id, private.local_id} == set(found)
        assert found[private.local_id].visibility is Visibility.DIRECT
        assert bot.me().handle in [mention.handle for mention in found[public.local_id].mentions]

    def test_a_persons_public_posts_can_be_read(self, bot: Platform, world: World, an_hour_ago: datetime) -> None:
        public = world.says("Q4 by hand #GardenChat")
        world.says("@bot pause", visibility=Visibility.DIRECT)

        assert [public.uri] == [post.uri for post in bot.posts_of(world.ana(), an_hour_ago)]

    def test_an_author_has_a_full_handle_and_an_identity(self, bot: Platform, world: World) -> None:
        ref = world.says("A1 Leeks #GardenChat")

        found = bot.look_up([ref])[ref.local_id]

        assert isinstance(found, Found)
        assert world.ana() == found.post.author.handle
        assert found.post.author.uri.startswith("http")

    def test_posts_that_are_there_are_found_and_deleted_ones_are_gone(self, bot: Platform, world: World) -> None:
        kept, lost = bot.publish(Draft("kept"), "k"), bot.publish(Draft("lost"), "l")
        assert isinstance(bot, Deleting)
        bot.delete(lost)

        found = bot.look_up([kept, lost])

        assert isinstance(found[kept.local_id], Found)
        assert found[lost.local_id] == Gone()

    def test_a_post_seen_on_another_server_is_not_called_gone(self, bot: Platform) -> None:
        elsewhere = PostRef("elsewhere.test", "77", "https://elsewhere.test/77", "https://elsewhere.test/77")

        assert isinstance(bot.look_up([elsewhere])["77"], Unsure)

    def test_deleting_twice_is_deleting(self, bot: Platform) -> None:
        assert isinstance(bot, Deleting)
        ref = bot.publish(Draft("twice"), "t")

        bot.delete(ref)
        bot.delete(ref)

        assert list(bot.own_posts()) == []

    def test_an_edit_keeps_the_post_and_changes_its_words(self, bot: Platform) -> None:
        assert isinstance(bot, Editing)
        ref = bot.publish(Draft("Tonight so far: Q1", Visibility.UNLISTED, warning="long"), "so-far")

        bot.edit(ref, Draft("Tonight so far: Q1, Q2", Visibility.UNLISTED))
        (found,) = bot.own_posts()

        assert (ref.local_id, "Tonight so far: Q1, Q2") == (found.local_id, words(found))
        assert (found.visibility, found.warning) == (Visibility.UNLISTED, "long")
        assert found.edited_at is not None

    def test_a_reply_to_a_post_that_is_gone_is_refused(self, bot: Platform) -> None:
        with pytest.raises(Rejected):
            bot.publish(Draft("Thanks!", reply_to="987654321987"), "thanks")

        assert list(bot.own_posts()) == []

    def test_a_warning_and_the_language_go_along(self, bot: Platform) -> None:
        bot.publish(Draft("Q2 Perguntas?", warning="slugs", language="pt"), "q2")

        (found,) = bot.own_posts()

        assert (found.warning, found.language) == ("slugs", "pt")

    def test_a_copied_address_leads_to_the_post(self, bot: Platform, world: World) -> None:
        assert isinstance(bot, Resolving)
        ref = world.says("A1 Leeks #GardenChat")

        assert [ref.uri, ref.uri] == [post and post.uri for post in (bot.resolve(ref.url), bot.resolve(ref.uri))]

    @pytest.mark.parametrize("address", ["", "leeks", "javascript:alert(1)", "https://", "https://a b/", "ftp://a/1"])
    def test_what_is_no_address_leads_nowhere(self, bot: Platform, address: str) -> None:
        assert isinstance(bot, Resolving)
        assert bot.resolve(address) is None

    def test_it_says_what_it_allows(self, bot: Platform) -> None:
        assert bot.limits.characters >= 300
        assert bot.limits.look_up_at_once >= 1

    def test_looking_up_nothing_asks_nothing(self, bot: Platform) -> None:
        assert bot.look_up([]) == {}

    def test_many_posts_can_be_looked_up(self, bot: Platform) -> None:
        refs = [bot.publish(Draft(f"post {number}"), f"key/{number}") for number in range(25)]

        found = bot.look_up(refs)

        assert {ref.local_id for ref in refs} == set(found)
        assert not [state for state in found.values() if isinstance(state, Unsure | Gone)]
