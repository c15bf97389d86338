/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Capture files: the only place that includes <pcap.h>.
 *
 * Reads any Ethernet capture libpcap can read (pcap and pcapng, micro- and nanoseconds, either byte order); other link
 * types are refused by name. Writes nanosecond pcap. Filters are libpcap's own language.
 */
#ifndef VFSIM_NET_PCAPFILE_H
#define VFSIM_NET_PCAPFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "net/port.h"

enum { PCAP_FILE_PACKETS_MAX = 10000000 };

struct pcap_packet {
    uint64_t time_ns;  /* since the epoch, as captured */
    uint32_t len;      /* original length */
    uint32_t caplen;   /* bytes present */
    const uint8_t *data;
};

struct pcap_file {
    char *path;
    uint32_t count;
    struct pcap_packet *packets; /* data point into the file's own arena */
    uint64_t digest;             /* FNV-1a of times, lengths and bytes: a restore checks it is the same capture */
    void *arena;
};

/* NULL with "path: reason" or "path: packet N: reason" in err. Frees nothing half-built behind. */
struct pcap_file *pcap_file_read(const char *path, char *err, size_t err_cap);
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
