#!/bin/sh
# One S3 server on loopback for tests: Ceph's monitor, one storage daemon that keeps
# everything in memory, and the S3 gateway.
#
#   radosgw.sh start FOLDER PORT ACCESS_KEY SECRET_KEY
#   radosgw.sh stop FOLDER
#
# Debian: apt-get install --no-install-recommends radosgw ceph-mon ceph-osd
set -eu

action=$1
folder=$2
export CEPH_CONF="$folder/ceph.conf"
cluster=6b1c3c2e-0d5a-4c53-9a39-2f1c5a0f8d11
device=1f0f4f5e-7b9a-4a57-8f7e-9d1f2b7c6a22

# try TIMES COMMAND…: until it succeeds, five times a second
try() {
    times=$1
    shift
    while ! "$@" >/dev/null 2>&1; do
        times=$((times - 1))
        [ "$times" -gt 0 ] || return 1
        sleep 0.2
    done
}

# run NAME COMMAND…: in the background, its output and process id in the folder
run() {
    name=$1
    shift
    "$@" >"$folder/$name.out" 2>&1 &
    echo $! >"$folder/$name.pid"
}

# What they hold dies with them in any case, so nothing is lost by haste.
end() {
    [ -f "$folder/$1.pid" ] || return 0
    kill -9 "$(cat "$folder/$1.pid")" 2>/dev/null || true
    rm "$folder/$1.pid"
}

stop() {
    end gateway
    end device
    end monitor
}

configure() {
    cat >"$CEPH_CONF" <<CONF
[global]
fsid = $cluster
mon host = 127.0.0.1:$monitor_port
mon initial members = a
auth cluster required = none
auth service required = none
auth client required = none
public network = 127.0.0.0/8
cluster network = 127.0.0.0/8
ms bind msgr2 = false
run dir = $folder
admin socket = $folder/\$name.asok
log file = $folder/\$name.log
mon data = $folder/monitor
mon data avail crit = 1
mon allow pool size one = true
mon max pg per osd = 10000
osd data = $folder/device
osd objectstore = memstore
memstore device bytes = 4294967296
osd crush chooseleaf type = 0
osd pool default size = 1
osd pool default min size = 1
osd pool default pg num = 1
osd pool default pg autoscale mode = off
[client.rgw.a]
rgw data = $folder/gateway
rgw frontends = beast endpoint=127.0.0.1:$port
CONF
}

start_monitor() {
    monmaptool --create --addv a "[v1:127.0.0.1:$monitor_port/0]" \
        --fsid "$cluster" "$folder/monmap" >/dev/null
    ceph-mon --mkfs -i a --monmap "$folder/monmap" >/dev/null 2>&1
    run monitor ceph-mon -i a -f
    try 50 timeout 5 ceph quorum_status
    try 10 timeout 5 ceph osd new "$device"
}

# The first start may meet a monitor that is not ready and give up: so again.
start_device() {
    is_up() { timeout 5 ceph osd stat | grep -q ' 1 up'; }
    for _ in 1 2 3; do
        rm -rf "$folder/device"
        mkdir "$folder/device"
        timeout 20 ceph-osd -i 0 --mkfs --osd-uuid "$device" >/dev/null 2>&1 || true
        run device ceph-osd -i 0 -f
        if try 30 is_up; then
            return
        fi
        end device
    done
    return 1
}

start_gateway() {
    timeout 60 radosgw-admin user create --uid=tests --display-name=tests \
        --access-key="$1" --secret-key="$2" >/dev/null 2>"$folder/user.out"
    run gateway radosgw -n client.rgw.a -f
    try 150 curl --silent --output /dev/null "http://127.0.0.1:$port/"
}

case $action in
start)
    port=$3
    monitor_port=$((port + 1))
    rm -rf "$folder/monitor" "$folder/monmap" "$folder/gateway"
    mkdir -p "$folder/monitor" "$folder/gateway"
    configure
    start_monitor
    start_device
    start_gateway "$4" "$5"
    ;;
stop) stop ;;
*)
    echo "radosgw.sh start FOLDER PORT ACCESS_KEY SECRET_KEY | stop FOLDER" >&2
    exit 2
    ;;
esac
