# What the commands beside this file share: how a JVM is started for them. Sourced, never run.
#
#   HADOOP_CONF_DIR       the configuration of the cluster; without it all runs in one process, on file:///
#   HADOOP_CLIENT_OPTS    options for the JVM
set -euo pipefail
here=$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/.." && pwd)
home=$(cd "$here/../.." && pwd)/.servers/hadoop
jars=$home/jars

# Short-lived JVMs on few cores: the second compiler and parallel collectors cost more than they give.
light='-XX:TieredStopAtLevel=1 -XX:+UseSerialGC'
# YARN's web pages reach into java.lang, which a JDK 17 closes.
opens='--add-opens=java.base/java.lang=ALL-UNNAMED'

if [[ ! -d $jars ]]; then
  echo "Hadoop is not installed here; to install it: $here/install.sh" >&2
  exit 1
fi

run_java() { # run_java CLASS ARGUMENT…
  # The configuration comes first on the class path.
  # shellcheck disable=SC2086
  exec java -Xmx256m $light $opens ${HADOOP_CLIENT_OPTS:-} \
    -cp "${HADOOP_CONF_DIR:-$here/conf}:$jars/*" "$@"
}
