# SPDX-License-Identifier: GPL-2.0-or-later
"""Captures made packet by packet, for tests: Ethernet frames of two hosts as bytes, and files of them.

Host n is MAC 0a:00:00:00:00:0n, 192.0.2.n, 2001:db8::n. A packet is (nanoseconds, frame), or (nanoseconds, frame, original
length) when it is captured in part. Checksums are right unless a test breaks them.
"""
import struct

ETHERNET = 1
IP4, ARP, VLAN, IP6, QINQ = 0x0800, 0x0806, 0x8100, 0x86dd, 0x88a8
ICMP, TCP, UDP, ROUTING, FRAGMENT, AH, ICMP6, DESTINATION = 1, 6, 17, 43, 44, 51, 58, 60
SYN, ACK, FIN, PSH = 0x02, 0x10, 0x01, 0x08
BROADCAST = b'\xff' * 6


def mac(n):
    return bytes([0x0a, 0, 0, 0, 0, n])


def ip4_of(n):
    return bytes([192, 0, 2, n])


def ip6_of(n):
    return bytes([0x20, 1, 0x0d, 0xb8]) + bytes(11) + bytes([n])


def checksum(data):
    data += b'\0' * (len(data) % 2)
    total = sum(struct.unpack('>%dH' % (len(data) // 2), data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return total ^ 0xffff


def pattern(length, seed=0):
    return bytes((seed + i * 7 + i // 256) & 255 for i in range(length))


def eth(src, dst, kind, payload, tags=()):
    """`src`, `dst`: host numbers or addresses. `tags`: (TPID, TCI) from the outside in."""
    address = [a if isinstance(a, bytes) else mac(a) for a in (dst, src)]
    return b''.join(address) + b''.join(struct.pack('>HH', *tag) for tag in tags) + struct.pack('>H', kind) + payload


def ip4(src, dst, proto, payload, options=b'', ident=1, fragment=0x4000, ttl=64):
    header = 20 + len(options)
    head = struct.pack('>BBHHHBBH4s4s', 0x40 | header // 4, 0, header + len(payload), ident, fragment, ttl, proto, 0,
                       ip4_of(src), ip4_of(dst)) + options
    return head[:10] + struct.pack('>H', checksum(head)) + head[12:] + payload


def ip6(src, dst, proto, payload, hops=64):
    addresses = b''.join(a if isinstance(a, bytes) else ip6_of(a) for a in (src, dst))
    return struct.pack('>IHBB', 0x60000000, len(payload), proto, hops) + addresses + payload


def pseudo(src, dst, six, proto, length):
    if six:
        addresses = b''.join(a if isinstance(a, bytes) else ip6_of(a) for a in (src, dst))
        return addresses + struct.pack('>II', length, proto)
    return ip4_of(src) + ip4_of(dst) + struct.pack('>HH', proto, length)


def summed(src, dst, six, proto, data, at):
    """`data` with the checksum at `at` filled in."""
    data = data[:at] + b'\0\0' + data[at + 2:]
    value = checksum(pseudo(src, dst, six, proto, len(data)) + data)
    if value == 0 and proto == UDP:
        value = 0xffff
    return data[:at] + struct.pack('>H', value) + data[at + 2:]


def udp(src, dst, six, payload, sport=5000, dport=5001, check=True):
    data = struct.pack('>HHHH', sport, dport, 8 + len(payload), 0) + payload
    return summed(src, dst, six, UDP, data, 6) if check else data


def tcp(src, dst, six, payload, flags=ACK, seq=1000, sport=40000, dport=80, options=b''):
    head = struct.pack('>HHIIBBHHH', sport, dport, seq, 1, (20 + len(options)) // 4 << 4, flags, 8192, 0, 0) + options
    return summed(src, dst, six, TCP, head + payload, 16)


def icmp(kind, payload):
    data = struct.pack('>BBHHH', kind, 0, 0, 7, 1) + payload
    return data[:2] + struct.pack('>H', checksum(data)) + data[4:]


def icmp6(src, dst, kind, payload, code=0):
    return summed(src, dst, True, ICMP6, struct.pack('>BBH', kind, code, 0) + payload, 2)


def arp(src, dst, reply):
    body = struct.pack('>HHBBH', 1, IP4, 6, 4, 2 if reply else 1)
    body += mac(src) + ip4_of(src) + (mac(dst) if reply else bytes(6)) + ip4_of(dst)
    return eth(src, dst if reply else BROADCAST, ARP, body)


def over_ip(src, dst, six, proto, data, **more):
    return eth(src, dst, IP6 if six else IP4, ip6(src, dst, proto, data) if six else ip4(src, dst, proto, data, **more))


def udp_frame(src, dst, six=False, length=100, **more):
    return over_ip(src, dst, six, UDP, udp(src, dst, six, pattern(length), **more))


def tcp_frame(src, dst, six=False, length=0, **more):
    return over_ip(src, dst, six, TCP, tcp(src, dst, six, pattern(length), **more))


def solicitation(src):
    """A router solicitation to all routers."""
    to = bytes([0xff, 2]) + bytes(13) + bytes([2])
    data = icmp6(src, to, 133, bytes(4) + bytes([1, 1]) + mac(src))
    return eth(src, bytes([0x33, 0x33, 0, 0, 0, 2]), IP6, ip6(src, to, ICMP6, data, hops=255))


# ---- files ----

def pcap(packets, nano=True, big=False, link=ETHERNET, snaplen=262144):
    order = '>' if big else '<'
    out = [struct.pack(order + 'IHHIIII', 0xa1b23c4d if nano else 0xa1b2c3d4, 2, 4, 0, 0, snaplen, link)]
    for ns, frame, *length in packets:
        fraction = ns % 10**9 // (1 if nano else 1000)
        out.append(struct.pack(order + 'IIII', ns // 10**9 % 2**32, fraction, len(frame), *(length or [len(frame)])) + frame)
    return b''.join(out)


def option(order, code, value):
    return struct.pack(order + 'HH', code, len(value)) + value + bytes(-len(value) % 4)


def block(order, kind, body):
    body += bytes(-len(body) % 4)
    size = 12 + len(body)
    return struct.pack(order + 'II', kind, size) + body + struct.pack(order + 'I', size)


def section(order):
    return block(order, 0x0a0d0d0a, struct.pack(order + 'IHHq', 0x1a2b3c4d, 1, 0, -1))


def interface(order, link=ETHERNET, snaplen=0, resolution=9, offset=None, fcs=None):
    body = struct.pack(order + 'HHI', link, 0, snaplen) + option(order, 9, bytes([resolution]))
    if offset is not None:
        body += option(order, 14, struct.pack(order + 'q', offset))
    if fcs is not None:
        body += option(order, 13, bytes([fcs]))
    return block(order, 1, body + option(order, 0, b''))


def enhanced(order, number, units, frame, length=None):
    length = len(frame) if length is None else length
    return block(order, 6, struct.pack(order + 'IIIII', number, units >> 32, units & 0xffffffff, len(frame), length) + frame)


def pcapng(packets, big=False):
    order = '>' if big else '<'
    blocks = [section(order), interface(order)]
    blocks += [enhanced(order, 0, ns, frame, *length) for ns, frame, *length in packets]
    return b''.join(blocks)


# ---- what lies between IP and its transport ----

def routing(following, address, left):
    """A routing header of type 2 (RFC 6275): the destination is `address` when it has been visited."""
    return struct.pack('>BBBBI', following, 2, 2, left, 0) + address


def options(following, length=4):
    """A hop-by-hop or destination options header of nothing but padding."""
    return struct.pack('>BBBB', following, 0, 1, length) + bytes(length)


def fragment(following, offset, more, ident=9):
    return struct.pack('>BBHI', following, 0, offset << 3 | more, ident)


def authentication(following):
    icv = 12  # with it the header is 24 bytes, as it must be over IPv6
    return struct.pack('>BBHII', following, (12 + icv) // 4 - 2, 0, 1, 1) + bytes(icv)


def crc32c(data):
    crc = 0xffffffff
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82f63b78 if crc & 1 else 0)
    return crc ^ 0xffffffff


def sctp(payload):
    chunk = struct.pack('>BBHIHHI', 0, 3, 16 + len(payload), 1, 1, 0, 0) + payload + bytes(-len(payload) % 4)
    head = struct.pack('>HHII', 5000, 5001, 7, 0)
    crc = crc32c(head + chunk)
    return head[:8] + struct.pack('<I', crc) + chunk
