"""The files of releases: whole or in parts, with digests; versioned addresses never change, ``latest`` does."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Generator, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

from flask import Blueprint, Response, request
from werkzeug.http import http_date

from nosograph.errors import ReleaseError
from nosograph.rdf.formats import HTML, JSON, JSON_LD, N_QUADS, PLAIN_TEXT, RDF_FORMATS, TURTLE
from nosograph.release.digests import check_checksums, check_file, known_digest
from nosograph.release.manifest import read_manifest
from nosograph.release.names import (
    CANONICAL_DUMP,
    CHECKSUMS_NAME,
    COMPRESSIONS,
    FACTS_PARQUET,
    MANIFEST_NAME,
    SIGNATURE_NAME,
    TOMBSTONE_NAME,
    dump_name,
    graphs_of_file,
)
from nosograph.release.opening import Release
from nosograph.web.html.structured_data import publisher_iri
from nosograph.web.http import links, negotiation
from nosograph.web.http.delivery import IMMUTABLE, REVALIDATED, SHORT, midnight
from nosograph.web.http.preconditions import (
    ByteRange,
    RangeNotSatisfiable,
    parse_ranges,
    precondition_status,
    range_holds,
)
from nosograph.web.http.problems import Problem, ProblemError, not_acceptable, not_found
from nosograph.web.http.replies import FileContent
from nosograph.web.routes.context import current, own_address
from nosograph.web.routes.parameters import answers

blueprint = Blueprint("dumps", __name__)

_CHUNK: Final = 64 * 1024
_CATALOG_FILES: Final = {TURTLE.name: "dcat.ttl", JSON_LD.name: "dcat.jsonld", JSON.name: MANIFEST_NAME}
_CATALOG_FORMATS: Final = (JSON, HTML, TURTLE, JSON_LD)


@dataclass(frozen=True)
class Published:
    """A file that may be fetched.

    Attributes:
        path: where it is on disk.
        name: path below its release.
        size: length in bytes.
        sha256: digest of its bytes in hexadecimal digits.
        content_type: value of the Content-Type header.
    """

    path: Path
    name: str
    size: int
    sha256: str
    content_type: str


@blueprint.route("/dumps/")
@answers(status=303)
def list_releases() -> Response:
    """Lead to the description of the release that is served, in the form that fits."""
    return _lead_to_catalog("/dumps/", "latest")


@blueprint.route("/dumps/<version>")
@answers(status=308)
def correct_address(version: str) -> Response:
    """Lead to the address with a slash at its end, where there is such a release."""
    find_release(version)
    response = Response(status=308)
    response.headers["Location"] = f"{version}/"
    return response


@blueprint.route("/dumps/<version>/")
@answers(status=303)
def list_files(version: str) -> Response:
    """Lead to the description of one release, in the form that fits."""
    find_release(version)
    return _lead_to_catalog(f"/dumps/{version}/", version)


@blueprint.route("/dumps/<version>/linkset.json")
@answers(links.LINKSET_JSON)
def show_linkset(version: str) -> Response:
    """Return the link set of a release: what it consists of and what describes it (RFC 9264).

    It is no file of the release: the software makes it, so another version of that may say more.
    """
    release = find_release(version)
    response = Response(links.write_linkset(_release_linkset(release), own_address()))
    response.headers["Content-Type"] = links.LINKSET_JSON.media_type
    response.headers["Cache-Control"] = SHORT
    return response


@blueprint.route("/dumps/<version>/<path:name>")
def send_file(version: str, name: str) -> Response:
    """Send a file of a release, whole or in parts."""
    release = find_release(version)
    file = find_file(release, name)
    is_added = name in (SIGNATURE_NAME, TOMBSTONE_NAME)  # these may come later, and change
    response = _respond(file, release, changes=is_added or version == "latest")
    response.headers["Cache-Control"] = REVALIDATED if is_added else SHORT if version == "latest" else IMMUTABLE
    if version == "latest":
        depth = "../" * (1 + name.count("/"))
        response.headers["Content-Location"] = f"{depth}{release.version}/{name}"
    links.add_links(response.headers, _file_links(release, name))
    return response


def find_release(version: str) -> Release:
    """Return the release that an address names: ``latest`` is the one that is served.

    Raises:
        ProblemError: 404 for a name that is no version, or that was never published here; 410 for one that is no
            longer here.
    """
    context = current()
    found = context.release if version == "latest" else context.site.shelf.open(version)
    if found is not None:
        return found
    if entry := context.site.shelf.entry(version):
        raise ProblemError(
            Problem(
                410,
                f"The files of release {version} are no longer here.",
                hint=f"The SHA-256 of its manifest was {entry.digest}; /release/{version} says what is known of it.",
                code="removed",
                fields={"release": version, "sha256": entry.digest},
            )
        )
    raise not_found(
        f"There is no release {version[:100]!r} here.",
        f"The release that is served is {context.release.version}; it is also at /dumps/latest/.",
    )


def find_file(release: Release, name: str) -> Published:
    """Return a published file by its name, when it is as it was published; no other names are looked for on disk.

    Raises:
        ProblemError: 404 for any other name, 410 for a file that pruning dropped.
        ReleaseError: the file is damaged.
    """
    listed = release.manifest.files.get(name)
    if listed is not None and name in release.dropped:
        raise ProblemError(
            Problem(
                410,
                f"The file {name!r} of release {release.version} was dropped to make room.",
                hint=f"All that it says is in /dumps/{release.version}/{CANONICAL_DUMP}.",
                code="dropped",
                fields={"size": listed.size, "sha256": listed.sha256},
            )
        )
    if listed is not None:
        check_file(release.folder, listed, deep=True)
        media_type = COMPRESSIONS.get(listed.compression or "", listed.media_type)
        return Published(release.folder / name, name, listed.size, listed.sha256, _with_charset(media_type))
    if name in (SIGNATURE_NAME, TOMBSTONE_NAME) and (path := release.folder / name).is_file():
        media_type = JSON.media_type if name == TOMBSTONE_NAME else PLAIN_TEXT.content_type
        return Published(path, name, path.stat().st_size, known_digest(path), media_type)
    if name in (MANIFEST_NAME, CHECKSUMS_NAME):
        path = release.folder / name
        _check_manifest(release)
        media_type = JSON.media_type if name == MANIFEST_NAME else PLAIN_TEXT.content_type
        return Published(path, name, path.stat().st_size, known_digest(path), media_type)
    raise not_found(
        f"The release {release.version} has no file {name[:200]!r}.",
        f"Its files are listed in /dumps/{release.version}/{MANIFEST_NAME} and {CHECKSUMS_NAME}.",
    )


def release_iri(release: Release) -> str:
    """Return the IRI of a release."""
    return str(release.base.resource("release", release.version))


def _check_manifest(release: Release) -> None:
    """Check that manifest and checksums are still those that the release was opened with.

    Raises:
        ReleaseError: one of them has changed.
    """
    check_checksums(release.folder, release.manifest.files.values())
    if read_manifest(release.folder) != release.manifest:
        raise ReleaseError("The manifest has changed since the release was opened.")


def _with_charset(media_type: str) -> str:
    known = next((format.content_type for format in RDF_FORMATS if format.media_type == media_type), media_type)
    return f"{media_type};charset=utf-8" if media_type.startswith("text/") else known


def _lead_to_catalog(source: str, version: str) -> Response:
    accept = request.headers.get("Accept")
    choice = negotiation.choose(accept, _CATALOG_FORMATS)
    if choice is None:
        raise not_acceptable(_CATALOG_FORMATS, accept or "")
    target = f"/dumps/{version}/{_CATALOG_FILES[choice.format.name]}" if choice.format is not HTML else "/downloads"
    response = Response(status=303)
    response.headers["Location"] = links.relative_reference(source, target)
    response.vary.add("Accept")
    return response


def _respond(file: Published, release: Release, *, changes: bool) -> Response:
    """Return the response for a file: 200, 206 with one part or several, 304, 412 or 416 (RFC 9110 §13, §14)."""
    etag = f'"{file.sha256}"'
    # What the next release takes over has no date: two releases may bear one day.
    modified = None if changes else midnight(release.manifest.date)
    status = precondition_status(request.method, request.headers, etag, modified)
    if status == 412:
        raise ProblemError(
            Problem(
                412,
                "The file is not the one that the condition of the request names.",
                hint="Fetch it again without If-Match and If-Unmodified-Since.",
                code="precondition-failed",
            )
        )
    headers = {
        "ETag": etag,
        "Accept-Ranges": "bytes",
        "Repr-Digest": f"sha-256=:{base64.b64encode(bytes.fromhex(file.sha256)).decode()}:",
    }
    if modified is not None:
        headers["Last-Modified"] = http_date(modified)
    if status == 304:
        return Response(status=304, headers=headers)
    asked = request.headers.get("Range") if request.method == "GET" else None
    parts: tuple[ByteRange, ...] | None = None
    if asked is not None and range_holds(request.headers.get("If-Range"), etag, modified):
        parts = _ranges(asked, file, headers)
    response = _whole(file) if parts is None else _partial(file, parts)
    response.headers.extend(headers)
    return response


def _ranges(asked: str, file: Published, headers: dict[str, str]) -> tuple[ByteRange, ...] | None:
    try:
        return parse_ranges(asked, file.size)
    except RangeNotSatisfiable:
        raise ProblemError(
            Problem(
                416,
                f"No part that {asked[:200]!r} names lies in the {file.size} bytes of this file.",
                hint=f"Ask for bytes from 0 to {file.size - 1}.",
                code="range-not-satisfiable",
                fields={"size": file.size},
                headers={"Content-Range": f"bytes */{file.size}", "ETag": headers["ETag"]},
            )
        ) from None


def _whole(file: Published) -> Response:
    blocks = _read(file.path, [ByteRange(0, file.size - 1)] if file.size else [])
    response = Response(FileContent(blocks, file.size, blocks.close), direct_passthrough=True)
    response.headers["Content-Type"] = file.content_type
    response.headers["Content-Length"] = str(file.size)
    return response


def _partial(file: Published, parts: tuple[ByteRange, ...]) -> Response:
    """Return one part as it is, several as multipart/byteranges (RFC 9110 §14.6)."""
    if len(parts) == 1:
        part = parts[0]
        blocks = _read(file.path, [part])
        response = Response(FileContent(blocks, part.length, blocks.close), 206, direct_passthrough=True)
        response.headers["Content-Type"] = file.content_type
        response.headers["Content-Range"] = f"bytes {part.first}-{part.last}/{file.size}"
        response.headers["Content-Length"] = str(part.length)
        return response
    boundary = secrets.token_hex(16)
    heads = [
        f"\r\n--{boundary}\r\nContent-Type: {file.content_type}\r\n"
        f"Content-Range: bytes {part.first}-{part.last}/{file.size}\r\n\r\n".encode()
        for part in parts
    ]
    tail = f"\r\n--{boundary}--\r\n".encode()
    length = sum(part.length for part in parts) + sum(len(head) for head in heads) + len(tail)
    blocks = _read_multipart(file.path, parts, heads, tail)
    response = Response(FileContent(blocks, length, blocks.close), 206, direct_passthrough=True)
    response.headers["Content-Type"] = f"multipart/byteranges; boundary={boundary}"
    response.headers["Content-Length"] = str(length)
    return response


def _read(path: Path, parts: list[ByteRange]) -> Generator[bytes, None, None]:
    with path.open("rb") as stream:
        for part in parts:
            yield from _read_part(stream, part)


def _read_multipart(
    path: Path, parts: tuple[ByteRange, ...], heads: list[bytes], tail: bytes
) -> Generator[bytes, None, None]:
    with path.open("rb") as stream:
        for part, head in zip(parts, heads, strict=True):
            yield head
            yield from _read_part(stream, part)
    yield tail


def _read_part(stream: BinaryIO, part: ByteRange) -> Iterator[bytes]:
    stream.seek(part.first)
    left = part.length
    while left:
        chunk = stream.read(min(_CHUNK, left))
        if not chunk:
            raise OSError("the file became shorter while it was sent")
        left -= len(chunk)
        yield chunk


def _file_links(release: Release, name: str) -> list[links.Link]:
    """Return the links of a file: the release that it belongs to, its descriptions, its licence (FAIR Signposting)."""
    up = "../" * name.count("/")
    canonical = f"{current().site_url}dumps/{release.version}/{name}"
    return [
        links.Link(canonical, "canonical"),
        links.Link(f"{up}../../release/{release.version}.html", "collection", HTML.media_type),
        links.Link(f"{up}dcat.ttl", "describedby", TURTLE.media_type),
        links.Link(f"{up}dcat.jsonld", "describedby", JSON_LD.media_type),
        links.Link("https://schema.org/DataDownload", "type"),
        *links.license_links(release.manifest.licenses(graphs_of_file(name))),
        links.Link(f"{up}linkset.json", "linkset", links.LINKSET_JSON.media_type),
    ]


def _release_linkset(release: Release) -> dict[str, list[links.Link]]:
    """Return the links of a release, of its descriptions and of its files (FAIR Signposting, level 2)."""
    iri, page = release_iri(release), f"../../release/{release.version}.html"
    described = [
        links.Link("dcat.ttl", "describedby", TURTLE.media_type),
        links.Link("dcat.jsonld", "describedby", JSON_LD.media_type),
        links.Link("void.ttl", "describedby", TURTLE.media_type),
    ]
    items = [*file_items(release, "", release.manifest.files)]
    about = [
        links.Link("https://schema.org/Dataset", "type"),
        links.Link(iri, "cite-as"),
        links.Link(publisher_iri(release.manifest), "author"),
        *links.license_links(release.manifest.licenses()),
        *described,
        *items,
    ]
    contexts = {iri: about, page: [links.Link(links.ABOUT_PAGE, "type"), *about]}
    for item in items:
        contexts[item.target] = [links.Link(page, "collection", HTML.media_type)]
    for link in described:
        contexts[link.target].append(links.Link(page, "describes", HTML.media_type))
    return contexts


def file_items(release: Release, folder: str, names: Iterable[str]) -> Iterator[links.Link]:
    """Return the links to files of a release as its items; what pruning has dropped is left out.

    Args:
        release: the release.
        folder: reference to the folder of its files, with its last slash.
        names: the files.
    """
    for name in names:
        file = release.manifest.files[name]
        if name not in release.dropped:
            media_type = COMPRESSIONS.get(file.compression or "", file.media_type)
            yield links.Link(folder + name, "item", media_type)


def main_items(release: Release, folder: str) -> list[links.Link]:
    """Return the links to some files that hold all of a release, as its items; its link set has every file."""
    whole = (dump_name(N_QUADS.name, "gz"), dump_name(TURTLE.name, "gz"), FACTS_PARQUET.name())
    return list(file_items(release, folder, [name for name in whole if name in release.manifest.files]))
