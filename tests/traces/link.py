# SPDX-License-Identifier: BSD-3-Clause
"""An emulated link between two network namespaces, with a capture point in its middle.

Each end is a TAP device moved into a namespace. Frames go through this process, which delays, drops and
reorders them by a seeded random source and writes every frame that passes the middle to a pcap file. So a
kernel without the netem module will do, and the place of the capture is known exactly: what is lost before the
middle is never seen, what is lost behind it is seen and then retransmitted.

    link = Link(client_ns, server_ns, LinkQuality(delay_ms=10, loss_after=0.02), "out.pcap", snaplen=96)
    link.start(); ...; link.stop()
"""
import dataclasses, fcntl, heapq, os, random, select, struct, subprocess, threading, time

TUNSETIFF = 0x400454CA
IFF_TAP, IFF_NO_PI = 0x0002, 0x1000


@dataclasses.dataclass
class LinkQuality:
    """One direction. Delays are from an end to the middle; the same again applies behind it."""
    delay_ms: float = 5
    jitter_ms: float = 0         # uniform, added before the middle; packets keep their order
    loss_before: float = 0       # probability: lost, and never captured
    loss_after: float = 0        # probability: captured, then lost
    reorder: float = 0           # probability that a frame is held back by `reorder_ms` before the middle
    reorder_ms: float = 8
    duplicate: float = 0         # probability that the middle sees a frame twice
    megabits_per_s: float = 20
    queue_ms: float = 120        # a frame that would wait longer for its turn is dropped before the middle


class PcapWriter:
    def __init__(self, path, snaplen):
        self.file, self.snaplen = open(path, "wb"), snaplen
        self.file.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, snaplen, 1))

    def write(self, when, frame):
        kept = frame[: self.snaplen]
        micros = int(when * 1e6)
        self.file.write(struct.pack("<IIII", micros // 1_000_000, micros % 1_000_000, len(kept), len(frame)) + kept)

    def close(self):
        self.file.close()


def open_tap(name, namespace):
    fd = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(fd, TUNSETIFF, struct.pack("16sH", name.encode(), IFF_TAP | IFF_NO_PI))
    subprocess.run(["ip", "link", "set", name, "netns", namespace], check=True)
    return fd


class Link(threading.Thread):
    """Interfaces are called "near" in the first namespace and "far" in the second."""

    def __init__(self, client_ns, server_ns, to_server, to_client, path, snaplen, seed):
        super().__init__(daemon=True)
        tag = f"{os.getpid() % 100000}"
        self.ends = [open_tap("tc" + tag, client_ns), open_tap("ts" + tag, server_ns)]
        for name, ns, new in (("tc" + tag, client_ns, "near"), ("ts" + tag, server_ns, "far")):
            subprocess.run(["ip", "-n", ns, "link", "set", name, "name", new], check=True)
        self.quality = [to_server, to_client]
        self.random = random.Random(seed)
        self.pcap = PcapWriter(path, snaplen)
        self.events, self.count = [], 0
        self.free_at = [0.0, 0.0]   # when the transmitter of a direction is idle again
        self.last_at = [0.0, 0.0]   # arrival of the last frame that was not held back
        self.wake_read, self.wake_write = os.pipe()

    def push(self, when, stage, side, frame):
        self.count += 1
        heapq.heappush(self.events, (when, self.count, stage, side, frame))

    def enter(self, side, frame):
        q, now = self.quality[side], time.time()
        start = max(now, self.free_at[side])
        if start - now > q.queue_ms / 1e3:
            return
        self.free_at[side] = start + len(frame) * 8 / (q.megabits_per_s * 1e6)
        if self.random.random() < q.loss_before:
            return
        at = self.free_at[side] + (q.delay_ms + self.random.random() * q.jitter_ms) / 1e3
        if self.random.random() < q.reorder:
            at += q.reorder_ms / 1e3
        else:
            at = self.last_at[side] = max(at, self.last_at[side])
        self.push(at, "middle", side, frame)
        if self.random.random() < q.duplicate:
            self.push(at + 0.0007, "middle", side, frame)

    def leave(self, when, stage, side, frame):
        q = self.quality[side]
        if stage == "middle":
            self.pcap.write(when, frame)
            if self.random.random() >= q.loss_after:
                self.push(when + q.delay_ms / 1e3, "end", side, frame)
            return
        try:
            os.write(self.ends[1 - side], frame)
        except OSError:
            pass  # the interface is going down

    def run(self):
        while True:
            now = time.time()
            while self.events and self.events[0][0] <= now:
                when, _, stage, side, frame = heapq.heappop(self.events)
                self.leave(when, stage, side, frame)
            wait = min(0.5, max(0.0, self.events[0][0] - time.time())) if self.events else 0.5
            readable, _, _ = select.select([*self.ends, self.wake_read], [], [], wait)
            if self.wake_read in readable:
                break
            for side in (0, 1):
                if self.ends[side] in readable:
                    try:
                        self.enter(side, os.read(self.ends[side], 65536))
                    except OSError:
                        pass  # down, or nothing left
        self.pcap.close()

    def stop(self):
        os.write(self.wake_write, b"x")
        self.join()
        for fd in (*self.ends, self.wake_read, self.wake_write):
            os.close(fd)
