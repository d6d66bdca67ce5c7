#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""tstat-decrypt makes of the reference's anonymised logs what the reference writes without anonymisation, byte for byte.

But for the HTTP log, which does not say what is anonymised: plain addresses among the images of the networks (1 %) are
reversed, too.

usage: decrypt_test.py SHARED TSTAT_DECRYPT

Exit status 77 (skipped for ctest) when there is no SHARED.
"""
import collections, os, pathlib, subprocess, sys

SKIPPED = 77
KEY = "golden-test-key"


def taken_for_image(got, want, hidden):
    """Where it differs there was a plain address."""
    got, want, hidden = got.split(b"\t"), want.split(b"\t"), hidden.split(b"\t")
    return got[1] == want[1] and got[3:] == want[3:] and all(got[i] == want[i] or hidden[i] == want[i] for i in (0, 2))


def main():
    golden, program = pathlib.Path(sys.argv[1]) / "golden", sys.argv[2]
    private, full = golden / "3.1.1/private", golden / "3.1.1/full"
    if not private.exists():
        print(f"no reference outputs at {private} (set TSTAT_SHARED_DIR)")
        return 1 if os.environ.get("TSTAT_REQUIRE_GOLDEN") == "1" else SKIPPED
    logs = collections.defaultdict(list)
    for path in sorted(private.glob("*/*/log_*")):
        logs[path.name].append(path)
    bad = 0
    for name, paths in sorted(logs.items()):
        done = subprocess.run([program, "--keyvalue", KEY, "-Y", golden / "configs/crypt.nets", "-W", golden / "configs/white.nets",
                               *paths], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        got = done.stdout.splitlines()
        want = b"".join((full / path.relative_to(private)).read_bytes() for path in paths).splitlines()
        hidden = b"".join(path.read_bytes() for path in paths).splitlines()
        wrong = [(g, w) for g, w, h in zip(got, want, hidden) if g != w and not (name == "log_http_complete" and taken_for_image(g, w, h))]
        changed = sum(h != w for h, w in zip(hidden, want))
        taken = sum(g != w for g, w in zip(got, want)) - len(wrong)
        bad += taken > len(want) / 100
        print(f"{name}: {len(want) - len(wrong)} of {len(want)} lines, {changed} were anonymised, {taken} look so")
        for got_line, want_line in wrong[:3]:
            print(f"  got  {got_line[:200]}\n  want {want_line[:200]}")
        # Rows of log_chat_messages have no address, and tell so.
        bad += len(wrong) + (len(got) != len(want)) + (done.returncode != 0 and name != "log_chat_messages")
    return 1 if bad or not logs else 0


if __name__ == "__main__":
    sys.exit(main())
