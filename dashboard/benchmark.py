"""`python -m dashboard.benchmark RERUNS`: server time of the worklist's reruns, for `python -m core benchmark`.

It runs in a process of its own, since core never imports streamlit. It prints one line of JSON: `seconds`, one number
for each rerun, and `tensorflow`, whether this process has imported TensorFlow.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

from streamlit.testing.v1 import AppTest

START_SECONDS = 120


def measure(reruns: int) -> dict[str, list[float] | bool]:
    """Run the app on the store that FRACTURE_HOME names and rerun its first screen, the worklist.

    Raises:
        RuntimeError: the screen shows an exception.
    """
    app = AppTest.from_file(str(Path(__file__).with_name("app.py")), default_timeout=START_SECONDS)
    app.run()
    app.run()  # the second run finds the place in the URL, as every later one does
    seconds = []
    for _ in range(reruns):
        began = time.perf_counter()
        app.run()
        seconds.append(time.perf_counter() - began)
    if app.exception:
        raise RuntimeError(app.exception[0].value)
    return {"seconds": seconds, "tensorflow": "tensorflow" in sys.modules}


if __name__ == "__main__":
    print(json.dumps(measure(int(sys.argv[1]))))
