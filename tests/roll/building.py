# SPDX-License-Identifier: BSD-3-Clause
"""Builds rolls for the tests: of a small tree in the place of tstat's own, and with small files in the place of payloads."""
import hashlib
import io
import os
import pathlib
import re
import shutil
import stat
import subprocess
import sys
import tarfile
import zipfile

sys.dont_write_bytecode = True
REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
ROLL = REPOSITORY / "rocks-roll"
sys.path.insert(0, str(ROLL))

EPOCH = 1600000000
VERSION = ".".join(re.findall(r"(?m)^#define TSTAT_VERSION_(?:MAJOR|MINOR|PATCH) (\d+)$",
                              (REPOSITORY / "libtstat/include/tstat/version.h").read_text()))
LIBRARY = "libtstat.so.0." + VERSION.rsplit(".", 1)[0]
SITE = "opt/python/lib/python2.7/site-packages"
# Payload, package on the disk, what its package has to have.
PYTHON = {"influxdb-python-5.0.0.tar.gz": ("opt-influxdb", "influxdb/__init__.py"), "requests-2.18.4.tar.gz": ("opt-requests", "requests/__init__.py"),
          "urllib3-1.22.tar.gz": ("opt-urllib3", "urllib3/__init__.py"), "chardet-3.0.4.tar.gz": ("opt-chardet", "chardet/__init__.py"),
          "certifi-2018.1.18.tar.gz": ("opt-certifi", "certifi/__init__.py"), "idna-2.6.tar.gz": ("opt-idna", "idna/__init__.py"),
          "pytz-2017.3.zip": ("opt-pytz", "pytz/__init__.py"), "six-1.11.0.tar.gz": ("opt-six", "six.py"),
          "python-dateutil-2.6.1.tar.gz": ("opt-dateutil", "dateutil/__init__.py")}
VENDOR = ("influxdb-1.2.4-1", "influxdb-1.4.2-1", "chronograf-1.4.0.1-1", "kapacitor-1.4.0-1", "telegraf-1.5.1-1")
PACKAGES = {"fdt.jar": "fdt", "jq-1.5.tar.gz": "jq"} | {f: p for f, (p, _) in PYTHON.items()} | {
    f"{name}.x86_64.rpm": name.split("-")[0] for name in VENDOR}


def tstat_of(build):
    """Which tstat a roll is made of: that of a build of this system, or what packaging/portable/build made, in TSTAT_PORTABLE_TREE."""
    portable = os.environ.get("TSTAT_PORTABLE_TREE", "")
    return {"PORTABLE": portable} if portable else {"NATIVE": 1, "RELEASE_BUILD": build}


def make(target, out, **variables):
    """make in rocks-roll; its status and what it says."""
    environment = {k: v for k, v in os.environ.items() if k not in ("MAKEFLAGS", "MAKELEVEL", "MFLAGS")}
    words = [f"{name}={value}" for name, value in {"OUT": out, "SOURCE_DATE_EPOCH": EPOCH, **variables}.items()]
    done = subprocess.run(["make", "-s", *target.split(), *words], cwd=ROLL, env=environment, text=True, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, check=False)
    return done.returncode, done.stdout


def disk_of(out):
    found = list(pathlib.Path(out).glob("tstat-*.x86_64.disk1.iso"))
    assert len(found) == 1, found
    return found[0]


def packages_of(out):
    """Name -> file, of what was built."""
    return {p.name.rsplit("-", 2)[0]: p for p in pathlib.Path(out).glob("RPMS/*/*.rpm")}


def write(path, text="", mode=0o644):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(mode)


