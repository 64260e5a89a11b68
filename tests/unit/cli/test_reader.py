from __future__ import annotations

import pytest

from addon_updater.cli.reader import Reader
from addon_updater.cluster import paths
from addon_updater.cluster.client import Client, KubeAccess
from addon_updater.errors import (
    ApiError,
    ForbiddenError,
    NotFoundError,
    TransientError,
    UnauthorizedError,
)


class Configuration:
    host = "https://api.example:6443"


@pytest.fixture
def reader(monkeypatch) -> Reader:
    """A reader whose requests fail as `reader.failure` says."""

    def start(self, configuration, *, use_proxy_variables):
        assert use_proxy_variables
        self.configuration = configuration

    async def fail(self, method, path, **_):  # noqa: ARG001
        raise self.failure

    monkeypatch.setattr(Client, "__init__", start)
    monkeypatch.setattr(Client, "_request", fail)
    made = Reader(KubeAccess(Configuration(), "default"))
    made.failure = AssertionError("no request was expected")
    return made


@pytest.mark.parametrize(
    "path, right",
    [
        (paths.revisions("kube-system"), "list controllerrevisions.apps in namespace kube-system"),
        (paths.deployment("kube-system", "coredns"), "get deployments.apps in namespace kube-system"),
        (paths.config_map("kube-system", "coredns"), "get configmaps in namespace kube-system"),
        (paths.pods("kube-system"), "list pods in namespace kube-system"),
        (paths.releases(None), "list addonreleases.addon-updater.dev"),
        (paths.CATALOGS, "list addoncatalogs.addon-updater.dev"),
        (paths.VERSION_INFO, "get /version"),
    ],
)
async def test_a_refused_read_names_the_missing_right(reader: Reader, path: str, right: str):
    reader.failure = ForbiddenError("refused", status=403)
    with pytest.raises(ApiError, match=f"you may not {right};") as raised:
        await reader.get(path)
    assert not isinstance(raised.value, ForbiddenError), (
        "the operator's advice about its own rights would follow"
    )


@pytest.mark.parametrize("path", [paths.API_SERVICE, paths.API_ENDPOINTS])
async def test_what_a_plan_can_do_without_is_noted_and_left_unknown(reader: Reader, path: str):
    reader.failure = ForbiddenError("refused", status=403)
    assert await reader.get(path) == {}
    assert "because you may not get" in reader.skipped[path]


@pytest.mark.parametrize(
    "path, right",
    [
        (paths.budgets("apps"), "list poddisruptionbudgets.policy in namespace apps"),
        (paths.quotas("apps"), "list resourcequotas in namespace apps"),
        (paths.limit_ranges("apps"), "list limitranges in namespace apps"),
        (paths.claims("apps"), "list persistentvolumeclaims in namespace apps"),
    ],
)
async def test_what_lies_around_the_workload_is_noted_and_left_unknown(reader: Reader, path: str, right: str):
    reader.failure = ForbiddenError("refused", status=403)
    assert await reader.list(path) == []
    assert reader.skipped[path].endswith(f"not asked, because you may not {right}")


async def test_an_access_review_that_is_refused_leaves_the_answer_unknown(reader: Reader):
    reader.failure = ForbiddenError("refused", status=403)
    assert await reader.create(paths.ACCESS_REVIEWS, {}) == {}
    assert "create subjectaccessreviews.authorization.k8s.io" in reader.skipped[paths.ACCESS_REVIEWS]


@pytest.mark.parametrize(
    "failure, message",
    [
        (UnauthorizedError("no", status=401), "does not accept your credentials; log in again"),
        (
            TransientError("GET /x: broken"),
            "at https://api.example:6443 cannot be reached: GET /x: broken; check",
        ),
        (TransientError("GET /x: 503 busy", status=503), "is in trouble: GET /x: 503 busy; try again"),
    ],
)
async def test_a_failure_says_what_to_do(reader: Reader, failure: ApiError, message: str):
    reader.failure = failure
    with pytest.raises(ApiError, match=message):
        await reader.get(paths.VERSION_INFO)


async def test_a_cluster_without_the_kind_is_told_apart_from_an_empty_one(reader: Reader):
    reader.failure = NotFoundError("404", status=404)
    with pytest.raises(NotFoundError, match="has no kind AddonRelease; install addon-updater"):
        await reader.releases(None)


async def test_no_write_leaves_the_machine(reader: Reader):
    writes = (
        reader.create(paths.revisions("x"), {}),
        reader.apply(paths.deployment("x", "y"), {}),
        reader.merge(paths.config_map("x", "y"), {}),
        reader.replace(paths.release("x", "y"), {}),
        reader.delete(paths.pod("x", "y")),
    )
    for write in writes:
        with pytest.raises(AssertionError, match="only reads"):
            await write
