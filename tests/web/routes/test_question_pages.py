"""Pages of questions without a server: what they ask the store, and on whose behalf."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from werkzeug.test import Client

from nosograph.errors import StoreError
from nosograph.release.opening import Release
from nosograph.settings import Settings
from nosograph.store.interface import Query, never
from nosograph.web.application import create_bare_application
from nosograph.web.server.observation import GONE


class AskingStore:
    """A store that answers nothing, and asks whether somebody still waits."""

    def __init__(self) -> None:
        self.told: list[bool] = []

    def answer(self, query: Query, *, gone: Callable[[], bool] = never) -> Any:
        """Note what the store is told of the client."""
        self.told.append(gone())
        raise StoreError("Nothing is answered here.")


def test_a_question_is_not_answered_for_a_client_that_has_gone(release: Release) -> None:
    """The store can tell that nobody waits for a question's page, and stops its query then."""
    store = AskingStore()
    app, _ = create_bare_application(release, Settings(), store)  # type: ignore[arg-type]

    Client(app.wsgi_app).get("/questions/01-all-subtypes", environ_overrides={GONE: lambda: True})

    assert store.told == [True]
