#!/usr/bin/env python3
"""Writes the vectors of web tools beside it: python3 protocol/vectors/web/make.py

The expectations are written here by hand, never taken from an implementation. PROTOCOL.md, "Web tools", says how to
read the result.
"""
import base64
import hashlib
import hmac
import json
import pathlib

HERE = pathlib.Path(__file__).parent
KEY = bytes(range(32))
NONCE = bytes(range(0xF0, 0x100))
TOKEN = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"
OTHER = "__79_Pv6-fj39vX08_Lx8O_u7ezr6uno5-bl5OPi4eA"
WIKI = "https://wiki.corp.example"
families = {}


def add(family, name, **vector):
    families.setdefault(family, []).append({"name": name, **vector})


def raw(text):
    return (text if isinstance(text, bytes) else text.encode()).hex()


# Texts of forms -----------------------------------------------------------------------------------------------------
def form_text(label, scope, nonce=NONCE, key=KEY):
    message = label.encode() + b"\0" + len(scope).to_bytes(2, "big") + scope.encode() + nonce
    mac = hmac.new(key, message, hashlib.sha256).digest()
    return base64.urlsafe_b64encode(nonce + mac).decode()


SESSION, LOGIN = "UsherWeb CSRF 1", "UsherWeb login 1"
PLAIN = "8PHy8_T19vf4-fr7_P3-_zuxY4g9y0_DINSb4KhuMzEWTBEWPRvPJL5XLUU5aebo"
assert form_text(SESSION, "") == PLAIN
assert form_text(SESSION, "logout") == "8PHy8_T19vf4-fr7_P3-_0bWKZgltm9xa6g4l5opMF8aiJx3v1jjQ3TT_H9ceN1W"
assert form_text(LOGIN, "") == "8PHy8_T19vf4-fr7_P3-_1KmZnsjkRTgk-2V_E2sQNPvEtNZwQt0cs5ivRaBmo2r"


def form(name, text, accepted, use="session", scope="", **more):
    add("form_text", name, use=use, key=KEY.hex(), scope=scope, hex=raw(text), accepted=accepted, **more)


form("a form", PLAIN, True, nonce=NONCE.hex())
form("a form with a scope", form_text(SESSION, "logout"), True, scope="logout", nonce=NONCE.hex())
form("a scope of 256 bytes", form_text(SESSION, "s" * 256), True, scope="s" * 256, nonce=NONCE.hex())
form("a login form", form_text(LOGIN, ""), True, use="login", nonce=NONCE.hex())
form("other random bytes", form_text(SESSION, "", bytes(16)), True, nonce=bytes(16).hex())
form("of a login, for a session", form_text(LOGIN, ""), False)
form("of a session, for a login", PLAIN, False, use="login")
form("another scope", form_text(SESSION, "logout"), False)
form("without the scope", PLAIN, False, scope="logout")
form("another key", form_text(SESSION, "", key=bytes(32)), False)
form("nothing", "", False)
form("63 characters", PLAIN[:-1], False)
form("65 characters", PLAIN + "A", False)
form("padded", PLAIN[:-1] + "=", False)
form("standard base64", PLAIN.replace("-", "+").replace("_", "/"), False)
form("in capitals", PLAIN.upper(), False)
form("a blank before it", " " + PLAIN[1:], False)
form("NULs", bytes(64), False)
form("beyond ASCII", PLAIN[:-2] + "\u00e9", False)
for index in (0, 21, 22, 63):
    wrong = "A" if PLAIN[index] != "A" else "B"
    form("another character at %d" % index, PLAIN[:index] + wrong + PLAIN[index + 1:], False)

# Cookies ------------------------------------------------------------------------------------------------------------
N = "__Host-session"
FLAGS = "; Path=/; Secure; HttpOnly; SameSite=Lax"
GONE = "; Max-Age=0; Expires=Thu, 01 Jan 1970 00:00:00 GMT"
add("set_cookie", "of the browser's life", cookie="session", token=TOKEN, max_age=None, expect=N + "=" + TOKEN + FLAGS)
add("set_cookie", "of an hour", cookie="session", token=TOKEN, max_age=3600, expect=N + "=" + TOKEN + FLAGS + "; Max-Age=3600")
add("set_cookie", "of a session that is over", cookie="session", token=TOKEN, max_age=-5, expect=N + "=" + TOKEN + FLAGS + "; Max-Age=0")
add("set_cookie", "another name", cookie="wiki", token=OTHER, max_age=None, expect="__Host-wiki=" + OTHER + FLAGS)
add("set_cookie", "deleted", cookie="session", token=None, max_age=None, expect=N + "=" + FLAGS + GONE)
for name in ["", "a b", "a;b", "a=b", "\u00e9", 'a"', "a,b", "a\r\nb", "a/b"]:
    add("set_cookie", "no name: " + repr(name), cookie=name, token=TOKEN, max_age=None, expect=None)


