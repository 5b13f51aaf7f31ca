"""Examines a publisher of linked data or a SPARQL endpoint, ours or anybody's."""

from __future__ import annotations

from nosograph.doctor import examining
from nosograph.doctor.budget import Budget
from nosograph.doctor.examining import ExaminationReport
from nosograph.progress import Progress, quiet

_BUDGET = Budget()


def examine(
    url: str,
    *,
    endpoint: str = "",
    resource: str = "",
    requests: int = _BUDGET.requests,
    pause: float = _BUDGET.pause,
    heavy: bool = False,
    progress: Progress = quiet,
) -> ExaminationReport:
    """Return what an examination of a publisher or an endpoint finds, with few and small requests.

    Nothing that the server does is an error: it is in ``results``, each with the check and what was seen, and in
    ``score``, which is None where nothing could be decided.

    Args:
        url: address of the site of a publisher, or of a SPARQL endpoint.
        endpoint: the endpoint, where it is not found from the address.
        resource: IRI of a resource of the data, where it is not found from a description or by a query.
        requests: requests that are sent at most.
        pause: seconds between an answer and the next request.
        heavy: also send a query that costs the server much, to see its time limit.
        progress: called with the name of each check, how many are done, and how many there are.

    Raises:
        SettingsError: an address is not one of http or https, or a bound is none.
    """
    budget = Budget(requests=requests, pause=pause)
    return examining.examine(
        url, endpoint=endpoint, resource=resource, budget=budget, is_heavy=heavy, progress=progress
    )
