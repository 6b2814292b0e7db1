"""Channels of ZIP archives, and of the workbooks and ODS files that are some."""

from narrowgate.inspection.channels.channel import Channel

_ANEW = "pack it anew"

ZIP_PREFIX = Channel("zip_prefix", "bytes before the archive", "byte", "high", _ANEW, unsound=True)
ZIP_TRAILING = Channel("zip_trailing", "bytes behind the archive", "byte", "high", _ANEW, unsound=True)
ZIP_GAP = Channel("zip_gap", "bytes that no member owns", "byte", "high", _ANEW, unsound=True)
ZIP_OVERLAP = Channel("zip_overlap", "members that share bytes", "member", "high", _ANEW, unsound=True)
ZIP_DUPLICATE = Channel(
    "zip_duplicate_name", "members of the same name, or but for its case", "member", "high", _ANEW, unsound=True
)
ZIP_NAME = Channel(
    "zip_suspicious_name", "names that lead out of the archive, or are none", "member", "high", _ANEW, unsound=True
)
ZIP_MISMATCH = Channel("zip_header_mismatch", "members whose two headers differ", "member", "high", _ANEW, unsound=True)
ZIP_BROKEN = Channel(
    "zip_broken_member", "members that do not hold what their headers say", "member", "high", _ANEW, unsound=True
)
ZIP_ENCRYPTED = Channel(
    "zip_encrypted", "encrypted members", "member", "high", "pack it anew without a password", unsound=True
)
ZIP_METHOD = Channel(
    "zip_method",
    "members compressed in a way that cannot be looked into",
    "member",
    "high",
    "pack it anew with deflate",
    unsound=True,
)
ZIP_BOMB = Channel(
    "zip_bomb", "members that unpack to absurd sizes", "member", "high", "find out who made it, and why", unsound=True
)
ZIP_COMMENT = Channel("zip_comment", "comments on the archive or its members", "byte", "medium", _ANEW)
ZIP_EXTRA = Channel("zip_extra_field", "extra fields of members", "field", "low", _ANEW)
ZIP_TIME = Channel("zip_times", "times at which members were changed", "member", "low", _ANEW)
ZIP_NESTED = Channel("zip_nested", "archives within the archive", "member", "high", "unpack them and look into each")
ZIP_UNREADABLE_MEMBER = Channel(
    "zip_unknown_member", "members of a kind that is not looked into", "member", "medium", "look into them by hand"
)
ZIP_UNUSED = Channel(
    "zip_unused_members", "members that are neither the table nor pictures", "member", "low", "leave them out"
)
GZIP_HEADER = Channel(
    "gzip_header", "names, times, comments or extra fields in the gzip header", "field", "low", "compress it anew"
)
GZIP_TRAILING = Channel(
    "gzip_trailing", "bytes behind the gzip stream", "byte", "high", "compress it anew", unsound=True
)