def cookie(name, fields, expect):
    add("cookie", name, cookie="session", fields=[raw(f) for f in fields], expect=expect)


def good(name, *fields):
    cookie(name, fields, {"token": TOKEN})


PAIR = N + "=" + TOKEN
good("alone", PAIR)
good("between others", "a=b; " + PAIR + "; c=d")
good("without blanks", "a=b;" + PAIR + ";c=d")
good("tabs and blanks around it", "a=b;\t  " + PAIR + " \t ;c")
good("empty pairs around it", ";;; " + PAIR + ";;")
good("in the second of two fields", "a=b", PAIR)
good("names that end and begin alike", "x" + PAIR + "; " + N + "x=" + OTHER + "; " + PAIR)
good("a name in other letters besides", "__host-session=" + OTHER + "; " + PAIR)
good("an unfinished quote before it", 'a="; ' + PAIR)
good("bytes beyond ASCII before it", b"a=\xff\xfe; " + PAIR.encode())
good("a name without a value besides", N + "; " + PAIR)
for name, field in [("no field of it", "a=b"), ("an empty field", ""), ("a name in other letters", "__HOST-SESSION=" + TOKEN), ("a blank behind the name", N + " =" + TOKEN),
                    ("the name as a value", "a=" + PAIR), ("the name alone", N), ("a comma as separator", "a=b, " + PAIR), ("without the prefix", "session=" + TOKEN),
                    ("a combining mark behind the name", N + "\u0301=" + TOKEN), ("a no-break space before it", "\u00a0" + PAIR), ("a line end before it", "\n" + PAIR)]:
    cookie(name, [field], "none")
cookie("no field at all", [], "none")
for name, value in [("empty", ""), ("quoted", '"' + TOKEN + '"'), ("42 characters", TOKEN[:-1]), ("44 characters", TOKEN + "A"), ("not canonical", TOKEN[:-1] + "9"), ("padded", TOKEN + "="),
                    ("standard base64", OTHER.replace("_", "/")), ("a NUL", TOKEN[:-1] + "\0"), ("a blank inside", TOKEN[:20] + " " + TOKEN[21:]), ("encoded", "%41" + TOKEN[1:]), ("a blank behind =", " " + TOKEN)]:
    cookie("a value that is " + name, ["a=b; " + N + "=" + value], "malformed")
cookie("two, the same", [PAIR + "; " + PAIR], "several")
cookie("two, the first malformed", [N + "=x; " + PAIR], "several")
cookie("two, the second malformed", [PAIR + "; " + N + "="], "several")
cookie("two, both malformed", [N + "=; " + N + "="], "several")
cookie("two fields", [PAIR, N + "=" + OTHER], "several")
cookie("three", [PAIR, PAIR + ";" + PAIR], "several")

# Origins ------------------------------------------------------------------------------------------------------------
for text, expect in [(WIKI, WIKI), ("https://WIKI.Corp.Example", WIKI), ("HTTPS://wiki.corp.example", WIKI), (WIKI + ".", WIKI), (WIKI + ":443", WIKI), (WIKI + ".:443", WIKI), (WIKI + ":444", WIKI + ":444"), (WIKI + ":1", WIKI + ":1"),
                     (WIKI + ":65535", WIKI + ":65535"), ("https://wiki", "https://wiki"), ("https://a_b-c", "https://a_b-c"), ("https://xn--wgv71a.example", "https://xn--wgv71a.example"), ("https://192.0.2.1", "https://192.0.2.1"),
                     ("https://192.0.2.1.", "https://192.0.2.1"), ("https://[::1]", "https://[::1]"), ("https://[::1]:8443", "https://[::1]:8443"), ("https://[2001:DB8:0:0:0:0:0:1]", "https://[2001:db8::1]"), ("https://[::]", "https://[::]"),
                     ("https://[1:0:0:2:0:0:0:3]", "https://[1:0:0:2::3]"), ("https://[1:0:0:2:0:0:3:4]", "https://[1::2:0:0:3:4]"), ("https://[1:0:2:3:4:5:6:7]", "https://[1:0:2:3:4:5:6:7]"), ("https://[1:2:3:4:5:6:7::]", "https://[1:2:3:4:5:6:7:0]"),
                     ("https://[1:2:3:4:5:6:0:0]", "https://[1:2:3:4:5:6::]"), ("https://[::ffff:192.0.2.1]", "https://[::ffff:c000:201]"), ("https://a.0b.example", "https://a.0b.example"), ("https://" + "a" * 63 + ".b", "https://" + "a" * 63 + ".b")]:
    add("origin", text, hex=raw(text), insecure_localhost=False, expect=expect)
