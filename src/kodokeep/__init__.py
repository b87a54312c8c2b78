"""kodokeep keeps Qiniu Kodo buckets in plain local folders."""

__version__ = "0.1.0"
