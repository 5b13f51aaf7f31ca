"""The areas of an examination, with their weights; each check is in one."""

from __future__ import annotations

from typing import Final

from nosograph.doctor.checks import policy, protocol, publication, resources, service
from nosograph.doctor.outcomes import CheckArea

AREAS: Final = (
    CheckArea("protocol", 30, protocol.CHECKS),
    CheckArea("limits", 8, service.LIMITS),
    CheckArea("cross-origin", 7, service.CROSS_ORIGIN),
    CheckArea("service description", 8, service.SERVICE_DESCRIPTION),
    CheckArea("descriptions", 10, publication.DESCRIPTIONS),
    CheckArea("negotiation", 12, resources.NEGOTIATION),
    CheckArea("identifiers", 8, resources.IDENTIFIERS),
    CheckArea("dumps", 8, publication.DUMPS),
    CheckArea("versions", 4, policy.VERSIONS),
    CheckArea("licences", 3, policy.LICENCES),
    CheckArea("housekeeping", 2, policy.HOUSEKEEPING),
)
"""The areas, in the order of the report."""
