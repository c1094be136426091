# shellcheck shell=bash disable=SC2154
# kernel_modules MODULE…: copies modules of the kernel that fetch-debian got into $modules_folder, once; needs private-apt.sh,
# $cache and $folder. Fails with a message when they cannot be had.
kernel_modules() {
  local kernel module missing=
  kernel=$(sed -n 's/^\(linux-image-[^ ]*\) .*/\1/p' "$cache/versions")
  modules_folder=$cache/modules/$kernel
  # A module that the kernel has built in leaves an empty file.
  for module; do [ -e "$modules_folder/$module.ko" ] || missing=yes; done
  [ -n "$missing" ] || return 0
  private_apt "$folder/apt" ppc64el
  (cd "$folder" && private apt-get -q download "$kernel=$(sed -n "s/^$kernel //p" "$cache/versions")") > "$folder/log" 2>&1 ||
    { cat "$folder/log" >&2; echo "the kernel's modules cannot be had" >&2; return 1; }
  mkdir -p "$modules_folder" "$folder/kernel"
  dpkg-deb --extract "$folder"/linux-image-*.deb "$folder/kernel"
  for module; do
    find "$folder/kernel" -name "$module.ko" -exec cp {} "$modules_folder/" \;
    [ -e "$modules_folder/$module.ko" ] || : > "$modules_folder/$module.ko"
  done
  rm -rf "$folder/kernel" "$folder"/*.deb
}

# module_programs MODULE…: those modules as files of a RAM disk; needs initramfs.sh.
module_programs() {
  local module
  for module; do
    if [ -s "$modules_folder/$module.ko" ]; then program "$module.ko" "$modules_folder/$module.ko"; fi
  done
}
