"""Pages of questions without a server: what they ask the store, and on whose behalf."""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
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


def without_ready_answers(release: Release, folder: Path) -> Path:
    """Return a copy of the folder of a release in which no question is answered yet."""
    copy = folder / release.version
    shutil.copytree(release.folder, copy, copy_function=os.link)
    shutil.rmtree(Release(copy, release.manifest).answers_folder)
    return copy


def test_a_question_is_not_answered_for_a_client_that_has_gone(release: Release, tmp_path: Path) -> None:
    """The store can tell that nobody waits for a question's page, and stops its query then."""
    store = AskingStore()
    folder = without_ready_answers(release, tmp_path)
    app, _ = create_bare_application(Release(folder, release.manifest), Settings(), store)  # type: ignore[arg-type]

    Client(app.wsgi_app).get("/questions/01-all-subtypes", environ_overrides={GONE: lambda: True})

    assert store.told == [True]


def test_a_question_about_the_present_is_asked_each_time(release: Release, tmp_path: Path) -> None:
    """An answer that depends on the moment is no part of the release, so its page is not kept, here or elsewhere."""
    folder = without_ready_answers(release, tmp_path)
    name, text = "questions/01-all-subtypes.rq", b"# Question: What time is it?\nSELECT (STRUUID() AS ?now) {}\n"
    (folder / name).unlink()
    (folder / name).write_bytes(text)
    files = release.manifest.files
    file = replace(files[name], size=len(text), sha256=hashlib.sha256(text).hexdigest())
    manifest = replace(release.manifest, files={**files, name: file})
    app, context = create_bare_application(Release(folder, manifest), Settings())
    with contextlib.closing(context.store):
        first, second = (Client(app.wsgi_app).get("/questions/01-all-subtypes") for _ in range(2))

    assert (first.status_code, first.headers["Cache-Control"]) == (200, "no-store")
    assert first.data != second.data
