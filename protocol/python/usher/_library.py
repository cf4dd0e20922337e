"""libusher as ctypes sees it: structures and functions of usher.h, nothing else.

The library is the one beside this file, where the wheel has put it, else the installed libusher.so.0. USHER_LIBRARY
names another one, for tests.
"""
import ctypes
import os
from ctypes import POINTER, c_char, c_char_p, c_int, c_int64, c_size_t, c_void_p


class Pair(ctypes.Structure):
    _fields_ = [("name", c_void_p), ("value", c_void_p), ("name_size", c_size_t), ("value_size", c_size_t)]


class PromptText(ctypes.Structure):
    _fields_ = [("style", c_int), ("text", c_char_p)]


class Error(ctypes.Structure):
    _fields_ = [
        ("number", c_int), ("name", c_char_p), ("text", c_char_p), ("detail", c_char_p), ("retry_after_ms", c_int64),
        ("messages", POINTER(PromptText)), ("message_count", c_size_t), ("pending", c_int),
        ("pending_until_ms", c_int64)]


class Options(ctypes.Structure):
    _fields_ = [
        ("size", c_size_t), ("socket_path", c_char_p), ("server_user", c_char_p), ("development", c_char_p),
        ("own_loop", c_int), ("deadline_ms", c_int64), ("login_deadline_ms", c_int64), ("patience_ms", c_int64),
        ("request_patience_ms", c_int64), ("queue_capacity", c_int64), ("cache_capacity", c_int64)]


class SessionInfo(ctypes.Structure):
    _fields_ = [
        ("handle", c_char_p), ("realm", c_char_p), ("service", c_char_p), ("user", c_char_p), ("uid", c_int64),
        ("created", c_int64), ("authenticated", c_int64), ("last_seen", c_int64), ("idle_expires", c_int64),
        ("expires", c_int64), ("version", c_int64), ("methods", POINTER(c_char_p)), ("method_count", c_size_t),
        ("context", POINTER(Pair)), ("context_count", c_size_t), ("data", POINTER(Pair)), ("data_count", c_size_t)]


class LoginInfo(ctypes.Structure):
    _fields_ = [
        ("failures_since_last", c_int64), ("last_login", c_int64), ("messages", POINTER(PromptText)),
        ("message_count", c_size_t)]


class ChallengeInfo(ctypes.Structure):
    _fields_ = [("purpose", c_int), ("prompts", POINTER(PromptText)), ("prompt_count", c_size_t)]


class Answer(ctypes.Structure):
    _fields_ = [("bytes", c_void_p), ("size", c_size_t)]


class EventText(ctypes.Structure):
    _fields_ = [
        ("kind", c_char_p), ("at", c_int64), ("handle", c_char_p), ("realm", c_char_p), ("service", c_char_p),
        ("user", c_char_p), ("reason", c_char_p), ("detail", c_char_p), ("source", c_char_p), ("client", c_char_p),
        ("host", c_char_p)]


DONE = ctypes.CFUNCTYPE(None, c_void_p, c_void_p)
FIELD = ctypes.CFUNCTYPE(c_void_p, c_char_p, c_void_p)

TEXTS = POINTER(c_char_p)
PAIRS = POINTER(Pair)
_FAILURE = POINTER(c_void_p)

