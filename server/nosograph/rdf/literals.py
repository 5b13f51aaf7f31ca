"""Keeps rdflib quiet about ill-typed literals: whoever reads them tells of them as errors or findings."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

_LOGGER = logging.getLogger("rdflib.term")


@contextmanager
def conversions_unlogged() -> Iterator[None]:
    """Keep rdflib from logging a traceback for a literal that is no value of its datatype."""

    def is_no_conversion(record: logging.LogRecord) -> bool:
        return not record.getMessage().startswith("Failed to convert Literal")

    _LOGGER.addFilter(is_no_conversion)
    try:
        yield
    finally:
        _LOGGER.removeFilter(is_no_conversion)
