# shellcheck shell=bash disable=SC2154
# Sourced after private-apt.sh: the source of Debian's kernel.
#
#   linux_source_archive FOLDER   the path of linux-source-6.1.tar.xz: of the installed package, or of Debian's newest, which
#                                 is fetched into FOLDER; what it is goes to FOLDER/versions. Status 1, with the reason, when
#                                 it cannot be had

linux_source_archive() {
  local installed=/usr/src/linux-source-6.1.tar.xz work=$1
  if [ -r $installed ]; then
    dpkg-query --show --showformat '${Package} ${Version}\n' linux-source-6.1 > "$work/versions"
    echo $installed
    return
  fi
  echo "fetching linux-source-6.1" >&2
  private_apt "$work/apt" "$(dpkg --print-architecture)" || return
  (cd "$work" && private apt-get -q download linux-source-6.1) > "$work/log" 2>&1 || {
    sed 's/^/  /' "$private_apt_folder/update.log" "$work/log" >&2
    echo "no linux-source-6.1 in $(private_apt_sources)(no network?)" >&2
    return 1
  }
  dpkg-deb --show --showformat '${Package} ${Version}\n' "$work"/linux-source-6.1_*.deb > "$work/versions"
  dpkg-deb --fsys-tarfile "$work"/linux-source-6.1_*.deb | tar -xO ./usr/src/linux-source-6.1.tar.xz > "$work/source.tar.xz"
  rm -rf "$private_apt_folder" "$work"/linux-source-6.1_*.deb
  echo "$work/source.tar.xz"
}
