"""The dashboard's entry: `streamlit run dashboard/app.py`.

Streamlit imports this file once as the server's application and then runs it as a script for every session.
"""

from __future__ import annotations

import importlib
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING

SIDEBAR_PIXELS = 200  # the narrowest that Streamlit takes
HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
if str(ROOT) not in sys.path:  # `streamlit run` puts this folder on the path, not the repository's root
    sys.path.insert(0, str(ROOT))

import streamlit as st  # noqa: E402
from starlette.middleware import Middleware  # noqa: E402
from starlette.routing import Route  # noqa: E402
from streamlit.web.server.server_util import get_url  # noqa: E402

from dashboard import late_polls  # noqa: E402
from dashboard.serving import DarkFirstPaint, client_address, download_address, refusal  # noqa: E402

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response


def main() -> None:
    """Run the script once: check who may be served, then show the screen."""
    st.set_page_config(
        page_title="Fracture Review",
        page_icon=str(HERE / "icon.svg"),
        layout="wide",
        initial_sidebar_state=SIDEBAR_PIXELS,
    )
    st.logo(str(HERE / "wordmark.svg"))
    st.html(HERE / "style.css")
    reason = refusal(st.get_option("server.address"), client_address())
    if reason:
        st.error(reason)
        st.stop()

    from dashboard import shell  # imported only where it may be served

    shell.run()


def preload() -> None:
    """Import what the first screen needs before anybody opens it, so that the first reader need not wait."""
    importlib.import_module("dashboard.shell")
    importlib.import_module("dashboard.screens.worklist")


def download(request: Request) -> Response:
    """Answer a request for a CSV; see `downloads`."""
    from dashboard import downloads

    return downloads.send(request)


if __name__ == "__main__":
    main()
else:
    refused = refusal(st.get_option("server.address"))
    if refused:
        sys.exit(refused)
    print(f"Fracture Review: {get_url(st.get_option('server.address') or 'localhost')}", flush=True)
    late_polls.drop()
    threading.Thread(target=preload, name="preload", daemon=True).start()
    route = Route(download_address("{secret}"), download)
    app = st.App(__file__, routes=[route], middleware=[Middleware(DarkFirstPaint)])
