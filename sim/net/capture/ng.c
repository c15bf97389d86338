/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pcapng [draft-ietf-opsawg-pcapng]: sections of blocks, each block with its length before and behind it.
 *
 * Interfaces have their own link types, resolutions and offsets of time: what was captured at those of Ethernet is
 * taken. A new section forgets the interfaces of the one before, and may have another byte order.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "core/alloc.h"
#include "net/capture/capture__.h"

enum {
    BLOCK_SECTION = 0x0a0d0d0a,
    BLOCK_INTERFACE = 1,
    BLOCK_PACKET = 2, /* obsolete */
    BLOCK_SIMPLE = 3,
    BLOCK_ENHANCED = 6,
    BYTE_ORDER_MAGIC = 0x1a2b3c4d,
    OPTION_RESOLUTION = 9,
    OPTION_FCS = 13,
    OPTION_OFFSET = 14,
    BLOCK_MIN = 12,
    BLOCK_MAX = 16 << 20, /* as other readers hold it */
};

struct interface {
    uint32_t link, snaplen, fcs_len;
    unsigned base, power; /* of the resolution of its times */
    int64_t offset_s;
};

struct ng {
    struct cap_reader *r;
    struct interface *interfaces;
    uint32_t count, cap;
};

bool cap__is_ng(const struct cap_reader *r)
{
    struct cap_reader little = *r;
    little.big = false; /* the same in either order */
    return r->len >= BLOCK_MIN && cap__get32(&little, 0) == BLOCK_SECTION;
}

static bool is_section_order(const struct cap_reader *r, size_t at, bool big)
{
    struct cap_reader look = *r;
    look.big = big;
    return r->len - at >= BLOCK_MIN && cap__get32(&look, at + 8) == BYTE_ORDER_MAGIC;
}

/* The length of the whole block at `at`, 0: none is there. A section's block tells its own byte order. */
static size_t block_at(struct cap_reader *r, size_t at)
{
    if (r->len - at < BLOCK_MIN)
        return 0;
    if (cap__get32(r, at) == BLOCK_SECTION) {
        bool big = is_section_order(r, at, true);
        if (!big && !is_section_order(r, at, false))
            return 0;
        r->big = big;
    }
    uint32_t len = cap__get32(r, at + 4);
    if (len < BLOCK_MIN || len % 4 || len > BLOCK_MAX || len > r->len - at || cap__get32(r, at + len - 4) != len)
        return 0;
    return len;
}

static bool is_packet(uint32_t type) { return type == BLOCK_PACKET || type == BLOCK_SIMPLE || type == BLOCK_ENHANCED; }

/* The first block of a packet, an interface or a section from `at` on; the end: none. */
static size_t find_block(const struct cap_reader *r, size_t at)
{
    for (; r->len - at >= BLOCK_MIN; at++) {
        struct cap_reader look = *r;
        uint32_t type = cap__get32(r, at);
        if ((is_packet(type) || type == BLOCK_INTERFACE || type == BLOCK_SECTION) && block_at(&look, at))
            return at;
    }
    return r->len;
}

static void take_option(struct ng *ng, struct interface *interface, uint32_t code, size_t at, uint32_t len)
{
    struct cap_reader *r = ng->r;
    if (code == OPTION_RESOLUTION && len >= 1) {
        interface->base = r->b[at] & 0x80 ? 2 : 10;
        interface->power = r->b[at] & 0x7f;
        if (interface->power > (interface->base == 2 ? 63 : 19)) /* finer than 64 bits can count a second */
            interface->power = interface->base == 2 ? 63 : 19;
    } else if (code == OPTION_FCS && len >= 1) {
        interface->fcs_len = r->b[at];
    } else if (code == OPTION_OFFSET && len >= 8) {
        uint64_t first = cap__get32(r, at), second = cap__get32(r, at + 4);
        interface->offset_s = (int64_t)(r->big ? first << 32 | second : second << 32 | first);
    }
}

