#!/usr/bin/env bash
# Installs the S3 servers that the tests run against, beside the one in the project itself:
#
#   radosgw      Ceph's S3, from Debian's packages; needs root
#   seaweedfs    from a Python package, into .servers/venv
#   moto         from a Python package, into .servers/venv
#
#   scripts/servers/install.sh                    all of them
#   scripts/servers/install.sh seaweedfs moto     only these
#
# What is there already is left alone, so running it twice costs nothing. Exit status: 0 when all that
# was asked for is there, 1 when something could not be installed (a sentence says what and why), 2 for
# wrong usage.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
servers=$(cd "$here/../.." && pwd)/.servers
venv=$servers/venv

main() {
  local name radosgw=no python=no failed=no
  (($# > 0)) || set -- radosgw seaweedfs moto
  for name in "$@"; do
    case $name in
      radosgw) radosgw=yes ;;
      seaweedfs | moto) python=yes ;;
      *)
        say "there is no server \"$name\": take radosgw, seaweedfs or moto"
        exit 2
        ;;
    esac
  done

  mkdir -p "$servers"
  # Two checks that start at once in the same checkout would write into one environment.
  exec 9>"$servers/install.lock"
  if command -v flock >/dev/null; then flock 9; fi
  : >"$servers/install.log"

  # Called so that one that fails does not keep the others from being installed.
  if [[ $python = yes ]]; then install_python_servers || failed=yes; fi
  if [[ $radosgw = yes ]]; then install_radosgw || failed=yes; fi
  [[ $failed = no ]]
}

install_radosgw() {
  if has_radosgw; then
    say "radosgw is installed"
    return 0
  fi
  if ! command -v apt-get >/dev/null; then
    say "cannot install radosgw: its packages are taken from Debian 12, and there is no apt-get here"
    return 1
  fi
  if [[ $(id -u) != 0 ]]; then
    say "cannot install radosgw: Debian's packages need root; run it as root, or leave radosgw out"
    return 1
  fi
  say "installing radosgw from Debian's packages"
  # The package lists are missing on a fresh machine and may be outdated on an old one. Both show as a
  # failed installation, and only then are the lists fetched.
  apt_install || { quietly apt-get update && apt_install; } || true
  if ! has_radosgw; then
    say "cannot install radosgw: apt-get failed; see $servers/install.log"
    return 1
  fi
}

has_radosgw() {
  local tool
  for tool in radosgw radosgw-admin ceph ceph-mon ceph-osd ceph-authtool monmaptool; do
    command -v "$tool" >/dev/null || return 1
  done
}

apt_install() {
  DEBIAN_FRONTEND=noninteractive quietly \
    apt-get install --yes --no-install-recommends radosgw ceph-mon ceph-osd ceph-common
}

install_python_servers() {
  local wanted
  wanted=$(sha256sum <"$here/requirements.txt")
  # The mark is written last: an environment without it was left half made.
  if [[ -e $venv/installed && $(<"$venv/installed") = "$wanted" ]]; then
    say "seaweedfs and moto are installed"
    return 0
  fi
  if ! python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
    say "cannot install seaweedfs and moto: they need Python 3.11 or newer as python3"
    return 1
  fi
  say "installing seaweedfs and moto into $venv"
  rm -rf "$venv"
  if ! make_venv; then
    say "cannot install seaweedfs and moto: python3 -m venv failed (Debian: apt-get install" \
      "python3-venv); see $servers/install.log"
    return 1
  fi
  # Every file is checked against its hash, and none is built here: a build would run code of the package.
  if ! quietly "$venv/bin/pip" install --disable-pip-version-check --require-hashes \
    --only-binary :all: --requirement "$here/requirements.txt"; then
    say "cannot install seaweedfs and moto: pip failed; see $servers/install.log"
    return 1
  fi
  echo "$wanted" >"$venv/installed"
}

# Debian ships Python's venv module without the part that puts pip into it.
make_venv() {
  quietly python3 -m venv "$venv" && return 0
  [[ $(id -u) = 0 ]] && command -v apt-get >/dev/null || return 1
  apt_install_venv || { quietly apt-get update && apt_install_venv; } || return 1
  rm -rf "$venv"
  quietly python3 -m venv "$venv"
}

apt_install_venv() {
  DEBIAN_FRONTEND=noninteractive quietly \
    apt-get install --yes --no-install-recommends python3-venv
}

# A package manager's thousand lines are of interest only when it failed.
quietly() {
  "$@" >>"$servers/install.log" 2>&1
}

say() {
  echo "$*" >&2
}

main "$@"
