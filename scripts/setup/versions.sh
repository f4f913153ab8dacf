# The releases of libtorch that set-up can fetch, and what each consists of. Sourced after report.sh; needs $deps.
#
# A release is the Python package torch and the NVIDIA packages beside it, which unpack into one tree. A package is
# written "name==version path", path being what the build needs of it, below the tree. The checksums are in
# scripts/checksums.txt. To add a release, add a function release_VERSION here and its checksums there.

readonly default_version=2.1.2
readonly releases='2.1.2 2.11.0'

# choose_release: sets torch_version and what it consists of. LIBTORCH_VERSION chooses; then the choice of an earlier
# set-up, so that `make build` does not go back; then the default.
choose_release() {
	torch_version=${LIBTORCH_VERSION:-}
	if [[ -z $torch_version && -f $deps/libtorch.version ]]; then torch_version=$(<"$deps/libtorch.version"); fi
	torch_version=${torch_version:-$default_version}
	[[ " $releases " == *" $torch_version "* ]] ||
		fail "LIBTORCH_VERSION=$torch_version is not one of: $releases" 'Any other one from 2.1 on can be used with LIBTORCH=/path.'
	# The tree of the oldest release has the name that it had before there was a choice.
	wheel=$deps/wheel
	[[ $torch_version == 2.1.2 ]] || wheel=$deps/wheel-$torch_version
	archive_name='' # the official archive, where its checksum is known
	cuda_libraries=(libc10_cuda.so libtorch_cuda.so libtorch_cuda_linalg.so libcaffe2_nvrtc.so)
	"release_$torch_version"
	cpu_libraries=(libc10.so libtorch_cpu.so "$openmp_library")
	archive_url=${LIBTORCH_ARCHIVE_URL:-https://download.pytorch.org/libtorch/cpu/${archive_name/+/%2B}}
}

# The CPU library needs the CUDA runtime and CUPTI even without a GPU, as the package torch is a CUDA build.
release_2.1.2() {
	archive_name='libtorch-cxx11-abi-shared-with-deps-2.1.2+cpu.zip'
	torch_size=670
	openmp_library=libgomp-a34b3233.so.1
	cpu_packages=(
		'nvidia-cuda-runtime-cu12==12.1.105 nvidia/cuda_runtime/lib/libcudart.so.12'
		'nvidia-cuda-cupti-cu12==12.1.105 nvidia/cuda_cupti/lib/libcupti.so.12'
	)
	cuda_packages=(
		'nvidia-cuda-nvrtc-cu12==12.1.105 nvidia/cuda_nvrtc/lib/*'
		'nvidia-cublas-cu12==12.1.3.1 nvidia/cublas/lib/*'
		'nvidia-cudnn-cu12==8.9.2.26 nvidia/cudnn/lib/*'
		'nvidia-cufft-cu12==11.0.2.54 nvidia/cufft/lib/*'
		'nvidia-curand-cu12==10.3.2.106 nvidia/curand/lib/*'
		'nvidia-cusolver-cu12==11.4.5.107 nvidia/cusolver/lib/*'
		'nvidia-cusparse-cu12==12.1.0.106 nvidia/cusparse/lib/*'
		'nvidia-nccl-cu12==2.18.1 nvidia/nccl/lib/*'
		'nvidia-nvjitlink-cu12==12.1.105 nvidia/nvjitlink/lib/*'
		'nvidia-nvtx-cu12==12.1.105 nvidia/nvtx/lib/*'
	)
}

release_2.11.0() {
	torch_size=531
	openmp_library=libgomp.so.1
	cuda_libraries+=(libtorch_nvshmem.so)
	cpu_packages=(
		'nvidia-cuda-runtime==13.0.96 nvidia/cu13/lib/libcudart.so.13'
		'nvidia-cuda-cupti==13.0.85 nvidia/cu13/lib/libcupti.so.13'
	)
	cuda_packages=(
		'nvidia-cuda-nvrtc==13.0.88 nvidia/cu13/lib/libnvrtc*'
		'nvidia-cublas==13.1.0.3 nvidia/cu13/lib/lib*blas*'
		'nvidia-cudnn-cu13==9.19.0.56 nvidia/cudnn/lib/*'
		'nvidia-cufft==12.0.0.61 nvidia/cu13/lib/libcufft*'
		'nvidia-cufile==1.15.1.6 nvidia/cu13/lib/libcufile*'
		'nvidia-curand==10.4.0.35 nvidia/cu13/lib/libcurand*'
		'nvidia-cusolver==12.0.4.66 nvidia/cu13/lib/libcusolver*'
		'nvidia-cusparse==12.6.3.3 nvidia/cu13/lib/libcusparse*'
		'nvidia-cusparselt-cu13==0.8.0 nvidia/cusparselt/lib/*'
		'nvidia-nccl-cu13==2.28.9 nvidia/nccl/lib/*'
		'nvidia-nvshmem-cu13==3.4.5 nvidia/nvshmem/lib/*'
		'nvidia-nvjitlink==13.0.88 nvidia/cu13/lib/libnvJitLink*'
		'nvidia-nvtx==13.0.85 nvidia/cu13/lib/libnvtx*'
	)
}
