#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What `rewrite ip` and `segment` write is right in tshark's eyes: no checksum is bad that was good before, none good that was bad.

Usage: tests/checksums_test.py VFSIM

Captures of every kind are made, played between two peers, and captured at the client; tshark judges both captures. A run with
addresses of its own shows that it would have seen a wrong one.
"""
import collections
import os
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)))
import capture_maker as cm  # noqa: E402

START = 1700000000 * 10**9
MS = 10**6
STATUS = ['ip', 'tcp', 'udp', 'icmp', 'icmpv6', 'sctp', 'dccp', 'vrrp', 'hip']
CHECKS = ['ip.check_checksum:TRUE', 'tcp.check_checksum:TRUE', 'udp.check_checksum:TRUE', 'udplite.check_checksum:TRUE',
          'sctp.checksum:CRC 32c', 'tcp.desegment_tcp_streams:FALSE', 'tcp.analyze_sequence_numbers:FALSE']
FIELDS = [name + '.checksum.status' for name in STATUS] + ['udp.checksum', 'ip.src', 'ip.dst', 'ipv6.src', 'ipv6.dst', 'tcp.len']
STATIONS = {1: (bytes([198, 51, 100, 1]), bytes([0xfd, 1]) + bytes(13) + bytes([1])),
            2: (bytes([198, 51, 100, 2]), bytes([0xfd, 1]) + bytes(13) + bytes([2]))}
SCENARIO = """title "checksums"
switch tor
peer client on tor mac 02:00:00:00:00:01 ip 198.51.100.1 ip6 fd01::1
peer server on tor mac 02:00:00:00:00:02 ip 198.51.100.2 ip6 fd01::2
0 replay {file} as talk from client to server hosts 0a:00:00:00:00:01 0a:00:00:00:00:02 {options}
end expect replay talk finished
end expect talk lost 0 delivered >= 1
end expect drops total = 0
"""


def judge(path):
    """A row of FIELDS a packet, in order."""
    command = ['tshark', '-r', path, '-T', 'fields', '-E', 'occurrence=a']
    for check in CHECKS:
        command += ['-o', check]
    for field in FIELDS:
        command += ['-e', field]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
    if done.returncode:
        sys.exit('tshark: ' + done.stderr.decode())
    rows = [line.split('\t') for line in done.stdout.decode().splitlines()]
    return [dict(zip(FIELDS, row)) for row in rows]


def play(vfsim, folder, packets, options):
    """What the client saw when these packets were played."""
    with open(os.path.join(folder, 'in.pcap'), 'wb') as out:
        out.write(cm.pcap([(START + i * MS, frame) for i, frame in enumerate(packets)]))
    with open(os.path.join(folder, 'run.scn'), 'w', encoding='ascii') as out:
        out.write(SCENARIO.format(file='in.pcap', options=options))
    done = subprocess.run([vfsim, 'run', os.path.join(folder, 'run.scn'), '--pcap', folder], stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, check=False)
    if done.returncode:
        sys.exit(done.stdout.decode())
    return judge(os.path.join(folder, 'in.pcap')), judge(os.path.join(folder, 'client.pcap'))


# ---- packets of every kind ----

def edge(src, dst, six, proto):
    """A transport whose checksum comes out as all ones (UDP: not 0, which would mean none) once its addresses are rewritten."""
    at = {cm.UDP: 6, cm.TCP: 16}[proto]
    data = bytearray(cm.udp(src, dst, six, bytes(10)) if proto == cm.UDP else cm.tcp(src, dst, six, bytes(10)))
    data[at:at + 2] = b'\0\0'
    real = STATIONS[src][six], STATIONS[dst][six]
    pseudo = b''.join(real) + (len(data).to_bytes(4, 'big') + proto.to_bytes(4, 'big') if six
                               else proto.to_bytes(2, 'big') + len(data).to_bytes(2, 'big'))
    data[-2:] = cm.checksum(bytes(pseudo) + bytes(data)).to_bytes(2, 'big')
    return cm.summed(src, dst, six, proto, bytes(data), at)


def transports(src, dst, six):
    """(protocol, bytes) of all that has a checksum over the addresses, and of some that has not."""
    for length in (0, 1, 2, 99, 1000):
        yield cm.UDP, cm.udp(src, dst, six, cm.pattern(length, length))
        yield cm.TCP, cm.tcp(src, dst, six, cm.pattern(length, length))
    yield cm.UDP, cm.udp(src, dst, six, cm.pattern(50), check=False)
    yield cm.UDP, cm.udp(src, dst, six, cm.pattern(50)) + b'more than it says'
    yield cm.TCP, cm.tcp(src, dst, six, cm.pattern(50), options=b'\x01' * 8)
    yield cm.UDP, edge(src, dst, six, cm.UDP)
    yield cm.TCP, edge(src, dst, six, cm.TCP)
    wrong = bytearray(cm.tcp(src, dst, six, cm.pattern(50)))
    wrong[16] ^= 0x55
    yield cm.TCP, bytes(wrong)
    wrong = bytearray(cm.udp(src, dst, six, cm.pattern(50)))
    wrong[6] ^= 0x55
    yield cm.UDP, bytes(wrong)
    yield 132, cm.sctp(cm.pattern(30))
    dccp = bytes([0x13, 0x88, 0x13, 0x89, 4, 0, 0, 0, 2 << 1, 0, 0, 1]) + cm.pattern(4)
    yield 33, cm.summed(src, dst, six, 33, dccp, 6)
    lite = bytes([0x13, 0x88, 0x13, 0x89, 0, 0, 0, 0]) + cm.pattern(40)
    yield 136, cm.summed(src, dst, six, 136, lite, 6)
    hip = bytes([59, 4, 1, 0x21, 0, 0, 0, 0]) + bytes(32)
    yield 139, cm.summed(src, dst, six, 139, hip, 4)
    if six:
        yield cm.ICMP6, cm.icmp6(src, dst, 128, cm.pattern(21))
        vrrp = bytes([0x31, 1, 100, 1, 0, 100, 0, 0]) + cm.ip6_of(9)
        yield 112, cm.summed(src, dst, True, 112, vrrp, 6)
    else:
        yield cm.ICMP, cm.icmp(8, cm.pattern(21))


def plain(src, dst, six):
    for proto, data in transports(src, dst, six):
        yield cm.over_ip(src, dst, six, proto, data)
    proto, data = cm.UDP, cm.udp(src, dst, six, cm.pattern(60))
    kind = cm.IP6 if six else cm.IP4
    whole = cm.ip6(src, dst, proto, data) if six else cm.ip4(src, dst, proto, data)
    for tags in ([(cm.VLAN, 5)], [(cm.QINQ, 6), (cm.VLAN, 5)], [(0x9100, 6), (cm.VLAN, 5)]):
        yield cm.eth(src, dst, kind, whole, tags)
    yield cm.eth(src, dst, kind, whole + b'trailer of Ethernet')


def with_headers(src, dst, six):
    """Options, extension headers, an authentication header, a source route."""
    for proto, data in ((cm.UDP, cm.udp(src, dst, six, cm.pattern(33))), (cm.TCP, cm.tcp(src, dst, six, cm.pattern(33)))):
        signed = cm.authentication(proto) + data
        if not six:
            yield cm.over_ip(src, dst, six, proto, data, options=b'\x94\x04\0\0')
            yield cm.over_ip(src, dst, six, cm.AH, signed)
            continue
        yield cm.over_ip(src, dst, six, 0, cm.options(proto) + data)
        yield cm.over_ip(src, dst, six, cm.DESTINATION, cm.options(proto, 12) + data)
        yield cm.over_ip(src, dst, six, 0, cm.options(cm.DESTINATION) + cm.options(proto) + data)
        yield cm.over_ip(src, dst, six, cm.FRAGMENT, cm.fragment(proto, 0, 0) + data)
        yield cm.over_ip(src, dst, six, cm.AH, signed)
        end = cm.ip6_of(9)
        summed = cm.summed(src, end, six, proto, data, 6 if proto == cm.UDP else 16)
        yield cm.over_ip(src, dst, six, cm.ROUTING, cm.routing(proto, end, 1) + summed)
        yield cm.over_ip(src, dst, six, cm.ROUTING, cm.routing(proto, end, 0) + data)


def fragments(src, dst, six):
    """Datagrams in two and in three parts, whose checksum is over all of them; and one that has none."""
    ident = 100 + src
    for proto, data in ((cm.UDP, cm.udp(src, dst, six, cm.pattern(1200))), (cm.TCP, cm.tcp(src, dst, six, cm.pattern(1200))),
                        (cm.UDP, cm.udp(src, dst, six, cm.pattern(1200), check=False))):
        for size in (800, 480):
            ident += 10
            for at in range(0, len(data), size):
                part, more = data[at:at + size], at + size < len(data)
                if six:
                    yield cm.over_ip(src, dst, True, cm.FRAGMENT, cm.fragment(proto, at // 8, more, ident) + part)
                else:
                    yield cm.over_ip(src, dst, False, proto, part, ident=ident, fragment=at // 8 | more << 13)


def neighbours(src, dst):
    """Neighbour discovery names addresses inside."""
    link = bytes([1, 1]) + cm.mac(src)
    for kind, code, body in ((133, 0, bytes(4) + link), (135, 0, bytes(4) + cm.ip6_of(dst) + link),
                             (136, 0, b'\x60\0\0\0' + cm.ip6_of(src) + bytes([2, 1]) + cm.mac(src)),
                             (137, 0, bytes(4) + cm.ip6_of(src) + cm.ip6_of(dst))):
        yield cm.eth(src, dst, cm.IP6, cm.ip6(src, dst, cm.ICMP6, cm.icmp6(src, dst, kind, body, code), hops=255))


def both_ways(make, families=(False, True)):
    return [frame for six in families for src, dst in ((1, 2), (2, 1)) for frame in make(src, dst, six)]


def bursts(src, dst, six):
    """What TSO and GRO leave in a capture; the next one goes on where it ended."""
    seq = 5000
    for length in (1461, 2920, 4000, 30000, 65000):
        yield cm.over_ip(src, dst, six, cm.TCP, cm.tcp(src, dst, six, cm.pattern(length), cm.ACK | cm.PSH, seq,
                                                      options=bytes([1, 1, 8, 10]) + bytes(8)))
        seq += length
    data = cm.tcp(src, dst, six, cm.pattern(3000), cm.ACK | cm.FIN, seq)
    ip = bytearray(cm.ip6(src, dst, cm.TCP, data) if six else cm.ip4(src, dst, cm.TCP, data))
    if six:
        yield cm.over_ip(src, dst, six, 0, cm.options(cm.TCP) + data)
    else:
        ip[2:4] = b'\0\0'  # the length that a burst has not got yet
        ip[10:12] = b'\0\0'
        yield cm.eth(src, dst, cm.IP4, bytes(ip))


# ---- judging ----

def by_hand(path):
    """How many packets of OSPFv3, PIM, mobility and UDP-Lite over IPv6 there are, and which have a wrong checksum."""
    with open(path, 'rb') as file:
        data = file.read()[24:]
    count, wrong, number = 0, [], 0
    while data:
        length = int.from_bytes(data[8:12], 'little')
        ip, data, number = data[16 + 14:16 + length], data[16 + length:], number + 1
        if ip[6] in (89, 103, 135, 136):
            count += 1
            body = ip[40:]
            if cm.checksum(ip[8:40] + len(body).to_bytes(4, 'big') + bytes([0, 0, 0, ip[6]]) + body):
                wrong.append('packet %d of protocol %d is wrong' % (number, ip[6]))
    return count, wrong


def others(src, dst, _):
    for proto, at, data in ((89, 12, bytes([3, 1, 0, 36]) + cm.pattern(32)), (103, 2, bytes([0x20, 0, 0, 0]) + cm.pattern(30)),
                            (135, 4, bytes([59, 1, 1, 0, 0, 0]) + bytes(10)), (136, 6, cm.pattern(4) + bytes(4) + cm.pattern(40))):
        yield cm.over_ip(src, dst, True, proto, cm.summed(src, dst, True, proto, data, at))


def bad(row):
    return [name for name in STATUS if '0' in row[name + '.checksum.status'].split(',') or '4' in
            row[name + '.checksum.status'].split(',')]


def compare(name, before, after, good_kinds):
    """Packet by packet the same judgement, and an own address in none of the played."""
    faults = []
    if len(before) != len(after):
        faults.append('%d packets were played as %d' % (len(before), len(after)))
    good = collections.Counter()
    for number, (was, now) in enumerate(zip(before, after), 1):
        for key in STATUS:
            field = key + '.checksum.status'
            good[key] += was[field] == '1'
            if was[field] != now[field]:
                faults.append('packet %d: %s was %r and is %r' % (number, field, was[field], now[field]))
        if ('0x0000' in was['udp.checksum']) != ('0x0000' in now['udp.checksum']):
            faults.append('packet %d: UDP checksum %s became %s' % (number, was['udp.checksum'], now['udp.checksum']))
        for field in ('ip.src', 'ip.dst', 'ipv6.src', 'ipv6.dst'):
            if now[field].startswith(('192.0.2.', '2001:db8')) or bool(was[field]) != bool(now[field]):
                faults.append('packet %d: %s %s is %s' % (number, field, was[field], now[field]))
    faults += ['tshark checked no %s' % key for key in good_kinds if not good[key]]
    return ['%s: %s' % (name, fault) for fault in faults]


def whole(name, before, after):
    """Segments: none is bad, and they carry what the bursts did."""
    faults = ['segment %d: bad %s' % (number, ', '.join(bad(row))) for number, row in enumerate(after, 1) if bad(row)]
    count = [sum(int(row['tcp.len'] or 0) for row in rows) for rows in (before, after)]
    if count[0] != count[1] or len(after) <= len(before):
        faults.append('%d bytes of TCP in %d packets became %d in %d' % (count[0], len(before), count[1], len(after)))
    return ['%s: %s' % (name, fault) for fault in faults]


def main(vfsim):
    faults = []
    cases = {
        'plain': (both_ways(plain), ['ip', 'tcp', 'udp', 'icmp', 'icmpv6', 'sctp', 'dccp', 'vrrp', 'hip']),
        'headers': (both_ways(with_headers), ['ip', 'tcp', 'udp']),
        'fragments': (both_ways(fragments), ['ip', 'tcp', 'udp']),
        'neighbours': ([frame for src, dst in ((1, 2), (2, 1)) for frame in neighbours(src, dst)], ['icmpv6']),
    }
    with tempfile.TemporaryDirectory() as folder:
        for name, (packets, good_kinds) in cases.items():
            before, after = play(vfsim, folder, packets, 'rewrite ip')
            faults += compare(name, before, after, good_kinds)
        play(vfsim, folder, both_ways(others, [True]), 'rewrite ip')
        count, wrong = by_hand(os.path.join(folder, 'client.pcap'))
        faults += wrong if count == 8 else ['%d packets of 8 were summed by hand' % count]
        for options in ('segment', 'segment rewrite ip'):
            for six in (False, True):
                before, after = play(vfsim, folder, both_ways(bursts, [six]), options)
                faults += whole('%s over IPv%d' % (options, 6 if six else 4), before, after)
        broken = [bytearray(frame) for frame in both_ways(plain)]
        for frame in broken:
            frame[-1] ^= 1
        seen = sum(bool(bad(row)) for row in play(vfsim, folder, broken, 'rewrite ip')[1])
        if seen < len(broken) // 2:
            faults.append('tshark saw %d of %d broken packets' % (seen, len(broken)))
    print('\n'.join(faults) or 'ok')
    return bool(faults)


if __name__ == '__main__':
    sys.exit(main(sys.argv[1]))
