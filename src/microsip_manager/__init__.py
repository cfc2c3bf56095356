"""MicroSIP Manager: see and control MicroSIP softphones on many Windows PCs."""

__version__ = "0.1.0"
