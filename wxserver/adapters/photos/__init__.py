"""Pictures looked at and made anew with Pillow, behind the port `PhotoInspector`."""

from wxserver.adapters.photos.faces import FaceModelUnusable, YuNetFaces
from wxserver.adapters.photos.inspector import PillowInspector

__all__ = ["FaceModelUnusable", "PillowInspector", "YuNetFaces"]
