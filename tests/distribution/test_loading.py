"""A service is filled, or is not taken for filled: interruptions, losses and other releases are all seen."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pyoxigraph
import pytest
from fake_service import FakeService, Refused, count, running_service

from nosograph.distribution.loading import LoadedWrong, check_copy, load_release, write_copy
from nosograph.errors import ReleaseError, StoreError
from nosograph.progress import quiet
from nosograph.release.opening import Release
from nosograph.release.service_copy import ServiceCopy, service_copy
from nosograph.sparql.service import SparqlService

PART = 100


@pytest.fixture
def fake() -> Iterator[FakeService]:
    """Return an empty service."""
    with running_service() as service:
        yield service


@pytest.fixture
def copy(pristine: Release) -> ServiceCopy:
    """Return how the release stands in a service, sent in small parts."""
    return service_copy(pristine, part=PART)


def load(release: Release, copy: ServiceCopy, fake: FakeService, *, anew: bool = False) -> int:
    """Fill a service; return the triples that were sent."""
    with SparqlService(fake.query) as service:
        return load_release(release, copy, service, fake.graphs, anew=anew, progress=quiet).sent


def check(release: Release, copy: ServiceCopy, fake: FakeService) -> None:
    """Compare a service with a release."""
    with SparqlService(fake.query) as service:
        check_copy(release, copy, service, quiet)


def test_everything_is_there_afterwards(pristine: Release, copy: ServiceCopy, fake: FakeService) -> None:
    """Each graph, their union, and the statement that names the release."""
    sent = load(pristine, copy, fake)

    counts = pristine.manifest.counts
    assert sent == counts.quads + counts.triples == sum(copy.stored.values())
    assert {graph: count(fake, graph) for graph in copy.stored} == copy.stored
    assert count(fake, copy.union) == counts.triples
    check(pristine, copy, fake)


def test_what_was_interrupted_goes_on(pristine: Release, copy: ServiceCopy, fake: FakeService) -> None:
    """Parts that arrived are not sent again, and until the end the service names no release."""
    posts = 0

    def stop_at_fifth(method: str, graph: str) -> None:
        nonlocal posts
        posts += method == "POST"
        if posts == 5:
            raise Refused("507")

    fake.before_change = stop_at_fifth
    with pytest.raises(StoreError, match="507"):
        load(pristine, copy, fake)
    with pytest.raises(LoadedWrong, match="no release as a whole"):
        check(pristine, copy, fake)
    fake.before_change = lambda method, graph: None

    assert load(pristine, copy, fake) == sum(copy.stored.values()) - 4 * PART
    check(pristine, copy, fake)


def test_a_part_that_arrived_in_part_is_sent_again(pristine: Release, copy: ServiceCopy, fake: FakeService) -> None:
    """A graph whose number of triples is not that of whole parts is emptied first."""
    posts = 0

    def stop_at_third(method: str, graph: str) -> None:
        nonlocal posts
        posts += method == "POST"
        if posts == 3:
            lost = next(fake.store.quads_for_pattern(None, None, None, pyoxigraph.NamedNode(copy.union)))
            fake.store.remove(lost)
            raise Refused("500")

    fake.before_change = stop_at_third
    with pytest.raises(StoreError):
        load(pristine, copy, fake)
    fake.before_change = lambda method, graph: None

    load(pristine, copy, fake)

    check(pristine, copy, fake)


def test_a_second_loading_leaves_what_is_right(pristine: Release, copy: ServiceCopy, fake: FakeService) -> None:
    """It fills the service again, and ends with the same triples."""
    load(pristine, copy, fake)

    assert load(pristine, copy, fake) == sum(copy.stored.values())
    assert {graph: count(fake, graph) for graph in copy.stored} == copy.stored


def test_a_triple_that_was_lost_is_missed(pristine: Release, copy: ServiceCopy, fake: FakeService) -> None:
    """The number of triples of each graph is compared."""
    load(pristine, copy, fake)
    fake.store.remove(next(fake.store.quads_for_pattern(None, None, None, pyoxigraph.NamedNode(copy.union))))

    with pytest.raises(LoadedWrong, match="triples"):
        check(pristine, copy, fake)


def test_a_triple_that_was_changed_is_seen(pristine: Release, copy: ServiceCopy, fake: FakeService) -> None:
    """Everything that is said of some subjects is compared, and what differs is shown."""
    load(pristine, copy, fake)
    for quad in list(fake.store.quads_for_pattern(None, None, None, None)):
        if isinstance(quad.object, pyoxigraph.Literal) and quad.object.language == "en":
            fake.store.remove(quad)
            changed = pyoxigraph.Literal(quad.object.value)
            fake.store.add(pyoxigraph.Quad(quad.subject, quad.predicate, changed, quad.graph_name))

    with pytest.raises(LoadedWrong, match="should be") as caught:
        check(pristine, copy, fake)

    assert "@en" in str(caught.value)


def test_a_service_that_loses_what_it_is_sent_is_not_named(
    pristine: Release, copy: ServiceCopy, fake: FakeService
) -> None:
    """The statement that names the release is written last."""

    def lose(method: str, graph: str) -> None:
        if method == "PUT" and graph == copy.statement:
            fake.store.remove_graph(pyoxigraph.NamedNode(copy.union))

    fake.before_change = lose
    load(pristine, copy, fake)

    with pytest.raises(LoadedWrong):
        check(pristine, copy, fake)


def test_a_damaged_dump_is_not_sent(own: Release, fake: FakeService) -> None:
    """Its digest is compared with that of the manifest first."""
    dump = own.dump("nq")
    content = dump.read_bytes()
    dump.write_bytes(content[:100] + bytes([content[100] ^ 1]) + content[101:])

    with pytest.raises(ReleaseError, match="SHA-256"):
        load(own, service_copy(own), fake)

    assert len(fake.store) == 0


def test_the_file_for_an_engine_holds_what_is_sent(
    pristine: Release, copy: ServiceCopy, fake: FakeService, tmp_path: Path
) -> None:
    """A service whose own loader read it passes the check."""
    file = tmp_path / "copy.nq"

    number = write_copy(pristine, copy, file, quiet)
    fake.store.load(path=str(file), format=pyoxigraph.RdfFormat.N_QUADS)

    assert number == len(fake.store) == len(file.read_bytes().splitlines())
    check(pristine, copy, fake)


def test_a_file_that_is_there_stays(pristine: Release, copy: ServiceCopy, tmp_path: Path) -> None:
    """Nothing is overwritten, and nothing half-written stays."""
    file = tmp_path / "copy.nq"
    file.write_text("mine")

    with pytest.raises(ReleaseError, match="there already"):
        write_copy(pristine, copy, file, quiet)

    assert [path.name for path in tmp_path.iterdir()] == ["copy.nq"]
    assert file.read_text() == "mine"


def test_the_union_may_be_left_out_where_nothing_counts_twice(pristine: Release, fake: FakeService) -> None:
    """Queries then have all graphs merged; where graphs share triples it is refused."""
    overlapping = pristine.manifest.counts.overlaps
    if overlapping:
        with pytest.raises(ReleaseError, match="share triples"):
            service_copy(pristine, with_union=False)
        return
    copy = service_copy(pristine, with_union=False)

    load(pristine, copy, fake)

    assert copy.default_graphs == tuple(copy.graphs)
    assert sum(count(fake, graph) for graph in copy.graphs) == pristine.manifest.counts.triples
