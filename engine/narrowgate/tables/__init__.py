"""Tables: reading, judging, checking, changing and writing records, a batch at a time."""
