"""Made-up events of four networks, where no account is at hand or no network is reachable.

One process makes up all of them, seeded: the same settings and the same first start give the same
events. Each network has its own `source` header, which starts with `sample`:

    sample            posts of X, in the formats of API v2 and v1.1, with reposts and edits
    sample_bluesky    messages of Jetstream: posts, reposts, edits, deletes, handles, closed accounts;
                      after each of them the author's profile
    sample_mastodon   statuses, boosts, edits and deletes of one instance
    sample_wikimedia  edits, new pages, categories and log entries of wikis called sample_enwiki, …

Some posts of each network but Wikimedia are observed at fixed ages, for topic `engagement`; the query
is the community that a post is from (engagement.py).

Three to ten of 1,000 payloads have a fault: they are rejected for one of several reasons, or stored
with an odd field (faults.py). All networks but X have outages, past and live, with the reports of
coverage that a producer of the real network would send (outages.py, coverage.py).

networks.py puts the feeds together, schedule.py orders their events, source.py sends them.
"""
