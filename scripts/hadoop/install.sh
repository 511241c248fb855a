#!/usr/bin/env bash
# Installs the Hadoop and the Hive that the tests run on, from Maven Central, into .servers/hadoop:
#
#   hadoop    3.4.2: HDFS, YARN, MapReduce, Streaming     .servers/hadoop/jars        104 MB
#   hive      4.0.1: its command line                     .servers/hadoop/hive-jars   240 MB
#
#   scripts/hadoop/install.sh           both
#   scripts/hadoop/install.sh hadoop    only this one
#
# Needs a JDK 17 and mvn; on Debian as root they are installed too. What is there already is left alone.
# Exit status: 0 when all that was asked for is there, 1 when something could not be installed (a sentence
# says what and why), 2 for wrong usage.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
home=$(cd "$here/../.." && pwd)/.servers/hadoop
plugin=org.apache.maven.plugins:maven-dependency-plugin:3.6.1

main() {
  local name
  (($# > 0)) || set -- hadoop hive
  for name in "$@"; do
    case $name in
      hadoop | hive) ;;
      *)
        say "there is no \"$name\" here: take hadoop or hive"
        exit 2
        ;;
    esac
  done

  mkdir -p "$home"
  # Two checks that start at once in the same checkout would write into one folder.
  exec 9>"$home/install.lock"
  if command -v flock >/dev/null; then flock 9; fi
  : >"$home/install.log"
  install_java || exit 1
  for name in "$@"; do "install_$name" || exit 1; done
}

install_java() {
  if has_java; then return 0; fi
  if [[ $(id -u) != 0 ]] || ! command -v apt-get >/dev/null; then
    say "cannot install Hadoop: it needs java, a JDK 17, and mvn on the PATH"
    return 1
  fi
  say "installing a JDK and mvn from Debian's packages"
  apt_install || { quietly apt-get update && apt_install; } || true
  if ! has_java; then
    say "cannot install a JDK and mvn: apt-get failed; see $home/install.log"
    return 1
  fi
}

has_java() {
  command -v java >/dev/null && command -v mvn >/dev/null
}

apt_install() {
  DEBIAN_FRONTEND=noninteractive quietly \
    apt-get install --yes --no-install-recommends openjdk-17-jdk-headless maven
}

install_hadoop() {
  lay_out hadoop "$here/pom.xml" "$home/jars"
}

install_hive() {
  # Hadoop's own jars come from the other pom: those that Hive asks for are of another version.
  lay_out hive "$here/hive/pom.xml" "$home/hive-jars" -DexcludeGroupIds=org.apache.hadoop
}

# Copies the jars of a pom, with all that they need, into a folder.
lay_out() {
  local name=$1 pom=$2 folder=$3 mark
  shift 3
  # The mark is written last and names the pom: a folder without it is half made, or of other versions.
  mark=$folder/.of-$(sha256sum <"$pom" | cut -c1-16)
  if [[ -e $mark ]]; then
    say "$name is installed"
    return 0
  fi
  say "installing $name into $folder"
  rm -rf "$folder"
  if ! quietly mvn --batch-mode --strict-checksums --file "$pom" "$plugin:copy-dependencies" \
    -Dstyle.color=never -DincludeScope=runtime -DoutputDirectory="$folder" "$@"; then
    say "cannot install $name: mvn failed; see $home/install.log"
    return 1
  fi
  touch "$mark"
}

# A package manager's thousand lines are of interest only when it failed.
quietly() {
  "$@" >>"$home/install.log" 2>&1
}

say() {
  echo "$*" >&2
}

main "$@"
