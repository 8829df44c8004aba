"""Faces counted with OpenCV and a YuNet model that the operator has put in place; nobody is recognised.

Neither comes with the server: without a model nothing is counted, and a clerk looks instead.
"""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any, Final

SIDE: Final = 480
"""Pixels of the longer side that are looked at."""
SURE: Final = 0.8
"""From which score on a face is one."""
LEAST_SHARE: Final = 0.15
"""What is narrower than this share of the picture is nobody who had their photo taken: a poster, a print on clothes."""


class FaceModelUnusable(Exception):
    """The configured model can't be loaded; the sentence says why."""


class YuNetFaces:
    """Answers the port `FaceCounter`. Raises `FaceModelUnusable` where the file is no model, or OpenCV is not there."""

    def __init__(self, model: Path) -> None:
        try:
            import cv2  # type: ignore[import-not-found, unused-ignore]  # an optional extra
            import numpy  # type: ignore[import-not-found, unused-ignore]
        except ImportError:
            raise FaceModelUnusable(
                "photos.face_model: needs the package opencv-python-headless (requirements/faces.in)"
            ) from None
        if not model.is_file():
            raise FaceModelUnusable(f"photos.face_model: there is no file {model}")
        self._cv2: Any = cv2
        self._numpy: Any = numpy
        try:
            self._detector: Any = cv2.FaceDetectorYN.create(str(model), "", (320, 320), SURE)
            self._turn = threading.Lock()
            self.count(bytes(320 * 320 * 3), 320, 320)
        except cv2.error:
            raise FaceModelUnusable(f"photos.face_model: {model} is no YuNet model that OpenCV can load") from None

    def count(self, pixels: bytes, width: int, height: int) -> int:
        """How many faces; one at a time, because the detector keeps the size of the picture."""
        image = self._numpy.frombuffer(pixels, self._numpy.uint8).reshape(height, width, 3)[:, :, ::-1]
        image = self._numpy.ascontiguousarray(image)
        scale = SIDE / max(width, height)
        if scale < 1:
            width, height = max(1, round(width * scale)), max(1, round(height * scale))
            image = self._cv2.resize(image, (width, height), interpolation=self._cv2.INTER_AREA)
        with self._turn:
            self._detector.setInputSize((width, height))
            _, found = self._detector.detect(image)
        return 0 if found is None else sum(float(face[2]) >= LEAST_SHARE * width for face in found)
