"""TensorFlow, loaded without the notes that its libraries write to the terminal."""

from __future__ import annotations

import faulthandler
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

STDERR = 2
LOADING = "loading TensorFlow"


def load_tensorflow() -> None:
    """Import TensorFlow and look for devices, without the notes of its libraries.

    They tell the terminal which instructions and drivers they found before any setting of theirs can stop them. Where
    loading fails, the notes are shown. Where it ends the process, the line of ours at which it did is shown.
    """
    with _held_back():
        import tensorflow

        tensorflow.config.list_physical_devices()


@contextmanager
def _held_back() -> Iterator[None]:
    """Keep what is written to the process's standard error from the terminal, unless an exception follows."""
    sys.stderr.flush()
    terminal = os.dup(STDERR)
    watches = not faulthandler.is_enabled()
    if watches:
        faulthandler.enable(terminal)
    with tempfile.TemporaryFile() as said:
        os.dup2(said.fileno(), STDERR)
        try:
            yield
        except BaseException:
            said.seek(0)
            os.write(terminal, said.read())
            raise
        finally:
            if watches:
                faulthandler.disable()
            os.dup2(terminal, STDERR)
            os.close(terminal)
