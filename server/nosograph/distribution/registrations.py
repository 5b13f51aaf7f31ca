"""Writes what other services need to know of a data set, so that it is found: redirects, records, a deposit.

Everything follows from the release and from where the site stands, so every publisher can have their own.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

from nosograph.rdf.names import CODE_NAME, IDENTIFIER, IMPORT_PREFIX
from nosograph.release.licenses import spdx_identifier
from nosograph.release.opening import Release

LOCAL_NAME_PATTERN: Final = rf"^(?:{IDENTIFIER}|{CODE_NAME})$"
"""What the local names of resources look like, in the regular expressions that registries read."""


@dataclass(frozen=True)
class Registration:
    """What is registered.

    Attributes:
        release: the release.
        site_url: where the site is reached, with a slash at its end.
        prefix: the prefix that compact identifiers have, such as ``nosograph``.
        kind: the kind of resource that they identify, as in its IRI.
        example: local name of one such resource.
    """

    release: Release
    site_url: str
    prefix: str
    kind: str
    example: str

    @property
    def base(self) -> str:
        """The base IRI."""
        return self.release.base.iri

    @property
    def release_iri(self) -> str:
        """The IRI of the release."""
        return str(self.release.base.resource("release", self.release.version))


def write_registrations(about: Registration) -> Mapping[str, str]:
    """Return the text of each file by its path."""
    return {
        "redirects/apache/.htaccess": apache_redirects(about),
        "redirects/apache/README.md": readme_of_redirects(about),
        "redirects/nginx.conf": nginx_redirects(about),
        "bioregistry.json": _json({about.prefix: bioregistry_record(about)}),
        "identifiers-org.json": _json(identifiers_org_request(about)),
        "datacite.json": _json(datacite_metadata(about)),
        "zenodo.json": _json(zenodo_metadata(about)),
    }


def apache_redirects(about: Registration) -> str:
    """Return the ``.htaccess`` that sends every request below the base IRI to the site.

    307 keeps the method, so that a query which is posted stays one; what follows the base is passed on as it is.
    """
    return f"""# Permanent addresses of {about.release.manifest.profile.name}: {about.base}
# Every address below goes to the same address of the site; the site negotiates the format itself.
RewriteEngine On
RewriteCond %{{THE_REQUEST}} "^[A-Z]+ {re.escape(_path(about.base))}([^ ?]*)"
RewriteRule ^ {about.site_url}%1 [R=307,L,NE]
"""


def readme_of_redirects(about: Registration) -> str:
    """Return what the keepers of a redirect service want to know: what it is, and whom to write to."""
    profile = about.release.manifest.profile
    contact = profile.contact.removeprefix("mailto:") or "(name the people who may change these rules)"
    return f"""# {profile.title}

{profile.description}

* Permanent addresses: {about.base}
* Site: {about.site_url}
* Maintainers: {profile.publisher or "(name them)"}
* Contact: {contact}

Every request is sent on by 307 with its path and its query, so that queries that are posted arrive as they were sent.
"""


def nginx_redirects(about: Registration) -> str:
    """Return the location that does the same in nginx, for those who keep the base IRI themselves."""
    path = _path(about.base)
    return f"""# Permanent addresses of {about.release.manifest.profile.name}; for the server block of their host.
