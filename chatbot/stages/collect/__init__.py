"""Brings in what people wrote: the union of every route, read again and again, because each of them loses posts.

A pass over a chat reads, on each of its accounts: mentions, our own posts, the timeline of every hashtag, and the
thread under each of our posts and under replies from other servers. A route that fails is written down and stops no
other; failing is never taken for "no posts". Streams only wake a chat up.

    collector   when to read, passes, streams' events      intake   the door into the database
    routes      the ways to posts                          looks    is what is stored still there?
    lookout     what other servers see: a visit to each, what our server fetches of it, what only they show (elsewhere)
"""

from chatbot.stages.collect.collector import Collected, Collector
from chatbot.stages.collect.lookout import Lookout, Place
from chatbot.stages.collect.looks import Verified

__all__ = ["Collected", "Collector", "Lookout", "Place", "Verified"]