for text in ["", "https:", "https:/", "https://", "https:///", "https://.", "https://..", "https://a..b", "https://.a", "https://a/", "https://a?", "https://a#", "https://a\\", "https://u@a", "https://u:p@a", "https://a:", "https://a:0", "https://a:00443",
             "https://a:0443", "https://a:65536", "https://a:99999", "https://a:100000", "https://a:4 3", "https://a:+443", "https://a:443:443", "https://a b", " https://a", "https://a ", "https://a\n", "https://a\r\nb", "https://a\0", "https://a%2e", "https://\u24e6iki", "https://wiki\u3002e", "https://a\u0301",
             "https://\u212a", "http://wiki.corp.example", "http://localhost", "ftp://a", "a", "//a", "null", "*", "https://*", "https://*.a", "https://127.1", "https://0x7f.0.0.1", "https://0177.0.0.1", "https://1", "https://256.0.0.1", "https://a.1", "https://a.0x1",
             "https://[", "https://[]", "https://[::1", "https://::1", "https://[::1]a", "https://[::1]:", "https://[::1%lo]", "https://[::1/64]", "https://[1]", "https://[:::]", "https://[192.0.2.1]", "https://[::1\0]", "https://[::1].", "https://" + "a" * 64, "https://" + "a." * 127 + "a",
             "https://a,https://a", "https://a, https://a", "https://a https://b"]:
    add("origin", "none: " + repr(text), hex=raw(text), insecure_localhost=False, expect=None)
add("origin", "bytes that are not UTF-8", hex=raw(b"https://a\xff"), insecure_localhost=False, expect=None)
for text, expect in [("http://localhost:8080", "http://localhost:8080"), ("http://LOCALHOST:80", "http://localhost"), ("http://wiki.localhost", "http://wiki.localhost"), ("http://127.0.0.1:1", "http://127.0.0.1:1"), ("http://[::1]:443", "http://[::1]:443"), ("https://localhost:80", "https://localhost:80"),
                     ("http://localhost.example", None), ("http://xlocalhost", None), ("http://127.0.0.2", None), ("http://[::2]", None), ("http://wiki.corp.example", None), ("http://.localhost", None)]:
    add("origin", "for development: " + text, hex=raw(text), insecure_localhost=True, expect=expect)

# Return-to ----------------------------------------------------------------------------------------------------------
DOCS = "https://docs.corp.example:8443"
V6 = "https://[::1]:8443"


def return_to(name, address, expect, own=WIKI, origins=(DOCS, V6), **more):
    key = "refused" if expect in ("length", "bytes", "foreign", "reserved") else "location"
    add("return_to", name if name else repr(address), hex=raw(address), own=own, origins=list(origins), **more, expect={key: expect})


for path in ["/", "/a", "/a//b/%2e%2e/c?x=1&y=%2F;z", "/?a=1&b=%2F%26&c=;x", "/a?b=?/://", "/%0d%0aX:y", "/%00", "/%5ce", "/%2f%2fe", "/./e", "/.//e", "/..//e", "/a@b", "/a:b", "/a?to=https://e", "/~!$&'()*+,;=:@-._", "/[a]"]:
    return_to(None, path, WIKI + path)
    return_to(None, WIKI + path, WIKI + path)
    return_to(None, DOCS + path, DOCS + path)
