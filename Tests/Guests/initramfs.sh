# shellcheck shell=bash
# Sourced: the members of an initramfs, in the newc form that Linux documents in initramfs buffer format, each written to
# standard output. The same members give the same bytes on every host, and device nodes need no root.
#
#   directory NAME | device NAME MAJOR MINOR | link NAME TARGET | program NAME FILE | end_of_archive
#   tree FOLDER            all files below a folder, each of which may be executed
#   modules FOLDER NAME…   kernel modules below a folder into /modules, and their order into /modules.order

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
tree() {
  local name
  while IFS= read -r -d '' name; do
    if [ -h "$1/$name" ]; then link "$name" "$(readlink "$1/$name")"
    elif [ -d "$1/$name" ]; then directory "$name"
    else program "$name" "$1/$name"; fi
  done < <(cd "$1" && find . -mindepth 1 -printf '%P\0' | LC_ALL=C sort -z)
}
modules() {
  local folder=$1 name file order
  shift
  order=$(mktemp)
  directory modules
  # A kernel may have a module built in, or call it otherwise.
  for name; do
    file=$(find "$folder" -name "$name.ko" | head -n 1)
    [ -n "$file" ] || continue
    program "modules/$name.ko" "$file"
    echo "$name.ko" >> "$order"
  done
  program modules.order "$order"
  rm -f "$order"
}
end_of_archive() { member 'TRAILER!!!' 0 0; }
