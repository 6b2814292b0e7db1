"""Channels of pictures, of whichever format."""

from narrowgate.inspection.channels.channel import Channel

_ANEW = "draw the pixels into a new picture, or let the gate do so"

EXIF = Channel("exif", "EXIF tags on how the picture was taken", "tag", "low", _ANEW)
EXIF_GPS = Channel("exif_gps", "EXIF tags on where it was taken", "tag", "high", _ANEW)
EXIF_TIMES = Channel("exif_times", "EXIF tags on when it was taken or changed", "tag", "medium", _ANEW)
EXIF_CAMERA = Channel("exif_camera", "makes and models in EXIF", "tag", "medium", _ANEW)
EXIF_SERIALS = Channel(
    "exif_serial_numbers", "serial numbers and identifiers of the device or picture in EXIF", "tag", "medium", _ANEW
)
EXIF_PEOPLE = Channel("exif_people", "photographers, owners and right holders in EXIF", "tag", "high", _ANEW)
EXIF_TEXTS = Channel("exif_texts", "descriptions, titles, keywords and comments in EXIF", "tag", "high", _ANEW)
EXIF_MAKER_NOTE = Channel("exif_maker_note", "the camera maker's own notes in EXIF", "note", "medium", _ANEW)
EXIF_THUMBNAIL = Channel(
    "exif_thumbnail", "a small picture in EXIF, perhaps from before a change", "picture", "high", _ANEW
)
EXIF_UNKNOWN = Channel("exif_unknown", "EXIF tags that no standard knows", "tag", "medium", _ANEW)
EXIF_SLACK = Channel("exif_slack", "bytes in EXIF that no tag owns", "byte", "medium", _ANEW)
EXIF_BROKEN = Channel("exif_broken", "EXIF that cannot be followed", "byte", "high", _ANEW)
XMP = Channel("xmp", "XMP packets", "packet", "medium", _ANEW)
XMP_EXTENDED = Channel("xmp_extended", "XMP beyond its first segment, often whole pictures", "byte", "high", _ANEW)
XMP_THUMBNAIL = Channel("xmp_thumbnail", "pictures in XMP", "picture", "high", _ANEW)
ICC = Channel("icc", "colour profiles", "profile", "low", _ANEW)
IPTC = Channel("iptc", "IPTC captions, keywords, bylines and places", "dataset", "high", _ANEW)
PHOTOSHOP = Channel("photoshop_irb", "resources of Photoshop", "resource", "medium", _ANEW)
PHOTOSHOP_THUMBNAIL = Channel(
    "photoshop_thumbnail", "a small picture of Photoshop's, perhaps from before a change", "picture", "high", _ANEW
)
PHOTOSHOP_SLACK = Channel(
    "photoshop_slack", "bytes among Photoshop's resources or IPTC that belong to none", "byte", "high", _ANEW
)
C2PA = Channel("c2pa", "signed records of where the picture is from and how it was changed", "segment", "high", _ANEW)
TRAILING = Channel("picture_trailing", "bytes behind the picture", "byte", "high", _ANEW, unsound=True)
EMBEDDED = Channel("embedded_files", "other files behind the picture or in it", "file", "high", _ANEW, unsound=True)
OTHER_PICTURES = Channel("other_pictures", "other pictures in the same file", "picture", "high", _ANEW)
GAP = Channel("picture_gap", "bytes that no part of the picture owns", "byte", "high", _ANEW, unsound=True)
CUT = Channel(
    "picture_cut_short", "places where the picture breaks off", "place", "low", "transfer it again", unsound=True
)

JPEG_COMMENT = Channel("jpeg_comment", "comments", "comment", "medium", _ANEW)
JPEG_THUMBNAIL = Channel("jfif_thumbnail", "a small picture in the JFIF header", "picture", "high", _ANEW)
JPEG_APPLICATION = Channel("jpeg_application", "segments of applications of one's own", "segment", "high", _ANEW)
JPEG_TEXTS = Channel("jpeg_picture_info", "notes of cameras and programs in APP12", "segment", "medium", _ANEW)
JPEG_FILL = Channel("jpeg_fill", "fill bytes before markers", "byte", "low", _ANEW)

PNG_TEXT = Channel("png_text", "texts", "text", "medium", _ANEW)
PNG_TIME = Channel("png_time", "when it was last changed", "time", "low", _ANEW)
PNG_SETTINGS = Channel("png_settings", "chunks on size, palettes and rendering", "chunk", "low", _ANEW)
PNG_UNKNOWN = Channel("png_unknown_chunk", "chunks that the standard does not know", "chunk", "high", _ANEW)
PNG_FRAMES = Channel("png_frames", "frames of an animation besides the picture", "frame", "high", _ANEW)
PNG_SLACK = Channel("png_slack", "bytes behind the last pixel", "byte", "high", _ANEW, unsound=True)
PNG_CHECKSUM = Channel("png_checksum", "chunks with a wrong checksum", "chunk", "high", _ANEW, unsound=True)
