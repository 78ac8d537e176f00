"""The program that runs inside an interpreter and tells about it.

It is text here because the interpreter it runs in may be any Python from 3.8 on and has none of
xpip's libraries. Older ones understand enough of it to tell their version.

`platform` brings `subprocess`, `json` brings `re`: 9 of 22 ms of processor time. CPython on Linux
tells the same without either.
"""

from __future__ import annotations

BEGIN_MARK = "<xpip-facts>"
END_MARK = "</xpip-facts>"
"""The facts stand between these, because a `sitecustomize` may print something of its own."""

PROBE = (
    r"""
import os, struct, sys

IS_PLAIN = sys.platform == "linux" and sys.version_info >= (3, 8) and (
    sys.implementation.name == "cpython")

def about_platform():
    if IS_PLAIN:
        system, _, release, version, machine = os.uname()
        return sys.version.split()[0], "CPython", system, release, version, machine
    import platform
    return (platform.python_version(), platform.python_implementation(), platform.system(),
            platform.release(), platform.version(), platform.machine())

def json_text(value):
    if not IS_PLAIN:
        import json
        return json.dumps(value)
    from _json import encode_basestring_ascii
    if isinstance(value, str):
        return encode_basestring_ascii(value)
    if isinstance(value, dict):
        pairs = [json_text(name) + ":" + json_text(value[name]) for name in value]
        return "{" + ",".join(pairs) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(json_text, value)) + "]"
    return "null" if value is None else str(value).lower()

def scheme_paths(scheme, base):
    import sysconfig
    keys = ("installed_base", "base", "installed_platbase", "platbase", "prefix", "exec_prefix")
    paths = sysconfig.get_paths(scheme, vars=dict.fromkeys(keys, base))
    names = ("purelib", "platlib", "scripts", "data", "include")
    return [os.path.relpath(paths[name], base) for name in names]

def preferred_scheme():
    import sysconfig
    if hasattr(sysconfig, "get_preferred_scheme"):
        return sysconfig.get_preferred_scheme("prefix")
    return "posix_prefix" if os.name == "posix" else os.name

def full_version(version):
    text = "%d.%d.%d" % version[:3]
    if version[3] != "final":
        text += version[3][0] + str(version[4])
    return text

def glibc_version():
    try:
        return os.confstr("CS_GNU_LIBC_VERSION").rsplit()[-1]
    except (AttributeError, OSError, TypeError, ValueError, IndexError):
        pass
    try:
        import ctypes
        version = ctypes.CDLL(None).gnu_get_libc_version
        version.restype = ctypes.c_char_p
        return version().decode("ascii")
    except Exception:
        return ""

def manylinux_policy(machine, glibc):
    try:
        import _manylinux
    except ImportError:
        return {}
    policy = {}
    if hasattr(_manylinux, "manylinux_compatible"):
        for minor in range(5, int(glibc.split(".")[1]) + 1 if glibc.startswith("2.") else 0):
            answer = _manylinux.manylinux_compatible(2, minor, machine)
            if answer is not None:
                policy["2.%d" % minor] = bool(answer)
        return policy
    for name, minor in (("1", 5), ("2010", 12), ("2014", 17)):
        answer = getattr(_manylinux, "manylinux%s_compatible" % name, None)
        if answer is not None:
            policy["2.%d" % minor] = bool(answer)
    return policy

def macos():
    if sys.platform != "darwin":
        return []
    import platform
    version, _, machine = platform.mac_ver()
    if version.startswith("10.16"):
        import subprocess
        code = "import platform; print(platform.mac_ver()[0])"
        variables = {"SYSTEM_VERSION_COMPAT": "0"}
        version = subprocess.check_output([sys.executable, "-sS", "-c", code], env=variables)
        version = version.decode().strip()
    return [version, machine]

def library_folders(paths):
    names = ("site-packages", "dist-packages")
    own = (paths["purelib"], paths["platlib"])
    found = [path for path in sys.path if os.path.basename(path) in names or path in own]
    return [path for path in own if path not in found] + found

def facts():
    import sysconfig
    version, implementation, system, release, system_version, machine = about_platform()
    paths = sysconfig.get_paths()
    glibc = glibc_version() if sys.platform.startswith("linux") else ""
    architecture = sysconfig.get_platform().split("-")[-1]
    variable = sysconfig.get_config_var
    names = getattr(sysconfig, "get_scheme_names")()
    venv_scheme = "venv" if "venv" in names else preferred_scheme()
    return {
        "executable": sys.executable,
        "base_executable": getattr(sys, "_base_executable", None) or sys.executable,
        "prefix": sys.prefix,
        "base_prefix": sys.base_prefix,
        "version": version,
        "version_nodot": str(variable("py_version_nodot") or "%d%d" % sys.version_info[:2]),
        "bytecode_tag": sys.implementation.cache_tag or "",
        "paths": paths,
        "library_folders": library_folders(paths),
        "venv_folders": scheme_paths(venv_scheme, os.sep + "@"),
        "prefix_folders": scheme_paths(preferred_scheme(), os.sep + "@"),
        "platform": sysconfig.get_platform(),
        "bits": struct.calcsize("P") * 8,
        "debug": bool(variable("Py_DEBUG")) or (
            variable("Py_DEBUG") is None and hasattr(sys, "gettotalrefcount")),
        "free_threaded": bool(variable("Py_GIL_DISABLED")),
        "extension_suffix": variable("EXT_SUFFIX") or "",
        "glibc": glibc,
        "manylinux": manylinux_policy(architecture, glibc),
        "macos": macos(),
        "markers": {
            "implementation_name": sys.implementation.name,
            "implementation_version": full_version(sys.implementation.version),
            "os_name": os.name,
            "platform_machine": machine,
            "platform_release": release,
            "platform_system": system,
            "platform_version": system_version,
            "python_full_version": version,
            "platform_python_implementation": implementation,
            "python_version": ".".join(version.split(".")[:2]),
            "sys_platform": sys.platform,
        },
    }

if sys.version_info < (3, 8):
    result = {"too_old": about_platform()[0]}
else:
    result = facts()
"""
    f'sys.stdout.write("{BEGIN_MARK}" + json_text(result) + "{END_MARK}")\n'
)