def small_tree(folder):
    """What cmake --install gives, by name only: it is quick to pack."""
    for name in ("tstat", "tstat-ship", "tstat-decrypt", "tstat-log"):
        write(folder / "opt/tstat/bin" / name, "#!/bin/sh\necho $0\n", 0o755)
        write(folder / f"opt/tstat/share/man/man1/{name}.1", ".TH x\n")
        write(folder / f"opt/tstat/share/bash-completion/completions/{name}", "complete x\n")
    write(folder / f"opt/tstat/lib/x86_64-linux-gnu/{LIBRARY}", "a library\n")
    write(folder / "opt/tstat/lib/x86_64-linux-gnu/pkgconfig/libtstat.pc",
          "prefix=${pcfiledir}/../../..\nincludedir=${prefix}/include\nlibdir=${prefix}/lib/x86_64-linux-gnu\n\nName: libtstat\nVersion: 1.0.0\n")
    write(folder / "opt/tstat/include/libtstat.h", "/* */\n")
    for name in ("tstat/LICENSE", "tstat-cgi/examples/apache.conf", "libtstat-dev/examples/README.md"):
        write(folder / "opt/tstat/share/doc" / name, "text\n")
    write(folder / "opt/tstat/share/tstat/dashboards/a.json", "{}\n")
    write(folder / "opt/tstat/share/tstat/python/tstat_log/__init__.py", "\n")
    write(folder / "opt/tstat/lib/cgi-bin/tstat_rrd.cgi", "#!/bin/sh\n", 0o755)
    return folder


def small_guide(folder):
    write(folder / "index.html", "<!DOCTYPE html><title>Guide</title>\n")
    return folder


def archive(path, files):
    """A .tar.gz or .zip of text files; a name with "x:" before it can be run."""
    if path.suffix == ".zip":
        with zipfile.ZipFile(path, "w") as packed:
            for name, text in files.items():
                packed.writestr(name, text)
        return
    with tarfile.open(path, "w:gz") as packed:
        for name, text in files.items():
            info = tarfile.TarInfo(name.removeprefix("x:"))
            info.size, info.mode = len(text.encode()), 0o755 if name.startswith("x:") else 0o644
            packed.addfile(info, io.BytesIO(text.encode()))


JQ_CONFIGURE = """#!/bin/sh
for word; do case $word in --prefix=*) prefix=${word#--prefix=} ;; esac; done
cat >Makefile <<EOF
all:
\tprintf '#!/bin/sh\\necho jq\\n' >jq && chmod 755 jq
install:
\tmkdir -p \\$(DESTDIR)$prefix/bin \\$(DESTDIR)$prefix/include
\tcp jq \\$(DESTDIR)$prefix/bin/ && cp jq.h \\$(DESTDIR)$prefix/include/
EOF
"""


def build_rpm(name, version, release, files, folder, arch="x86_64", head=""):
    """A package of text files, by rpmbuild: {path: text}."""
    work = folder / "rpm-work"
    shutil.rmtree(work, ignore_errors=True)
    for path, text in files.items():
        write(work / "tree" / path.lstrip("/"), text, 0o755 if "/bin/" in path else 0o644)
    names = "\n".join(files)
    write(work / "x.spec", f"%define _binary_payload w9.gzdio\n%define __os_install_post %{{nil}}\n%define debug_package %{{nil}}\n"
          f"Name: {name}\nVersion: {version}\nRelease: {release}\nSummary: {name}\nLicense: x\nAutoReqProv: no\n{head}\n%description\nx\n"
          f"%install\nmkdir -p %{{buildroot}}\ncp -a {work}/tree/. %{{buildroot}}/\n%files\n%defattr(-,root,root)\n{names}\n")
    (work / "tree").mkdir(exist_ok=True)
    subprocess.run(["rpmbuild", "-bb", "--quiet", "--target", arch, "--define", f"_topdir {work}/top", str(work / "x.spec")], check=True,
                   capture_output=True)
    made = work / f"top/RPMS/{arch}/{name}-{version}-{release}.{arch}.rpm"
    target = folder / made.name
    shutil.copyfile(made, target)
    shutil.rmtree(work)
    return target


