"""The image of the target, written as the running one is."""

from __future__ import annotations

import pytest

from addon_updater.api.release import ImageRewrite
from addon_updater.api.versions import Version
from addon_updater.catalog import load_embedded
from addon_updater.errors import CatalogError
from addon_updater.resolve import image_for
from unit.resolve.situations import coredns, web

V1_12_1 = "sha256:e8c262566636e6bc340ece6473b0eed193cad045384401529721ddbe6463d31c"
V1_11_3 = "sha256:" + "0" * 64
HOME = "registry.k8s.io/coredns/coredns"


@pytest.mark.parametrize(
    "running, image",
    [
        (f"{HOME}:v1.11.3", f"{HOME}:v1.12.1"),
        ("docker.io/coredns/coredns:1.11.3", "docker.io/coredns/coredns:1.12.1"),
        ("coredns/coredns:1.11.3", "coredns/coredns:1.12.1"),
        ("mirror.corp:5000/k8s/coredns:v1.11.3", "mirror.corp:5000/k8s/coredns:v1.12.1"),
        ("localhost/coredns:1.11.3", "localhost/coredns:1.12.1"),
        (f"{HOME}:latest", f"{HOME}:v1.12.1"),
        (HOME, f"{HOME}:v1.12.1"),
        ("coredns/coredns", "coredns/coredns:1.12.1"),
        (f"{HOME}:v1.11.3@{V1_11_3}", f"{HOME}:v1.12.1@{V1_12_1}"),
        (f"{HOME}@{V1_11_3}", f"{HOME}@{V1_12_1}"),
    ],
)
def test_the_repository_and_the_style_stay(running, image):
    assert image_for(coredns(), Version.parse("1.12.1"), running) == image


PROMETHEUS, GRAFANA = "quay.io/prometheus/prometheus", "docker.io/grafana/grafana"


@pytest.mark.parametrize(
    "addon, version, running, image",
    [
        ("prometheus", "3.13.2", f"{PROMETHEUS}:v3.13.1-distroless", f"{PROMETHEUS}:v3.13.2-distroless"),
        ("prometheus", "3.13.2", f"{PROMETHEUS}:v3.13.1-busybox", f"{PROMETHEUS}:v3.13.2-busybox"),
        ("prometheus", "3.13.2", "mirror.corp/prom:3.13.1-distroless", "mirror.corp/prom:3.13.2-distroless"),
        ("grafana", "12.4.9", f"{GRAFANA}:12.4.1-ubuntu", f"{GRAFANA}:12.4.9-ubuntu"),
        ("grafana", "12.4.9", f"{GRAFANA}:12.4.3-security-02-ubuntu", f"{GRAFANA}:12.4.9-ubuntu"),
        ("grafana", "12.4.9", f"{GRAFANA}:12.4.3-security-02", f"{GRAFANA}:12.4.9"),
        ("grafana", "12.4.9", f"{GRAFANA}:latest-ubuntu", f"{GRAFANA}:12.4.9-ubuntu"),
    ],
)
def test_upstreams_own_variant_of_an_image_stays(addon, version, running, image):
    assert image_for(load_embedded().addon(addon), Version.parse(version), running) == image


def test_a_variant_has_neither_the_digest_nor_the_odd_tag_of_the_default_image():
    special = {"tag": "v2.1.0-fixed", "digest": V1_12_1}
    image = {
        "repository": "registry.example/web",
        "tag": "v{version}",
        "variants": [{"name": "distroless", "versions": "*", "source": "notes"}],
    }
    odd = web(releases=[{"version": "2.1.0", "image": special}], kubernetes=[], image=image)
    running, version = "registry.example/web:v2.0.0-distroless", Version.parse("2.1.0")

    wanted = image_for(odd, version, running, pin_digest=True)
    assert wanted == "registry.example/web:v2.1.0-distroless"
    with pytest.raises(CatalogError, match="is pinned by digest"):
        image_for(odd, version, f"{running}@{V1_11_3}")


def test_a_variant_that_the_wanted_release_lacks_is_not_made_up():
    with pytest.raises(CatalogError, match=r"3\.9\.1 has no -distroless build, .*; >=3.10 have one: choose"):
        image_for(
            load_embedded().addon("prometheus"), Version.parse("3.9.1"), f"{PROMETHEUS}:v3.10.0-distroless"
        )


@pytest.mark.parametrize(
    "running, image",
    [
        (f"{HOME}:v1.11.3", f"{HOME}:v1.12.1@{V1_12_1}"),
        ("mirror.corp/coredns:v1.11.3", "mirror.corp/coredns:v1.12.1"),
    ],
)
def test_a_digest_is_pinned_on_request_where_it_is_known_to_hold(running, image):
    assert image_for(coredns(), Version.parse("1.12.1"), running, pin_digest=True) == image


