"""``nosograph announce``: writes what other services need to know of a release, so that it is found."""

from __future__ import annotations

import re
from pathlib import Path

import click

from nosograph.cli.exit_codes import DONE
from nosograph.cli.options import ConfiguredCommand, folder_option, uses
from nosograph.cli.progress import StepDisplay
from nosograph.distribution.registrations import Registration, write_registrations
from nosograph.errors import Location, ReleaseError, SettingsError
from nosograph.indexing.preparing import prepare_release
from nosograph.rdf.iris import RDF_TYPE
from nosograph.rdf.names import is_identifier
from nosograph.release.opening import Release, find_release
from nosograph.settings import Settings
from nosograph.store.reader import GraphReader, open_store

_PREFIX = re.compile(r"[a-z][a-z0-9.]{1,39}\Z")


@click.command("announce", cls=ConfiguredCommand)
@click.argument("folder", type=click.Path(path_type=Path))
@folder_option("--release", "release_folder", "The release to announce.")
@uses("releases", "cache", "site_url")
@click.option("--prefix", help="Prefix of compact identifiers.  [default: the name of the data set]")
def command(settings: Settings, folder: Path, release_folder: Path | None, prefix: str | None) -> int:
    """Write into FOLDER what other services need to know of a release: redirects, records, metadata for a DOI.

    It has the rules by which w3id.org or a server of your own redirects the base IRI to --site-url (Apache, nginx), the
    record of a prefix for the Bioregistry and for identifiers.org, and the metadata of a deposit for DataCite and for
    Zenodo. Nothing is sent anywhere.

    \b
    Examples:
      nosograph announce announced --site-url https://conditions.example.org/
      nosograph announce announced --release releases/latest --prefix conditions
    """
    if not settings.site_url:
        raise SettingsError(
            "Redirects need to know where the site is reached, and site_url is not set.",
            hint="Give it like --site-url https://conditions.example.org/.",
        )
    progress = StepDisplay(quiet=False)
    try:
        found = find_release(settings.releases, release_folder)
        release = prepare_release(found, cache=settings.cache, progress=progress)
    finally:
        progress.end()
    if settings.site_url == release.base.iri:
        raise SettingsError(
            f"The site is reached at the base IRI itself, {release.base.iri}, so there is nothing to redirect.",
            hint="Give --site-url where the server stands.",
        )
    files = write_registrations(_registration(release, settings, prefix))
    for name, text in files.items():
        path = folder / name
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        except OSError as error:
            raise ReleaseError(
                f"The file cannot be written: {error.strerror}.",
                location=Location(str(path)),
                hint="Name a folder that can be written to.",
            ) from error
        click.echo(path)
    return DONE


def _registration(release: Release, settings: Settings, prefix: str | None) -> Registration:
    """Return what is registered: the resources that the vocabulary is about, with one of them as the example."""
    name = prefix or re.sub(r"[^a-z0-9.]", "", release.manifest.profile.name.lower())
    if not _PREFIX.match(name):
        raise SettingsError(
            f"{name!r} is no prefix of compact identifiers.",
            hint="Give one with --prefix: lower-case letters, digits and points, beginning with a letter.",
        )
    vocabulary = release.vocabulary
    kind = vocabulary.focus or next(iter(vocabulary.by_kind.values()))
    reader = GraphReader(open_store(release.store_folder))
    start = f"{release.base.iri}{kind.kind}/"
    found = reader.subjects(RDF_TYPE, kind.iri)
    names = [iri.removeprefix(start) for iri in found if iri.startswith(start)]
    if not names:
        raise ReleaseError(
            f"The release has no {kind.label}, so there is nothing to register.", hint="Announce one with data."
        )
    return Registration(
        release, settings.site_url, name, kind.kind, min(names, key=lambda name: (not is_identifier(name), name))
    )
