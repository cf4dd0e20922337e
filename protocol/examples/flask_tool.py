"""A Flask tool that only people with a session see. FLASK_APP=flask_tool flask run, or gunicorn flask_tool:app

USHER_ORIGIN is the address that browsers know it by, USHER_DEVELOPMENT the directory of a `usherd --dev`, if it is one.
"""
import os

import flask

import usher
import usher.wsgi

client = usher.Client(development=os.environ.get("USHER_DEVELOPMENT"))
app = flask.Flask(__name__)
app.wsgi_app = usher.wsgi.Sessions(
    app.wsgi_app, client, origin=os.environ.get("USHER_ORIGIN", "http://localhost:5000"), title="Notes")

PAGE = """<!doctype html><title>Notes</title><p>Hello {{ session.user }}: {{ session.data.get("note", "no note yet") }}
<form method=post action=/note><input type=hidden name=csrf value="{{ csrf }}">
<input name=note><button>Keep</button></form>
<form method=post action=/logout><input type=hidden name=csrf value="{{ csrf }}"><button>Log out</button></form>"""


@app.get("/")
def notes() -> str:
    """The page of whoever asks."""
    environ = flask.request.environ
    return flask.render_template_string(PAGE, session=environ["usher.session"], csrf=usher.wsgi.csrf(environ))


@app.errorhandler(usher.Unavailable)
def away(error: usher.Unavailable) -> flask.typing.ResponseReturnValue:
    """The daemon cannot do this now, and the session may live: nobody is logged out."""
    return "Your session cannot be changed now. Try again in a moment.\n", 503


@app.post("/note")
def keep() -> flask.typing.ResponseReturnValue:
    """Keeps a note with the session: the form's text was checked before."""
    client.update(flask.request.environ["usher.token"], {"note": flask.request.form["note"]})
    return flask.redirect("/", 303)
