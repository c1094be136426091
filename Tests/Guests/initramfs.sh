# Sourced: the members of an initramfs, in the newc form that Linux documents in initramfs buffer format, each written to
# standard output. The same members give the same bytes on every host, and device nodes need no root.
#
#   directory NAME | device NAME MAJOR MINOR | link NAME TARGET | program NAME FILE | end_of_archive

inode=0

# member NAME MODE SIZE [MAJOR MINOR]: the header of one member; its data follows on standard output.
member() {
  local name=$1 mode=$2 size=$3
  inode=$((inode + 1))
  printf '070701%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X' \
    $inode "$mode" 0 0 1 0 "$size" 0 0 "${4:-0}" "${5:-0}" $((${#name} + 1)) 0
  printf '%s\0' "$name"
  pad $((110 + ${#name} + 1))
}

# pad WRITTEN: zero bytes up to the next multiple of four.
pad() { head -c $(((4 - $1 % 4) % 4)) /dev/zero; }

directory() { member "$1" $((0040755)) 0; }
device() { member "$1" $((0020600)) 0 "$2" "$3"; }
link() { member "$1" $((0120777)) ${#2}; printf '%s' "$2"; pad ${#2}; }
program() { local size; size=$(stat -c %s "$2"); member "$1" $((0100755)) "$size"; cat "$2"; pad "$size"; }
end_of_archive() { member 'TRAILER!!!' 0 0; }
