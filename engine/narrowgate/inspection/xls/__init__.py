"""Excel's workbooks before 2007 (MS-XLS, MS-CFB)."""
