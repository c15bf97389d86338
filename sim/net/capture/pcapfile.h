/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Capture files: read by capture_read.c and its kin, written by pcapfile.c through libpcap.
 *
 * Reads pcap and pcapng in either byte order with any resolution, packed by gzip, zstd or xz or not at all; of a pcapng file
 * what was captured at interfaces of Ethernet, or of links that carry IP plainly (loopback, 'any', tunnels, PPP): those
 * packets are given an Ethernet header. Other link types are refused with what would work. A record that is not whole is
 * left out, counted and placed. Writes nanosecond pcap. Filters are libpcap's own language.
 *
 * A large file is not held in memory: it is mapped, and what is unpacked or made of it lies on disk (core/bulk.h), but for
 * links without Ethernet headers, whose packets are changed in memory. Such a file must not be cut while it is read.
 */
#ifndef VFSIM_NET_PCAPFILE_H
#define VFSIM_NET_PCAPFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "core/bulk.h"
#include "net/port.h"

enum {
    PCAP_FILE_PACKETS_MAX = 500000000,
    PCAP_STREAM_MAX = 1 << 30, /* bytes of what is no regular file */
    PCAP_BAD_PLACES = 4,       /* how many of a kind are placed; all are counted */
};
#define PCAP_UNPACKED_MAX ((size_t)16 << 30) /* bytes that a packed file may give; who means more unpacks it by hand */

struct pcap_packet {
    int64_t time_ns;   /* since the epoch, as captured */
    uint32_t number;   /* of its record in the file, from 1; records that are left out count */
    uint32_t len;      /* original length, without a check sequence */
    uint32_t caplen;   /* bytes present */
    const uint8_t *data;
};

/* Why a record is left out. */
enum pcap_bad {
    PCAP_BAD_CUT,       /* the file ends in it */
    PCAP_BAD_CAPLEN,    /* more was captured than there was */
    PCAP_BAD_EMPTY,
    PCAP_BAD_RUNT,      /* the packet had no whole Ethernet header */
    PCAP_BAD_SNAPPED,   /* the captured part has none */
    PCAP_BAD_LONG,      /* 256 KiB are no frame */
    PCAP_BAD_INTERFACE, /* pcapng: of none that is described */
    PCAP_BAD_NO_RECORD, /* bytes between records */
    PCAP_BAD_KINDS
};

struct pcap_bad_list {
    uint32_t count;
    uint32_t number[PCAP_BAD_PLACES]; /* of the first of them in the file, and where they begin in it (unpacked) */
    uint64_t at[PCAP_BAD_PLACES];
};

struct pcap_link_count {
    uint32_t count;
    uint32_t number, link; /* of the first of them: its number in the file, and the LINKTYPE_ it was captured at */
};

struct pcap_file {
    char *path;
    uint32_t count; /* of whole packets */
    struct pcap_packet *packets; /* data point into the file's own bytes */
    struct bulk packet_store;    /* where they are */
    uint64_t digest;             /* FNV-1a of times, lengths and bytes: a restore checks it is the same capture */
    struct bulk bytes;
    struct pcap_bad_list bad[PCAP_BAD_KINDS];
    uint64_t skipped;       /* bytes of PCAP_BAD_NO_RECORD */
    const char *cut_packed; /* "gzip": its data end early */
    struct pcap_link_count foreign;   /* packets of links that carry no Ethernet and cannot be made to */
    struct pcap_link_count converted; /* packets of IP that were given an Ethernet header */
    struct pcap_link_count not_ip;    /* packets of such links that are none of IP, or say who has which address */
};

/* NULL with "path: reason" in err. `strict`: refuse what is not whole, with the first place where it is not. */
struct pcap_file *pcap_file_read(const char *path, bool strict, char *err, size_t err_cap);
/* Who walks through packets and data gives back the memory of those behind now and then (core/bulk.h). */
void pcap_file_relax(const struct pcap_file *file);
/* What was left out, lines that begin with the path and end with \n. */
void pcap_file_notes(const struct pcap_file *file, FILE *out);
void pcap_file_destroy(struct pcap_file *file);

/* Capture at a port, both directions, to a nanosecond pcap written at `path` (created when closed successfully; a
 * temporary beside it until then). `filter` NULL or libpcap's language; an error names the filter and what is wrong. */
struct capture;
struct capture *capture_open(struct sim *sim, struct port *port, const char *path, const char *filter, char *err, size_t err_cap);
/* Before its port goes. Writes it; 0 or -errno. NULL is fine. A restored run captures from where it was restored. */
int capture_close(struct capture *capture, char *err, size_t err_cap);
void capture_abandon(struct capture *capture); /* instead of closing: leaves no file behind. NULL is fine */
/* Whether libpcap takes the filter: 0, or -EINVAL with the reason. */
int capture_check_filter(const char *filter, char *err, size_t err_cap);
uint64_t capture_count(const struct capture *capture);

#endif