@pytest.mark.parametrize(
    "version, running, complaint",
    [
        ("1.11.2", f"{HOME}:v1.11.1", "1.11.2 is not in the catalog"),
        ("1.12.1", "eks.example/coredns:v1.11.3-eksbuild.1", "a vendor's own build"),
        ("1.12.1", "eks.example/coredns:v1.11.3-eksbuild.1-distroless", "a vendor's own build"),
        ("1.12.1", "mirror.corp/coredns:stable", "shows no version"),
        ("1.9.2", f"{HOME}:v1.8.6", "never got 1.9.2, which is at docker.io/coredns/coredns"),
        ("1.12.1", f"mirror.corp/coredns:v1.11.3@{V1_11_3}", "is pinned by digest"),
        ("1.14.3", f"{HOME}:v1.14.2@{V1_11_3}", "is pinned by digest"),
    ],
)
def test_an_image_that_cannot_be_named_is_refused_with_the_way_out(version, running, complaint):
    with pytest.raises(CatalogError, match=f"addon coredns: .*{complaint}.*[;,]"):
        image_for(coredns(), Version.parse(version), running)


def test_a_release_that_lives_elsewhere_is_fine_on_a_mirror_and_at_its_home():
    version = Version.parse("1.9.2")

    assert image_for(coredns(), version, "mirror.corp/coredns:v1.8.6") == "mirror.corp/coredns:v1.9.2"
    assert image_for(coredns(), version, "coredns/coredns:1.8.6") == "coredns/coredns:1.9.2"


def test_a_tag_of_its_own_holds_in_the_repository_of_the_addon_only():
    odd = web(releases=[{"version": "2.1.0", "image": {"tag": "v2.1.0-fixed"}}], kubernetes=[])
    version = Version.parse("2.1.0")

    assert image_for(odd, version, "registry.example/web:v2.0.0") == "registry.example/web:v2.1.0-fixed"
    assert image_for(odd, version, "mirror.corp/web:v2.0.0") == "mirror.corp/web:v2.1.0"


def rewrites(*pairs):
    return [ImageRewrite.model_validate({"from": old, "to": new}) for old, new in pairs]


TO_MIRROR = rewrites(("registry.k8s.io", "mirror.corp:5000/k8s"))
BOTH = rewrites(("registry.k8s.io", "mirror.corp/k8s"), ("registry.k8s.io/coredns", "mirror.corp/dns"))
HUB = rewrites(("docker.io/coredns", "mirror.corp/hub"))
NONE_OF_IT = rewrites(("registry.k8s.io/core", "mirror.corp/core"), ("registry.k8s.i", "mirror.corp"))
MIRROR = "mirror.corp:5000/k8s/coredns/coredns"


@pytest.mark.parametrize(
    "running, rules, image",
    [
        (f"{HOME}:v1.11.3", TO_MIRROR, f"{MIRROR}:v1.12.1"),
        (f"{MIRROR}:v1.11.3", TO_MIRROR, f"{MIRROR}:v1.12.1"),
        (f"{HOME}:v1.11.3", BOTH, "mirror.corp/dns/coredns:v1.12.1"),
        (f"{HOME}:v1.11.3", list(reversed(BOTH)), "mirror.corp/dns/coredns:v1.12.1"),
        (f"{HOME}:v1.11.3", rewrites((HOME, "corp.example/dns")), "corp.example/dns:v1.12.1"),
        ("coredns/coredns:1.11.3", HUB, "mirror.corp/hub/coredns:1.12.1"),
        ("docker.io/coredns/coredns:1.11.3", HUB, "mirror.corp/hub/coredns:1.12.1"),
        (f"{HOME}:v1.11.3", HUB, f"{HOME}:v1.12.1"),
        (f"{HOME}:v1.11.3", NONE_OF_IT, f"{HOME}:v1.12.1"),
        (f"{HOME}:latest", TO_MIRROR, f"{MIRROR}:v1.12.1"),
        (f"{MIRROR}:latest", TO_MIRROR, f"{MIRROR}:v1.12.1"),
        (f"{HOME}@{V1_11_3}", TO_MIRROR, f"{MIRROR}@{V1_12_1}"),
        (f"{MIRROR}:v1.11.3@{V1_11_3}", TO_MIRROR, f"{MIRROR}:v1.12.1@{V1_12_1}"),
    ],
)
def test_the_longest_rewrite_that_holds_exchanges_the_repository_once(running, rules, image):
    assert image_for(coredns(), Version.parse("1.12.1"), running, rewrites=rules) == image
    again = image_for(coredns(), Version.parse("1.12.1"), image, rewrites=rules)
    assert again == image


@pytest.mark.parametrize(
    "rules, complaint",
    [
        (rewrites((HOME, "mirror.corp:5000")), "makes mirror.corp:5000 of registry.k8s.io/coredns/coredns"),
        (
            rewrites(("registry.k8s.io", "/".join(["mirror.corp", *["deep"] * 47]))),
            "is no repository; correct `to`",
        ),
    ],
)
def test_a_rewrite_that_makes_no_repository_is_refused_with_its_field(rules, complaint):
    with pytest.raises(CatalogError, match=r"^spec\.images\.rewrites\[from=.*" + complaint):
        image_for(coredns(), Version.parse("1.12.1"), f"{HOME}:v1.11.3", rewrites=rules)


def test_a_mirror_made_by_a_rewrite_never_got_what_its_source_never_got():
    with pytest.raises(CatalogError, match=r"never got 1\.9\.2, which is at docker\.io/coredns/coredns"):
        image_for(coredns(), Version.parse("1.9.2"), f"{HOME}:v1.8.6", rewrites=TO_MIRROR)
