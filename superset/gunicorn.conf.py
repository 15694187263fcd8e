"""How every launcher runs Superset; each adds its --bind. One process, which brings itself to what this folder says."""

from pathlib import Path

pythonpath = str(Path(__file__).parent)
wsgi_app = "bootstrap:main([])"
workers = 1
worker_class = "gthread"
threads = 16
timeout = 120
graceful_timeout = 5
control_socket_disable = True
