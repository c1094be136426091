# shellcheck shell=bash
# Sourced: packages through an apt of our own, with its own sources (the system's Debian mirrors, else deb.debian.org),
# lists and cache. The system's apt configuration is read and never written, and no root is needed.
#
#   private_apt FOLDER ARCHITECTURE   prepares it in FOLDER and reads the package lists; status 1 when it cannot be
#   private TOOL ARGUMENT…            apt-get, apt-cache, … of that apt
#   debian_suite                      set to a release, its sources are that one's instead
#   debian_source                     set to a one-line source, it is the only one
#   private_apt_sources               where its packages come from, for a message

# Lines of one-line sources: the Debian mirrors this system uses, or Debian's own.
debian_sources() {
  local keyring=/usr/share/keyrings/debian-archive-keyring.gpg option='' found=no uri suite component
  if [ -n "${debian_source-}" ]; then echo "$debian_source"; return; fi
  if [ -r "$keyring" ]; then option="[signed-by=$keyring] "; fi
  while read -r uri suite component; do
    case $component:$uri in
      main:*debian*)
        if [ -z "${debian_suite-}" ]; then echo "deb $option$uri $suite main"
        elif [ "${suite%-*}" = "$suite" ]; then echo "deb $option$uri $debian_suite main"
        else continue; fi
        found=yes ;;
    esac
  done < <(apt-get indextargets --format '$(REPO_URI) $(RELEASE) $(COMPONENT)' 'Created-By: Packages' 2>/dev/null | sort -u)
  if [ $found = no ]; then echo "deb ${option}http://deb.debian.org/debian ${debian_suite:-bookworm} main"; fi
}

private() { local tool=$1; shift; APT_CONFIG=$private_apt_folder/apt.conf "$tool" "$@"; }

private_apt_sources() { awk '{print $(NF-2), $(NF-1)}' "$private_apt_folder/sources.list" | tr '\n' ' '; }

private_apt() {
  local tool architecture=$2
  private_apt_folder=$1
  for tool in apt-get apt-cache apt-config dpkg-deb; do
    command -v $tool > /dev/null || { echo "$tool is missing: Debian's packages are fetched only where apt is" >&2; return 1; }
  done
  mkdir -p "$private_apt_folder"/{state/lists/partial,cache/archives/partial,parts,preferences}
  : > "$private_apt_folder/status"
  debian_sources > "$private_apt_folder/sources.list"
  # The system's ways of reaching a mirror (proxies, certificates), without its hooks.
  apt-config dump | grep -E '^Acquire::' | grep -vE '^Acquire::(IndexTargets|CompressionTypes|Changelogs)' \
    > "$private_apt_folder/acquire.conf" || true
  cat "$private_apt_folder/acquire.conf" - > "$private_apt_folder/apt.conf" <<CONF
APT::Architecture "$architecture";
APT::Architectures { "$architecture"; };
APT::Sandbox::User "root";
APT::Install-Recommends "false";
Acquire::Languages { "none"; };
Acquire::Retries "2";
Dir::State "$private_apt_folder/state";
Dir::State::status "$private_apt_folder/status";
Dir::Cache "$private_apt_folder/cache";
Dir::Etc::sourcelist "$private_apt_folder/sources.list";
Dir::Etc::sourceparts "-";
Dir::Etc::main "-";
Dir::Etc::parts "$private_apt_folder/parts";
Dir::Etc::preferences "-";
Dir::Etc::preferencesparts "$private_apt_folder/preferences";
CONF
  # A mirror without this architecture is no reason to stop: the look-up that follows says what is lacking.
  private apt-get -q update > "$private_apt_folder/update.log" 2>&1 || true
}
