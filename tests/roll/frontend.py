# SPDX-License-Identifier: BSD-3-Clause
"""A frontend for tests: this system with another face, in which what is written goes into memory, and the command `rocks`.

It lays out /export/rocks/install as Rocks does (rolls copied by name, version and architecture; rocks-dist with a link to each
package of the enabled ones, and the profile unpacked in build) and takes the script of `run roll` from a judge of disks.
"""
import os
import pathlib
import shlex
import subprocess
import sys

from building import REPOSITORY

# rocks, with its judge in JUDGE: a command line to which the disk is appended, that writes the script to $SCRIPT.
ROCKS = r"""#!/bin/bash
set -eu
install=/export/rocks/install dist=rocks-dist/x86_64
case "$1 $2" in
  "add roll")
    shift 2
    for iso; do
      case $iso in *.iso) [ -f "$iso" ] ;; *) false ;; esac || { echo "Cannot find $iso or $iso is not and ISO image"; continue; }
      rm -rf /mnt/cdrom && mkdir -p /mnt/cdrom
      xorriso -osirrox on -indev "$iso" -extract / /mnt/cdrom >/dev/null 2>&1
      chmod -R u+w /mnt/cdrom
      xml=$(find /mnt/cdrom -name 'roll-*.xml')
      name=$(sed -n 's/.*<roll name="\([^"]*\)".*/\1/p' "$xml")
      version=$(sed -n 's/.*<info version="\([^"]*\)".*/\1/p' "$xml")
      mkdir -p "$install/rolls"
      cp -a "/mnt/cdrom/$name" "$install/rolls/"
      echo "$name $version no $(readlink -f "$iso")" >>/var/rolls
    done ;;
  "enable roll")
    grep "^$3 " /var/rolls >/dev/null || { echo "error - unknown roll name \"$3\"" >&2; exit 1; }
    sed -i "s/^\($3 [^ ]*\) no/\1 yes/" /var/rolls ;;
  "create distro")
    [ "$PWD" = "$install" ] || { echo "not in $install" >&2; exit 1; }
    rm -rf rocks-dist && mkdir -p "$dist/RedHat/RPMS" "$dist/build"
    while read -r name version enabled _; do
      [ "$enabled" = yes ] || continue
      for file in "rolls/$name/$version/x86_64/RedHat/RPMS/"*.rpm; do ln -s "$PWD/$file" "$dist/RedHat/RPMS/"; done
    done </var/rolls
    for file in "$dist/RedHat/RPMS/"roll-*-kickstart-*.rpm; do
      rpm -i --ignoresize --nomd5 --force --force-debian --nodeps --ignorearch --nosignature --dbpath /var/profile-db \
        --prefix "$PWD/$dist/build" "$file" >/dev/null 2>&1 || true
    done ;;
  "run roll")
    read -r name _ enabled iso <<<"$(grep "^$3 " /var/rolls)" || { echo "error - unknown roll name \"$3\"" >&2; exit 1; }
    if [ "$enabled" = yes ] && [ -e "$install/$dist/build/nodes/$name.xml" ]; then
      export SCRIPT=/var/script
      JUDGE "$iso" >/var/judged || { cat /var/judged >&2; exit 1; }
      cat /var/script
    fi ;;
  *) echo "rocks $*?" >&2; exit 1 ;;
esac
"""
# yum, which installs what the distribution has.
YUM = r"""#!/bin/bash
echo "yum $*" >>/var/called
for word; do
  case $word in install | clean | all | -*) continue ;; esac
  files=(/export/rocks/install/rocks-dist/x86_64/RedHat/RPMS/"$word"-[0-9]*.rpm)
  rpm -U --force-debian --nodeps --nosignature "${files[0]}" || exit 1
done
"""
INSIDE = r"""set -eu
mount -t tmpfs tmpfs "$1"
mkdir "$1/up" "$1/work" "$1/root"
mount -t overlay overlay -o "lowerdir=/,upperdir=$1/up,workdir=$1/work" "$1/root" || exit 77
root=$1/root
mount --rbind /dev "$root/dev"
mount -t proc proc "$root/proc" 2>/dev/null || mount --rbind /proc "$root/proc"
mkdir -p "$root/export" "$root/opt" "$root/var" "$root/root" "$root$2" "$root$3"
mount -t tmpfs tmpfs "$root/export"
mount -t tmpfs tmpfs "$root/opt"
mount --bind "$2" "$root$2"
mount --bind "$3" "$root$3"
exec chroot "$root" /bin/bash "$3/inside"
"""


class Frontend:
    """One that takes the script of a judge; `folder` is for what it needs."""

    def __init__(self, folder, judge):
        self.folder = folder
        for name, text in (("rocks", ROCKS.replace("JUDGE", judge)), ("yum", YUM)):
            path = folder / "bin" / name
            path.parent.mkdir(exist_ok=True)
            path.write_text(text)
            path.chmod(0o755)

    def run(self, commands):
        """Runs the text there, in a folder with the disk; None where a system lets nobody have such a face of it."""
        place = self.folder / "place"
        place.mkdir(exist_ok=True)
        (self.folder / "inside").write_text(f"cd {shlex.quote(str(self.folder))}\n{commands}")
        done = subprocess.run(["unshare", "--mount", "--propagation", "private", "bash", "-c", INSIDE, "bash", str(place), str(REPOSITORY),
                               str(self.folder)], capture_output=True, text=True, check=False,
                              env={"PATH": f"{self.folder}/bin:{os.environ['PATH']}", "LC_ALL": "C", "TZ": "UTC"})
        if done.returncode in (32, 77) or "unshare failed" in done.stderr or "mount:" in done.stderr:
            return None
        return done


def script_by(judge, release, more):
    """The command line of a judge, for the frontend itself."""
    start = f"cd {shlex.quote(str(REPOSITORY / 'rocks-roll'))} && {sys.executable} -B " if judge is None else f"{sys.executable} -B {shlex.quote(str(judge))} "
    words = ["-m", "checker"] if judge is None else ["--work", "/var/judge"]
    return start + shlex.join([*words, "--release", release, "--appliance", "server", *more]) + ' --script "$SCRIPT"'


def readme_commands(title):
    """The lines that the roll's README has for root, under a title."""
    text = (pathlib.Path(REPOSITORY) / "rocks-roll/README.md").read_text(encoding="utf-8").split(f"\n## {title}\n")[1].split("\n## ")[0]
    lines = text.split("\n\n    ")[1].splitlines()
    return [line.strip().removeprefix("# ") for line in lines if line.strip().startswith("# ")]
