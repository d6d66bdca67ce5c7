#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""The job array of tstat-array.sbatch by a Slurm of the test's own: slurmctld and slurmd on the loopback device.

usage: slurm_test.py TSTAT_BATCH TSTAT_ARRAY      exit status 77 (skipped for ctest) without Slurm, or not as root
"""
import os, pathlib, shutil, socket, subprocess, sys, tempfile, time, unittest

import batch_test

BATCH = ARRAY = ""
PROGRAMS = ("slurmctld", "slurmd", "sbatch", "squeue", "scontrol")
PATIENCE = 120
CONFIG = """ClusterName=test
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={ctld}
SlurmdPort={d}
AuthType=auth/none
AuthInfo=cred_expire=5
CredType=cred/none
CryptoType=crypto/none
MpiDefault=none
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SlurmUser=root
SlurmdUser=root
StateSaveLocation={work}/state
SlurmdSpoolDir={work}/spool
SlurmctldPidFile={work}/slurmctld.pid
SlurmdPidFile={work}/slurmd.pid
SlurmctldLogFile={work}/slurmctld.log
SlurmdLogFile={work}/slurmd.log
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
JobRequeue=1
KillWait=2
SlurmdTimeout=300
SchedulerParameters=sched_min_interval=100000
ReturnToService=2
NodeName={host} NodeAddr=127.0.0.1 CPUs=2 RealMemory=4096 State=UNKNOWN
PartitionName=all Nodes={host} Default=YES MaxTime=INFINITE State=UP OverSubscribe=YES
"""


def find(program):
    return shutil.which(program, path=os.environ.get("PATH", "") + ":/usr/sbin")


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Slurm(unittest.TestCase):
    def setUp(self):
        self.work = pathlib.Path(tempfile.mkdtemp(prefix="tstat-slurm-"))
        self.addCleanup(shutil.rmtree, self.work)
        for name in ("state", "spool"):
            (self.work / name).mkdir()
        host = socket.gethostname().split(".")[0]
        (self.work / "slurm.conf").write_text(CONFIG.format(host=host, work=self.work, ctld=free_port(), d=free_port()))
        self.env = os.environ | {"SLURM_CONF": str(self.work / "slurm.conf"), "TSTAT_BATCH": BATCH, "TZ": "UTC"}
        self.start("slurmctld", "-D", "-c")
        self.start("slurmd", "-D", "-N", host)
        self.wait_for(lambda: "idle" in self.run_slurm("sinfo", "-h", "-o", "%t", check=False), "a node")

    def start(self, *command):
        with open(self.work / f"{command[0]}.out", "wb") as out:
            process = subprocess.Popen([find(command[0]), *command[1:]], env=self.env, stdout=out, stderr=out)
        self.addCleanup(process.wait)
        self.addCleanup(process.terminate)
        return process

    def run_slurm(self, *command, check=True):
        done = subprocess.run(command, env=self.env, cwd=self.work, capture_output=True, text=True)
        self.assertTrue(done.returncode == 0 or not check, done.stderr + self.logs())
        return done.stdout

    def logs(self):
        return "".join(f"--- {p.name}\n{p.read_text()[-3000:]}" for p in sorted(self.work.glob("slurm*.[lo][ou]*")))

    def wait_for(self, condition, what):
        until = time.monotonic() + PATIENCE
        while not condition():
            self.assertLess(time.monotonic(), until, f"{what}\n{self.logs()}")
            time.sleep(0.1)

    def test_an_array_whose_tasks_are_requeued(self):
        for number in range(40):
            name = ("mixed", "web", "voice", "bulk-lossy")[number % 4]
            shutil.copy(batch_test.TRACES / f"{name}.pcap", self.work / f"{number}.pcap")
        traces = sorted(self.work.glob("*.pcap"))
        (self.work / "traces.list").write_text("".join(f"{t.name}\n" for t in traces))
        export = f"json={self.work}/rows.jsonl#logs=tcp"
        job = self.run_slurm("sbatch", "--parsable", "--mem=100", "--array=1-4", ARRAY, "4", "traces.list", "results", "--",
                             "-S").strip()
        # In the middle of their work, all begin anew.
        results = self.work / "results"
        self.wait_for(lambda: len(list(results.glob("*.pcap"))) >= 4, "the first results")
        self.run_slurm("scontrol", "requeue", job, check=False)
        self.wait_for(lambda: not self.run_slurm("squeue", "-h", "-r", "-o", "%i %t").strip(), "the end of the array")
        outputs = "".join(p.read_text() for p in self.work.glob("slurm-*.out"))
        self.assertEqual(sorted(p.name for p in results.glob("*.pcap")), [t.name for t in traces], outputs + self.logs())
        tstat = pathlib.Path(BATCH).parent / "../tstat-cli/tstat"
        for trace in traces:
            subprocess.run([tstat, "-S", "-s", self.work / "plain" / trace.name, trace], check=True, capture_output=True)
        self.assertEqual(batch_test.rows_of(results), batch_test.rows_of(self.work / "plain"))
        # The same array once more: nothing to do but to ship.
        self.run_slurm("sbatch", "--wait", "--mem=100", "--array=1-1", ARRAY, "1", "traces.list", "results", "--export", export)
        expected = sum(len(rows) for path, rows in batch_test.rows_of(results).items() if path.endswith("log_tcp_complete"))
        self.assertEqual(len((self.work / "rows.jsonl").read_text().splitlines()), expected)


if __name__ == "__main__":
    missing = [p for p in PROGRAMS if find(p) is None]
    if missing or os.geteuid() != 0:
        print("skipped:", f"no {missing[0]} (Debian: slurmctld slurmd slurm-client)" if missing else "not root")
        sys.exit(77)
    BATCH, ARRAY = map(os.path.abspath, sys.argv[1:3])
    del sys.argv[1:3]
    unittest.main()
