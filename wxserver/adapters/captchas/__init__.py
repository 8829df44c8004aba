"""The port `CaptchaDrawer`. Front door: `DrawnCaptchas`."""

from wxserver.adapters.captchas.drawing import DrawnCaptchas as DrawnCaptchas
