"""JupyterLab, as in its container: one token, and no calls home."""

from tidemark.settings import load, require

c = get_config()  # noqa: F821 - Jupyter hands it in

c.Application.log_level = "WARN"
c.IdentityProvider.token = require(load().notebook.token, "notebook", "token")
c.ServerApp.ip = "0.0.0.0"  # noqa: S104 - of the container; Compose publishes it on 127.0.0.1 alone
c.ServerApp.port = 8888
c.ServerApp.port_retries = 0
c.ServerApp.open_browser = False
# Asked under another name than localhost, it does not answer: a page elsewhere could have its own
# name point here.
c.ServerApp.allow_remote_access = False
c.ServerApp.root_dir = "/srv/notebooks"
c.LabApp.news_url = None
c.LabApp.check_for_updates_class = "jupyterlab.NeverCheckForUpdate"
c.LabApp.extension_manager = "readonly"
