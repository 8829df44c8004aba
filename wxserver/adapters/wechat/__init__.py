"""WeChat: login, and the door for its pushes (facts of the platform: official account and mini-program)."""

from wxserver.adapters.wechat.oauth import LoginAccount as LoginAccount
from wxserver.adapters.wechat.oauth import WeChatOAuth as WeChatOAuth
from wxserver.adapters.wechat.push import PushDoor as PushDoor
