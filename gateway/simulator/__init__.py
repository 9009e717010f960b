"""A trading partner's side of the channel, played from its profile and maps: for the demo, for tests, for `gateway simulate`."""
