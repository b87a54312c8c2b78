"""Listeners of events: what a run tells people, scripts and the audit trail. Decides nothing, touches no bucket.

`words` and `units` hold the texts, `text` and `progress` talk to people, `jsonlines` to scripts, `runlog` to posterity.
`health_words` tells people how the pairs are between runs, `gauges` and `metrics` tell Prometheus.
"""
