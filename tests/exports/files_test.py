#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Files, sockets and disks that get full.

usage: files_test.py DRIVER
"""
import pathlib, shutil, socket, subprocess, tempfile, threading, unittest

import shipping


def numbers_of(text):
    return [int(line.split()[1]) for line in text.splitlines()]


class Files(unittest.TestCase):
    def setUp(self):
        self.work = pathlib.Path(tempfile.mkdtemp(prefix="tstat-exports-"))
        self.addCleanup(shutil.rmtree, self.work, ignore_errors=True)

    def test_killed(self):
        rows = shipping.ship(self.work, str(self.work / "flows"), "text", ["rotate_bytes=50k"])
        numbers = [n for path in sorted(self.work.glob("flows*")) for n in numbers_of(path.read_text())]
        self.assertEqual(len(numbers), len(set(numbers)), "a row is there twice")
        self.assertEqual(rows.compare(set(numbers)), (set(), set()))

    def test_a_socket_whose_reader_dies(self):
        path = self.work / "socket"
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(str(path))
        listener.listen()
        received, is_done = [], False

        def read():
            while not is_done:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                with connection:
                    text = b""
                    # Every second reader leaves in the middle.
                    while len(received) % 2 or len(text) < 3000:
                        piece = connection.recv(700)
                        if not piece:
                            break
                        text += piece
                received.append(text.decode())

        reader = threading.Thread(target=read)
        reader.start()
        rows = shipping.ship(self.work, f"unix:{path}", "text", [], kills=2)
        is_done = True
        listener.shutdown(socket.SHUT_RDWR)
        reader.join()
        listener.close()
        # Half a row at the end of a connection is not one.
        numbers = {n for text in received for n in numbers_of(text[:text.rfind("\n") + 1])}
        self.assertEqual(rows.compare(numbers), (set(), set()))

    def test_a_disk_that_is_full(self):
        disk = self.work / "disk"
        disk.mkdir()
        if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=300k,mode=700", "none", disk],
                          capture_output=True).returncode:
            self.skipTest("no tmpfs can be mounted")
        self.addCleanup(subprocess.run, ["umount", "-l", disk])
        (disk / "filler").write_bytes(bytes(150 << 10))
        rows = shipping.Rows()
        # The spool's disk, while nobody takes what is in it.
        link = self.work / "spool"
        link.symlink_to(disk / "spool")
        (disk / "spool").mkdir(mode=0o700)
        run = shipping.Run(self.work, "http://127.0.0.1:1/", "text", rows, 20000, [], 1)
        self.assertEqual(run.wait(), 0)
        self.assertGreater(run.figures["unwritten"], 0)
        self.assertEqual(run.figures["queued"] + run.figures["unwritten"], 200)
        errors = (self.work / "errors").read_text()
        self.assertEqual(errors.count("No space left on device"), 1, errors)
        # What was kept gets to where it should when there is room again.
        (disk / "filler").unlink()
        flows = self.work / "flows"
        run = shipping.Run(self.work, str(flows), "text", rows, 0, [], shipping.PATIENCE)
        self.assertEqual(run.wait(), 0)
        numbers = numbers_of(flows.read_text())
        self.assertEqual(len(numbers), len(set(numbers)))
        self.assertEqual(set(numbers), rows.kept)

    def test_a_file_on_a_disk_that_is_full(self):
        disk = self.work / "disk"
        disk.mkdir()
        if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=100k", "none", disk], capture_output=True).returncode:
            self.skipTest("no tmpfs can be mounted")
        self.addCleanup(subprocess.run, ["umount", "-l", disk])
        rows = shipping.Rows()
        (disk / "filler").write_bytes(bytes(60 << 10))
        run = shipping.Run(self.work, str(disk / "flows"), "text", rows, 5000, [], shipping.PATIENCE)
        shipping.wait_for(lambda: "No space left" in (self.work / "errors").read_text(), "a full disk")
        (disk / "filler").unlink()
        self.assertEqual(run.wait(), 0)
        self.assertEqual(run.figures["queued"], 0)
        self.assertEqual(numbers_of((disk / "flows").read_text()), list(range(1, 5001)))

    def test_one_process_a_spool(self):
        rows = shipping.Rows()
        run = shipping.Run(self.work, "http://127.0.0.1:1/", "text", rows, 100, [], 3)
        shipping.wait_for(lambda: rows.kept, "the first rows")
        second = shipping.Run(self.work, "http://127.0.0.1:1/", "text", shipping.Rows(), 100, [], 3)
        self.assertEqual(second.wait(), 1)
        self.assertIn("another process is using it", (self.work / "errors").read_text())
        self.assertEqual(run.wait(), 0)


if __name__ == "__main__":
    shipping.arguments()
    unittest.main(verbosity=2)
