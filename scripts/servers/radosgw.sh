#!/usr/bin/env bash
# Runs Ceph's S3 on 127.0.0.1: one monitor, one OSD that keeps all data in memory, one radosgw, two users.
# Needs root, for Ceph's daemons want it, and the packages that install.sh names.
#
#   scripts/servers/radosgw.sh start        brings it up; does nothing when it is up
#   scripts/servers/radosgw.sh stop         ends it; its objects are written to the directory and there again
#                                           at the next start
#   scripts/servers/radosgw.sh wipe         ends it and deletes everything
#   scripts/servers/radosgw.sh status       its daemons, their memory, Ceph's own report
#   scripts/servers/radosgw.sh while-open   start, and wipe as soon as standard input is closed
#
# From the environment:
#
#   RADOSGW_DIRECTORY   where it keeps everything             .servers/radosgw in the checkout
#   RADOSGW_PORT        of S3                                 8333
#   RADOSGW_MON_PORT    of the monitor                        18333
#   RADOSGW_SOURCE      ID:SECRET of the user "source"        as below
#   RADOSGW_TARGET      ID:SECRET of the user "target"        as below
#
# The keys guard nothing but test data. Exit status: 0 done, 1 failed, 2 wrong usage.
set -euo pipefail

checkout=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
directory=$(realpath -m "${RADOSGW_DIRECTORY:-$checkout/.servers/radosgw}")
port=${RADOSGW_PORT:-8333}
mon_port=${RADOSGW_MON_PORT:-18333}
source_keys=${RADOSGW_SOURCE:-SOURCEACCESSKEY00001:sourceSecretKey0000000000000000000000001}
target_keys=${RADOSGW_TARGET:-TARGETACCESSKEY00002:targetSecretKey0000000000000000000000002}

# Every tool of Ceph finds its configuration by this.
export CEPH_CONF=$directory/ceph.conf

main() {
  case ${1:-} in
    start) start ;;
    stop) stop ;;
    wipe) wipe ;;
    status) status ;;
    while-open)
      # A start that failed leaves daemons behind that are ended as well.
      trap wipe EXIT
      start
      # Ends with the pipe.
      cat >/dev/null
      ;;
    *)
      echo "usage: radosgw.sh start|stop|wipe|status|while-open" >&2
      exit 2
      ;;
  esac
}

start() {
  if is_alive mon && is_alive osd && is_alive rgw && answers; then
    echo "radosgw is up on http://127.0.0.1:$port"
    return
  fi
  # The OSD writes its objects out when it ends well. One that did not has lost them, and an index without
  # its objects is worse than nothing.
  if [[ -e $directory/osd/ready && ! -e $directory/osd/saved ]] && ! is_alive osd; then
    echo "radosgw was not stopped properly and lost its objects: starting it empty" >&2
    wipe
  fi
  mkdir -p "$directory"/{run,log,mon,osd,crash}
  [[ -s $directory/fsid ]] || cat /proc/sys/kernel/random/uuid >"$directory/fsid"
  write_configuration
  start_monitor
  start_osd
  create_users
  create_storage_class STANDARD_IA
  start_gateway
  echo "radosgw is up on http://127.0.0.1:$port"
}

start_monitor() {
  is_alive mon && return
  if [[ ! -d $directory/mon/store.db ]]; then
    create_keyring
    monmaptool --create --clobber --fsid "$(<"$directory/fsid")" \
      --addv a "[v2:127.0.0.1:$mon_port/0]" "$directory/monmap" >/dev/null
    ceph-mon --mkfs -i a --monmap "$directory/monmap" --keyring "$directory/keyring"
  fi
  ceph-mon -i a --pid-file "$directory/run/mon.pid"
}

# Each daemon of the cluster has a key; they are allowed everything, for the cluster is theirs alone.
create_keyring() {
  local name keyring=$directory/keyring
  ceph-authtool --create-keyring "$keyring" --gen-key -n mon. --cap mon "allow *" >/dev/null
  for name in client.admin client.rgw osd.0; do
    ceph-authtool "$keyring" --gen-key -n "$name" \
      --cap mon "allow *" --cap osd "allow *" --cap mgr "allow *" >/dev/null
  done
}

