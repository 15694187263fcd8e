"""Exit code 0 where JupyterLab lets us in with the token, as people do; else it says what is wrong."""

import sys
import urllib.request
from pathlib import Path

URL = "http://127.0.0.1:8888/api/status"


def main() -> int:
    token = Path("/run/tidemark/TIDEMARK_NOTEBOOK__TOKEN").read_text()
    request = urllib.request.Request(URL, headers={"Authorization": f"token {token}"})
    try:
        urllib.request.urlopen(request, timeout=8).close()  # noqa: S310 - it is ours
    except OSError as error:
        print(f"JupyterLab lets nobody in: {error}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
