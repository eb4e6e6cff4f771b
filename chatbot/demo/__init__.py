"""A whole chat on an embedded Mastodon-API server, with an invented community that behaves as real ones do."""
