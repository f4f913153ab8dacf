"""Makes empty stand-ins for the CUDA libraries that PyTorch's wheel links to but that a CPU run never calls.

The wheel of torch 2.1.2 is the CUDA build; `import torch` resolves every symbol of cuBLAS, cuDNN, NCCL and so on at once,
and the packages that hold them weigh 2.5 GB. The CPU kernels live in libtorch_cpu.so and call none of them, so a library
that merely defines the names is enough. Each stand-in returns 1, which is an error code in all of these interfaces.

Usage: cuda_stubs.py TORCH_LIB_DIR OUTPUT_DIR SITE_PACKAGES
"""

import re
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

# Where an undefined symbol carries no version, its prefix names the library.
UNVERSIONED = {"nccl": "libnccl.so.2", "nvtx": "libnvToolsExt.so.1"}
REAL = {"libcudart.so.12", "libcupti.so.12"}  # small packages, installed as they are
STUBBED = {
    "libcusparse.so.12", "libcurand.so.10", "libcufft.so.11", "libnvToolsExt.so.1", "libcudnn.so.8",
    "libnccl.so.2", "libcublas.so.12", "libcublasLt.so.12", "libcusolver.so.11",
}
BINARIES = ["libtorch_cuda.so", "libtorch_cuda_linalg.so", "libc10_cuda.so", "libtorch_python.so"]

LOADER = '''"""Loads the CUDA stand-ins by name, so that `import torch` finds them. Written by scripts/parity/cuda_stubs.py."""
import ctypes
import pathlib

for _stub in sorted(pathlib.Path({stubs!r}).glob("*.so*")):
    ctypes.CDLL(str(_stub))
'''


def wanted_symbols(torch_lib: Path) -> dict[str, set[str]]:
    """Returns the undefined symbols that libraries in STUBBED have to define."""
    wanted: dict[str, set[str]] = defaultdict(set)
    for binary in BINARIES:
        listing = subprocess.run(
            ["readelf", "--dyn-syms", "-W", str(torch_lib / binary)], check=True, capture_output=True, text=True
        ).stdout
        for line in listing.splitlines():
            match = re.search(r"\bUND\s+(\w+)(?:@(\S+))?", line)
            if not match:
                continue
            name, library = match.groups()
            if library is None:
                library = next((lib for prefix, lib in UNVERSIONED.items() if name.startswith(prefix)), None)
            if library in STUBBED:
                wanted[library].add(name)
    return wanted


def build(library: str, symbols: set[str], output: Path) -> None:
    """Compiles one stand-in that defines the symbols under the version node that PyTorch asks for."""
    source = output / "stub.c"
    script = output / "stub.map"
    source.write_text("".join(f"int {name}(void) {{ return 1; }}\n" for name in sorted(symbols)))
    script.write_text(f"{library} {{ global: *; }};\n")
    subprocess.run(
        ["cc", "-shared", "-fPIC", "-fno-builtin", "-w", f"-Wl,-soname,{library}", f"-Wl,--version-script={script}",
         "-o", str(output / library), str(source)],
        check=True,
    )
    source.unlink()
    script.unlink()


def main() -> None:
    torch_lib, output, site = (Path(argument).resolve() for argument in sys.argv[1:4])
    output.mkdir(parents=True, exist_ok=True)
    wanted = wanted_symbols(torch_lib)
    for library in sorted(STUBBED):
        build(library, wanted.get(library, set()), output)
    (site / "torch_cuda_stubs.py").write_text(LOADER.format(stubs=str(output)))
    (site / "torch_cuda_stubs.pth").write_text("import torch_cuda_stubs\n")
    print(f"{len(STUBBED)} stand-ins, {sum(map(len, wanted.values()))} symbols in {output}", file=sys.stderr)


if __name__ == "__main__":
    main()
