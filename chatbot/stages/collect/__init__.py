"""Brings in what people wrote: the union of every route, read again and again, because each of them loses posts.

A pass over a chat reads, on each of its accounts: mentions, our own posts, the timeline of every hashtag, and the
thread under each of our posts and under replies from other servers. A route that fails is written down and stops no
other; failing is never taken for "no posts". What a stream pushes is stored at once, by the same door; it loses posts
like every other route, and each new connection wakes its chats up.

    collector   when to read, passes                       intake   the door into the database
    arrivals    what a stream pushes, at once              looks    is what is stored still there?
    routes      the ways to posts                          times    what is to be read, or looked at again, now
    deletions   what servers say was deleted               threads  which are to be read next
    favourites  marks posts where a community wants it     suggestions   hashtags written amiss
    lookout     what other servers see: a visit to each, what our server fetches of it, what only they show (elsewhere)
"""

from chatbot.stages.collect.collector import Collected, Collector
from chatbot.stages.collect.favourites import Favours
from chatbot.stages.collect.lookout import Lookout, Place
from chatbot.stages.collect.looks import Verified

__all__ = ["Collected", "Collector", "Favours", "Lookout", "Place", "Verified"]
