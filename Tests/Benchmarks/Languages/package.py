"""What the Python package costs a process, beside redis-py. Prints figures as `NAME VALUE`, for
Tests/Benchmarks/Languages/run.

package.py load LIBRARY                  how long the library takes to load, in milliseconds
package.py memory DIRECTORY [MODULE...]  how much the process grows, once it has imported those modules
package.py cached DIRECTORY REDIS        a validation from memory and a GET: medians in nanoseconds
"""
import sys


def resident(kind: str) -> int:
    """The process's memory in KiB: Rss, or Private_Dirty, which is no other process's."""
    with open("/proc/self/smaps_rollup") as lines:
        return next(int(line.split()[1]) for line in lines if line.startswith(kind + ":"))


def load(path: str) -> None:
    """How long the library takes to load."""
    import ctypes
    import time
    start = time.perf_counter()
    ctypes.CDLL(path)
    print("load_ms", (time.perf_counter() - start) * 1000)


def memory(directory: str, *modules: str) -> None:
    """What an import of the package adds, and its use."""
    for module in modules:
        __import__(module)
    kinds = ("Rss", "Private_Dirty")
    before = {kind: resident(kind) for kind in kinds}
    import usher
    imported = {kind: resident(kind) for kind in kinds}
    with usher.Client(development=directory) as client:
        token = client.login("ada", "horse").token
        for _ in range(1000):
            assert client.validate(token) is not None
        used = {kind: resident(kind) for kind in kinds}
    for kind in kinds:
        print(f"imported_{kind}", imported[kind] - before[kind])
        print(f"used_{kind}", used[kind] - before[kind])


def cached(directory: str, path: str) -> None:
    """How long one call takes."""
    import statistics
    import time

    import redis
    import usher

    def median(batches: int, count: int, call) -> float:
        times = []
        for batch in range(batches):
            # Sessions in no order that a cache could foresee.
            order = [tokens[(batch * count + number) * 7919 % len(tokens)] for number in range(count)]
            start = time.perf_counter_ns()
            for token in order:
                call(token)
            times.append((time.perf_counter_ns() - start) / count)
        return statistics.median(times)

    with usher.Client(development=directory) as client:
        tokens = [client.create(f"user{number // 20}", methods=["pwd"]).token for number in range(1000)]
        for token in tokens:
            client.validate(token)
        print("cached_ns", median(20000, 16, client.validate))
    server = redis.Redis(unix_socket_path=path)
    for token in tokens:
        server.set(token, b"x" * 100)
    print("get_ns", median(20000, 1, server.get))


if __name__ == "__main__":
    {"load": load, "memory": memory, "cached": cached}[sys.argv[1]](*sys.argv[2:])
