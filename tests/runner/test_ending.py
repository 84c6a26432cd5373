"""The process of a run ends as any interpreter does: nothing that its code left open is lost."""

from __future__ import annotations

import gzip
from pathlib import Path

from tests import recorded
from tests.runner.scenes import deployed, ended, found, printed, running, triggered, written

LEAVING = """
import atexit, ctypes, gzip, sys, threading, types

class SaysThatItIsAModule:
    __slots__ = ()
    __class__ = types.ModuleType

sys.modules["a_library_of_cffi"] = SaysThatItIsAModule()

class Tidy:
    def __del__(self, write=Path.write_text):
        write(Path("finalized"), "yes")

TIDY = Tidy()
OPEN = open("open.txt", "w")
PACKED = gzip.open("packed.gz", "wt")

def later():
    time.sleep(0.2)
    OPEN.write(" of the thread")

@flow
def around():
    OPEN.write("the words")
    PACKED.write("packed words")
    TIDY.itself = TIDY
    threading.Thread(target=later).start()
    atexit.register(lambda: OPEN.write(" and the last"))
    ctypes.CDLL(None).printf(b"from a library\\n")
"""


def test_what_a_flows_code_leaves_open_is_written_when_its_process_ends() -> None:
    deployment = deployed(LEAVING)
    run = triggered(deployment)

    with running(deployment):
        assert ended(run).is_completed()
        assert found(lambda: printed(run), "output") == ["from a library"]
        assert found(lambda: Path("open.txt").read_text(), "words") == "the words of the thread and the last"
        assert gzip.decompress(found(Path("packed.gz").read_bytes, "packed words")) == b"packed words"
        assert written("finalized") == "yes"
    assert [line.message for line in recorded.log_lines(run) if "Traceback" in line.message] == []
