"""Visitors of a server: who a page is drawn for, without a login, and which of its files they may
name.

A browser is known by a cookie that the server gave it (``server/visitors.py``). Whoever sits at the
computer that runs the app is a teacher; so is who has given the key that it was started with
(``CONVNEXT_VIZ_TEACHER_KEY``).
"""

import hashlib
import hmac
import ipaddress
import os
import secrets
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urlsplit

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from convnext_viz.data import own_sets, roots
from convnext_viz.data.home_folder import home
from convnext_viz.lab import kept_weights, rights
from convnext_viz.lab.rights import HERE, Quota
from convnext_viz.lab.store import Store
from convnext_viz.ui.server.visitors import COOKIE, is_cookie

_NOBODY = "nobody"
_SESSION = "visitor"  # no widget's: in place of the cookie where a browser keeps none
_TEACHER = "visitor_teacher"  # no widget's: the key with which this visitor became a teacher
_PROXIED = ("forwarded", "via", "x-forwarded-for", "x-forwarded-host", "x-real-ip")


@dataclass(frozen=True)
class Visitor:
    """Who a page is drawn for."""

    id: str  # HERE, or a checksum of the browser's cookie, which nobody else knows
    teacher: bool

    @property
    def here(self) -> bool:
        """Whether they sit at the computer that runs the app."""
        return self.id == HERE


def visitor() -> Visitor:
    """Whose browser this is: the same one after a reload, in another tab and tomorrow."""
    # A thread is no visitor, and must not be taken for one.
    if get_script_run_ctx(suppress_warning=True) is None:
        return Visitor(_NOBODY, False)
    if _is_here():
        return Visitor(HERE, True)
    cookie = st.context.cookies.get(COOKIE, "") if st.context.headers else ""
    if not is_cookie(cookie):
        cookie = st.session_state.setdefault(_SESSION, secrets.token_hex(16))
    found = hashlib.blake2b(cookie.encode(), digest_size=8).hexdigest()
    return Visitor(found, _is_teacher(found))


def quota() -> Quota | None:
    """How much the visitor may use; None without a limit, for a teacher."""
    who = visitor()
    if who.teacher:
        return None
    return replace(rights.quota(), elsewhere=own_sets.usage(who.id) + kept_weights.usage(who.id))


def place(path: str) -> str:
    """A path that the visitor typed, where they may read it; raises ValueError elsewhere."""
    if not path or visitor().here:
        return path
    return str(_permitted(path, roots.configured()))


@st.cache_data(ttl=5, max_entries=200, show_spinner=False)
def _permitted(path: str, below: tuple[Path, ...]) -> Path:
    """Looking for links takes a while in a large folder, and every click asks anew."""
    return roots.permitted(path, roots=below)


def has_key() -> bool:
    """Whether the server was started with a key for its teacher."""
    return bool(_key())


def give_key(given: str) -> bool:
    """Make the visitor a teacher if this is the key; False where it is not."""
    # Bytes: a text that is not ASCII cannot be compared in constant time.
    if not has_key() or not hmac.compare_digest(given.strip().encode(), _key().encode()):
        return False
    with Store(home()).writing() as db:
        rights.make_teacher(db, visitor().id, _key())
    return True


def _is_teacher(found: str) -> bool:
    key = _key()
    if not key:
        return False
    if st.session_state.get(_TEACHER) != (found, key):
        with Store(home()).reading() as db:
            if not rights.is_teacher(db, found, key):
                return False
        st.session_state[_TEACHER] = found, key
    return True


def _key() -> str:
    return os.environ.get("CONVNEXT_VIZ_TEACHER_KEY", "").strip()


def _is_here() -> bool:
    """Whether the request comes from this computer, and the browser was pointed at this computer.

    The second tells apart what a proxy or a tunnel on this computer passes on: it keeps the origin
    that the browser says, and mostly adds headers. ``CONVNEXT_VIZ_LOOPBACK=0`` ends all doubt.
    """
    if os.environ.get("CONVNEXT_VIZ_LOOPBACK", "").strip() == "0":
        return False
    headers = st.context.headers
    if not headers:  # no browser: a test of a script, or a program, where these are let in
        return not st.get_option("server.enableAgentApi")
    if any(name in headers for name in _PROXIED):
        return False
    said = [f"//{headers.get('host', '')}"]
    if "origin" in headers:
        said.append(headers["origin"])
    address = st.context.ip_address  # None where it is 127.0.0.1 or ::1
    return (address is None or _is_loopback(address)) and all(map(_names_loopback, said))


def _names_loopback(address: str) -> bool:
    """Whether a browser that was pointed there talks to its own computer."""
    try:
        host = urlsplit(address).hostname or ""
    except ValueError:
        return False
    return host == "localhost" or _is_loopback(host)


def _is_loopback(host: str) -> bool:
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)  # a server of both protocols: ::ffff:127.0.0.1
    return (mapped or address).is_loopback
