"""Brings what is in the outbox to the network, each cue exactly once, as far as that can be known.

A `Lane` is the one worker of one account; `step()` does one thing and says what, or None when nothing is to be done.

    lane.py        the order of the work
    queue.py       a chat's rows on one account, and whose turn it is
    sending.py     look, claim, wait for the instant, send
    outcomes.py    what became of it, written down
    parents.py     which post of ours a reply goes under
    looking.py     an outcome that is not known is settled by looking; doubles are deleted
    adopting.py    a question that a host asked by hand is not asked again
    by_address.py  the same, when a host names the post
    telling.py     a line of the log for each step
    steady.py      since when the clock can be believed

What a host has to know is left in the audit log, with the row's id as detail:

    late-asks     a late post waits for the host's word (row: waiting, reason late-asks)
    no-room       a question has no room before the end any more (row: waiting, reason no-room)
    went-ahead    the next cue went out although this one is still unknown
    skipped, failed, unknown, unsettled                  as the row's state and reason say
    found         a post thought lost was there
    adopted       a host's own post counts as the question
    parent-gone   the post to reply to is not there; this one goes under the next best, or stands alone
    no-picture    the picture was not ready in time; this one goes out without it
    refused       the server does not let the account post: the token or the account has to be mended
    quieted       the server made a public post quiet public: the account may be limited
    double-deleted, double-left                          the same post was there twice
"""

from chatbot.stages.deliver.desk import Done, Mail
from chatbot.stages.deliver.lane import Lane

__all__ = ["Done", "Lane", "Mail"]
