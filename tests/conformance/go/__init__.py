"""Conformance of clients written in Go: the Go SDK and qshell, unmodified, against the emulator.

`make conformance-go` runs it. It needs a Go toolchain and the Go module proxy, so it is not part of
`make test`.
"""

PUBLIC = "go-public"
PRIVATE = "go-private"
BUCKETS = (PUBLIC, f"{PRIVATE}:private")
