"""A witness (https://c2sp.org/tlog-witness): cosigns checkpoints of logs that only ever grow."""
