# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Sourced by the scripts beside it: two hosts (network namespaces) on one cable (veth), and a capture at the client.
#
# Nothing is offloaded, so that what is captured is what a wire would carry. Addresses are the ones set aside for
# documentation: MAC RFC 7042 2.1.1, IPv4 RFC 5737, IPv6 RFC 3849. Needs root, iproute2, ethtool and tcpdump. All that is
# started is ended, and the namespaces are gone, when the script ends, however it ends.

set -euo pipefail

client=vfsim-client-$$
server=vfsim-server-$$
client_ip4=192.0.2.1 server_ip4=192.0.2.2
client_ip6=2001:db8::1 server_ip6=2001:db8::2
client_mac=00:00:5e:00:53:01 server_mac=00:00:5e:00:53:02
work=$(mktemp -d)
jobs_started=()

cleanup() {
    local pid
    for pid in "${jobs_started[@]}"; do
        kill "$pid" 2>/dev/null || true
        wait "$pid" 2>/dev/null || true
    done
    ip netns del "$client" 2>/dev/null || true
    ip netns del "$server" 2>/dev/null || true
    rm -rf "$work"
}
trap cleanup EXIT
trap 'exit 1' INT TERM

in_client() { ip netns exec "$client" "$@"; }
in_server() { ip netns exec "$server" "$@"; }

plug_in() { # namespace, MAC, IPv4, IPv6
    ip netns exec "$1" sysctl -qw net.ipv6.conf.all.accept_ra=0 net.ipv6.conf.eth0.router_solicitations=0
    ip netns exec "$1" ethtool -K eth0 tso off gso off gro off tx off rx off >/dev/null
    ip -n "$1" link set eth0 addrgenmode none address "$2"
    ip -n "$1" link set lo up
    ip -n "$1" link set eth0 up
    ip -n "$1" addr add "$3/24" dev eth0
    ip -n "$1" addr add "$4/64" dev eth0 nodad
}

two_hosts() {
    ip netns add "$client"
    ip netns add "$server"
    ip -n "$client" link add eth0 type veth peer name eth0 netns "$server"
    plug_in "$client" "$client_mac" "$client_ip4" "$client_ip6"
    plug_in "$server" "$server_mac" "$server_ip4" "$server_ip6"
    # IPv6 neighbours are known, so that no solicited-node multicast has to reach anybody when this is replayed.
    ip -n "$client" neigh replace "$server_ip6" lladdr "$server_mac" nud permanent dev eth0
    ip -n "$server" neigh replace "$client_ip6" lladdr "$client_mac" nud permanent dev eth0
    sleep 1 # multicast memberships are reported and done
}

background() { # runs a command, to be ended at the latest by cleanup or after a minute
    timeout 60 "$@" &
    jobs_started+=($!)
}

capture() { # FILE FILTER: until stop_capture
    background ip netns exec "$client" tcpdump -Z root -i eth0 --time-stamp-precision=nano -U -w "$work/capture" "$2" \
        2>"$work/tcpdump.log"
    capture_pid=$!
    capture_file=$1
    until grep -q 'listening on' "$work/tcpdump.log"; do sleep 0.05; done
}

stop_capture() {
    sleep 0.5
    kill -INT "$capture_pid"
    wait "$capture_pid" || true
    mv "$work/capture" "$capture_file"
    tcpdump -r "$capture_file" -nn 2>/dev/null | wc -l | sed "s|\$| packets in $capture_file|"
}
