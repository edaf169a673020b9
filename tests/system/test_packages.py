# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Static programs of Debian's packages, which nobody here wrote: output and status as on Linux.

Shells of five C libraries (glibc, musl, dietlibc, klibc and Go's none), a compiler, checksums, a file system checker, signatures, JSON,
password hashing with threads. Nothing that forks; all in one boot. Go's
programs get their input on standard input: a file that they open goes through epoll, which the LWK does not have.
"""

import base64
import os
import subprocess

import pytest
from batch import Batch
from support import TREE, common

# of each machine: names of Debian's folders, and of the compiler of Pascal
MACHINES = {"arm64": ("aarch64-linux", "ppca64"), "x86": ("x86_64-linux", "ppcx64")}
SHELLS = ["bash", "zsh", "lksh", "mksh.diet", "mksh.klibc", "mksh.musl", "busybox"]

# made for this test
KEY = (
    "mDMEaVW5ABYJKwYBBAHaRw8BAQdAtSSUxDRCh0w3CwkVH1ov7Igu3CU4dArgTxAMuHIWvGC0LFRlc3Qga2V5IG9mIHRoaXMgdHJlZSA8dGVzdEBleGFtcGxlLmlu"
    "dmFsaWQ+iJAEExYIADgWIQQ+rSJvmcKwb/O6ocmUYlzVRUgx9gUCaVW5AAIbAwULCQgHAgYVCgkICwIEFgIDAQIeAQIXgAAKCRCUYlzVRUgx9lFkAQCpQYIyL7Lp"
    "kyv4L+yGG/23wOEONPecjT8Au80QAFyckAEAkzLOhMeB8y+1Vj566MdqGNfFGKo1tHHLIICxdOSRYA0="
)
SIGNATURE = (
    "iHUEABYIAB0WIQQ+rSJvmcKwb/O6ocmUYlzVRUgx9gUCaVcKgAAKCRCUYlzVRUgx9v6GAP9Rr7llotupKf9adRgf8etcI6RJufgRVXPghalzHox5NQD+KeTGalaU"
    "g4mf88u2Rkr94j/y6gJuCSWAuUrXY0AVOwg="
)
RECORDS = '{"id":%d,"name":"n%d","tags":["a","b%d"],"value":%s}\n'
ZSH = (
    'typeset -A h; for w in a b a c a; do (( h[$w]++ )); done; for k in ${(ok)h}; do print $k $h[$k]; done; l=(3 1 2); print ${(on)l} ${#l}; '
    'print ${(U)h[(i)a]} ${"a/b/c":h:t}; printf "%s\\n" ${(s:,:):-x,y,z}; for ((i=0;i<3000;i++)) ((s+=i*i%7)); print $s $((2**40))'
)
BASH_LONG = (
    "declare -A seen; primes=(); for ((i=2;i<600;i++)); do p=1; for q in ${primes[@]}; do ((q*q>i)) && break; ((i%q)) || { p=0; break; }; "
    'done; ((p)) && primes+=($i); done; echo ${#primes[@]} ${primes[-1]}; for w in "${primes[@]}"; do seen[$((w%10))]+=x; done; '
    'for k in 1 3 7 9; do echo $k ${#seen[$k]}; done; mapfile -t lines <lines.txt; echo ${#lines[@]} ${lines[3]}; printf "%08.3f|%-6s|%+d\\n" '
    '3.14159 ab 5; [[ "key=value" =~ ^([a-z]+)=(.*)$ ]] && echo "${BASH_REMATCH[2]^^}"; echo ${lines[0]//e/E}; exec 5>out.txt; echo kept >&5; exec 5>&-; '
    "read -r back <out.txt; echo $back; trap 'echo caught' USR1; kill -USR1 $$; f() { local n=$1; ((n<2)) && { r=1; return; }; f $((n-1)); r=$((r*n)); }; "
    "f 15; echo $r; exit 9"
)
BUSYBOX_COMMANDS = [
    "awk {s[$1%3]+=$2;n++}END{printf(\"%d\",n);for(i=0;i<3;i++)printf(\"~%d\",s[i]);print(~$1)} numbers.txt",
    "sort -n -r -k2 numbers.txt", "sort -u lines.txt", "uniq -c lines.txt", "wc lines.txt numbers.txt", "head -n 3 lines.txt", "tail -n 4 lines.txt",
    "grep -n -i LINE lines.txt", "grep -c -v 1 lines.txt", "grep -E l(i|o)ne~[13579] lines.txt", "sed -n s/line/LINE/;3,6p lines.txt", "sed -e /2/d;y/abc/xyz/ lines.txt",
    "cut -d~ -f2 lines.txt", "tr a-z A-Z @lines.txt", "rev lines.txt", "tac lines.txt", "nl lines.txt", "fold -w 7 lines.txt", "expand lines.txt", "paste lines.txt numbers.txt",
    "md5sum data.bin", "sha1sum data.bin", "sha256sum data.bin", "sha512sum data.bin", "sha3sum data.bin", "crc32 data.bin",
    "od -A d -t x2 -N 64 data.bin", "hexdump -C -n 48 data.bin", "xxd -l 40 data.bin", "strings -n 6 data.bin", "base64 lines.txt", "uuencode lines.txt lines",
    "cp -a lines.txt copy.txt", "cmp lines.txt copy.txt", "diff lines.txt numbers.txt", "dd if=data.bin of=part.bin bs=100 skip=3 count=7", "sha1sum part.bin", "truncate -s 5000 part.bin", "stat -c %s:%a:%F:%h part.bin",
    "gzip -k -f -9 data.bin", "gzip -t data.bin.gz", "gunzip -c -k data.bin.gz -f", "bzip2 -k -f data.bin", "bunzip2 -t data.bin.bz2", "sha256sum data.bin.bz2",
    "mkdir -p tree/a/b tree/c", "cp lines.txt tree/a/one", "cp numbers.txt tree/a/b/two", "ln -s ../a/one tree/c/link", "chmod 640 tree/a/one", "touch -d 2026-01-02~03:04:05 tree/a/one tree/a/b/two",
    "tar -c -f tree.tar tree/a/one tree/a/b/two", "tar -t -v -f tree.tar", "rm -r tree/a/b", "tar -x -f tree.tar", "find tree -type f -size +1 -name [ot]*", "readlink -f tree/c/link", "ls -l tree/a/one",
    "mv tree wood", "rmdir wood", "rm -r wood", "test -d wood", "expr 7 * 6 - 2", "factor 1234567890 97", "seq -w 8 11", "printf %05d~%x~%s\\n 42 255 text", "bc -q @sums.bc",
    "dc @sums.dc", "cal 2 2024", "date -u -d @1000000000 +%F~%T~%j", "basename /a/b.c .c", "dirname /a/b/c", 
    "false", "true", "cat missing", "sh -c exit~3", "env A=1", "nproc", "uname -s -m", "id -u", "pwd -P", "which busybox", "usleep 1000", "tee copied.txt @lines.txt", "unexpand -a lines.txt", "sync",
]


def programs(machine="arm64"):
    """Name -> file."""
    root, (triplet, compiler) = common.cache_root(machine), MACHINES[machine]
    pascal = root / f"usr/lib/{triplet}-gnu/fpc/3.2.2"
    files = {
        "busybox": root / "bin/busybox",
        "bash": root / "bin/bash-static",
        "zsh": root / "bin/zsh-static",
        "lksh": root / "bin/lksh",
        "mksh.diet": root / "usr/lib/diet/bin/mksh",
        "mksh.klibc": root / "usr/lib/klibc/bin/mksh",
        "mksh.musl": root / f"usr/lib/{triplet}-musl/bin/mksh",
        "sash": root / "bin/sash",
        "ldconfig": root / "sbin/ldconfig",
        "e2fsck": root / "sbin/e2fsck.static",
        "gpgv": root / "usr/bin/gpgv-static",
        "siggen": root / "usr/sbin/siggen",
        "gojq": root / "usr/bin/gojq",
        "balloon": root / "usr/bin/balloon",
        "shfmt": root / "usr/bin/shfmt",
        "pascal": pascal / compiler,
    }
    return files | {unit.name: unit for unit in pascal.glob("units/*/rtl/*.ppu") if unit.stem in ("system", "fpintres")}


def busybox(line):
    return ["./busybox", *(word.replace("~", " ") for word in line.split(" "))]


def write_files(directory):
    """What the commands work on; the same bytes every time."""
    (directory / "numbers.txt").write_text("".join(f"{i} {i * 7919 % 104729}\n" for i in range(40)))
    (directory / "lines.txt").write_text("".join(f"the line {i // 2}\tabc\n" for i in range(20)))
    (directory / "data.bin").write_bytes(b"".join((i * 2654435761 % 2**32).to_bytes(4, "little") for i in range(20000)) + b"a string in it" * 9)
    (directory / "records.json").write_text("".join(RECORDS % (i, i, i % 3, i * 37 % 11) for i in range(300)))
    (directory / "sums.bc").write_text("scale=30; sqrt(2); 2^200; 22/7; for(i=1;i<=5;i++) i*i\n")
    (directory / "sums.dc").write_text("2 100 ^ p 17 3 / p 5 3 % p\n")
    (directory / "ld.so.conf").write_text("/tmp/libraries\n")
    (directory / "text").write_text("signed text\n")
    (directory / "other").write_text("another text\n")
    (directory / "key.gpg").write_bytes(base64.b64decode(KEY))
    (directory / "text.sig").write_bytes(base64.b64decode(SIGNATURE))
    for name in ("shell.sh", "sums.pas"):
        (directory / name).write_bytes((TREE / "tests/programs/packages" / name).read_bytes())
    make_file_systems(directory)


def make_file_systems(directory):
    """A file system with files in it, and the same with a directory's block and a bitmap overwritten."""
    content = directory / "content"
    content.mkdir()
    for i in range(30):
        (content / f"file{i}").write_bytes(bytes([i]) * 700 * i)
    image = directory / "fs.img"
    environment = {**os.environ, "E2FSPROGS_FAKE_TIME": "1735689600", "SOURCE_DATE_EPOCH": "1735689600"}
    settings = "hash_seed=01234567-89ab-cdef-0123-456789abcdef,root_owner=0:0"
    for file in content.iterdir():
        os.utime(file, (1735689600, 1735689600))
    subprocess.run(
        ["/sbin/mke2fs", "-q", "-F", "-t", "ext2", "-b", "1024", "-U", "01234567-89ab-cdef-0123-456789abcdef", "-E", settings, "-d", content, image, "2048"],
        check=True,
        env=environment,
    )
    broken = bytearray(image.read_bytes())
    broken[1024 * 3 : 1024 * 3 + 64] = bytes(range(64))
    broken[1024 * 8 : 1024 * 8 + 100] = bytes(100)
    (directory / "broken.img").write_bytes(broken)


def commands():
    lines = [[f"./{shell}", *(["sh"] if shell == "busybox" else []), "shell.sh"] for shell in SHELLS]
    lines += [["./zsh", "-f", "-c", ZSH], ["./bash", "-c", BASH_LONG]]
    lines += [["./sash", "-c", line] for line in ("-ls shell.sh", "-sum lines.txt", "-grep line lines.txt", "-cmp lines.txt numbers.txt", "-file shell.sh data.bin")]
    lines += [["./ldconfig", "-p"], ["./ldconfig", "-N", "-X", "-v", "-C", "cache", "."], ["./ldconfig", "-X", "-f", "ld.so.conf", "-C", "cache"], ["./ldconfig", "-p", "-C", "cache"]]
    lines += [["./e2fsck", "-f", "-n", "fs.img"], ["./e2fsck", "-f", "-n", "broken.img"], ["E2FSCK_TIME=1740000000", "./e2fsck", "-f", "-y", "broken.img"], ["./e2fsck", "-f", "-n", "broken.img"]]
    lines += [["./gpgv", "--keyring", "./key.gpg", "text.sig", "text"], ["./gpgv", "--keyring", "./key.gpg", "text.sig", "other"], ["./gpgv", "--keyring", "./missing", "text.sig", "text"]]
    lines += [["./siggen", "-a", "data.bin", "lines.txt"], ["./siggen", "-t", "-S", "data.bin"], ["./siggen", "-h", "-C", "lines.txt"]]
    lines += [["./gojq", "-c", "-s", query, "@records.json"] for query in JSON]
    lines += [["./gojq", "-n", "[range(2000)|select(.%7==3)|.*.]|add"], ["./gojq", ".", "@lines.txt"], ["GOMAXPROCS=1", "./gojq", "-n", "[limit(9;repeat(1))]|length"]]
    lines += [["./balloon", "-p", threads, "-s", "2048", "-t", "2", "-passwd", "secret", "-salt", "0011223344556677"] for threads in "124"]
    lines += [["./shfmt", *options, "@shell.sh"] for options in (["-i", "2"], ["-mn"], ["-tojson"])] + [["./shfmt", "@sums.pas"]]
    lines += [["./pascal", "-n", "-s", "-a", "-O2", "-Fu.", "sums.pas"], ["./busybox", "cat", "sums.s"], ["./pascal", "-n", "-s", "missing.pas"], ["./pascal", "-iV"]]
    return lines + [busybox(line) for line in BUSYBOX_COMMANDS]


JSON = [
    "map(.value)|add",
    "group_by(.tags[1])|map({k:.[0].tags[1],n:length,m:(map(.value)|max)})",
    '[.[]|select(.name|test("^n1[0-9]$"))|.id]',
    "sort_by(.value,-.id)|.[:5]|map(.id)",
]


@pytest.mark.parametrize("isolation", ["full", "none"])
def test_packages(node, linux, isolation, tmp_path):
    write_files(tmp_path)
    files = {path.name: path for path in sorted(tmp_path.iterdir()) if path.is_file()}
    batch = Batch(commands(), files | programs())
    machine = ["--cpus", "2", "--memory", "512M", "--timeout", "380"]
    expected = batch.on_linux(linux, machine)
    problems = batch.compare(expected, batch.run(node, ["--isolation", isolation, *machine]))
    assert not problems, "\n".join(problems)
