"""The dashboard's entry: `streamlit run dashboard/app.py`.

Streamlit imports this file once as the server's application and then runs it as a script for every session.
"""

from __future__ import annotations

import sys
from pathlib import Path

SIDEBAR_PIXELS = 200  # the narrowest that Streamlit takes
HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
if str(ROOT) not in sys.path:  # `streamlit run` puts this folder on the path, not the repository's root
    sys.path.insert(0, str(ROOT))

import streamlit as st  # noqa: E402
from starlette.middleware import Middleware  # noqa: E402

from dashboard.serving import NightWatch, client_address, refusal  # noqa: E402


def main() -> None:
    """One run of the script: is this allowed, who reads, which screen."""
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

    from dashboard import shell  # everything else is only read where it may be served

    shell.run()


if __name__ == "__main__":
    main()
else:
    refused = refusal(st.get_option("server.address"))
    if refused:
        sys.exit(refused)
    app = st.App(__file__, middleware=[Middleware(NightWatch)])