start_osd() {
  is_alive osd && return
  if [[ ! -e $directory/osd/ready ]]; then
    local uuid
    uuid=$(</proc/sys/kernel/random/uuid)
    rm -rf "$directory/osd"
    mkdir -p "$directory/osd"
    timeout 60 ceph osd new "$uuid" 0 >/dev/null
    ceph-osd -i 0 --mkfs --osd-uuid "$uuid" >>"$directory/log/osd.out" 2>&1
    touch "$directory/osd/ready"
  fi
  rm -f "$directory/osd/saved"
  ceph-osd -i 0 --pid-file "$directory/run/osd.pid" >>"$directory/log/osd.out" 2>&1
  wait_until "the OSD is not up" osd_is_up
}

osd_is_up() {
  timeout 10 ceph osd stat 2>/dev/null | grep -q " 1 up"
}

create_users() {
  [[ -e $directory/users ]] && return
  create_user source "$source_keys"
  create_user target "$target_keys"
  touch "$directory/users"
}

create_user() {
  local name=$1 keys=$2
  # The user is there already when an earlier start was ended between the two.
  if admin user info --uid "$name" >/dev/null; then return; fi
  admin user create --uid "$name" --display-name "$name" --max-buckets 0 \
    --access-key "${keys%%:*}" --secret-key "${keys#*:}" >/dev/null
}

# radosgw refuses a storage class that it was not told of; STANDARD is always there.
create_storage_class() {
  local class=$1 placement=(--placement-id default-placement --storage-class "$1")
  [[ -e $directory/class-$class ]] && return
  admin zonegroup placement add --rgw-zonegroup default "${placement[@]}" >/dev/null
  admin zone placement add --rgw-zone default "${placement[@]}" \
    --data-pool "default.rgw.${class,,}.data" >/dev/null
  touch "$directory/class-$class"
}

admin() {
  radosgw-admin "$@" 2>>"$directory/log/admin.out"
}

start_gateway() {
  if ! is_alive rgw; then
    timeout 90 radosgw -n client.rgw --keyring "$directory/keyring" \
      --pid-file "$directory/run/rgw.pid" >>"$directory/log/rgw.out" 2>&1
  fi
  wait_until "radosgw does not answer" answers
}

