"""superset/ is no package (it would hide Superset itself): its files import each other by name."""

import sys

from tidemark.stack.project import SUPERSET

sys.path.insert(0, str(SUPERSET))
