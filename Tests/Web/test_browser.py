"""A real Chromium in front of usher-gate: what people meet, behind nginx and the beginning of it behind Caddy."""
import contextlib
import signal
import unittest
import urllib.parse

from browser import CODE, LONG, BrowserCase, Chromium
from gate import Caddy, Nginx

with contextlib.suppress(ImportError):
    from selenium.webdriver.common.action_chains import ActionChains
    from selenium.webdriver.common.keys import Keys

FACTS = """return {
    title: document.title, language: document.documentElement.lang, headings: document.querySelectorAll("h1").length,
    focus: document.activeElement.name || document.activeElement.getAttribute("role") || "", width: document.documentElement.scrollWidth,
    fields: [...document.querySelectorAll("input:not([type=hidden])")].map(field =>
        [field.name, field.type, field.autocomplete, [...field.labels].map(label => label.innerText.trim()).join()]),
    described: [...document.querySelectorAll("[aria-describedby]")].map(field =>
        document.getElementById(field.getAttribute("aria-describedby")).innerText).join(),
    alerts: [...document.querySelectorAll("[role=alert]")].map(alert => alert.innerText)}"""
NAME, PASSWORD = ["user", "text", "username", "User name"], ["password", "password", "current-password", "Password"]


class VisitTests:
    """What every proxy must do."""

    def test_one_login_for_two_tools_leads_to_the_very_address(self):
        browser, path = self.browser, "/a//b?x=1&y=%2F;z&q=%22"
        self.log_in(browser, "amy", path=path)
        browser.at("wiki", path)
        self.assertEqual((browser.one("#user").text, browser.one("#path").text), ("amy", path))
        browser.open("ci", "/b?c=%26")
        self.assertEqual((browser.web.current_url, browser.one("#user").text), (browser.url("ci", "/b?c=%26"), "amy"))
        cookies = browser.cookies()
        hosts = {host for host, name in cookies if name == "__Host-usher"}
        self.assertEqual(hosts, {"%s.corp.test" % name for name in ("wiki", "ci", "login")})
        self.assertEqual({name for _, name in cookies}, {"__Host-usher", "__Host-usher-hop"})
        for cookie in cookies.values():
            # A host without a dot in front: no other one is sent the cookie.
            self.assertEqual([cookie[key] for key in ("secure", "httpOnly", "sameSite", "session", "path")], [True, True, "Lax", True, "/"])

    def test_a_form_that_met_no_session_is_sent_again_by_a_reload(self):
        browser, text = self.visit(path="/edit"), "ä & <b>\n" * 200
        browser.script("document.querySelector('textarea').value = arguments[0]", text)
        self.end_all("amy")
        before = len(self.tool.asked)
        browser.press("button")
        browser.titled("Log in")
        self.assertEqual(len(self.tool.asked), before)
        browser.one("a[target=_blank]").click()
        browser.until("a new tab", lambda: len(browser.web.window_handles) == 2)
        browser.web.switch_to.window([window for window in browser.web.window_handles if window != browser.first][0])
        browser.submit(user="amy", password="words")
        browser.at("wiki", "/save")
        browser.web.close()
        browser.web.switch_to.window(browser.first)
        browser.web.refresh()
        browser.until("the text is there", lambda: browser.one("#sent").get_property("textContent").replace("\r", "") == text)

    def test_scripts_hear_401_and_are_not_led_to_the_login(self):
        browser = self.visit()
        ask = "const done = arguments[0]; fetch('/data').then(async answer => done([answer.status, answer.redirected, await answer.json()]), done)"
        self.assertEqual(browser.web.execute_async_script(ask), [200, False, {"user": "amy"}])
        self.end_all("amy")
        browser.note()
        browser.requests.clear()
        status, redirected, answer = browser.web.execute_async_script(ask)
        self.assertEqual((status, redirected, answer["error"]), (401, False, "login_required"))
        listen = "const done = arguments[0], source = new EventSource('/data'); source.onerror = () => done(source.readyState)"
        self.assertEqual(browser.web.execute_async_script(listen), 2)
        browser.note()
        self.assertEqual(browser.requests, [("GET", browser.url("wiki", "/data"))] * 2)


class CaddyBrowserTests(VisitTests, BrowserCase):
    proxy_type = Caddy


