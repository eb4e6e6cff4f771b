"""An optional ability: networks on which requests are counted, so that people can see what is left of them."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

from chatbot.core.delivery.budget import Allowance


@runtime_checkable
class Budgeted(Protocol):
    """A network, or a view of another server, that counts its requests."""

    def allowance(self) -> Allowance:
        """Return what is left just now; asks nobody."""
        ...
