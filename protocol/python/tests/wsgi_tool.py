"""A tool in Flask behind usher.wsgi with rules by path, for the tests: gunicorn wsgi_tool:app"""
import os

import flask

import usher
import usher.wsgi

tool = flask.Flask(__name__)


@tool.get("/admin")
@tool.get("/open/page")
def page() -> str:
    """Who asks, and for what."""
    session = flask.request.environ["usher.session"]
    return f"{session.user if session else 'nobody'} sees {flask.request.path}"


app = usher.wsgi.Sessions(
    tool, usher.Client(development=os.environ["USHER_DEVELOPMENT"]), origin="http://localhost:5000",
    protects=lambda path: path.startswith("/admin"),
    max_age=lambda path: -1 if path.startswith("/admin") else None)
