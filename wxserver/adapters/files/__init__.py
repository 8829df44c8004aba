"""Files in a folder, behind the port `FileStore`."""

from wxserver.adapters.files.folder import FolderFiles

__all__ = ["FolderFiles"]