class NginxBrowserTests(VisitTests, BrowserCase):
    proxy_type = Nginx

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.plain = Chromium(cls.driver, cls.gate.port, scripts=False)
        cls.addClassCleanup(cls.plain.close)

    def sessions(self, browser):
        """The rows of the user's list."""
        browser.open("login", "/.usher/sessions")
        browser.titled("Your sessions")
        return browser.all("li")

    def log_out(self, browser):
        browser.open("login", "/.usher/sessions")
        browser.press("a[href='/.usher/logout']")
        browser.titled("Log out")
        browser.press("button")
        browser.titled("You are logged out")

    def test_five_tabs_restored_at_once_are_all_logged_in_by_one(self):
        browser = self.browser
        places = [(("wiki", "ci")[number % 2], "/tab%d" % number) for number in range(5)]
        for place in places:
            browser.cdp("Target.createTarget", url=browser.url(*place))
        browser.until("five tabs", lambda: len(browser.web.window_handles) == 6)
        found = set()
        for number, window in enumerate(window for window in browser.web.window_handles if window != browser.first):
            browser.web.switch_to.window(window)
            browser.titled("Log in")
            browser.submit(user="tabs", password="words" if number == 0 else "no longer asked for")
            browser.until("a tool", lambda: browser.web.title == "Tool" and browser.ready)
            self.assertEqual(browser.one("#user").text, "tabs")
            found.add(browser.web.current_url)
        self.assertEqual(found, {browser.url(*place) for place in places})
        self.assertEqual(len(self.sessions(browser)), 1)

    def test_forms_sent_twice_log_in_once(self):
        browser = self.browser
        browser.open("wiki", "/twice")
        browser.titled("Log in")
        browser.fill(user="twice", password="words")
        browser.note()
        browser.requests.clear()
        # By a timer of the page: a second click by the driver could meet the next page.
        browser.script("const button = arguments[0]; button.click(); setTimeout(() => button.click(), 0)", browser.one("button"))
        browser.fill(answer0=CODE)
        browser.script("const form = arguments[0]; form.submit(); setTimeout(() => form.submit(), 0)", browser.one("form"))
        browser.at("wiki", "/twice")
        browser.note()
        self.assertEqual([method for method, _ in browser.requests].count("POST"), 4, browser.requests)
        self.assertEqual(browser.one("#user").text, "twice")
        self.assertEqual(len(self.sessions(browser)), 1)

    def test_a_code_is_asked_for_and_a_wrong_one_refused(self):
        browser = self.browser
        self.log_in(browser, "bob")
        self.assertEqual(browser.script(FACTS)["fields"], [["answer0", "text", "one-time-code", "One-time code:"]])
        browser.submit(answer0="000000")
        browser.titled("Error: Log in")
        self.assertEqual([browser.one('[name="%s"]' % name).get_property("value") for name in ("user", "password")], ["bob", ""])
        browser.submit(password="words")
        browser.submit(answer0=CODE)
        browser.at("wiki")
        self.assertEqual(browser.one("#user").text, "bob")

    def test_an_expired_password_is_changed_in_the_page(self):
        browser = self.browser
        for new, again in (("new words of eve", "other words"), ("new words of eve", "new words of eve")):
            self.log_in(browser, "eve", "old words")
            for answer in (new, again):
                browser.titled("Choose a new password")
                facts = browser.script(FACTS)
                self.assertEqual([field[1:3] for field in facts["fields"]], [["password", "new-password"]])
                self.assertEqual(facts["focus"], "answer0")
                browser.submit(answer0=answer)
            if new != again:
                browser.titled("Error: Log in")
                self.assertIn("was not changed", browser.text)
        browser.at("wiki")
        self.log_out(browser)
        self.log_in(browser, "eve", "new words of eve")
        browser.at("wiki")

    def test_names_that_are_not_ascii_reach_the_tool_in_utf8(self):
        self.visit("jürgen")

    def test_logout_and_back_show_nothing_of_before(self):
        browser = self.visit(path="/arrival")
        # One forbids caches to keep it, one does not; the first one is what the login has led to.
        for host, path in (("ci", "/secret"), ("wiki", "/kept")):
            browser.open(host, path)
            browser.at(host, path)
        browser.back()
        self.assertEqual(browser.script("return document.documentElement.dataset.kept"), "true", "it keeps what forbids that")
        browser.web.forward()
        self.sessions(browser)
        self.log_out(browser)
        shown = []
        for _ in range(5):
            browser.back()
            shown.append(browser.web.title.split(" - ")[0])
            self.assertNotIn("amy", browser.text)
        self.assertEqual(shown, ["You are logged out"] + ["Log in"] * 4)

    def test_the_other_browsers_session_is_ended_from_the_list(self):
        here, there = self.visit("pair"), self.visit("pair", browser=self.plain)
        rows = self.sessions(here)
        self.assertEqual((len(rows), [("this one" in row.text) for row in rows].count(True)), (2, 1))
        other = [number for number, row in enumerate(rows) if "this one" not in row.text][0]
        here.press("li:nth-child(%d) button" % (other + 1))
        here.titled("Your sessions")
        self.assertEqual(len(here.all("li")), 1)
        there.open("wiki", "/next")
        there.titled("Log in")
        here.open("wiki", "/next")
        here.at("wiki", "/next")

    def test_a_tool_in_another_ones_frame_asks_to_log_in_in_a_new_tab(self):
        browser = self.visit()
        browser.open("ci", "/outside")
        browser.at("ci", "/outside")
        self.end_all("amy")
        browser.script("document.body.append(Object.assign(document.createElement('iframe'), {src: arguments[0]}))", browser.url("wiki", "/inside"))
        browser.web.switch_to.frame(browser.one("iframe"))
        self.assertIn("in a new tab", browser.until("words in the frame", lambda: browser.text))
        browser.one("a[target=_blank]").click()
        browser.until("a new tab", lambda: len(browser.web.window_handles) == 2)
        browser.web.switch_to.window([window for window in browser.web.window_handles if window != browser.first][0])
        browser.submit(user="amy", password="words")
        browser.at("wiki", "/inside")

    def test_a_tools_form_ends_no_session(self):
        browser = self.visit()
        browser.script("""const form = document.forms[0]; form.action = arguments[0]; form.submit()""", browser.url("login", "/.usher/logout"))
        browser.titled("Please send that again")
        browser.open("wiki", "/still")
        browser.at("wiki", "/still")

    def test_a_violation_of_a_policy_would_be_seen(self):
        browser = self.visit()
        browser.open("wiki", "/violation")
        browser.until("a violation is noted", lambda: browser.note() or browser.violations)
        browser.violations.clear()

    def test_without_scripts_people_log_in_answer_and_log_out(self):
        browser = self.plain
        self.log_in(browser, "bob", path="/plain")
        browser.submit(answer0=CODE)
        browser.at("wiki", "/plain")
        self.assertEqual((browser.one("#user").text, browser.one("#unscripted").text), ("bob", "runs no script"))
        self.log_out(browser)
        browser.open("wiki", "/plain")
        browser.titled("Log in")

    def test_by_keyboard_alone(self):
        browser = self.browser
        browser.open("wiki", "/keys")
        browser.titled("Log in")
        keys = lambda *keys: ActionChains(browser.web).send_keys(*keys).perform()
        focused = lambda name: browser.until("focus on " + name, lambda: browser.script(FACTS)["focus"] == name)
        for field, typed in (("user", ["bob", Keys.TAB, "wrong"]), ("answer0", [CODE]), ("password", ["words"]), ("answer0", [CODE])):
            focused(field)
            keys(*typed, Keys.ENTER)
        browser.at("wiki", "/keys")
        self.sessions(browser)
        for _ in range(10):
            keys(Keys.TAB)
            if browser.web.switch_to.active_element.text == "Log out":
                break
        keys(Keys.ENTER)
        browser.titled("Log out")
        keys(Keys.TAB, Keys.ENTER)
        browser.titled("You are logged out")

    def test_without_style_sheets_people_log_in_and_out(self):
        browser = self.browser
        spacing = "return getComputedStyle(document.querySelector('h1')).letterSpacing"
        browser.open("login", "/.usher/login")
        self.assertEqual(browser.script(spacing), "3px")
        self.assertGreater(browser.script("return document.querySelector('img').naturalWidth"), 0)
        browser.cdp("Network.setBlockedURLs", urls=["*.css"])
        try:
            self.log_in(browser, "amy")
            browser.at("wiki")
            self.sessions(browser)
            self.assertEqual(browser.script(spacing), "normal")
            self.log_out(browser)
        finally:
            browser.cdp("Network.setBlockedURLs", urls=[])

    def test_an_outage_lets_nobody_in_and_keeps_cookies(self):
        browser = self.visit()
        before = browser.cookies()
        browser.script("""window.seen = []; (async () => { for (;;) {
            const start = performance.now(); seen.push([start, (await fetch("/data")).status])
            await new Promise(go => setTimeout(go, 20)) } })()""")
        now = lambda: browser.script("return performance.now()")
        after = lambda moment: [status for start, status in browser.script("return seen") if start > moment]
        for name in (signal.SIGSTOP, signal.SIGCONT):
            self.daemon.process.send_signal(name)
            moment = now()
            browser.until("it goes on", lambda: len(after(moment)) > 5)
            self.assertEqual(set(after(moment)), {200}, "the session is alive, and the gate remembers it")
        self.daemon.process.kill()
        self.daemon.process.wait()
        moment = now()
        browser.until("it cannot be found out", lambda: len(after(moment)) > 5)
        self.assertEqual([status for status in after(moment) if status < 500], [])
        self.assertEqual(browser.cookies(), before)
        self.daemon.start()
        browser.until("it is found out", lambda: 401 in after(moment))
        self.assertEqual(browser.cookies(), before)
        self.assertNotIn(200, after(moment))
        self.visit(path="/after")

    def look(self, browser, title, fields=(), focus="", alerts=()):
        """What a person, a screen reader and a password manager find in a page."""
        browser.titled(title)
        # A browser gives the focus when it first paints the page.
        with contextlib.suppress(AssertionError):
            browser.until("the focus", lambda: browser.script(FACTS)["focus"] == focus, 5)
        facts = browser.script(FACTS)
        with self.subTest(facts["title"]):
            self.assertEqual(facts["title"], title + " - Corp <Test>")
            self.assertEqual((facts["language"], facts["headings"]), ("en", 1))
            self.assertEqual(facts["fields"], list(fields))
            self.assertEqual(facts["focus"], focus)
            self.assertEqual(len(facts["alerts"]), len(alerts))
            for words, alert in zip(alerts, facts["alerts"]):
                self.assertIn(words, alert)
            if fields:
                self.assertEqual(facts["described"], ",".join(facts["alerts"]))
            self.assertLessEqual(facts["width"], 320)

    def test_every_page_names_its_fields_focuses_the_first_and_fits_a_small_screen(self):
        browser = self.browser
        browser.cdp("Emulation.setDeviceMetricsOverride", width=320, height=480, deviceScaleFactor=1, mobile=True)
        self.addCleanup(browser.cdp, "Emulation.clearDeviceMetricsOverride")
        wiki = urllib.parse.quote(browser.url("wiki"), safe="")
        browser.open("login", "/.usher/login?to=https://e.example/")
        self.look(browser, "Log in", [NAME, PASSWORD], "user")
        self.log_in(browser, "bob")
        self.look(browser, "Log in", [["answer0", "text", "one-time-code", "One-time code:"]], "answer0")
        browser.open("wiki")
        self.look(browser, "Log in", [NAME, PASSWORD], "user")
        browser.submit(user=LONG, password="wrong")
        self.look(browser, "Error: Log in", [NAME, PASSWORD], "password", ["are not right"])
        browser.submit(password="words")
        browser.at("wiki")
        self.sessions(browser)
        self.look(browser, "Your sessions")
        browser.open("login", "/.usher/confirm")
        self.look(browser, "Confirm who you are", [PASSWORD], "password")
        browser.submit(password="wrong")
        self.look(browser, "Error: Confirm who you are", [PASSWORD], "password", ["are not right"])
        browser.open("login", "/.usher/nothing")
        self.look(browser, "There is no such page")
        browser.open("wiki", "/admin")
        self.look(browser, "Wiki: Not for you")
        browser.cdp("Storage.clearDataForOrigin", origin=browser.url("wiki")[:-1], storageTypes="cookies")
        browser.open("login", "/.usher/login?to=%s&hop=%s" % (wiki, "A" * 43))
        self.look(browser, "Error: Log in", focus="alert", alerts=["did not keep the cookie"])
        browser.open("login", "/.usher/logout")
        self.look(browser, "Log out")
        browser.press("button")
        self.look(browser, "You are logged out")
        browser.cdp("Network.clearBrowserCookies")
        self.visit()
        self.end_all("amy")
        browser.press("button")
        self.look(browser, "Log in")


if __name__ == "__main__":
    unittest.main()