for address, expect in [(WIKI, WIKI + "/"), (WIKI + "?a", WIKI + "/?a"), (WIKI + "#a", WIKI + "/"), (WIKI + "/a#b", WIKI + "/a"), ("/a#//b", WIKI + "/a"), ("/#", WIKI + "/"), ("https://WIKI.corp.example/A", WIKI + "/A"), ("HTTPS://wiki.corp.example/", WIKI + "/"),
                        (WIKI + "./a", WIKI + "/a"), (WIKI + ":443/a", WIKI + "/a"), (WIKI + "//e", WIKI + "//e"), (WIKI + "/https://e", WIKI + "/https://e"), (V6 + "/a", V6 + "/a"), ("https://[0:0:0:0:0:0:0:1]:8443/a", V6 + "/a"),
                        ("/.usher", WIKI + "/.usher"), ("/x/.usher/", WIKI + "/x/.usher/"), ("/?/.usher/", WIKI + "/?/.usher/"), ("/" + "a" * 2047, WIKI + "/" + "a" * 2047)]:
    return_to(None if len(address) < 99 else "2,048 bytes", address, expect)
for address in ["//e", "///e", "//e/" + WIKI, "https:/e", "https:e", "https:///e", "https://e", "https://wiki@e", "https://wiki:443@e", WIKI + "@e/", "https://e@wiki.corp.example/", "https://:@wiki.corp.example/", WIKI + ".e", WIKI + "e", "https://ewiki.corp.example", "https://e.wiki.corp.example",
                "https://e/" + WIKI, "https://e?" + WIKI, "https://e#" + WIKI, "https://wiki%2ecorp.example", "https://wiki.corp.example%2fe", WIKI + ":444/", WIKI + ":/", WIKI + ":0443/", WIKI + "../", "http://wiki.corp.example/", "javascript:alert(1)", "data:text/html,x", "vbscript:x", "wiki.corp.example", "a", "?a", "#", ".", "../a",
                "@", ":", "https", "https:", "https://", "https://?", "blob:" + WIKI + "/", "view-source:" + WIKI, "https://docs.corp.example/", "https://[::1]/", "https://[::1]:8443@e/"]:
    return_to(None, address, "foreign")
for address in ["/\\e", "\\/e", "\\\\e", "/\te", "/\t/e", "\t//e", " /a", "/a ", "/ /e", "/a b", "/a\r\nX: y", "/a\n", "/\0", "/a\x7f", "/\u338e", "/\u0338/e", "/a\u0301", "/\u24d4", "https://\u24e6iki.corp.example/", "https://wiki\u3002corp.example", "https:\\\\e", "https:/\\e", WIKI + "\\@e", WIKI + "\te",
                '/a"b', "/a<b", "/a>b", "/a^b", "/a`b", "/{a}", "/a|b", "/%", "/%2", "/%g0", "/%0g", "/%%41", "/a%", WIKI + "%", "java\tscript:x"]:
    return_to(None, address, "bytes")
return_to("bytes that are not UTF-8", b"/a\xff", "bytes")
return_to("a lone continuation byte", b"/\x80/e", "bytes")
return_to("nothing", "", "length")
return_to("2,049 bytes", "/" + "a" * 2048, "length")
for address in ["/.usher/", "/.usher/login?to=/", "/.usher/logout", WIKI + "/.usher/x", DOCS + "/.usher/login"]:
    return_to(None, address, "reserved")
for address in ["/", "/a", "//e"]:
    return_to("without an origin of its own: " + address, address, "foreign", own=None)
return_to("without an origin of its own, another", DOCS + "/a", DOCS + "/a", own=None)
# A tool's own paths: one that ends in / stands for all below it, others for themselves.
OWN = ["/login", "/logout", "/admin/"]
for address in ["/login", "/login?to=/", "/login#a", "/login/", "/login/?a", "/login;a", "/login;a/b?c", WIKI + "/logout", WIKI + ":443/login?a", DOCS + "/login", "/admin/", "/admin/users?a", "/admin//", "/admin/;a"]:
    return_to("reserved by the tool: " + repr(address), address, "reserved", reserved=OWN)
for address in ["/login-history", "/logins", "/login/history", "/login//", "/login.html", "/login&a", "/login%3Fa", "/login%2F", "/login%3B", "/%6Cogin", "/%6cogin", "/LOGIN", "/logi", "/a/login", "/logout2", "/?/login", "/admin", "/admin?a", "/Admin/", "/admin%2F", "/./login", "/a/%2e%2e/login", "/.usher/login"]:
    return_to("not reserved by the tool: " + repr(address), address, WIKI + address, reserved=OWN)
