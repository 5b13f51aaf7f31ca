"""Reads the bodies of requests: their type, text, forms and JSON; what cannot be read is a problem with a hint."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from email.message import Message
from typing import Any, Final, NoReturn
from urllib.parse import parse_qsl, unquote_plus

from nosograph.rdf.formats import FORM_DATA
from nosograph.web.http.problems import Problem, ProblemError, bad_request

FORM: Final = FORM_DATA.media_type
_MOST_PARAMETERS: Final = 200
_BROKEN_ESCAPE: Final = re.compile(r"%(?![0-9A-Fa-f]{2})")

_SURROGATE: Final = re.compile(r"\\u[dD][89a-fA-F]")
"""The escape of a half of a character; without its other half it is no text (RFC 8259 §8.2)."""


def parse_content_type(value: str) -> tuple[str, str]:
    """Return media type and charset of a Content-Type; a missing one is no type at all (RFC 9110 §8.3)."""
    message = Message()
    message["Content-Type"] = value
    charset = message.get_param("charset", "utf-8")
    return (message.get_content_type() if value else ""), charset if isinstance(charset, str) else charset[2]


def media_type_of(content_type: str, available: Sequence[str]) -> str:
    """Return the media type of a body that is one of those that are understood.

    Raises:
        ProblemError: 415 for another type or charset.
    """
    media_type, charset = parse_content_type(content_type)
    if media_type in available and charset.lower() in ("utf-8", "utf8", "us-ascii"):
        return media_type
    shown = f"is {content_type[:100]!r}" if content_type else "is missing"
    raise ProblemError(
        Problem(
            415,
            f"The Content-Type {shown}.",
            hint=f"Send {' or '.join(available)}, in UTF-8.",
            code="unsupported-media-type",
            fields={"available": list(available)},
            headers={"Accept-Post": ", ".join(available)},
        )
    )


def decode_body(body: bytes) -> str:
    """Return the text of a body.

    Raises:
        ProblemError: 400 where it is not UTF-8.
    """
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise bad_request(
            f"The body is not UTF-8: {error.reason} at byte {error.start + 1}.", "Send it as UTF-8."
        ) from error


def decode_value(text: str, where: str) -> str:
    """Return a value of a form, decoded once, as UTF-8.

    Raises:
        ProblemError: 400 where that cannot be done.
    """
    _check_escapes(text, where)
    try:
        return unquote_plus(text, errors="strict")
    except UnicodeDecodeError as error:
        raise _no_text(where, error) from error


def parse_form(text: str, where: str) -> list[tuple[str, str]]:
    """Return names and values of a form, decoded once, as UTF-8.

    Raises:
        ProblemError: 400 where that cannot be done, or where there are too many.
    """
    _check_escapes(text, where)
    try:
        return parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=_MOST_PARAMETERS)
    except UnicodeDecodeError as error:
        raise _no_text(where, error) from error
    except ValueError as error:
        raise bad_request(f"The {where} has more than {_MOST_PARAMETERS} parameters.", "Send fewer.") from error


def parse_json(text: str, where: str) -> Any:
    """Return the value of a text in JSON (RFC 8259), which has no numbers like NaN.

    Args:
        text: the text.
        where: what it is, in words.

    Raises:
        ProblemError: 400 where it is none, or nested too deeply.
    """
    try:
        value = json.loads(text, parse_constant=_refuse_constant)
        if _SURROGATE.search(text):
            json.dumps(value, ensure_ascii=False).encode()
        return value
    except json.JSONDecodeError as error:
        raise bad_request(
            f"The {where} is not JSON: {error.msg} in line {error.lineno}, column {error.colno}.",
            "Write it as RFC 8259 says; many tools check it.",
            "malformed-json",
            line=error.lineno,
            column=error.colno,
        ) from error
    except (ValueError, RecursionError) as error:
        raise bad_request(
            f"The {where} is JSON that is not read: a number that is none or too long, half a character, or too many "
            "levels.",
            "Send what the description of the interface at /openapi.json says.",
            "malformed-json",
        ) from error


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(name)


def _check_escapes(text: str, where: str) -> None:
    broken = _BROKEN_ESCAPE.search(text)
    if broken:
        raise bad_request(
            f"The {where} has a percent sign at character {broken.start() + 1} that two hexadecimal digits do not "
            "follow.",
            "Percent-encode every parameter once.",
        )


def _no_text(where: str, error: UnicodeDecodeError) -> ProblemError:
    return bad_request(
        f"The {where} is not UTF-8 after percent-decoding: {error.reason}.", "Percent-encode the UTF-8 bytes."
    )
