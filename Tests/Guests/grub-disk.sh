# shellcheck shell=bash disable=SC2034,SC2154
# Sourced after private-apt.sh: disks that boot through GRUB, from Debian's packages, without root.
#
#   partition 1   PReP boot (MBR type 0x41): GRUB's core image for Open Firmware
#   partition 2   ext4: a folder's files, with GRUB's modules in /boot/grub
#
# The caller sets work (a folder of its own) and gives the functions say and give_up.
#
#   unpack ARCHITECTURE INTO PACKAGE…   the files of packages, and not of those they depend on; "kernel" is Debian's newest
#   grub_packages                       unpack what grub_disk needs, into $work/guest and $work/host
#   grub_mkimage ARGUMENT…              GRUB's core image, by that host's program
#   grub_disk IMAGE TREE MEBIBYTES      makes the disk; MEBIBYTES are those of partition 2
#   disk_modules                        the modules of Debian's kernel for disks of every bus and ext4, in an order in which
#                                       each finds what it needs
#   network_modules                     those for network cards, which follow them

PATH=$PATH:/usr/sbin:/sbin

disk_modules=(
  virtio virtio_ring virtio_pci_modern_dev virtio_pci_legacy_dev virtio_pci virtio_blk
  crct10dif_common crct10dif_generic crc-t10dif crc64 crc64_rocksoft_generic crc64-rocksoft t10-pi sd_mod
  scsi_transport_srp ibmvscsi virtio_scsi nvme-core nvme crc16 mbcache crc32c_generic jbd2 ext4
)
network_modules=(failover net_failover virtio_net ibmveth)

unpack() {
  local architecture=$1 into=$2 package
  shift 2
  private_apt "$work/apt-$architecture" "$architecture" || exit 1
  mkdir -p "$work/packages-$architecture"
  for package; do
    [ "$package" != kernel ] || package=$(private apt-cache depends linux-image-powerpc64le 2> /dev/null |
      sed -n 's/^ *Depends: *\(linux-image-[^: ]*\).*/\1/p' | head -n 1)
    [ -n "$package" ] || give_up "no kernel for $architecture in $(private_apt_sources)(no network?)"
    say "downloading $package ($architecture)"
    (cd "$work/packages-$architecture" && private apt-get -q download "$package") > "$work/log" 2>&1 ||
      { sed 's/^/  /' "$work/log" >&2; give_up "the download failed"; }
  done
  for package in "$work/packages-$architecture"/*.deb; do dpkg-deb --extract "$package" "$into"; done
}

grub_packages() {
  command -v mke2fs > /dev/null || give_up "mke2fs is missing (package e2fsprogs)"
  unpack ppc64el "$work/guest" grub-ieee1275-bin
  unpack "$(dpkg --print-architecture)" "$work/host" grub-common libdevmapper1.02.1
}

# number VALUE: four bytes, little-endian.
number() { local i; for i in 0 8 16 24; do printf '%b' "$(printf '\\x%02x' $((($1 >> i) & 255)))"; done; }

# entry STATUS TYPE START SIZE: a row of the partition table; the addresses by cylinder are those that say "too large".
entry() {
  printf '%b' "\\x$1\\xfe\\xff\\xff\\x$2\\xfe\\xff\\xff"
  number "$3"
  number "$4"
}

grub_mkimage() {
  LD_LIBRARY_PATH=$(ls -d "$work"/host/lib/*-linux-gnu "$work"/host/usr/lib/*-linux-gnu 2> /dev/null | tr '\n' ':') \
    "$work/host/usr/bin/grub-mkimage" --format powerpc-ieee1275 "$@"
}

grub_disk() {
  local image=$1 tree=$2 grub=$work/guest/usr/lib/grub/powerpc-ieee1275
  local mebibyte=2048                            # sectors
  local prep=$mebibyte prep_size=$((4 * mebibyte)) root_size=$(($3 * mebibyte))
  local root=$((prep + prep_size))
  mkdir -p "$tree/boot/grub/powerpc-ieee1275"
  cp "$grub"/*.mod "$grub"/*.lst "$tree/boot/grub/powerpc-ieee1275/"
  truncate -s $(((root + root_size) * 512)) "$image"
  {
    entry 80 41 $prep $prep_size
    entry 00 83 $root $root_size
    head -c 32 /dev/zero
    printf '\x55\xaa'
  } | dd of="$image" bs=1 seek=446 conv=notrunc status=none
  grub_mkimage --directory "$grub" --note --prefix '(,msdos2)/boot/grub' --output "$work/core" part_msdos part_gpt ext2 normal
  [ "$(stat -c %s "$work/core")" -le $((prep_size * 512)) ] || give_up "GRUB's core image is larger than its partition"
  dd if="$work/core" of="$image" bs=512 seek=$prep conv=notrunc status=none
  mke2fs -q -t ext4 -b 4096 -d "$tree" -L root -U 6d616b65-2d64-6973-6b00-000000000002 \
    -E "offset=$((root * 512)),root_owner=0:0" "$image" $((root_size / 8))
}