return_to("for development", "http://localhost:8080/a", "http://localhost:8080/a", own="http://localhost:8080")
return_to("for development, a path", "/a?b", "http://localhost:8080/a?b", own="http://localhost:8080")
return_to("http where https is configured", "http://localhost:8443/", "foreign", own="https://localhost:8443")

# Forms --------------------------------------------------------------------------------------------------------------
def body(name, text, expect):
    key = "refused" if isinstance(expect, str) else "fields"
    add("form", name, hex=raw(text), expect={key: expect})


for name, text, fields in [
        ("nothing", "", []), ("a field", "a=b", [["a", "b"]]), ("two fields", "a=b&c=d", [["a", "b"], ["c", "d"]]), ("an empty value", "a=", [["a", ""]]), ("without =", "a", [["a", ""]]), ("an empty name", "=b", [["", "b"]]),
        ("empty parts", "&&a=b&&c=d&", [["a", "b"], ["c", "d"]]), ("= in a value", "a=b=c==", [["a", "b=c=="]]), ("+ is a blank", "a+b=c+d", [["a b", "c d"]]), ("a + that is one", "a=%2B", [["a", "+"]]), ("encoded", "%61=%62%26%3D%25", [["a", "b&=%"]]),
        ("small and capital digits", "a=%c3%A9", [["a", "\u00e9"]]), ("encoded once", "a=%2541", [["a", "%41"]]), ("UTF-8 as it is", "a=\u00e9\u20ac\U0001f511", [["a", "\u00e9\u20ac\U0001f511"]]), ("a line end", "a=x%0D%0Ay", [["a", "x\r\ny"]]),
        ("names that differ in case", "a=1&A=2", [["a", "1"], ["A", "2"]]), ("names that are canonically equivalent", "%C3%A9=1&e%CC%81=2", [["\u00e9", "1"], ["e\u0301", "2"]]), ("; separates nothing", "a=b;c=d", [["a", "b;c=d"]]),
        ("quotes and marks", "a=%22%CC%81", [["a", "\"\u0301"]]), ("control characters", "a=%01%7F", [["a", "\x01\x7f"]]), ("40 fields", "&".join("f%d=" % i for i in range(40)), [["f%d" % i, ""] for i in range(40)]), ("8,192 bytes", "a=" + "x" * 8190, [["a", "x" * 8190]])]:
    body(name, text, fields)
for name, text, refusal in [
        ("8,193 bytes", "a=" + "x" * 8191, "too_large"), ("41 fields", "&".join("f%d=" % i for i in range(41)), "too_large"), ("a field twice", "a=1&b=2&a=1", "duplicate"), ("a field twice, once encoded", "a=1&%61=2", "duplicate"), ("two empty names", "=1&=2", "duplicate"),
        ("% at the end", "a=%", "encoding"), ("%4 at the end", "a=%4", "encoding"), ("%4 before &", "a=%4&1=b", "encoding"), ("no digits", "a=%zz", "encoding"), ("one digit", "a=%4g", "encoding"), ("%%", "a=%%41", "encoding"), ("in a name", "%x=a", "encoding"), ("a sign", "a=%+1", "encoding"),
        ("a NUL in a value", "a=b%00c", "text"), ("a NUL in a name", "%00=b", "text"), ("a NUL as it is", "a=\0", "text"), ("a lone byte", b"a=\xff", "text"), ("a lone byte, encoded", "a=%FF", "text"), ("a surrogate", "a=%ED%A0%80", "text"), ("too long a form", "a=%C0%AF", "text"),
        ("half a character", "a=%C3", "text"), ("beyond Unicode", "a=%F4%90%80%80", "text"), ("a character across fields", "a=%C3&b=%A9", "text")]:
    body(name, text, refusal)

# The origin of unsafe requests --------------------------------------------------------------------------------------
PARTNER = "https://partner.example"


def origin_of(name, expect, method="POST", proves=False, **fields):
    add("fetch_origin", name, method=method, fields={key.replace("_", "-"): value for key, value in fields.items()}, own=[WIKI, DOCS], trusted=[PARTNER], expect=expect, proves_own_page=proves)