def stand_ins(folder):
    """A small file for each payload, and the table that has their sums; jq's stands in SHA256SUMS, as no table has it."""
    payloads = folder / "payloads"
    payloads.mkdir(parents=True)
    with zipfile.ZipFile(payloads / "fdt.jar", "w") as jar:
        jar.writestr("META-INF/MANIFEST.MF", "Main-Class: x\n")
    for file, (_, member) in PYTHON.items():
        top = file.removesuffix(".tar.gz").removesuffix(".zip")
        files = {f"{top}/{member}": "x = 1\n", f"{top}/setup.py": "raise SystemExit('setup.py must not run')\n"}
        if file.startswith("six"):
            files[f"{top}/PKG-INFO"] = "Metadata-Version: 1.0\nName: six\nVersion: 1.11.0\nSummary: its own\n"
        archive(payloads / file, files)
    archive(payloads / "jq-1.5.tar.gz", {"x:jq-1.5/configure": JQ_CONFIGURE, "jq-1.5/jq.h": "/* */\n"})
    for name in VENDOR:
        stem, version, release = name.rsplit("-", 2)
        build_rpm(stem, version, release, {f"/usr/bin/{stem}": "#!/bin/sh\n"}, payloads)
    table = "# file, directory, SHA-1, SHA-256, origin\n"
    for line in (ROLL / "payloads.tsv").read_text().splitlines():
        if line.startswith("#"):
            continue
        file, package, _, _, origin = line.split("\t")
        data = (payloads / file).read_bytes()
        sha1 = "-" if file.startswith("jq") else hashlib.sha1(data).hexdigest()
        table += f"{file}\t{package}\t{sha1}\t-\t{origin}\n"
    write(folder / "payloads.tsv", table)
    vouch(payloads, "jq-1.5.tar.gz")
    return payloads, folder / "payloads.tsv"


def vouch(payloads, *files):
    with (payloads / "SHA256SUMS").open("a") as sums:
        for file in files:
            sums.write(f"{hashlib.sha256((payloads / file).read_bytes()).hexdigest()}  {file}\n")


class Root:
    """A small root directory in which programs of this system run, by chroot."""

    def __init__(self, folder, programs):
        self.folder = folder
        for name in ("usr/bin", "usr/lib", "usr/lib64", "usr/sbin", "etc", "tmp", "dev", "proc", "var/log", "var/run"):
            (folder / name).mkdir(parents=True, exist_ok=True)
        for name in ("bin", "lib", "lib64", "sbin"):
            os.symlink(f"usr/{name}", folder / name)
        for name, number in (("null", 3), ("urandom", 9)):
            try:
                os.mknod(folder / "dev" / name, stat.S_IFCHR | 0o666, os.makedev(1, number))
            except PermissionError:  # a container that may not: what is thrown away grows into a file
                (folder / "dev" / name).write_bytes(b"" if name == "null" else os.urandom(1 << 16))
            (folder / "dev" / name).chmod(0o666)
        for program in programs:
            self.add_program(program)

    def add_program(self, program):
        found = shutil.which(program)
        assert found, program
        self.add_file(os.path.realpath(found), f"usr/bin/{program}")
        self.add_libraries(found)

    def add_libraries(self, program):
        said = subprocess.run(["ldd", program], capture_output=True, text=True, check=False).stdout
        for word in said.split():
            if word.startswith("/"):
                self.add_file(os.path.realpath(word), "usr/" + word.lstrip("/").removeprefix("usr/"))

    def add_file(self, source, target):
        path = self.folder / target
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, path)
            path.chmod(0o755)

    def stub(self, path, text=""):
        """A program that writes its name and words to /called."""
        write(self.folder / path, f'#!/bin/sh\necho "{pathlib.Path(path).name} $*" >>/called\n{text}', 0o755)

    def called(self):
        path = self.folder / "called"
        return path.read_text().splitlines() if path.exists() else []

    def run(self, *command, **more):
        return subprocess.run(["chroot", str(self.folder), *command], capture_output=True, text=True, check=False,
                              env={"PATH": "/usr/bin:/usr/sbin:/bin:/sbin", "TZ": "UTC", "LC_ALL": "C"}, **more)


def can_chroot():
    return os.geteuid() == 0 and subprocess.run(["chroot", "/", "true"], capture_output=True, check=False).returncode == 0
