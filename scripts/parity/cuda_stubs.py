"""Makes empty stand-ins for the CUDA libraries that PyTorch's wheel links to but that a CPU run never calls.

The wheel is the CUDA build; `import torch` resolves every symbol of cuBLAS, cuDNN, NCCL and so on at once, and the
packages that hold them weigh 2.5 GB. The CPU kernels live in libtorch_cpu.so and call none of them, so a library that
merely defines the names is enough. Each stand-in returns 1, which is an error code in all of these interfaces.

Which libraries there are, and under which names, follows from what the wheel's own libraries ask for: CUDA 12 and 13 both
work. The CUDA runtime and CUPTI are small packages, and installed as they are.

Usage: cuda_stubs.py TORCH_LIB_DIR OUTPUT_DIR SITE_PACKAGES
"""

import re
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

BINARIES = ["libtorch_cuda.so", "libtorch_cuda_linalg.so", "libc10_cuda.so", "libtorch_python.so", "libtorch_nvshmem.so"]
# The libraries that get a stand-in, without their versions, and how the names of their functions begin. A name without a
# version of the symbol is found by its beginning; the longest one counts.
STUBBED = {
    "libcublas.so": "cublas", "libcublasLt.so": "cublasLt", "libcudnn.so": "cudnn", "libcufft.so": "cufft",
    "libcufile.so": "cuFile", "libcurand.so": "curand", "libcusolver.so": "cusolver", "libcusparse.so": "cusparse",
    "libcusparseLt.so": "cusparseLt", "libnccl.so": "nccl", "libnvToolsExt.so": "nvtx", "libnvshmem_host.so": "nvshmem",
}
NODES = {"libnvshmem_host.so": "NVSHMEM"}  # whose symbols' version is not the library's name

LOADER = '''"""Loads the CUDA stand-ins by name, so that `import torch` finds them. Written by scripts/parity/cuda_stubs.py."""
import ctypes
import pathlib

for _stub in sorted(pathlib.Path({stubs!r}).glob("*.so*")):
    ctypes.CDLL(str(_stub))
'''


def readelf(option: str, binary: Path) -> str:
    return subprocess.run(["readelf", option, "-W", str(binary)], check=True, capture_output=True, text=True).stdout


def without_version(library: str) -> str:
    return re.sub(r"(\.so)\.[\d.]+$", r"\1", library)


def wanted_symbols(torch_lib: Path) -> dict[str, set[str]]:
    """Returns the libraries that need a stand-in, each with the undefined symbols that it has to define."""
    wanted: dict[str, set[str]] = defaultdict(set)
    binaries = [torch_lib / name for name in BINARIES if (torch_lib / name).exists()]
    for binary in binaries:
        for library in re.findall(r"\(NEEDED\).*\[(.+)\]", readelf("-d", binary)):
            if without_version(library) in STUBBED:
                wanted[library] = set()
    by_name = {without_version(library): library for library in wanted}
    by_version = {NODES.get(name, library): library for name, library in by_name.items()}
    by_prefix = sorted(((STUBBED[name], library) for name, library in by_name.items()), key=lambda p: -len(p[0]))
    for binary in binaries:
        for name, version in re.findall(r"\bUND\s+(\w+)(?:@(\S+))?", readelf("--dyn-syms", binary)):
            library = by_version.get(version) if version else next((l for prefix, l in by_prefix if name.startswith(prefix)), None)
            if library:
                wanted[library].add(name)
    return wanted


def build(library: str, symbols: set[str], output: Path) -> None:
    """Compiles one stand-in that defines the symbols under the version node that PyTorch asks for."""
    source = output / "stub.c"
    script = output / "stub.map"
    source.write_text("".join(f"int {name}(void) {{ return 1; }}\n" for name in sorted(symbols)))
    script.write_text(f"{NODES.get(without_version(library), library)} {{ global: *; }};\n")
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
    for old in output.iterdir():  # of another torch
        old.unlink()
    wanted = wanted_symbols(torch_lib)
    for library, symbols in sorted(wanted.items()):
        build(library, symbols, output)
    (site / "torch_cuda_stubs.py").write_text(LOADER.format(stubs=str(output)))
    (site / "torch_cuda_stubs.pth").write_text("import torch_cuda_stubs\n")
    print(f"{len(wanted)} stand-ins, {sum(map(len, wanted.values()))} symbols in {output}", file=sys.stderr)


if __name__ == "__main__":
    main()