for method in ["GET", "HEAD", "OPTIONS"]:
    origin_of(method + " from anywhere", "harmless", method, sec_fetch_site="cross-site", origin="https://e.example")
for method in ["POST", "PUT", "PATCH", "DELETE", "TRACE", "CONNECT", "get", "QUERY", ""]:
    origin_of(repr(method) + " from elsewhere", "refused", method, sec_fetch_site="cross-site", origin="https://e.example")
origin_of("an own page", "own_page", proves=True, sec_fetch_site="same-origin", origin=WIKI)
origin_of("an own page, at another of its origins", "own_page", proves=True, sec_fetch_site="same-origin", origin=DOCS)
origin_of("an own page, Origin left out", "own_page", sec_fetch_site="same-origin")
origin_of("an own page behind a name that is not configured", "own_page", sec_fetch_site="same-origin", origin="https://w.example")
origin_of("the user", "user", sec_fetch_site="none")
origin_of("the user, Origin null", "user", sec_fetch_site="none", origin="null")
for site in ["same-site", "cross-site", "", "Same-Origin", " same-origin", "same-origin ", "same-origin, same-origin", "none, none", "same-origin\u0301", "x"]:
    origin_of("Sec-Fetch-Site: " + repr(site), "refused", sec_fetch_site=site)
    origin_of("Sec-Fetch-Site with an own Origin: " + repr(site), "refused", sec_fetch_site=site, origin=WIKI)
    origin_of("Sec-Fetch-Site with a trusted Origin: " + repr(site), "trusted_page", sec_fetch_site=site, origin=PARTNER)
origin_of("an old browser, an own page", "own_page", origin=WIKI)
origin_of("an old browser, a trusted page", "trusted_page", origin=PARTNER)
origin_of("neither field", "unknown")
for origin in ["null", "", "https://e.example", WIKI + ".e.example", "https://e" + WIKI[8:], WIKI + ":444", "http://wiki.corp.example", WIKI + "/", WIKI + ", " + WIKI, "*", "https://wiki.corp.example@e", "https://docs.corp.example", "http://localhost"]:
    origin_of("an old browser, Origin: " + repr(origin), "refused", origin=origin)

