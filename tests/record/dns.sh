#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Records name look-ups: dig asks dnsmasq for A, AAAA, TXT, MX and PTR records and missing names, over UDP, and over TCP once.
# Usage: tests/record/dns.sh [FILE]
here=$(dirname "$0")
file=$(realpath "${1:-$here/../../scenarios/dns.pcap}")
. "$here/two-hosts.sh"

two_hosts
background ip netns exec "$server" dnsmasq --keep-in-foreground --no-resolv --no-hosts --conf-file=/dev/null \
    --user=root --pid-file="$work/dnsmasq.pid" --listen-address="$server_ip4" --bind-interfaces --local=/example.com/ \
    --host-record=www.example.com,192.0.2.80,2001:db8::80 --host-record=mail.example.com,192.0.2.25 \
    --txt-record=example.com,"v=spf1 -all" --mx-host=example.com,mail.example.com,10 2>"$work/dnsmasq.log"
until in_server ss -lun 2>/dev/null | grep -q ':53 '; do sleep 0.1; done
capture "$file" "arp or port 53"
ask() { in_client timeout 10 dig +tries=1 +time=2 +noall "@$server_ip4" "$@"; }
for round in $(seq 12); do
    ask www.example.com A
    ask www.example.com AAAA
    ask example.com TXT
    ask example.com MX
    ask -x 192.0.2.80
    ask "missing$round.example.com" A
done
ask +tcp www.example.com A
stop_capture
