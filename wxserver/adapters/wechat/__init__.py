"""WeChat: login, the door for its pushes, its server API with shared tokens, messages (official account, mini-program)."""

from wxserver.adapters.wechat.accounts import WeChatAccountDesk as WeChatAccountDesk
from wxserver.adapters.wechat.calls import WeChatApi as WeChatApi
from wxserver.adapters.wechat.jssdk import WeChatTicketBooth as WeChatTicketBooth
from wxserver.adapters.wechat.messages import WeChatMessenger as WeChatMessenger
from wxserver.adapters.wechat.oauth import LoginAccount as LoginAccount
from wxserver.adapters.wechat.oauth import WeChatOAuth as WeChatOAuth
from wxserver.adapters.wechat.push import PushDoor as PushDoor