# Asks as nobody; the answer is an empty list of buckets.
answers() {
  local line
  { exec 3<>"/dev/tcp/127.0.0.1/$port"; } 2>/dev/null || return 1
  printf 'GET / HTTP/1.0\r\n\r\n' >&3
  read -r -t 3 line <&3 || line=
  exec 3>&-
  [[ $line = HTTP/* ]]
}

# Tries for a minute.
wait_until() {
  local complaint=$1 condition=$2
  for _ in {1..600}; do
    if "$condition"; then return; fi
    sleep 0.1
  done
  echo "$complaint; see $directory/log" >&2
  exit 1
}

stop() {
  # radosgw first, for it needs the other two to finish what it has begun. The OSD gets a minute to write out
  # its objects, and the mark says that it did.
  end rgw 10 || true
  if is_alive osd; then
    if end osd 600; then touch "$directory/osd/saved"; fi
  fi
  end mon 100 || true
}

wipe() {
  local daemon
  for daemon in rgw osd mon; do end "$daemon" 0 || true; done
  rm -rf "$directory"
}

# Ends a daemon, by force after so many tenths of a second. Fails when force was needed.
end() {
  local daemon=$1 tenths=$2 pid forced=no
  is_alive "$daemon" || return 0
  pid=$(<"$directory/run/$daemon.pid")
  if ((tenths > 0)); then kill -TERM "$pid"; fi
  while ((tenths > 0)) && is_alive "$daemon"; do
    sleep 0.1
    tenths=$((tenths - 1))
  done
  if is_alive "$daemon"; then
    forced=yes
    kill -KILL "$pid" || true
    # Until it is gone its ports are taken.
    while is_alive "$daemon"; do sleep 0.05; done
  fi
  rm -f "$directory/run/$daemon.pid"
  [[ $forced = no ]]
}

# A process with the number in the pid file may be another one by now: ours has our directory in its command
# line. One that has ended and whose parent has not noticed yet has no command line any more.
is_alive() {
  local file=$directory/run/$1.pid pid
  [[ -s $file ]] || return 1
  pid=$(<"$file")
  tr '\0' ' ' 2>/dev/null <"/proc/$pid/cmdline" | grep -qF "$directory/run/"
}

status() {
  local daemon pid
  for daemon in mon osd rgw; do
    if is_alive "$daemon"; then
      pid=$(<"$directory/run/$daemon.pid")
      echo "$daemon: process $pid, $(awk '/VmRSS/ { print int($2 / 1024) }' "/proc/$pid/status") MB"
    else
      echo "$daemon: not running"
    fi
  done
  if is_alive mon; then timeout 10 ceph -s; fi
}

write_configuration() {
  cat >"$CEPH_CONF" <<CONF
[global]
fsid = $(<"$directory/fsid")
mon initial members = a
mon host = [v2:127.0.0.1:$mon_port/0]
ms bind ipv6 = false
ms bind msgr1 = false
public addr = 127.0.0.1
cluster addr = 127.0.0.1
auth cluster required = cephx
auth service required = cephx
auth client required = cephx
cephx sign messages = false
keyring = $directory/keyring
run dir = $directory/run
# None: nobody asks there, and the path of a socket may not be long.
admin socket =
log file = $directory/log/\$name.log
mon cluster log file = $directory/log/cluster.log
log to stderr = false
crash dir = $directory/crash
debug ms = 0

# One OSD, one copy.
osd pool default size = 1
osd pool default min size = 1
osd crush chooseleaf type = 0
osd pool default pg num = 8
osd pool default pgp num = 8
osd pool default pg autoscale mode = off
mon allow pool size one = true
mon max pg per osd = 2000
mon warn on pool no redundancy = false
mon warn on insecure global id reclaim allowed = false
mon allow pool delete = true

# A nearly full disk is no reason to refuse test data, which is kept in memory.
mon data avail warn = 2
mon data avail crit = 1
mon osd full ratio = .99
mon osd backfillfull ratio = .985
mon osd nearfull ratio = .98
osd failsafe full ratio = .995

# Commits changes of the map at once, which is most of the time that a start takes.
paxos propose interval = 0.05
paxos min wait = 0.01
mon min osdmap epochs = 20
mon osd min down reporters = 1

[mon]
mon data = $directory/mon

[osd]
osd data = $directory/osd
osd journal = $directory/osd/journal
osd objectstore = memstore
memstore device bytes = 8G
# A key of 1024 bytes and what radosgw puts before it.
osd max object name len = 2048
osd class update on start = false
osd max scrubs = 0
# Ends slowly, by writing out its objects.
osd fast shutdown = false
# Little history, little memory.
osd min pg log entries = 50
osd max pg log entries = 100
osd pg log dups tracked = 50
osd pg log trim min = 20
osd op num shards = 2
osd op num threads per shard = 2

[client.rgw]
rgw data = $directory
rgw frontends = beast endpoint=127.0.0.1:$port tcp_nodelay=1
rgw thread pool size = 64
rgw enable usage log = false
rgw enable ops log = false
rgw override bucket index max shards = 1
rgw dynamic resharding = false
rgw max put size = 5368709120
rgw gc obj min wait = 5
rgw gc processor period = 5
rgw gc processor max time = 5
# Encryption with keys of the customer's and of a key service, without TLS and with two keys to name.
rgw crypt require ssl = false
rgw crypt s3 kms backend = testing
rgw crypt s3 kms encryption keys = testkey-1=YmluCmJvb3N0CmJvb3N0LWJ1aWxkCmNlcGguY29uZgo= testkey-2=aWIKTWFrZWZpbGUKbWFuCm91dApzcmMKVGVzdGluZwo=
debug rgw = 0/1
debug objecter = 0
debug rados = 0
CONF
}

main "$@"
