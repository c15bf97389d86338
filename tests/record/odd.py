#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Makes the captures of the scenarios that show what captures are like when people have them: no program was recorded.

Usage: tests/record/odd.py [FOLDER]
"""
import os
import sys

sys.dont_write_bytecode = True
here = os.path.dirname(os.path.realpath(__file__))
sys.path.insert(0, os.path.dirname(here))
import capture_maker as cm  # noqa: E402

START = 1700000000 * 10**9
MS = 10**6


def server_speaks_up():
    """Host 2, the server, asks for routers; then host 1 resolves its address and opens a connection."""
    return cm.pcap([
        (START, cm.solicitation(2)),
        (START + 1 * MS, cm.arp(1, 2, False)),
        (START + 2 * MS, cm.arp(2, 1, True)),
        (START + 3 * MS, cm.tcp_frame(1, 2, flags=cm.SYN)),
        (START + 4 * MS, cm.tcp_frame(2, 1, flags=cm.SYN | cm.ACK, sport=80, dport=40000)),
        (START + 5 * MS, cm.tcp_frame(1, 2, length=100)),
        (START + 6 * MS, cm.tcp_frame(2, 1, length=1000, sport=80, dport=40000)),
    ])


FILES = {
    'server-first.pcap': server_speaks_up,
}

if __name__ == '__main__':
    folder = sys.argv[1] if len(sys.argv) > 1 else os.path.join(here, '../../scenarios')
    for name, make in FILES.items():
        with open(os.path.join(folder, name), 'wb') as out:
            out.write(make())
