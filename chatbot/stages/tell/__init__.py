"""Tells hosts what they have to know, each at most once an incident: by private message, e-mail and notification.

teller.py      finds what is due to be told and puts it into the outbox
mail.py        hands a letter to a mail server; the outbox's lane "email" drives it
notifier.py    hands a notice to phones and chat rooms; the lane "notify" drives it
apprising.py   the process of its own in which Apprise does that
heartbeat.py   tells somebody else every minute that all is well
"""

from chatbot.stages.tell.heartbeat import Heartbeat
from chatbot.stages.tell.mail import MailSender
from chatbot.stages.tell.notifier import Notifier
from chatbot.stages.tell.teller import Teller, Ways

__all__ = ["Heartbeat", "MailSender", "Notifier", "Teller", "Ways"]
