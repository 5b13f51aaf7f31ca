"""Fixtures of the browser tests: a headless Chromium against the real server."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from headless import chromium
from watched_page import Watched


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Return a headless Chromium, started once for the tests of a module."""
    with chromium() as started:
        yield started


@pytest.fixture
def open_page(browser: Any) -> Iterator[Callable[..., Watched]]:
    """Return a function that opens a new page, with the options of a browser context."""
    contexts = []

    def open_one(**options: Any) -> Watched:
        context = browser.new_context(**options)
        contexts.append(context)
        watched = Watched(context.new_page())
        page = watched.page
        page.set_default_timeout(15_000)
        page.on("console", lambda message: watched.errors.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: watched.errors.append(str(error)))
        page.on("request", lambda request: watched.requests.append(request.url))

        def dismiss(dialog: Any) -> None:
            watched.dialogs.append(dialog.message)
            dialog.dismiss()

        page.on("dialog", dismiss)
        return watched

    yield open_one
    for context in contexts:
        context.close()