# Of each function its result and its arguments. Functions that may wait are called without the interpreter's lock.
_WAITING = {
    "usher_close": (None, [c_void_p]),
    "usher_validate": (c_void_p, [c_void_p, c_char_p, c_int, _FAILURE]),
    "usher_wait": (c_void_p, [c_void_p]),
    "usher_process": (c_int, [c_void_p]),
    "usher_events_next": (POINTER(EventText), [c_void_p, _FAILURE]),
}
_PROMPT = {
    "usher_version": (c_char_p, []),
    "usher_open": (c_void_p, [POINTER(Options)]),
    "usher_remembered": (c_void_p, [c_void_p, c_char_p, c_int]),
    "usher_session_retain": (c_void_p, [c_void_p]),
    "usher_session_free": (None, [c_void_p]),
    "usher_session_info_of": (POINTER(SessionInfo), [c_void_p]),
    "usher_session_is_recent": (c_int, [c_void_p, c_int64]),
    "usher_then": (c_int64, [c_void_p, DONE, c_void_p]),
    "usher_cancel": (c_int, [c_void_p, c_int64]),
    "usher_call_hello": (c_void_p, [c_void_p]),
    "usher_call_ping": (c_void_p, [c_void_p]),
    "usher_call_stats": (c_void_p, [c_void_p, c_int]),
    "usher_call_login": (
        c_void_p, [c_void_p, c_char_p, c_void_p, c_size_t, c_char_p, PAIRS, c_size_t, c_int64]),
    "usher_call_reauthenticate": (
        c_void_p, [c_void_p, c_char_p, c_void_p, c_size_t, PAIRS, c_size_t, c_int64]),
    "usher_call_respond": (c_void_p, [c_void_p, c_void_p, POINTER(Answer), c_size_t]),
    "usher_cancel_login": (None, [c_void_p, c_void_p]),
    "usher_call_validate": (c_void_p, [c_void_p, c_char_p, c_int]),
    "usher_call_touch": (c_void_p, [c_void_p, TEXTS, c_size_t]),
    "usher_call_rotate": (c_void_p, [c_void_p, c_char_p]),
    "usher_call_update": (c_void_p, [c_void_p, c_char_p, PAIRS, c_size_t, c_int64]),
    "usher_call_list": (c_void_p, [c_void_p, c_int, c_char_p, c_char_p]),
    "usher_call_revoke": (c_void_p, [c_void_p, c_char_p]),
    "usher_call_revoke_handle": (c_void_p, [c_void_p, c_char_p, c_char_p]),
    "usher_call_revoke_all": (c_void_p, [c_void_p, c_int, c_char_p, c_char_p, c_char_p]),
    "usher_call_create": (c_void_p, [c_void_p, c_char_p, c_char_p, TEXTS, c_size_t, PAIRS, c_size_t]),
    "usher_call_limiter": (c_void_p, [c_void_p, c_char_p]),
    "usher_call_limiter_clear": (c_void_p, [c_void_p, c_char_p]),
    "usher_result_free": (None, [c_void_p]),
    "usher_result_error": (POINTER(Error), [c_void_p]),
    "usher_result_session": (c_void_p, [c_void_p]),
    "usher_result_token": (c_char_p, [c_void_p]),
    "usher_result_count": (c_int64, [c_void_p]),
    "usher_result_json": (c_char_p, [c_void_p]),
    "usher_result_session_at": (c_void_p, [c_void_p, c_size_t]),
    "usher_result_next": (c_char_p, [c_void_p]),
    "usher_result_is_partial": (c_int, [c_void_p]),
    "usher_result_login": (POINTER(LoginInfo), [c_void_p]),
    "usher_result_challenge": (c_void_p, [c_void_p]),
    "usher_challenge_info_of": (POINTER(ChallengeInfo), [c_void_p]),
    "usher_challenge_free": (None, [c_void_p]),
    "usher_fd": (c_int, [c_void_p]),
    "usher_deadline": (c_int, [c_void_p]),
    "usher_events_open": (c_void_p, [c_void_p, c_char_p, c_char_p, _FAILURE]),
    "usher_events_fd": (c_int, [c_void_p]),
    "usher_events_deadline": (c_int, [c_void_p]),
    "usher_events_close": (None, [c_void_p]),
    "usher_cookie_read": (c_int, [c_char_p, TEXTS, c_size_t, POINTER(c_char)]),
    "usher_cookie_set": (c_size_t, [c_char_p, c_char_p, c_int64, POINTER(c_char), c_size_t]),
    "usher_cookie_delete": (c_size_t, [c_char_p, POINTER(c_char), c_size_t]),
    "usher_csrf_text": (c_int, [c_char_p, c_char_p, POINTER(c_char)]),
    "usher_csrf_accepts": (c_int, [c_char_p, c_char_p, c_char_p]),
    "usher_login_csrf_text": (c_int, [TEXTS, c_size_t, POINTER(c_char), POINTER(c_char), c_size_t]),
    "usher_login_csrf_accepts": (c_int, [TEXTS, c_size_t, c_char_p]),
    "usher_login_csrf_delete": (c_size_t, [POINTER(c_char), c_size_t]),
    "usher_origin": (c_size_t, [c_char_p, c_int, POINTER(c_char), c_size_t]),
    "usher_return_to": (c_int, [c_char_p, TEXTS, c_size_t, c_char_p, POINTER(c_char), c_size_t]),
    "usher_request_kind": (c_int, [c_char_p, FIELD, c_void_p]),
    "usher_redirects_to_login": (c_int, [c_int, c_char_p]),
    "usher_fetch_verdict": (c_int, [c_char_p, TEXTS, c_size_t, c_char_p, FIELD, c_void_p]),
    "usher_proves_own_page": (c_int, [c_char_p, FIELD, c_void_p]),
    "usher_page_headers": (POINTER(Pair), [POINTER(c_size_t)]),
    "usher_user_agent": (c_size_t, [c_char_p, POINTER(c_char), c_size_t]),
}


def _path() -> str:
    beside = os.path.join(os.path.dirname(os.path.abspath(__file__)), "libusher.so.0")
    return os.environ.get("USHER_LIBRARY") or (beside if os.path.exists(beside) else "libusher.so.0")


class _Functions:
    """The functions by their names without usher_."""

    def __init__(self) -> None:
        path = _path()
        for library, functions in ((ctypes.CDLL(path), _WAITING), (ctypes.PyDLL(path), _PROMPT)):
            for name, (result, arguments) in functions.items():
                function = getattr(library, name)
                function.restype, function.argtypes = result, arguments
                setattr(self, name.removeprefix("usher_"), function)

    def __getattr__(self, name: str) -> "ctypes._NamedFuncPointer":
        raise AttributeError(name)


C = _Functions()
