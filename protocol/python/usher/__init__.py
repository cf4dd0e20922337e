"""Sessions of the host's session daemon, usherd(8): log people in, ask whether a session is still good, end it.

    with usher.Client() as client:
        login = client.login("ada", password)          # a bytearray is wiped
        session = client.validate(login.token)          # most often from memory, without a system call
        client.revoke(login.token)                       # nobody accepts it any more

`usher.aio` has the same for asyncio, `usher.wsgi` and `usher.asgi` protect web tools. All of it stands on libusher, by
ctypes: cffi would want a compiler where the package is built.
"""
from ._client import Client
from ._errors import (
    AccountExpired, AnswerTimedOut, Busy, Cancelled, ChangeFailed, Closed, Conflict, ConnectionLost, Denied, Forbidden,
    InvalidArgument, LoginTimedOut, NoSuchSession, NoSuchTransaction, NotPermitted, PasswordChangeRequired,
    ProtocolViolation, QueueTimedOut, QuotaExceeded, RateLimited, ReauthenticationRequired, TooLarge, Unavailable,
    Unreachable, UnknownService, Unsupported, UntrustedServer, UsherError)
from ._values import Challenge, Event, Issued, Login, Owner, Page, PendingChange, Prompt, PromptStyle, Purpose, Session
from ._version import VERSION as __version__

__all__ = [
    "AccountExpired", "AnswerTimedOut", "Busy", "Cancelled", "Challenge", "ChangeFailed", "Client", "Closed",
    "Conflict", "ConnectionLost", "Denied", "Event", "Forbidden", "InvalidArgument", "Issued", "Login", "LoginTimedOut",
    "NoSuchSession", "NoSuchTransaction", "NotPermitted", "Owner", "Page", "PasswordChangeRequired",
    "PendingChange", "Prompt", "PromptStyle", "ProtocolViolation", "Purpose", "QueueTimedOut", "QuotaExceeded", "RateLimited",
    "ReauthenticationRequired", "Session", "TooLarge", "Unavailable", "Unreachable", "UnknownService", "Unsupported",
    "UntrustedServer", "UsherError", "__version__",
]
