#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Makes the captures of the scenarios that show what captures are like when people have them: no program was recorded.

Usage: tests/record/odd.py [FOLDER]
"""
import lzma
import os
import struct
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


def talk(count, step, length=100):
    """Host 1 asks, host 2 answers, every `step` nanoseconds."""
    return [(START + i * step, cm.udp_frame(1 + i % 2, 2 - i % 2, length=length)) for i in range(count)]


def damaged():
    """Twelve packets, of which four are not whole, and some bytes that are no record; the recorder was killed in the last."""
    packets = talk(12, 2 * MS)
    packets[3] = packets[3][:2] + (90,)           # more captured than there was
    packets[5] = (packets[5][0], b'')             # nothing at all
    packets[7] = (packets[7][0], cm.mac(1) + b'\x0a')  # seven bytes
    whole = cm.pcap(packets)
    at = len(cm.pcap(packets[:9]))
    return (whole[:at] + b'damage' + whole[at:])[:-40]


def swapped():
    """Pairs that changed places on the way to the file, over one second; then the recorder's clock is set back by an hour."""
    packets = talk(41, 25 * MS)
    for i in range(1, 39, 2):
        packets[i], packets[i + 1] = packets[i + 1], packets[i]
    late = [(ns + 41 * 25 * MS - 3600 * 10**9, frame) for ns, frame in talk(5, 25 * MS)]
    return cm.pcap(packets + late)


def any_interface():
    """What `tcpdump -i any` writes, packed, beside a wireless interface in monitor mode."""
    blocks = [cm.section('<'), cm.interface('<', link=276), cm.interface('<', link=127)]
    for i, (ns, frame) in enumerate(talk(10, MS)):
        cooked = struct.pack('>HHIHBB', cm.IP4, 0, 2, 1, 0, 6) + frame[6:12] + bytes(2)
        blocks.append(cm.enhanced('<', 0, ns, cooked + frame[14:]))
        if i == 4:
            blocks.append(cm.enhanced('<', 1, ns, bytes(60)))
    return lzma.compress(b''.join(blocks), check=lzma.CHECK_CRC32)


FILES = {
    'server-first.pcap': server_speaks_up,
    'damaged.pcap': damaged,
    'swapped.pcap': swapped,
    'any.pcapng.xz': any_interface,
}

if __name__ == '__main__':
    folder = sys.argv[1] if len(sys.argv) > 1 else os.path.join(here, '../../scenarios')
    for name, make in FILES.items():
        with open(os.path.join(folder, name), 'wb') as out:
            out.write(make())
