"""kodokeep keeps Qiniu Kodo buckets in plain local folders."""
