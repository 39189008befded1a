"""What the child gives up before it sees the first foreign byte.

The resource limits hold wherever Python runs. On Linux, as far as the kernel has
them, it also gives up capabilities, new sockets and programs (seccomp), and every
file but those that its imports need (Landlock). None of it takes privileges.
"""

from __future__ import annotations

import ctypes
import math
import os
import platform
import resource
import struct
import sys
import time
from pathlib import Path

_PACKAGE = Path(__file__).resolve().parents[1]


def enter(*, memory_bytes: int) -> None:
    """Limit this process, of a single thread, for good."""
    if sys.platform == "linux":
        libc = ctypes.CDLL(None, use_errno=True)
        libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
        _drop_capabilities(libc)
        _restrict_files(libc)
        _restrict_calls(libc)
    # Codecs write what they think of the bytes to standard error.
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, sys.stderr.fileno())
    os.close(null)
    limit(resource.RLIMIT_CORE, 0)
    limit(resource.RLIMIT_FSIZE, 0)
    limit(resource.RLIMIT_NOFILE, 32)
    limit(resource.RLIMIT_AS, memory_bytes)


def allow_cpu(seconds: int) -> None:
    """Let this process use so much more CPU time; SIGXCPU ends it afterwards."""
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    soft = math.ceil(time.process_time()) + seconds
    resource.setrlimit(resource.RLIMIT_CPU, (soft, hard))


def release_memory() -> None:
    """Hand what is free back to the kernel, where the C library can."""
    if sys.platform == "linux":
        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
        if trim is not None:
            trim(0)


def limit(which: int, value: int) -> None:
    """Lower one resource limit; a lower one that is in force already stays."""
    _, hard = resource.getrlimit(which)
    if hard != resource.RLIM_INFINITY:
        value = min(value, hard)
    try:
        resource.setrlimit(which, (value, value))
    except (OSError, ValueError):
        # macOS knows RLIMIT_AS by name only.
        if sys.platform == "linux":
            raise


# Kernel interface: linux/prctl.h, linux/capability.h, linux/landlock.h and
# linux/seccomp.h, of which the numbers never change.
_PR_SET_NO_NEW_PRIVS = 38
_PR_SET_SECCOMP = 22
_SECCOMP_MODE_FILTER = 2
_CAPABILITY_VERSION = 0x20080522


def _drop_capabilities(libc: ctypes.CDLL) -> None:
    """Make root like any other user."""
    libc.capset(struct.pack("=Ii", _CAPABILITY_VERSION, 0), bytes(24))


_LANDLOCK_CREATE, _LANDLOCK_ADD, _LANDLOCK_RESTRICT = 444, 445, 446
_READ = 1 << 2 | 1 << 3
"""LANDLOCK_ACCESS_FS_READ_FILE and READ_DIR."""
_RIGHTS = {1: 13, 2: 14, 3: 15, 4: 15}
"""How many kinds of access to files a version of Landlock knows; 16 from the fifth."""


def _restrict_files(libc: ctypes.CDLL) -> None:
    """Leave nothing on the disk but reading what can be imported."""
    version = libc.syscall(_LANDLOCK_CREATE, None, ctypes.c_size_t(0), 1)
    if version < 1:
        return
    handled = struct.pack("=Q", (1 << _RIGHTS.get(version, 16)) - 1)
    size = ctypes.c_size_t(len(handled))
    ruleset = libc.syscall(_LANDLOCK_CREATE, handled, size, 0)
    if ruleset < 0:
        return
    for path in filter(Path.exists, _readable()):
        descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)
        rights = _READ if path.is_dir() else 1 << 2
        rule = struct.pack("=Qi", rights, descriptor)
        libc.syscall(_LANDLOCK_ADD, ruleset, 1, rule, 0)
        os.close(descriptor)
    libc.syscall(_LANDLOCK_RESTRICT, ruleset, 0)
    os.close(ruleset)


def _readable() -> list[Path]:
    """List where Python and its libraries lie.

    The folder that holds this package is often a checkout, with a database and
    secrets beside it, so of that only the package counts, unless it is where
    packages are installed.
    """
    system = ["/lib", "/lib64", "/usr/lib", "/usr/lib64", "/usr/local/lib"]
    installed = [Path(entry) for entry in sys.path if entry]
    own = _PACKAGE.parent
    return [
        _PACKAGE,
        Path(sys.base_prefix, "lib"),
        *map(Path, [*system, "/etc/ld.so.cache", os.devnull]),
        *(path for path in installed if path != own or (path / "PIL").exists()),
    ]


_CALLS = {
    # AUDIT_ARCH, then socket, connect, execve, execveat, ptrace, process_vm_writev
    "x86_64": (0xC000003E, (41, 42, 59, 322, 101, 311)),
    "aarch64": (0xC00000B7, (198, 203, 221, 281, 117, 271)),
}
_LOAD, _EQUAL, _AT_LEAST, _RETURN = 0x20, 0x15, 0x35, 0x06
"""BPF: load a word; jump if equal, if at least; return."""
_ALLOW, _REFUSE = 0x7FFF0000, 0x00050000 | 1
"""SECCOMP_RET_ALLOW; SECCOMP_RET_ERRNO with EPERM."""


def _restrict_calls(libc: ctypes.CDLL) -> None:
    """Refuse new sockets, new programs and a hand on other processes."""
    if platform.machine() not in _CALLS:
        return
    architecture, calls = _CALLS[platform.machine()]
    refused = [
        # Numbers from 2**30 are x86-64's second interface, which nothing here uses.
        (_AT_LEAST, 1 << 30),
        *((_EQUAL, number) for number in calls),
    ]
    program = [
        (_LOAD, 0, 0, 4),
        (_EQUAL, 0, len(refused) + 2, architecture),
        (_LOAD, 0, 0, 0),
        *(
            (code, len(refused) - index, 0, value)
            for index, (code, value) in enumerate(refused)
        ),
        (_RETURN, 0, 0, _ALLOW),
        (_RETURN, 0, 0, _REFUSE),
    ]
    filters = b"".join(struct.pack("=HBBI", *line) for line in program)
    code = ctypes.create_string_buffer(filters, len(filters))
    header = struct.pack("@HP", len(program), ctypes.addressof(code))
    libc.prctl(_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, header, 0, 0)
