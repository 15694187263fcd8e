"""Bringing the servers up and preparing them: topics → migrations → dashboards."""
