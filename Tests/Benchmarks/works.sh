# shellcheck shell=bash disable=SC2154
# Sourced by bench, engines and builds, in the package's folder: the works of Tests/Guests/bench as programs.

# small_kernel: prints the path of the small guest kernel, or nothing.
small_kernel() {
  local kernel
  for kernel in .cache/guests/vmlinux-le ../shared/guests/vmlinux-le-small; do
    if [ -r "$kernel" ]; then echo "$kernel"; return; fi
  done
}

# compile_works COMPILER PROGRAM [OPTION…]
compile_works() {
  local folder=Tests/Guests/bench compiler=$1 program=$2
  shift 2
  "$compiler" -O3 -Wall -Werror "$@" -c -o "$scratch/vectors.o" $folder/vectors.c
  "$compiler" -O2 -Wall -Werror "$@" -static -o "$program" $folder/{bench,integers,programs,floats,ciphers,calls,library}.c \
    "$scratch/vectors.o" -lm
}

# works_for_guest COMPILER [OPTION…]: makes $scratch/initramfs, whose init runs the works named on the kernel's command line.
works_for_guest() {
  . Tests/Guests/initramfs.sh
  local compiler=$1
  shift
  compile_works "$compiler" "$scratch/guest" "$@"
  { directory dev; device dev/console 5 1; program init "$scratch/guest"; end_of_archive; } > "$scratch/initramfs"
}
