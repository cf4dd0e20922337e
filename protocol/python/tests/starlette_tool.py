"""A tool in Starlette behind usher.asgi, for the tests: uvicorn starlette_tool:app"""
import os

import usher.asgi
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route


async def page(request: Request) -> Response:
    """Who asks, with a form."""
    user = request.scope["usher.session"].user
    return HTMLResponse(f'Starlette knows {user} <input name="csrf" value="{usher.asgi.csrf(request.scope)}">')


async def note(request: Request) -> Response:
    """What a form holds."""
    form = await request.form()
    return PlainTextResponse(f"{request.scope['usher.session'].user} writes {form['note']}")


app = usher.asgi.Sessions(
    Starlette(routes=[Route("/", page), Route("/admin", page), Route("/note", note, methods=["POST"])]),
    origin="http://localhost:5000", client={"development": os.environ["USHER_DEVELOPMENT"]},
    max_age=lambda path: -1 if path == "/admin" else None)
