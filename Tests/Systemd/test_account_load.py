"""What a check of many accounts costs: USHER_USERS=10000 Tests/Systemd/run account_load."""
import concurrent.futures
import os
import pathlib
import time
import unittest

import host
from test_accounts import CONFIGURATION, stack

USERS = int(os.environ.get("USHER_USERS", "300"))


def replace(name, change):
    """Another file in place of one of /etc, with the same owner and mode."""
    path = pathlib.Path("/etc", name)
    fresh = path.with_suffix(".fresh")
    fresh.write_text(change(path.read_text()))
    os.chmod(fresh, path.stat().st_mode & 0o777)
    os.chown(fresh, path.stat().st_uid, path.stat().st_gid)
    fresh.rename(path)


def cpu(unit):
    """Seconds that the processes of a unit, and those that it reaped, have used."""
    fields = pathlib.Path("/proc/%d/stat" % host.pid(unit)).read_text().rsplit(")", 1)[1].split()
    return sum(int(field) for field in fields[11:15]) / os.sysconf("SC_CLK_TCK")


def latencies(usher, token, seconds=None, until=None):
    """How long validations take, in milliseconds, sorted."""
    taken, end = [], time.monotonic() + (seconds or 600)
    while time.monotonic() < end and not (until and len(taken) % 200 == 0 and until()):
        start = time.monotonic()
        assert usher.ask("session.validate", token=token)["valid"]
        taken.append((time.monotonic() - start) * 1000)
        time.sleep(0.0005)
    return sorted(taken)


class Load(unittest.TestCase):
    def test_many_accounts(self):
        stack("usher-remote", "auth required pam_permit.so\naccount required pam_unix.so\n")
        stack("usher-rules", "auth required pam_permit.so\naccount required pam_unix.so\n")
        # The usual round would never be over: it asks ten thousand accounts one after the other, all the time.
        slow = CONFIGURATION.replace('name = "rules"\n', 'name = "rules"\naccount_check = "24h"\n', 1)
        host.install(slow + "[limits]\nlogins_per_source = 64\n")
        names = ["crowd%d" % number for number in range(USERS)]
        replace("passwd", lambda text: text + "".join(
            "%s:x:%d:100::/:/bin/false\n" % (name, 100000 + number) for number, name in enumerate(names)))
        replace("shadow", lambda text: text + "".join("%s:$6$x$y%s:19000:0:99999:7:::\n" % (n, n) for n in names))
        usher = host.connect()

        def login(name):
            return host.connect().ask("auth.start", user=name, password="x", service="rules")["token"]

        with concurrent.futures.ThreadPoolExecutor(16) as pool:
            tokens = list(pool.map(login, names))
        time.sleep(2)
        stats = host.connect()

        def checks():
            return stats.ask("server.stats")["account_checks"]

        host.eventually(lambda: checks() == (time.sleep(1), checks())[1], "earlier checks are done", 600)
        quiet = latencies(usher, tokens[0], 3)
        locked = len(names) // 2
        ended = []

        def lock():
            replace("shadow", lambda text: text.replace(
                "%s:$6$" % names[locked], "%s:!$6$" % names[locked]))

        def is_over():
            if not ended and not host.valid(tokens[locked]):
                ended.append(time.monotonic())
            return False

        entries = self.measured(usher, tokens[0], checks, lock, 5, is_over)
        print("%d accounts, one locked: it ended after %.2f s; %d checks; CPU of usherd %.2f s, of the broker and its workers %.2f s; "
              "validate p99 %.2f ms, quiet %.2f ms" % (
                  USERS, ended[0] - entries["start"], entries["checks"], *entries["cpu"], entries["p99"],
                  quiet[len(quiet) * 99 // 100]), flush=True)
        rules = self.measured(usher, tokens[0], checks, lambda: pathlib.Path("/etc/security/time.conf").touch(), 20)
        print("a change of rules: %.0f checks a second; CPU of usherd %.2f s, of the broker and its workers %.2f s, in %.1f s, "
              "%.2f ms a check; validate p99 %.2f ms" % (
                  rules["checks"] / rules["seconds"], *rules["cpu"], rules["seconds"],
                  1000 * sum(rules["cpu"]) / max(rules["checks"], 1), rules["p99"]), flush=True)
        self.assertTrue(host.valid(tokens[0]))
        self.assertLess(ended[0] - entries["start"], 5)
        self.assertLess(entries["checks"], 100)
        self.assertLess(sum(rules["cpu"]) / rules["seconds"], 0.6)

    def measured(self, usher, token, checks, change, seconds, until=None):
        """What happens in that time after a change: checks, CPU of both units, p99 of validations."""
        begun, before, start = checks(), (cpu("usherd.service"), cpu("usher-pam.service")), time.monotonic()
        change()
        taken = latencies(usher, token, seconds, until)
        return {"start": start, "seconds": time.monotonic() - start, "checks": checks() - begun,
                "cpu": [cpu("usherd.service") - before[0], cpu("usher-pam.service") - before[1]],
                "p99": taken[len(taken) * 99 // 100]}


if __name__ == "__main__":
    unittest.main()