location {path} {{
    if ($request_uri ~ "^{re.escape(path)}(.*)$") {{
        return 307 {about.site_url}$1;
    }}
}}
"""


def bioregistry_record(about: Registration) -> dict[str, Any]:
    """Return the record of the prefix in the form of the Bioregistry (https://bioregistry.io)."""
    profile = about.release.manifest.profile
    record: dict[str, Any] = {
        "prefix": about.prefix,
        "name": profile.name,
        "description": profile.description or profile.title,
        "homepage": about.base,
        "uri_format": f"{about.base}{about.kind}/$1",
        "pattern": LOCAL_NAME_PATTERN,
        "example": about.example,
        "rdf_uri_format": f"{about.base}{about.kind}/$1.ttl",
        "keywords": sorted(profile.keywords),
        "version": about.release.version,
    }
    if license := spdx_identifier(profile.license):
        record["license"] = license
    if profile.repository:
        record["repository"] = profile.repository
    if profile.contact.startswith("mailto:"):
        record["contact"] = {"name": profile.publisher, "email": profile.contact.removeprefix("mailto:")}
    return {name: value for name, value in record.items() if value}


def identifiers_org_request(about: Registration) -> dict[str, Any]:
    """Return the request for a prefix as identifiers.org takes it; ``{{$id}}`` stands for the local name there."""
    profile = about.release.manifest.profile
    return {
        "name": profile.name,
        "description": profile.description or profile.title,
        "requestedPrefix": about.prefix,
        "sampleId": about.example,
        "idRegexPattern": LOCAL_NAME_PATTERN,
        "namespaceEmbeddedInLui": False,
        "providerName": profile.publisher,
        "providerDescription": profile.title,
        "providerHomeUrl": about.base,
        "providerUrlPattern": f"{about.base}{about.kind}/{{$id}}",
        "institutionName": profile.publisher,
        "institutionHomeUrl": f"{about.base}about",
        "requester": {"name": profile.publisher, "email": profile.contact.removeprefix("mailto:")},
    }


def datacite_metadata(about: Registration) -> dict[str, Any]:
    """Return the metadata for the DOI of a release in DataCite's JSON (schema 4.5), without the DOI itself."""
    manifest = about.release.manifest
    profile = manifest.profile
    publisher = profile.publisher or profile.name
    return {
        "schemaVersion": "http://datacite.org/schema/kernel-4",
        "url": about.release_iri,
        "creators": [{"name": publisher, "nameType": "Organizational"}],
        "titles": [{"title": profile.title, "lang": "en"}],
        "publisher": {"name": publisher},
        "publicationYear": str(manifest.date.year),
        "types": {"resourceTypeGeneral": "Dataset", "resourceType": "Knowledge graph"},
        "subjects": [{"subject": keyword} for keyword in profile.keywords],
        "dates": [{"date": manifest.date.isoformat(), "dateType": "Issued"}],
        "language": "en",
        "version": manifest.version,
        "descriptions": [
            {"description": profile.description or profile.title, "descriptionType": "Abstract", "lang": "en"}
        ],
        "rightsList": [_rights(license) for license in manifest.licenses()],
        "alternateIdentifiers": [
            {"alternateIdentifier": about.release_iri, "alternateIdentifierType": "Permanent IRI"}
        ],
        "relatedIdentifiers": [
            _related(about.base, "IsVersionOf"),
            _related(f"{about.base}dumps/{manifest.version}/dcat.ttl", "HasMetadata"),
            *(_related(iri, "IsDerivedFrom") for iri in _imports(about)),
        ],
        "formats": sorted({file.media_type for file in manifest.files.values() if file.name.startswith("nosograph.")}),
        "sizes": [f"{manifest.counts.triples} triples", f"{manifest.counts.facts} facts"],
    }


def zenodo_metadata(about: Registration) -> dict[str, Any]:
    """Return the metadata of a deposit of a release in the form of Zenodo's deposit API."""
    manifest = about.release.manifest
    profile = manifest.profile
    metadata: dict[str, Any] = {
        "upload_type": "dataset",
        "title": profile.title,
        "description": profile.description or profile.title,
        "creators": [{"name": profile.publisher or profile.name}],
        "publication_date": manifest.date.isoformat(),
        "version": manifest.version,
        "language": "eng",
        "access_right": "open",
        "keywords": list(profile.keywords),
        "related_identifiers": [
            {"identifier": about.release_iri, "relation": "isIdenticalTo", "resource_type": "dataset"},
            {"identifier": about.base, "relation": "isVersionOf", "resource_type": "dataset"},
            *({"identifier": iri, "relation": "isDerivedFrom", "resource_type": "dataset"} for iri in _imports(about)),
        ],
    }
    licenses = manifest.licenses()
    if len(licenses) == 1 and (license := spdx_identifier(licenses[0])):
        metadata["license"] = license.lower()
    elif licenses:
        metadata["notes"] = "The parts are under different licences: " + ", ".join(licenses)
    return {"metadata": metadata}


def _imports(about: Registration) -> list[str]:
    names = sorted(name for name in about.release.manifest.terms if name.startswith(IMPORT_PREFIX))
    return [about.release.base.graph(name) for name in names]


def _related(iri: str, relation: str) -> dict[str, str]:
    return {"relatedIdentifier": iri, "relatedIdentifierType": "URL", "relationType": relation}


def _rights(license: str) -> dict[str, str]:
    found = {"rights": license, "rightsUri": license}
    if identifier := spdx_identifier(license):
        found |= {
            "rights": identifier,
            "rightsIdentifier": identifier,
            "rightsIdentifierScheme": "SPDX",
            "schemeUri": "https://spdx.org/licenses/",
        }
    return found


def _path(iri: str) -> str:
    return urlsplit(iri).path


def _json(value: Mapping[str, Any]) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"
