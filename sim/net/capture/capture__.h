/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Private to the reading of capture files: bytes from a file, packed or not, and the records that both formats hold.
 *
 * capture_unpack.c gives the bytes, capture_read.c knows pcap and what makes a record whole, capture_ng.c knows pcapng.
 * No length in a file is believed before it is held against the bytes that are there.
 */
#ifndef VFSIM_NET_CAPTURE_PRIVATE_H
#define VFSIM_NET_CAPTURE_PRIVATE_H

#include "net/capture/pcapfile.h"

struct cap_bytes {
    uint8_t *data;     /* to cap__free(): the heap's, or … */
    struct bulk store; /* … this, if it has anything */
    size_t len;
    bool cut;           /* the packed data end early: what they gave is here */
    const char *packed; /* "gzip", "zstd", "xz"; NULL: it was not */
};

void cap__free(struct cap_bytes *bytes);

/* The content of a file, unpacked. 0, or -1 with the reason (without the path) in err. What is packed may give `unpacked_max`
 * bytes, and what is no regular file, which need not end, PCAP_STREAM_MAX. */
int cap__load(const char *path, size_t unpacked_max, struct cap_bytes *out, char *err, size_t err_cap);

/* The same of bytes that are in memory, which are freed if they were packed. */
int cap__unpack(struct cap_bytes *b, size_t unpacked_max, char *err, size_t err_cap);

/* The capture in these bytes, which become its own; else as pcap_file_read(). */
struct pcap_file *cap__parse(const struct cap_bytes *bytes, const char *path, bool strict, char *err, size_t err_cap);

struct cap_reader {
    struct pcap_file *file;
    uint32_t packet_cap;
    uint8_t *b;
    size_t len, at; /* what is read next */
    bool big;       /* byte order */
    uint32_t number; /* of packet records met */
    int64_t last_ns; /* of the last whole packet */
    bool has_last;
    bool full; /* more packets than are taken */
    size_t walked; /* bytes since what is behind was relaxed */
    const struct cap_bytes *bytes;
};

/* as the file has it */
struct cap_record {
    size_t at;      /* where it begins */
    int64_t time_ns;
    uint32_t caplen, len;
    uint8_t *data; /* caplen bytes are there, and 14 before them that have been read and are free */
    uint32_t link;       /* LINKTYPE_ */
    uint32_t fcs_len;    /* bytes of check sequence at a frame's end */
};

uint32_t cap__get16(const struct cap_reader *r, size_t at);
uint32_t cap__get32(const struct cap_reader *r, size_t at);

/* A record was met: count it, and keep its packet if it is whole. */
void cap__take(struct cap_reader *r, const struct cap_record *record);
/* The record at `at` is not whole. */
void cap__bad(struct cap_reader *r, enum pcap_bad kind, size_t at);
/* What begins at r->at is no record; the next one begins at `next`. */
void cap__skip(struct cap_reader *r, size_t next);
/* Nothing more can be read: a record that begins at r->at is cut, or no record begins there. */
void cap__stop(struct cap_reader *r, bool is_record);

/* Units of 1/`base`^`power` s, counted from `offset_s` s, as nanoseconds; held at the ends of what 64 bits can tell. */
int64_t cap__ns(uint64_t units, unsigned base, unsigned power, int64_t offset_s);

bool cap__is_ng(const struct cap_reader *r);
void cap__read_ng(struct cap_reader *r);

enum { LINK_ETHERNET = 1, FRAME_BYTES_MAX = 262144 };

/* ---- capture_link.c ---- */

bool cap__is_convertible(uint32_t link);
enum cap_conversion { CAP_CONVERTED, CAP_NOT_IP, CAP_SNAPPED /* inside the headers that would tell */ };
/* Make an Ethernet frame of the record's packet, in place. */
enum cap_conversion cap__to_ethernet(struct cap_record *record);
/* "link type PPI …", and, advised, what would work; buf is filled. */
void cap__link_text(uint32_t link, bool advise, char *buf, size_t cap);

#endif
