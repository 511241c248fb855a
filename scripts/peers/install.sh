#!/usr/bin/env bash
# Installs the S3 tools by others that the tests drive the project's own S3 with, and the benchmarks compare with, into
# .servers/peers:
#
#   aws      the AWS CLI, from a Python package; needs Python 3.11 or newer
#   rclone   built from its Go module, with the backends and commands the tests use; needs Go 1.26 or newer
#   s5cmd    built from its Go module; needs Go 1.26 or newer
#
#   scripts/peers/install.sh               all of them
#   scripts/peers/install.sh aws s5cmd     only these
#
# Each is of one version, and every file it is made of is checked against a hash: requirements.txt and the
# go.sum files have them. What is there already is left alone, so running it twice costs nothing. Exit
# status: 0 when all that was asked for is there, 1 when something could not be installed (a sentence says
# what and why), 2 for wrong usage.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
peers=$(cd "$here/../.." && pwd)/.servers/peers
venv=$peers/venv

main() {
  local name failed=no
  (($# > 0)) || set -- aws s5cmd rclone
  for name in "$@"; do
    case $name in
      aws | s5cmd | rclone) ;;
      *)
        say "there is no peer \"$name\": take aws, s5cmd or rclone"
        exit 2
        ;;
    esac
  done

  mkdir -p "$peers/bin"
  # Two checks that start at once in the same checkout would write into one environment.
  exec 9>"$peers/install.lock"
  if command -v flock >/dev/null; then flock 9; fi
  : >"$peers/install.log"

  for name in "$@"; do
    # Called so that one that fails does not keep the others from being installed.
    case $name in
      aws) install_aws || failed=yes ;;
      s5cmd)
        build s5cmd github.com/peak/s5cmd/v2 github.com/peak/s5cmd/v2 \
          github.com/peak/s5cmd/v2/version.Version || failed=yes
        ;;
      rclone)
        build rclone github.com/rclone/rclone . github.com/rclone/rclone/fs.Version || failed=yes
        ;;
    esac
  done
  [[ $failed = no ]]
}

install_aws() {
  local wanted
  wanted=$(sha256sum <"$here/requirements.txt")
  # The mark is written last: an environment without it was left half made.
  if [[ -e $venv/installed && $(<"$venv/installed") = "$wanted" ]]; then
    say "aws is installed"
    return 0
  fi
  if ! python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
    say "cannot install aws: the AWS CLI needs Python 3.11 or newer as python3"
    return 1
  fi
  say "installing aws into $venv"
  rm -rf "$venv"
  if ! quietly python3 -m venv "$venv"; then
    say "cannot install aws: python3 -m venv failed (Debian: apt-get install python3-venv);" \
      "see $peers/install.log"
    return 1
  fi
  # Every file is checked against its hash, and none is built here: a build would run code of the package.
  if ! quietly "$venv/bin/pip" install --disable-pip-version-check --require-hashes \
    --only-binary :all: --requirement "$here/requirements.txt"; then
    say "cannot install aws: pip failed; see $peers/install.log"
    return 1
  fi
  ln -sf ../venv/bin/aws "$peers/bin/aws"
  echo "$wanted" >"$venv/installed"
}

# Builds a package of the module in the directory of the peer's name. The version is that of the peer's own
# module, and is put where the program looks for it.
build() {
  local name=$1 module=$2 package=$3 variable=$4 wanted version
  wanted=$(cd "$here/$name" && cat -- go.mod go.sum *.go 2>/dev/null | sha256sum)
  if [[ -x $peers/bin/$name && -e $peers/$name.installed && $(<"$peers/$name.installed") = "$wanted" ]]; then
    say "$name is installed"
    return 0
  fi
  if ! command -v go >/dev/null; then
    say "cannot install $name: it is built with Go 1.26 or newer, and there is no go here"
    return 1
  fi
  say "building $name into $peers/bin"
  # -s -w leave out what only debuggers read: a third of the size, and of the time to link.
  if ! version=$(cd "$here/$name" && go list -mod=readonly -m -f '{{.Version}}' "$module" 2>>"$peers/install.log") ||
    ! (cd "$here/$name" && quietly go build -mod=readonly -trimpath \
      -ldflags "-s -w -X $variable=$version" -o "$peers/bin/$name" "$package"); then
    say "cannot install $name: go build failed; see $peers/install.log"
    return 1
  fi
  echo "$wanted" >"$peers/$name.installed"
}

# A package manager's thousand lines are of interest only when it failed.
quietly() {
  "$@" >>"$peers/install.log" 2>&1
}

say() {
  echo "$*" >&2
}

main "$@"
