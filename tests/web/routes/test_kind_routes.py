"""Routes of kinds come from the vocabulary of the release, and leave the software's own addresses alone."""

from __future__ import annotations

import pytest
from werkzeug.exceptions import NotFound
from werkzeug.routing import Map, Rule

from nosograph.facts.ontology import RESERVED
from nosograph.release.opening import Release
from nosograph.settings import Settings
from nosograph.vocabulary.terms import AGENT_KIND, FACT_KIND, MAPPING_KIND, RELEASE_KIND, SOURCE_KIND
from nosograph.web.application import create_application, kind_converter


def test_no_kind_can_take_an_address_of_the_software(release: Release) -> None:
    """A path segment that a route begins with is reserved, or belongs to a class of the evidence model."""
    rules = [rule.rule for rule in create_application(release, Settings()).url_map.iter_rules()]
    segments = {rule.strip("/").split("/")[0] for rule in rules}
    plain = {segment for segment in segments if segment and not any(mark in segment for mark in "<.")}

    assert len(plain) > 10
    assert plain - RESERVED <= {AGENT_KIND, FACT_KIND, MAPPING_KIND, RELEASE_KIND, SOURCE_KIND}


@pytest.mark.parametrize("kinds", [("disease", "crop"), ()])
def test_converter_matches_the_kinds_alone(kinds: tuple[str, ...]) -> None:
    """A segment that is no kind of the vocabulary is no address; without kinds there is none."""
    addresses = Map([Rule("/<kind:kind>/", endpoint="list")], converters={"kind": kind_converter(kinds)}).bind("here")

    for kind in kinds:
        assert addresses.match(f"/{kind}/") == ("list", {"kind": kind})
    for other in ("condition", "", "diseases"):
        with pytest.raises(NotFound):
            addresses.match(f"/{other}/")
