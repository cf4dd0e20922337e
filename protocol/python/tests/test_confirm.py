"""Pages that want a password that was typed a moment ago."""
import pytest

import usher.wsgi
from conftest import PASSWORD
from test_web import FORM, ORIGIN, PAGE, Browser, field

ADMIN = "/admin/users?page=2"


def tool(client, seconds):
    def app(environ, start):
        start("200 OK", [])
        return [environ["usher.session"].user.encode()]

    return usher.wsgi.Sessions(
        app, client, origin=ORIGIN, max_age=lambda path: seconds if path.startswith("/admin") else None)


def test_a_session_that_is_not_recent_is_confirmed_and_comes_back(client):
    browser = Browser(tool(client, -1))
    browser.log_in()
    first = browser.cookies["__Host-session"]
    handle, began = client.validate(first).handle, client.validate(first).authenticated
    assert browser.ask("GET", "/")[0] == 200
    status, headers, _ = browser.ask("GET", ADMIN)
    assert status == 303 and headers["location"] == ORIGIN + "/confirm?return_to=%2Fadmin%2Fusers%3Fpage%3D2"
    page = browser.ask("GET", headers["location"].removeprefix(ORIGIN))[2]
    assert "You are ada." in page and 'name="user"' not in page
    form = {name: field(page, name) for name in ("csrf", "return_to")}
    assert browser.ask("POST", "/confirm", FORM, form | {"password": "wrong"})[0] == 403
    client.clear_limits("ada")
    status, headers, _ = browser.ask("POST", "/confirm", FORM, form | {"password": PASSWORD})
    assert status == 303 and headers["location"] == ORIGIN + ADMIN
    second = browser.cookies["__Host-session"]
    assert client.validate(first) is None and client.validate(second).handle == handle
    assert client.validate(second).authenticated >= began


def test_a_recent_session_passes(client):
    browser = Browser(tool(client, 900))
    browser.log_in()
    assert browser.ask("GET", ADMIN)[::2] == (200, "ada")


def test_a_script_is_told_to_confirm(client):
    browser = Browser(tool(client, -1))
    browser.log_in()
    status, headers, said = browser.ask("GET", ADMIN, {"accept": "application/json"})
    assert status == 401 and "Confirm" in said and headers["www-authenticate"] == 'Cookie realm="usher"'


def test_nobody_confirms_without_a_session(client):
    browser = Browser(tool(client, -1))
    status, headers, _ = browser.ask("GET", "/confirm?return_to=%2Fadmin")
    assert status == 303 and headers["location"] == ORIGIN + "/login?return_to=%2Fadmin"
    assert browser.ask("POST", "/confirm", FORM, {"password": PASSWORD})[0] == 401


def test_another_site_confirms_nothing(client):
    browser = Browser(tool(client, -1))
    browser.log_in()
    first = browser.cookies["__Host-session"]
    foreign = FORM | {"sec-fetch-site": "cross-site", "origin": "https://evil.example"}
    assert browser.ask("POST", "/confirm", foreign, {"password": PASSWORD})[0] == 403
    assert client.validate(first) is not None


def test_a_one_time_code_is_confirmed_on_its_own_page(client):
    browser = Browser(tool(client, -1))
    page = browser.log_in("bob", "battery staple")[2]
    form = {name: field(page, name) for name in ("csrf", "flow")} | {"answer0": "123456"}
    assert browser.ask("POST", "/login", FORM, form)[0] == 303
    first = browser.cookies["__Host-session"]
    page = browser.ask("GET", "/confirm?return_to=%2Fadmin")[2]
    form = {name: field(page, name) for name in ("csrf", "return_to")}
    page = browser.ask("POST", "/confirm", FORM, form | {"password": "battery staple"})[2]
    form = {name: field(page, name) for name in ("csrf", "flow")} | {"answer0": "123456"}
    assert "took too long" in browser.ask("POST", "/login", FORM, form)[2]
    assert browser.ask("POST", "/confirm", FORM, form)[1]["location"] == ORIGIN + "/admin"
    assert client.validate(first) is None


@pytest.mark.parametrize("address", ["/confirm", "/confirm?return_to=x", "/login"])
def test_a_login_does_not_lead_to_the_tools_own_pages(client, address):
    browser = Browser(tool(client, None))
    assert browser.log_in(address=address)[1]["location"] == ORIGIN + "/"
    assert browser.ask("GET", "/", PAGE)[0] == 200