static void take_interface(struct ng *ng, size_t at, size_t len)
{
    struct cap_reader *r = ng->r;
    if (len < BLOCK_MIN + 8)
        return; /* its packets will be of an interface that is not described */
    if (ng->count == ng->cap) {
        ng->cap = ng->cap ? ng->cap * 2 : 8;
        ng->interfaces = alloc_grow("a capture file", ng->interfaces, sizeof(*ng->interfaces) * ng->cap);
    }
    struct interface *interface = &ng->interfaces[ng->count++];
    *interface = (struct interface){.link = cap__get16(r, at + 8), .snaplen = cap__get32(r, at + 12), .base = 10, .power = 6};
    size_t end = at + len - 4, option = at + 16;
    while (end - option >= 4) {
        uint32_t code = cap__get16(r, option), size = cap__get16(r, option + 2), padded = (size + 3) & ~3u;
        if (code == 0 || padded > end - option - 4)
            break;
        take_option(ng, interface, code, option + 4, size);
        option += 4 + padded;
    }
}

/* The packet's interface, or NULL: counted as bad. */
static const struct interface *interface_of(struct ng *ng, uint32_t number, size_t at)
{
    if (number < ng->count)
        return &ng->interfaces[number];
    ng->r->number++;
    cap__bad(ng->r, PCAP_BAD_INTERFACE, at);
    return NULL;
}

static void take_record(struct ng *ng, const struct interface *interface, struct cap_record *record, size_t data, size_t end)
{
    record->data = ng->r->b + data;
    record->link = interface->link;
    record->fcs_len = interface->fcs_len;
    if (record->caplen <= end - data) {
        cap__take(ng->r, record);
        return;
    }
    ng->r->number++; /* its block ends before its data do */
    cap__bad(ng->r, PCAP_BAD_CAPLEN, record->at);
}

static void take_packet(struct ng *ng, size_t at, size_t len, bool obsolete)
{
    struct cap_reader *r = ng->r;
    if (len < BLOCK_MIN + 20) {
        r->number++;
        cap__bad(r, PCAP_BAD_EMPTY, at);
        return;
    }
    const struct interface *interface = interface_of(ng, obsolete ? cap__get16(r, at + 8) : cap__get32(r, at + 8), at);
    if (!interface)
        return;
    uint64_t units = (uint64_t)cap__get32(r, at + 12) << 32 | cap__get32(r, at + 16);
    struct cap_record record = {
        .at = at,
        .time_ns = cap__ns(units, interface->base, interface->power, interface->offset_s),
        .caplen = cap__get32(r, at + 20),
        .len = cap__get32(r, at + 24),
    };
    take_record(ng, interface, &record, at + 28, at + len - 4);
}

/* It has neither a time nor a length of its own captured part: it comes at once after the last, cut to the snap length. */
static void take_simple(struct ng *ng, size_t at, size_t len)
{
    struct cap_reader *r = ng->r;
    const struct interface *interface = interface_of(ng, 0, at);
    if (!interface)
        return;
    struct cap_record record = {.at = at, .time_ns = r->last_ns};
    if (len >= BLOCK_MIN + 4)
        record.len = cap__get32(r, at + 8);
    record.caplen = interface->snaplen && record.len > interface->snaplen ? interface->snaplen : record.len;
    take_record(ng, interface, &record, len >= BLOCK_MIN + 4 ? at + 12 : at + 8, at + len - 4);
}

static void take_block(struct ng *ng, size_t at, size_t len)
{
    switch (cap__get32(ng->r, at)) {
    case BLOCK_SECTION:
        ng->count = 0;
        break;
    case BLOCK_INTERFACE:
        take_interface(ng, at, len);
        break;
    case BLOCK_ENHANCED:
        take_packet(ng, at, len, false);
        break;
    case BLOCK_PACKET:
        take_packet(ng, at, len, true);
        break;
    case BLOCK_SIMPLE:
        take_simple(ng, at, len);
        break;
    default: /* names, statistics, secrets, and what others define */
        break;
    }
}

void cap__read_ng(struct cap_reader *r)
{
    struct ng ng = {.r = r};
    while (r->at < r->len && !r->full) {
        size_t at = r->at, len = block_at(r, at);
        if (len) {
            r->at += len;
            take_block(&ng, at, len);
            continue;
        }
        size_t next = find_block(r, at + 1);
        if (next < r->len)
            cap__skip(r, next);
        else
            cap__stop(r, r->len - at < 8 || (is_packet(cap__get32(r, at)) && cap__get32(r, at + 4) <= BLOCK_MAX));
    }
    if (r->number == 0 && ng.count && ng.interfaces[0].link != LINK_ETHERNET && !cap__is_convertible(ng.interfaces[0].link))
        r->file->foreign = (struct pcap_link_count){1, 0, ng.interfaces[0].link};
    free(ng.interfaces);
}
