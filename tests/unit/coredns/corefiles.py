"""Corefiles for the tests of CoreDNS: those that distributions ship, and a strategy for all others."""

from __future__ import annotations

from hypothesis import strategies as st

KUBEADM = """\
.:53 {
    errors
    health {
       lameduck 5s
    }
    ready
    kubernetes cluster.local in-addr.arpa ip6.arpa {
       pods insecure
       fallthrough in-addr.arpa ip6.arpa
       ttl 30
    }
    prometheus :9153
    forward . /etc/resolv.conf {
       max_concurrent 1000
    }
    cache 30 {
       disable success cluster.local
       disable denial cluster.local
    }
    loop
    reload
    loadbalance
}
"""

EKS = """\
.:53 {
    errors
    health {
        lameduck 5s
      }
    ready
    kubernetes cluster.local in-addr.arpa ip6.arpa {
      pods insecure
      fallthrough in-addr.arpa ip6.arpa
    }
    prometheus :9153
    forward . /etc/resolv.conf
    cache 30
    loop
    reload
    loadbalance
}
"""

AKS = """\
.:53 {
    errors
    ready
    health {
      lameduck 5s
    }
    kubernetes cluster.local in-addr.arpa ip6.arpa {
      pods insecure
      fallthrough in-addr.arpa ip6.arpa
      ttl 30
    }
    prometheus :9153
    forward . /etc/resolv.conf
    cache 30
    loop
    reload
    loadbalance
    import custom/*.override
}
import custom/*.server
"""

LONG_AGO = """\
.:53 {
    errors
    health
    kubernetes cluster.local in-addr.arpa ip6.arpa {
        pods insecure
        upstream
        fallthrough in-addr.arpa ip6.arpa
    }
    prometheus :9153
    proxy . /etc/resolv.conf
    cache 30
    reload
}
"""

SHIPPED = {"kubeadm": KUBEADM, "EKS": EKS, "AKS": AKS}

_WORDS = st.sampled_from(
    [
        "example.org",
        "10.0.0.10",
        "cluster.local",
        "30",
        '"a b"',
        '"#x"',
        '""',
        "{$NAME}",
        "/etc/hosts",
        "set",
        "to",
    ]
)
_PLUGINS = st.sampled_from(
    [
        "errors",
        "kubernetes",
        "forward",
        "header",
        "any",
        "ready",
        "file",
        "rewrite",
        "cache",
        "unbound",
        "transfer",
    ]
)
_OPTIONS = st.sampled_from(
    """\
pods insecure
upstream
resyncperiod 5s
transfer to *
transfer to 10.0.0.1 10.0.0.2
no_reload
set ra
clear aa
response set aa
max_concurrent 10
success 30
mystery
to *""".splitlines()
)
_COMMENTS = st.sampled_from(["", "", "  # why", " #", "#glued"])


@st.composite
def _plugin(draw: st.DrawFn) -> str:
    line = " ".join([draw(_PLUGINS), *draw(st.lists(_WORDS, max_size=3))])
    if draw(st.booleans()):
        return f"    {line}{draw(_COMMENTS)}"
    options = draw(st.lists(_OPTIONS, max_size=4))
    body = [f"        {option}{draw(_COMMENTS)}" for option in options]
    return "\n".join([f"    {line} {{{draw(_COMMENTS)}", *body, "    }"])


@st.composite
def _block(draw: st.DrawFn, address: str) -> str:
    lines = draw(st.lists(_plugin(), max_size=5))
    if address != "(shared)" and draw(st.booleans()):
        lines.append("    import shared")
    return "\n".join([f"{address} {{{draw(_COMMENTS)}", *lines, "}"])


@st.composite
def corefiles(draw: st.DrawFn) -> str:
    """A Corefile that parses: snippets, comments, quotes and both line endings included."""
    addresses = draw(
        st.lists(st.sampled_from([".:53", "a.org", "b.org:54", "tls://c.org", "10.0.0.0/24"]), unique=True)
    )
    blocks = [draw(_block("(shared)")), *(draw(_block(address)) for address in addresses)]
    text = "\n\n".join(blocks) + draw(st.sampled_from(["", "\n"]))
    if draw(st.booleans()):
        text = text.replace("\n", "\r\n")
    return draw(st.sampled_from(["", "\ufeff", "# a note\n"])) + text
