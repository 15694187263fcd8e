"""Exit code 0 where Superset signs the viewer in, as people do; else it says what is wrong."""

import json
import sys
import urllib.request
from pathlib import Path

URL = "http://127.0.0.1:8088/api/v1/security/login"


def main() -> int:
    password = Path("/run/tidemark/SUPERSET_VIEWER_PASSWORD").read_text()
    sign_in = {"username": "viewer", "password": password, "provider": "db"}
    content = json.dumps(sign_in).encode()
    request = urllib.request.Request(URL, content, {"Content-Type": "application/json"})
    try:
        with urllib.request.urlopen(request, timeout=8) as answer:  # noqa: S310 - it is ours
            return 0 if json.load(answer).get("access_token") else 1
    except (OSError, ValueError) as error:
        print(f"Superset signs nobody in: {error}")
        return 1


if __name__ == "__main__":
    sys.exit(main())
