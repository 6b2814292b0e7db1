"""Excel's binary workbooks (MS-XLSB)."""
