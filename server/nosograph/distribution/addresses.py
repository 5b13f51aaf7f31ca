"""Finds what the address of a publisher names: a site, a folder on a web server, in a bucket or on this machine."""

from __future__ import annotations

import importlib.util
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

import fsspec

from nosograph.distribution.file_systems import FileSystemSource
from nosograph.distribution.sources import ReleaseSource, SourceMissing
from nosograph.distribution.websites import WebSource
from nosograph.errors import ReleaseError, SettingsError
from nosograph.release.names import LEDGER_NAME

_FORMS = "Write https://HOST/…, s3://BUCKET/…, or the path of a folder."


def open_source(address: str, *, allow_http: bool = False) -> ReleaseSource:
    """Return the folder of releases at an address.

    The address of a site leads to its ``/dumps/``, where the folder is.

    Args:
        address: ``https://…``, ``http://…``, ``s3://bucket/…``, ``file:///…`` or a path.
        allow_http: whether ``http://`` may name another machine than this one.

    Raises:
        SettingsError: there is no such form of address, or it is not allowed.
        ReleaseError: no ledger of releases is there.
    """
    if "::" in address:
        raise SettingsError(f"{address!r} chains several addresses, which is not supported.", hint=_FORMS)
    if not address or set(address) & {chr(code) for code in (*range(32), 127)}:
        raise SettingsError(f"{address!r} is not an address.", hint=_FORMS)
    scheme = urlsplit(address).scheme if "://" in address or address.startswith("file:") else ""
    if scheme in ("http", "https"):
        return _find_site(_checked_site(address, scheme, allow_http))
    if scheme == "s3":
        return _bucket(address)
    if scheme in ("", "file"):
        return _folder(address, scheme)
    raise SettingsError(f"Releases are not pulled by the protocol {scheme!r}.", hint=_FORMS)


def _checked_site(address: str, scheme: str, allow_http: bool) -> str:
    try:
        parts = urlsplit(address)
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise SettingsError(f"{address!r} is not an address: {error}.", hint=_FORMS) from error
    if not host or port == 0 or "@" in parts.netloc or parts.query or parts.fragment or set(address) & set(' <>"\\'):
        raise SettingsError(
            f"{address!r} is not the address of a folder: it needs a host, and no user, query or fragment.", hint=_FORMS
        )
    if scheme == "http" and not allow_http and not _is_this_machine(host):
        raise SettingsError(
            f"{address!r} is not encrypted, so anybody on the way could change what is pulled.",
            hint="Use https, or say --allow-http where the way is your own.",
        )
    return address if address.endswith("/") else f"{address}/"


def _is_this_machine(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _find_site(address: str) -> ReleaseSource:
    """Return the folder at an address, or the one below it that a site has."""
    for folder in (address, f"{address}dumps/"):
        source = WebSource(folder)
        try:
            with source.open(LEDGER_NAME):
                return source
        except SourceMissing:
            continue
    raise _no_releases(address)


def _bucket(address: str) -> ReleaseSource:
    parts = urlsplit(address)
    if not parts.netloc or "@" in parts.netloc or parts.query or parts.fragment:
        raise SettingsError(f"{address!r} names no bucket.", hint="Write it like s3://bucket/releases.")
    if importlib.util.find_spec("s3fs") is None:
        raise SettingsError("The part of the software that reads s3 is not installed.", hint="Install nosograph[s3].")
    system = fsspec.filesystem("s3", use_listings_cache=False, skip_instance_cache=True)
    return _with_ledger(FileSystemSource(system, f"{parts.netloc}{parts.path}".rstrip("/"), address))


def _folder(address: str, scheme: str) -> ReleaseSource:
    if scheme and not address.startswith("file:///"):
        raise SettingsError(f"{address!r} names another machine.", hint="Write it like file:///srv/releases.")
    folder = Path(address.removeprefix("file://")).absolute()
    return _with_ledger(FileSystemSource(fsspec.filesystem("file"), str(folder), address))


def _with_ledger(source: ReleaseSource) -> ReleaseSource:
    try:
        with source.open(LEDGER_NAME):
            return source
    except SourceMissing:
        raise _no_releases(source.address) from None


def _no_releases(address: str) -> ReleaseError:
    return ReleaseError(
        f"There are no releases at {address}: it has no {LEDGER_NAME}, and no dumps/{LEDGER_NAME} below it.",
        hint="Name a site of this software, or a copy of a whole folder of releases.",
    )
