#!/usr/bin/env bash
# Runs a command for as long as our standard input stays open, so that no server outlives whoever started
# it: the pipe closes when that process ends, however it ends, by kill -9 too.
#
#   scripts/servers/while-open.sh COMMAND [ARGUMENT…]
#
# Exit status: 0 when the input was closed and the command was ended, else the command's own.
set -u

"$@" </dev/null &
pid=$!

while kill -0 "$pid" 2>/dev/null; do
  # A read that ran out of time has a status above 128; any other means that the pipe was closed.
  read -r -t 0.5 _
  (($? > 128)) || break
done
if ! kill -TERM "$pid" 2>/dev/null; then
  wait "$pid"
  exit
fi

# Five seconds to end by itself.
for _ in {1..50}; do
  kill -0 "$pid" 2>/dev/null || exit 0
  sleep 0.1
done
kill -KILL "$pid" 2>/dev/null
exit 0
