"""Starts the servers, and prepares them: accounts, topics, migrations, dashboards."""
