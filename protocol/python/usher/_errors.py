"""Why a call failed: an exception for each reason of the protocol and of this side."""
from __future__ import annotations

from ._values import PendingChange, Prompt


class UsherError(Exception):
    """A call failed. Its text is safe to show and to log; `detail` is for the person who runs the host. `pending` is
    there where a revocation is Unavailable and has begun all the same; it need not be repeated."""

    name = "unknown"
    number: int
    detail: str
    retry_after: float | None
    messages: tuple[Prompt, ...]
    pending: PendingChange | None

    def __init__(
            self, text: str = "", number: int = 0, detail: str = "", retry_after: float | None = None,
            messages: tuple[Prompt, ...] = (), pending: PendingChange | None = None) -> None:
        super().__init__(text or (self.__doc__ or ""))
        self.number, self.detail, self.retry_after, self.messages = number, detail, retry_after, messages
        self.pending = pending


class InternalError(UsherError):
    """The daemon failed inside."""
    name = "internal"


class InvalidRequest(UsherError):
    """The daemon did not take the request as it is."""
    name = "invalid_request"


class Denied(UsherError):
    """The login was refused; the daemon does not say why."""
    name = "denied"


class PasswordChangeRequired(UsherError):
    """The password must be changed first."""
    name = "password_change_required"


class AccountExpired(UsherError):
    """The account has expired."""
    name = "account_expired"


class NotPermitted(UsherError):
    """The account may not log in here or now."""
    name = "not_permitted"


class ChangeFailed(UsherError):
    """The password was not changed."""
    name = "change_failed"


class RateLimited(UsherError):
    """Too many attempts: wait `retry_after` seconds."""
    name = "rate_limited"


class Busy(UsherError):
    """Too much is under way."""
    name = "busy"


class Unavailable(UsherError):
    """The daemon cannot do this now. It never means that a session is not valid: keep the token, and ask again."""
    name = "unavailable"


class LoginTimedOut(UsherError):
    """The login took too long."""
    name = "timeout"


class Cancelled(UsherError):
    """The call was cancelled, or a question was not answered."""
    name = "cancelled"


class Forbidden(UsherError):
    """This process may not do that."""
    name = "forbidden"


class NoSuchSession(UsherError):
    """There is no such session."""
    name = "no_such_session"


class NoSuchTransaction(UsherError):
    """There is no such login in progress."""
    name = "no_such_transaction"


class UnknownService(UsherError):
    """There is no such service."""
    name = "unknown_service"


class QuotaExceeded(UsherError):
    """There are too many sessions."""
    name = "quota_exceeded"


class Conflict(UsherError):
    """The data was changed meanwhile."""
    name = "conflict"


class TooLarge(UsherError):
    """The request is too large."""
    name = "too_large"


class Unsupported(UsherError):
    """The daemon does not offer this."""
    name = "unsupported"


class Unreachable(UsherError):
    """The daemon could not be reached in time."""
    name = "unreachable"


class QueueTimedOut(UsherError):
    """The call did not get its turn in time; it was never sent."""
    name = "queue_timed_out"


class AnswerTimedOut(UsherError):
    """The daemon did not answer in time; the call may have taken effect."""
    name = "answer_timed_out"


class ConnectionLost(UsherError):
    """The connection was lost; the call may have taken effect."""
    name = "connection_lost"


class UntrustedServer(UsherError):
    """The socket is not served by a trusted user; nothing was sent."""
    name = "untrusted_server"


class ProtocolViolation(UsherError):
    """The daemon's answer could not be understood."""
    name = "protocol_violation"


class Closed(UsherError):
    """The client was closed."""
    name = "closed"


class ReauthenticationRequired(UsherError):
    """The user must log in again before this."""
    name = "reauthentication_required"


class InvalidArgument(UsherError):
    """A value cannot be sent to the daemon."""
    name = "invalid_argument"


BY_NAME = {kind.name: kind for kind in UsherError.__subclasses__()}
