#!/usr/bin/env python3
"""Writes requests of proxies, good and odd ones: python3 Tests/Fuzz/Corpus/gate/make.py

The bytes 1, 2 and 3 stand for the session's cookies at the sites of FuzzGate (GateWorld.swift).
"""
import pathlib

HERE = pathlib.Path(__file__).parent
WIKI, OTHER, PORTAL = "\x01", "\x02", "\x03"
PAGE = ["Accept: text/html", "Sec-Fetch-Mode: navigate", "Sec-Fetch-Dest: document", "Accept-Language: de"]


def write(name, target, *fields, method="GET"):
    lines = ["%s %s HTTP/1.1" % (method, target), "Host: wiki.example", *fields, "", ""]
    (HERE / (name + ".bin")).write_bytes("\r\n".join(lines).encode())


def nginx(url="https://wiki.example/a?b=1&c=%2F;d", method="GET"):
    return ["X-Original-URL: " + url, "X-Original-Method: " + method, "X-Real-IP: 192.0.2.7"]


def forward(host="wiki.example", uri="/a?b", method="GET", proto="https"):
    return ["X-Forwarded-Proto: " + proto, "X-Forwarded-Host: " + host, "X-Forwarded-Uri: " + uri, "X-Forwarded-Method: " + method,
            "X-Forwarded-For: 198.51.100.1, 192.0.2.7"]


for old in HERE.glob("*.bin"):
    old.unlink()
for rule in ("wiki", "staff", "others", "public", "fresh", "ways", "none"):
    write("nginx-" + rule, "/auth/nginx/" + rule, *nginx(), "Cookie: a=b; " + WIKI, *PAGE)
    write("forward-" + rule, "/auth/forward/" + rule, *forward(), "Cookie: " + WIKI, *PAGE)
write("nobody", "/auth/nginx/wiki?rule=public", *nginx(), *PAGE)
write("refused", "/refused/nginx/wiki", *nginx(), *PAGE, "Cookie: __Host-usher-hop=" + "A" * 43)
write("refused-post", "/refused/nginx/fresh", *nginx(method="POST"), *PAGE)
write("other-cookie", "/auth/nginx/wiki", *nginx(), "Cookie: " + OTHER)
write("two-cookies", "/auth/nginx/wiki", *nginx(), "Cookie: %s; %s" % (WIKI, WIKI))
write("two-fields", "/auth/nginx/wiki", *nginx(), "Cookie: " + WIKI, "Cookie: " + OTHER)
write("portal", "/auth/nginx/wiki", *nginx("https://login.example:443/"), "Cookie: " + PORTAL)
write("address", "/auth/nginx/wiki", *nginx("https://[::1]:8443/"), "Cookie: " + OTHER)
write("twice", "/auth/nginx/wiki", *nginx(), *nginx(), "Cookie: " + WIKI)
write("insecure", "/auth/nginx/wiki", *nginx("http://wiki.example/"), "Cookie: " + WIKI)
write("lies", "/auth/nginx/wiki", *forward(), "Cookie: " + WIKI)
write("preflight", "/auth/nginx/fresh", *nginx(method="OPTIONS"), "Origin: https://e.example", "Access-Control-Request-Method: PUT")
write("socket", "/auth/forward/wiki", *forward(), "Upgrade: websocket", "Connection: Upgrade", "Cookie: " + WIKI)
write("stream", "/refused/forward/wiki", *forward(), "Accept: text/event-stream")
write("symbols", "/refused/nginx/wiki", *nginx("https://wiki.example/" + "&" * 1990), *PAGE)
write("long", "/refused/nginx/wiki", *nginx("https://wiki.example/" + "x" * 3000), *PAGE)
write("astray", "/refused/nginx/wiki", *nginx("https://wiki.example//e.example/%0d%0aX:y"), *PAGE)
write("page", "/pages/nginx/login", *nginx(), *PAGE, "Cookie: __Host-usher-pre=" + "A" * 43)
write("page-post", "/pages/forward/logout", *forward(), *PAGE, method="POST")
