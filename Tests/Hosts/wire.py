"""A cable between two namespaces that delays frames and loses some: wire.py ONE PORT OTHER PORT MILLISECONDS PERCENT.

It makes a TAP device of the given name in each of the two namespaces and carries frames between them. tc-netem(8) would
do the same, but not every kernel has it. A random generator of a fixed start makes the losses repeatable.
"""
import collections
import ctypes
import fcntl
import os
import random
import select
import struct
import sys
import time

# linux/if_tun.h and sched.h.
TUNSETIFF, IFF_TAP, IFF_NO_PI, CLONE_NEWNET = 0x400454CA, 0x0002, 0x1000, 0x40000000
FRAME = 1 << 16


def tap(namespace, name):
    """A TAP device in a namespace; its descriptor."""
    with open("/run/netns/" + namespace) as there:
        if ctypes.CDLL(None, use_errno=True).setns(there.fileno(), CLONE_NEWNET) != 0:
            raise OSError(ctypes.get_errno(), "setns")
    device = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
    fcntl.ioctl(device, TUNSETIFF, struct.pack("16sH22x", name.encode(), IFF_TAP | IFF_NO_PI))
    return device


def carry(ends, delay, loss):
    """Carries frames until the process is killed."""
    dice, queue = random.Random(1), collections.deque()
    other = dict(zip(ends, reversed(ends)))
    while True:
        wait = max(0, queue[0][0] - time.monotonic()) if queue else None
        for end in select.select(ends, [], [], wait)[0]:
            frame = os.read(end, FRAME)
            if dice.random() >= loss:
                queue.append((time.monotonic() + delay, other[end], frame))
        while queue and queue[0][0] <= time.monotonic():
            _, end, frame = queue.popleft()
            try:
                os.write(end, frame)
            except OSError:
                # The device is down: so the frame is lost.
                pass


def main(one, port, other, other_port, milliseconds, percent):
    ends = [tap(one, port), tap(other, other_port)]
    print("ready", flush=True)
    carry(ends, int(milliseconds) / 1000, int(percent) / 100)


if __name__ == "__main__":
    main(*sys.argv[1:])
