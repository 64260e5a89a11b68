from __future__ import annotations

import pytest

from addon_updater.api.service_url import ServiceUrl
from addon_updater.errors import ParseError


@pytest.mark.parametrize(
    "text, parts",
    [
        ("http://web.site.svc", ("http", "web", "site", "", 80, "/")),
        ("https://web.site.svc/", ("https", "web", "site", "", 443, "/")),
        ("http://web.site.svc:3000/api?a=b&c=d", ("http", "web", "site", "", 3000, "/api?a=b&c=d")),
        ("http://web.site.svc.cluster.local:80", ("http", "web", "site", "cluster.local", 80, "/")),
        ("http://a.b.svc:65535/x@y.example:1/", ("http", "a", "b", "", 65535, "/x@y.example:1/")),
    ],
)
def test_the_address_of_a_service_is_taken_apart(text, parts):
    url = ServiceUrl.parse(text)

    assert (url.scheme, url.service, url.namespace, url.domain, url.port, url.path) == parts


@pytest.mark.parametrize(
    "text",
    [
        "",
        "http://web.site",
        "http://web.svc",
        "http://10.0.0.1",
        "http://web.site.svc:0",
        "http://web.site.svc:70000",
        "http://web.site.svc@example.com/",
        "http://web.site.svc:80@example.com/",
        "http://web.site.svc\n/",
        "http://web.site.svcx/",
        "http://web.site.svc.example.com/",
        "http://web.site.svc.cluster.local.example.com/",
        "HTTP://web.site.svc/",
        "http://web.site.svc?q=/",
        "file:///etc/passwd",
    ],
)
def test_any_other_address_is_refused_with_the_remedy(text):
    with pytest.raises(ParseError, match="write the address of a Service of this cluster"):
        ServiceUrl.parse(text)
