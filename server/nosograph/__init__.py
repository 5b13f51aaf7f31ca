"""Publish facts about medical conditions as linked data in which every statement carries its evidence.

The names below are the public interface; each is imported when it is first used, so ``import nosograph`` loads nothing
else, and a process that asks queries loads no web framework. ``docs/library.md`` shows each in use.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from nosograph.api.building import build_release
    from nosograph.api.connections import FactRole, ReleaseConnection, ResourceFacts, connect
    from nosograph.api.curated import load, validate
    from nosograph.api.examining import examine
    from nosograph.api.mirroring import pull
    from nosograph.api.queries import QueryResult, query
    from nosograph.api.releases import (
        ResourceFound,
        ResourceStatement,
        compare,
        index,
        list_releases,
        look_up,
        open_release,
        verify,
    )
    from nosograph.api.serving import application
    from nosograph.comparison.differences import Comparison
    from nosograph.distribution.pulling import PullReport
    from nosograph.doctor.examining import ExaminationReport
    from nosograph.errors import NosographError
    from nosograph.facts.knowledge import KnowledgeGraph
    from nosograph.release.derived import DerivedRecord
    from nosograph.release.ledger import LedgerEntry
    from nosograph.release.opening import Release
    from nosograph.release.verifying import Verification
    from nosograph.validation.report import Report

__version__ = "0.1.0"

__all__ = [
    "Comparison",
    "DerivedRecord",
    "ExaminationReport",
    "FactRole",
    "KnowledgeGraph",
    "LedgerEntry",
    "NosographError",
    "PullReport",
    "QueryResult",
    "Release",
    "ReleaseConnection",
    "Report",
    "ResourceFacts",
    "ResourceFound",
    "ResourceStatement",
    "Verification",
    "application",
    "build_release",
    "compare",
    "connect",
    "examine",
    "index",
    "list_releases",
    "load",
    "look_up",
    "open_release",
    "pull",
    "query",
    "validate",
    "verify",
]

_MODULES = {
    "Comparison": "comparison.differences",
    "DerivedRecord": "release.derived",
    "ExaminationReport": "doctor.examining",
    "FactRole": "api.connections",
    "KnowledgeGraph": "facts.knowledge",
    "LedgerEntry": "release.ledger",
    "NosographError": "errors",
    "PullReport": "distribution.pulling",
    "QueryResult": "api.queries",
    "Release": "release.opening",
    "ReleaseConnection": "api.connections",
    "Report": "validation.report",
    "ResourceFacts": "api.connections",
    "ResourceFound": "api.releases",
    "ResourceStatement": "api.releases",
    "Verification": "release.verifying",
    "application": "api.serving",
    "build_release": "api.building",
    "compare": "api.releases",
    "connect": "api.connections",
    "examine": "api.examining",
    "index": "api.releases",
    "list_releases": "api.releases",
    "load": "api.curated",
    "look_up": "api.releases",
    "open_release": "api.releases",
    "pull": "api.mirroring",
    "query": "api.queries",
    "validate": "api.curated",
    "verify": "api.releases",
}
"""Public name → module of the package that has it."""


def __getattr__(name: str) -> Any:
    """Return a public name, imported from its module (PEP 562)."""
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(f"{__name__}.{_MODULES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """Return the public names, as ``dir(nosograph)`` lists them."""
    return ["__version__", *__all__]
