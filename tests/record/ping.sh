#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Records echoes: 20 over IPv4 (ARP before them) and 20 over IPv6, of 56 and of 1400 bytes, 10 ms apart.
# Usage: tests/record/ping.sh [FILE]
here=$(dirname "$0")
file=$(realpath "${1:-$here/../../scenarios/ping.pcap}")
. "$here/two-hosts.sh"

two_hosts
capture "$file" "arp or icmp or (icmp6 and (ip6[40] == 128 or ip6[40] == 129))"
for size in 56 1400; do
    in_client timeout 10 ping -4 -q -n -i 0.01 -c 10 -s "$size" "$server_ip4" >/dev/null
    in_client timeout 10 ping -6 -q -n -i 0.01 -c 10 -s "$size" "$server_ip6" >/dev/null
done
stop_capture
