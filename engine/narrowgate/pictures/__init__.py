"""Pictures on their way out: found by the path in a cell, drawn anew from their pixels, numbered as they leave."""
