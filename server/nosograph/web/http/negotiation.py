"""Content negotiation as pure functions: header values in, a choice out (RFC 9110 §12.5).

Nothing here knows of a request object, so every rule can be tested without a server.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from nosograph.rdf.formats import DATASET_FORMATS, JSON_LD, RDF_FORMATS, Format

_NAME: Final = r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+"
_QUOTED: Final = r'"(?:[^"\\]|\\.)*"'
# Possessive quantifiers, and a quote that is never closed takes the rest: no header is read more than a few times.
_ELEMENT = re.compile(rf'(?:{_QUOTED}|".*+|[^,"]++)++', re.DOTALL)
_RANGE = re.compile(rf"\s*(?:({_NAME})/({_NAME})|\*)\s*(?=;|\Z)")
_PARAMETER = re.compile(rf"\s*+;\s*+(?:({_NAME})\s*+=\s*+({_NAME}|{_QUOTED})\s*+)?+(?=;|\Z)")
_CODING = re.compile(rf"\s*+({_NAME})\s*+(?:;\s*+[qQ]\s*+=\s*+([0-9.]++)\s*+)?+\Z")
_WEIGHT = re.compile(r"(?:0?\.[0-9]+|0\.?|1(?:\.0*)?)\Z")

_REMEMBERED: Final = 1024
"""Characters of an Accept header whose choice is remembered."""

_COMPACTED: Final = "http://www.w3.org/ns/json-ld#compacted"


class MalformedHeader(ValueError):
    """A header field holds nothing that can be understood; ``field`` and ``value`` say which and what."""

    def __init__(self, field: str, value: str) -> None:
        super().__init__(f"The header {field} cannot be understood: {value!r}.")
        self.field = field
        self.value = value


@dataclass(frozen=True)
class MediaRange:
    """One element of an Accept header (RFC 9110 §12.5.1).

    Attributes:
        type: main type in lower case, or ``*``.
        subtype: subtype in lower case, or ``*``.
        parameters: parameters other than the weight, names in lower case.
        quality: the weight, from 0 to 1; 0 means not acceptable.
    """

    type: str
    subtype: str
    parameters: tuple[tuple[str, str], ...] = ()
    quality: float = 1.0


@dataclass(frozen=True)
class Choice:
    """What negotiation chose.

    Attributes:
        format: the format to answer in.
        media_type: the media type that the client named for it: the format's own or one of its aliases.
    """

    format: Format
    media_type: str

    @property
    def content_type(self) -> str:
        """Return the Content-Type value under the name that the client knows the format by.

        A ``text`` type is US-ASCII to many readers where it names no charset (RFC 2046 §4.1.2).
        """
        named = self.format.charset or self.media_type.startswith("text/")
        return f"{self.media_type};charset=utf-8" if named else self.media_type


def parse_accept(value: str) -> tuple[MediaRange, ...]:
    """Return the media ranges of an Accept header; several header fields come joined by commas (RFC 9110 §5.3).

    Empty elements are skipped (§5.6.1.2) and so are elements that are not media ranges, as long as one can be
    understood. A lone ``*`` is read as ``*/*``, as old clients send it. ``q`` is found wherever it stands (§12.5.1).

    Raises:
        MalformedHeader: the header is not empty and no element of it is a media range.
    """
    elements = [element for element in _ELEMENT.findall(value) if element.strip()]
    ranges = tuple(found for element in elements if (found := _parse_range(element)) is not None)
    if elements and not ranges:
        raise MalformedHeader("Accept", value)
    return ranges


def choose(
    accept: str | None, formats: Sequence[Format], aliases: Mapping[str, Sequence[str]] | None = None
) -> Choice | None:
    """Return the format that fits an Accept header best, or None when none is acceptable.

    The highest weight wins; among equals a format that the client named wins over one that a wildcard lets in, and
    then the order of ``formats`` decides. A missing or empty header accepts everything (RFC 9110 §12.5.1).

    Args:
        accept: the header's value, or None when there is none.
        formats: what there is, in the server's order of preference.
        aliases: more media types by the name of a format, for this negotiation alone.

    Raises:
        MalformedHeader: nothing in the header can be understood.
    """
    more = tuple((name, tuple(types)) for name, types in aliases.items()) if aliases else ()
    return (_remembered if len(accept or "") <= _REMEMBERED else _chosen)(accept, tuple(formats), more)


def _chosen(
    accept: str | None, formats: tuple[Format, ...], aliases: tuple[tuple[str, tuple[str, ...]], ...]
) -> Choice | None:
    return _choose(parse_accept(accept) if accept is not None else (), formats, dict(aliases))


_remembered: Final = lru_cache(maxsize=1024)(_chosen)
"""Clients send the few headers that their software sends, and weighing each format takes longer than a look-up."""


def choose_document(
    accept: str | None, formats: Sequence[Format], aliases: Mapping[str, Sequence[str]] | None = None
) -> Choice | None:
    """Return the format of a document about a resource: as ``choose``, but triples where the client names any.

    A document of named graphs looks empty to the many clients that read the default graph alone, and those ask for
    quads first, because they read any format into one model.
    """
    choice = choose(accept, formats, aliases)
    if choice is None or choice.format not in DATASET_FORMATS:
        return choice
    named = [range for range in parse_accept(accept or "") if range.subtype != "*"]
    triples = [format for format in formats if format in RDF_FORMATS and format not in DATASET_FORMATS]
    return _choose(named, triples, aliases or {}) or choice


def _choose(
    ranges: Sequence[MediaRange], formats: Sequence[Format], aliases: Mapping[str, Sequence[str]]
) -> Choice | None:
    if not ranges:
        return Choice(formats[0], formats[0].media_type) if formats else None
    best: tuple[float, int] = (0.0, 0)
    chosen: Choice | None = None
    for format in formats:
        same = (format.media_type, *format.aliases, *aliases.get(format.name, ()))
        for media_type in (*same, *format.accepted_for):
            weight = _weigh(media_type, ranges, named_only=media_type != format.media_type)
            if weight is not None and weight[0] > 0 and weight > best:
                best, chosen = weight, Choice(format, media_type if media_type in same else format.media_type)
    return chosen


def choose_coding(value: str | None, available: Sequence[str]) -> str | None:
    """Return the content coding to use: one of ``available``, ``identity``, or None when nothing is acceptable.

    Without a header the answer is ``identity``: RFC 9110 §12.5.3 would allow any coding, but such a client has
    not said that it can decode one. Among equal weights the order of ``available`` decides.
    """
    if value is None:
        return "identity"
    weights: dict[str, float] = {}
    for element in value.split(","):
        match = _CODING.match(element)
        if match and (match[2] is None or _WEIGHT.match(match[2])):
            name = match[1].lower()
            weights["gzip" if name == "x-gzip" else name] = float(match[2]) if match[2] else 1.0
    others = weights.get("*")
    identity = weights.get("identity", 0.0 if others == 0.0 else None)
    best, chosen = 0.0, None
    for coding in available:
        weight = weights.get(coding, others or 0.0)
        if weight > best:
            best, chosen = weight, coding
    if chosen is not None and (identity is None or best >= identity):
        return chosen
    return None if identity == 0.0 else "identity"


def _parse_range(element: str) -> MediaRange | None:
    match = _RANGE.match(element)
    if match is None:
        return None
    type, subtype = (match[1] or "*").lower(), (match[2] or "*").lower()
    if type == "*" and subtype != "*":
        return None
    parameters: list[tuple[str, str]] = []
    quality = 1.0
    position = match.end()
    while position < len(element):
        parameter = _PARAMETER.match(element, position)
        if parameter is None:
            return None
        position = parameter.end()
        if parameter[1] is None:
            continue
        name, value = parameter[1].lower(), _unquote(parameter[2])
        if name != "q":
            parameters.append((name, value))
        elif _WEIGHT.match(value):
            quality = float(value)
        else:
            return None
    return MediaRange(type, subtype, tuple(parameters), quality)


def _unquote(value: str) -> str:
    return re.sub(r"\\(.)", r"\1", value[1:-1]) if value.startswith('"') else value


def _weigh(media_type: str, ranges: Sequence[MediaRange], *, named_only: bool) -> tuple[float, int] | None:
    """Return the weight of the most specific matching range, and how specific it is (0 to 2), or None.

    An alias counts only where the client names it: a wildcard stands for the format's own media type.
    """
    best: tuple[int, float] | None = None
    for range in ranges:
        specificity = _match(media_type, range)
        if specificity is None or (named_only and specificity < 2):
            continue
        if best is None or (specificity, range.quality) > best:
            best = (specificity, range.quality)
    return None if best is None else (best[1], min(best[0], 2))


def _match(media_type: str, range: MediaRange) -> int | None:
    """Return how specific a match is: 0 for ``*/*``, 1 for ``type/*``, 2 and more for the type with parameters."""
    type, subtype = media_type.split("/")
    if range.type not in ("*", type) or range.subtype not in ("*", subtype):
        return None
    specificity = (range.type != "*") + (range.subtype != "*")
    for name, value in range.parameters:
        if name == "charset" and value.lower() in ("utf-8", "utf8"):
            specificity += 1
        elif name == "profile" and media_type == JSON_LD.media_type:
            specificity += _COMPACTED in value.split()  # other profiles are wishes that may be ignored (RFC 6906 §3.1)
        else:
            return None
    return specificity
