#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A Ceph object gateway of one node on loopback, with its data in memory, until it is told to end (TERM).
# Needs Debian's ceph-mon ceph-mgr ceph-osd ceph-common radosgw. DIR/ready is there when it takes requests.
# usage: radosgw.sh DIR PORT MON_PORT MON_PORT_V1 KEY SECRET
set -euo pipefail
D=$(realpath -m "$1")
PORT=$2
MON=127.0.0.1:$3
MON_V1=127.0.0.1:$4
KEY=$5
SECRET=$6
rm -rf "$D"
mkdir -p "$D"/{mon,osd,mgr,rgw,run,log}
ID=$(cat /proc/sys/kernel/random/uuid)
end() {
  trap - TERM EXIT
  kill -9 $(jobs -p) 2> /dev/null || true
}
trap 'end; exit 143' TERM
trap end EXIT
cat > "$D/ceph.conf" << C
[global]
fsid=$ID
mon host=v2:$MON,v1:$MON_V1
public network=127.0.0.0/8
public addr=127.0.0.1
cluster addr=127.0.0.1
osd pool default size=1
osd pool default min size=1
osd pool default pg num=1
osd pool default pgp num=1
osd pool default pg autoscale mode=off
mon allow pool size one=true
osd crush chooseleaf type=0
ms bind ipv4=true
ms bind ipv6=false
run dir=$D/run
admin socket=$D/run/\$cluster-\$name.\$pid.asok
log file=$D/log/\$name.log
mon data=$D/mon
mgr data=$D/mgr
osd data=$D/osd
osd objectstore=memstore
memstore device bytes=4294967296
osd memory target=1073741824
keyring=$D/keyring
mon max pg per osd=1000
rgw frontends=beast endpoint=127.0.0.1:$PORT
rgw data=$D/rgw
rgw enable usage log=false
[mon.a]
mon addr=127.0.0.1
C
export CEPH_CONF=$D/ceph.conf
all=(--cap mon "allow *" --cap osd "allow *" --cap mds "allow *" --cap mgr "allow *")
ceph-authtool --create-keyring "$D/keyring" --gen-key -n mon. --cap mon "allow *"
ceph-authtool "$D/keyring" --gen-key -n client.admin "${all[@]}"
ceph-authtool "$D/keyring" --gen-key -n mgr.x "${all[@]}"
monmaptool --create --clobber --addv a "[v2:$MON,v1:$MON_V1]" --fsid "$ID" "$D/monmap"
ceph-mon --mkfs -i a --monmap "$D/monmap" --keyring "$D/keyring"
ceph-mon -f -i a &
ceph --connect-timeout 30 mon enable-msgr2 || true
ceph-mgr -f -i x &
OSD=$(cat /proc/sys/kernel/random/uuid)
NUMBER=$(ceph osd create "$OSD")
ceph-authtool "$D/keyring" --gen-key -n "osd.$NUMBER" --cap mon "allow profile osd" --cap mgr "allow profile osd" --cap osd "allow *"
ceph auth import -i "$D/keyring"
ceph-osd --mkfs -i "$NUMBER" --osd-uuid "$OSD"
ceph-osd -f -i "$NUMBER" &
radosgw -f -n client.admin &
GATEWAY=$!
radosgw-admin -n client.admin user create --uid=t --display-name=t --access-key="$KEY" --secret-key="$SECRET"
touch "$D/ready"
wait $GATEWAY
