"""The real MicroSIP on Windows: the only folder that imports pywin32 or ctypes."""