# Kinds of requests --------------------------------------------------------------------------------------------------
HTML = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
CHROMIUM = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,image/apng,*/*;q=0.8,application/signed-exchange;v=b3;q=0.7"


def kind(name, expect, redirects, method="GET", **fields):
    add("request_kind", name, method=method, fields={key.replace("_", "-"): value for key, value in fields.items()}, expect=expect, redirects=redirects)


TOP = {"sec_fetch_mode": "navigate", "sec_fetch_dest": "document", "sec_fetch_site": "none"}
kind("Chromium, an address", "top", True, accept=CHROMIUM, **TOP)
kind("Chromium, HEAD", "top", True, "HEAD", accept=CHROMIUM, **TOP)
kind("Chromium, a form", "top", False, "POST", accept=CHROMIUM, origin=WIKI, **{**TOP, "sec_fetch_site": "same-origin"})
kind("Firefox, an address", "top", True, accept=HTML, **TOP)
kind("Safari 16.4, an address", "top", True, accept=HTML, **TOP)
kind("Safari 15, an address", "top", True, accept=HTML)
kind("Safari 15, a form", "top", False, "POST", accept=HTML, origin=WIKI)
for frame in ["iframe", "frame", "embed", "object", "fencedframe"]:
    kind("a page in: " + frame, "framed", False, accept=HTML, sec_fetch_mode="navigate", sec_fetch_dest=frame)
for dest in ["", "empty", "image", "script", "style", "font", "manifest", "serviceworker", "sharedworker", "worker", "audio", "Document", "document, document", "document\u0301"]:
    kind("navigation for: " + repr(dest), "background", False, accept=HTML, sec_fetch_mode="navigate", sec_fetch_dest=dest)
kind("navigation without a destination", "background", False, accept=HTML, sec_fetch_mode="navigate")
for mode in ["cors", "no-cors", "same-origin", "Navigate", "navigate, navigate", ""]:
    kind("Sec-Fetch-Mode: " + repr(mode), "background", False, accept=HTML, sec_fetch_mode=mode, sec_fetch_dest="document")
kind("Chromium, favicon", "background", False, accept="image/avif,image/webp,*/*;q=0.8", sec_fetch_mode="no-cors", sec_fetch_dest="image")
kind("Chromium, manifest", "background", False, accept="*/*", sec_fetch_mode="cors", sec_fetch_dest="manifest")
kind("Chromium, service worker", "background", False, accept="*/*", sec_fetch_mode="same-origin", sec_fetch_dest="serviceworker")
kind("Chromium, fetch()", "background", False, accept="*/*", sec_fetch_mode="cors", sec_fetch_dest="empty")
kind("fetch() that takes HTML", "background", False, accept="text/html", sec_fetch_mode="cors", sec_fetch_dest="empty")
kind("Chromium, EventSource", "event_stream", False, accept="text/event-stream", sec_fetch_mode="cors", sec_fetch_dest="empty")
kind("Safari 15, EventSource", "event_stream", False, accept="text/event-stream")
kind("Chromium, WebSocket", "web_socket", False, upgrade="websocket", origin=WIKI, sec_fetch_mode="websocket", sec_fetch_dest="websocket")
kind("WebSocket without Sec-Fetch", "web_socket", False, upgrade="WebSocket")
kind("WebSocket over HTTP/2", "web_socket", False, "CONNECT", sec_fetch_mode="websocket", sec_fetch_dest="empty")
kind("an upgrade to several", "web_socket", False, upgrade="h2c, websocket;x")
kind("another upgrade", "top", True, accept=HTML, upgrade="h2c, websockets")
kind("preflight", "preflight", False, "OPTIONS", origin="https://e.example", access_control_request_method="PUT", sec_fetch_mode="cors")
kind("OPTIONS without Origin", "background", False, "OPTIONS", access_control_request_method="PUT")
kind("OPTIONS without a method", "background", False, "OPTIONS", origin="https://e.example")
kind("GET with a preflight's fields", "background", False, origin="https://e.example", access_control_request_method="PUT")
kind("jQuery", "background", False, accept="text/html, */*; q=0.01", x_requested_with="XMLHttpRequest")
kind("curl", "background", False, accept="*/*")
kind("Python requests", "background", False, accept="*/*")
kind("git", "background", False, accept="*/*", pragma="no-cache")
kind("no Accept", "background", False)
kind("JSON", "background", False, accept="application/json")
kind("lynx", "top", True, accept="text/html, text/plain, text/sgml, */*;q=0.01")
for accept in ["TEXT/HTML", "a/b,text/html", "a/b ,\ttext/html ;q=1", ",,text/html,"]:
    kind("Accept: " + repr(accept), "top", True, accept=accept)
for accept in ["text/htmlx", "xtext/html", "a/b;x=text/html", "text/*", "text/ html", "text/html\u0301", ""]:
    kind("Accept: " + repr(accept), "background", False, accept=accept)
kind("DELETE that takes HTML", "top", False, "DELETE", accept=HTML)
kind("a method in small letters", "top", False, "get", accept=HTML)

# Fields of pages ----------------------------------------------------------------------------------------------------
def page(name, csp_targets, form_targets, transport, more):
    add("page", name, form_targets=form_targets, transport_security=transport, expect=[
        ["content-security-policy", "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'" + csp_targets + "; frame-ancestors 'none'; base-uri 'none'"],
        ["x-frame-options", "DENY"], ["x-content-type-options", "nosniff"], ["referrer-policy", "same-origin"], ["cross-origin-opener-policy", "same-origin"], ["cross-origin-resource-policy", "same-origin"],
        ["permissions-policy", "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), publickey-credentials-create=(), publickey-credentials-get=(), usb=()"],
        ["cache-control", "no-store"]] + more)


page("a page", "", [], None, [])
page("whose form leads elsewhere", " " + WIKI + " " + DOCS, [WIKI, DOCS], None, [])
page("that asks for TLS", "", [], 31536000, [["strict-transport-security", "max-age=31536000"]])

for family, vectors in families.items():
    names = [vector["name"] for vector in vectors]
    assert len(set(names)) == len(names), (family, [n for n in names if names.count(n) > 1])
    lines = ",\n".join(json.dumps(vector) for vector in vectors)
    (HERE / (family + ".json")).write_text('{"family": "%s", "vectors": [\n%s\n]}\n' % (family, lines))
    print(family, len(vectors))
