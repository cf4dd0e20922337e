"""A session of one host is one of all: the first question costs a call of the store, the next ones none."""
from case import HostsCase
from hosts import LOCAL, unknown
from judge import YES
from places import eventually
from stores import Monitor


class Sharing(HostsCase):
    def test_the_second_question_about_a_session_of_another_host_costs_no_call(self):
        token = self.create(self.a)
        with Monitor(self.store) as monitor:
            self.assertTrue(self.b.verdict(token))
            for _ in range(50):
                self.assertTrue(self.b.verdict(token))
            # A beat that the store tells now comes behind all calls from before.
            beats = monitor.calls("beat")
            eventually("the store has been told of beats", lambda: monitor.calls("beat") > beats)
            self.assertEqual(monitor.calls("get"), 1)

    def test_a_login_on_one_host_is_accepted_on_the_others(self):
        step = self.a.log_in()
        self.court.add(step["token"])
        self.wait_for(YES, [len(self.court.tokens)])
        session = self.b.ask("session.validate", token=step["token"])["session"]
        self.assertEqual([session[name] for name in ("handle", "user", "service", "realm", "expires")],
                         [step["session"][name] for name in ("handle", "user", "service", "realm", "expires")])
        self.judge(YES)

    def test_all_hosts_list_the_sessions_of_a_user_wherever_they_were_made(self):
        made = [self.create(host, user="listed") for host in (self.a, self.a, self.b)]
        self.create(self.c, user="listed", service=LOCAL)
        wanted = {host.ask("session.validate", token=token)["session"]["handle"]
                  for host, token in zip((self.a, self.a, self.b), made)}
        for host, own in ((self.a, 0), (self.b, 0), (self.c, 1)):
            # A host that has just come knows for a moment that others may have more.
            eventually("%s lists all" % host.name,
                       lambda: not host.ask("session.list", user="unlisted").get("partial", False))
            found, cursor, partial = [], {}, False
            while cursor is not None:
                page = host.ask("session.list", user="listed", **cursor)
                found += [session["handle"] for session in page["sessions"]]
                partial = partial or page.get("partial", False)
                cursor = {"cursor": page["next"]} if "next" in page else None
            self.assertEqual((len(found), wanted <= set(found), partial), (3 + own, True, False), host.name)
        self.assertTrue(self.c.ask("session.list", all=True)["partial"])

    def test_data_comes_along(self):
        number, = self.sessions(self.a, 1)
        self.c.patiently("session.update", token=self.token(number), data={"theme": "dark"})
        for host in self.hosts.values():
            session = host.ask("session.validate", token=self.token(number))["session"]
            self.assertEqual((session["data"], session["version"]), ({"theme": "dark"}, 2))

    def test_a_session_of_a_realm_that_is_not_shared_stays_at_home(self):
        token = self.create(self.a, service=LOCAL)
        self.assertEqual([host.verdict(token) for host in (self.a, self.b, self.c)], [True, False, False])

    def test_a_code_is_claimed_on_one_host_alone(self):
        eras = {host.ask("server.hello")["era"] for host in self.hosts.values()}
        self.assertEqual(len(eras), 1)
        for hosts in ((self.a, self.b, self.c, self.a), (self.c, self.a, self.b, self.c)):
            code = unknown()
            self.assertEqual([self.claim(host, code, *eras) for host in hosts], [True, False, False, False])

    def test_clients_of_all_hosts_answer_from_memory(self):
        self.sessions(self.a, 3)
        for host in self.names:
            eventually("clients of %s answer from memory" % host,
                       lambda: self.count(YES, host=host, way="board", remembered=1) > 20)
        self.judge(YES)

    def test_what_nobody_made_is_refused_everywhere(self):
        self.assertEqual({host.verdict(unknown()) for host in self.hosts.values()}, {False})
