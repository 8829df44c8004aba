"""WeChat, official account and mini-program: login, the door for pushes, its API with shared tokens, messages."""

from wxserver.adapters.wechat.accounts import WeChatAccountDesk as WeChatAccountDesk
from wxserver.adapters.wechat.calls import WeChatApi as WeChatApi
from wxserver.adapters.wechat.crypto import signature as signature
from wxserver.adapters.wechat.errors import meaning as meaning
from wxserver.adapters.wechat.face import WeChatFaceProvider as WeChatFaceProvider
from wxserver.adapters.wechat.jssdk import WeChatTicketBooth as WeChatTicketBooth
from wxserver.adapters.wechat.messages import WeChatMessenger as WeChatMessenger
from wxserver.adapters.wechat.oauth import LoginAccount as LoginAccount
from wxserver.adapters.wechat.oauth import WeChatOAuth as WeChatOAuth
from wxserver.adapters.wechat.push import PushDoor as PushDoor
