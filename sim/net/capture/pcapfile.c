/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Captures at ports, written through libpcap, which no other file knows; capture_read.c reads them. */
#include "net/capture/pcapfile.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <pcap.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/alloc.h"
#include "core/scratch.h"

enum { SNAPLEN = 262144 };

struct capture {
    struct tap tap; /* first member */
    struct port *port;
    char *path, *temporary;
    pcap_t *pcap;
    pcap_dumper_t *dumper;
    struct bpf_program filter;
    bool filtered;
    uint64_t count;
    int error; /* errno of the first packet that could not be written */
};

static void capture_saw(struct tap *tap, struct port *port, enum tap_direction dir, const struct frame *f)
{
    struct capture *c = (struct capture *)tap;
    uint64_t ns = sim_now(port->owner->sim) / SIM_NS;
    struct pcap_pkthdr head = {.caplen = f->len, .len = f->len};
    const u_char *data = f->buf + f->head;
    (void)dir;
    head.ts.tv_sec = (time_t)(ns / 1000000000u);
    head.ts.tv_usec = (suseconds_t)(ns % 1000000000u); /* nanoseconds, as the file was opened */
    if (c->filtered && pcap_offline_filter(&c->filter, &head, data) == 0)
        return;
    pcap_dump((u_char *)c->dumper, &head, data);
    if (!c->error && ferror(pcap_dump_file(c->dumper)))
        c->error = errno ? errno : EIO;
    c->count++;
}

static void capture_free(struct capture *c)
{
    if (c->filtered)
        pcap_freecode(&c->filter);
    if (c->dumper)
        pcap_dump_close(c->dumper);
    if (c->pcap)
        pcap_close(c->pcap);
    scratch_drop(c->temporary); /* it has its name by now, or is gone */
    free(c->path);
    free(c->temporary);
    free(c);
}

/* A temporary file beside the final one, with the rights a new file would have. */
static FILE *open_temporary(struct capture *c)
{
    scratch_add(c->temporary); /* before it is there: mkstemp() writes the name where it stands */
    int fd = mkstemp(c->temporary);
    if (fd < 0)
        return NULL;
    mode_t mask = umask(0);
    umask(mask);
    FILE *file = fchmod(fd, 0666 & ~mask) == 0 ? fdopen(fd, "wb") : NULL;
    if (!file) {
        close(fd);
        unlink(c->temporary);
    }
    return file;
}

static int capture_prepare(struct capture *c, const char *filter, char *err, size_t err_cap)
{
    if (!c->pcap)
        alloc_failed("a capture file", 0, ENOMEM);
    if (filter && pcap_compile(c->pcap, &c->filter, filter, 1, PCAP_NETMASK_UNKNOWN) != 0) {
        snprintf(err, err_cap, "filter \"%s\": %s", filter, pcap_geterr(c->pcap));
        return -1;
    }
    c->filtered = filter;
    FILE *file = open_temporary(c);
    if (!file) {
        snprintf(err, err_cap, "%s: %s", c->path, alloc_reason(errno));
        return -1;
    }
    c->dumper = pcap_dump_fopen(c->pcap, file);
    if (!c->dumper) {
        snprintf(err, err_cap, "%s: %s", c->path, pcap_geterr(c->pcap));
        fclose(file);
        unlink(c->temporary);
        return -1;
    }
    return 0;
}

struct capture *capture_open(struct sim *sim, struct port *port, const char *path, const char *filter, char *err, size_t err_cap)
{
    struct capture *c = alloc_zero("a capture file", 1, sizeof(*c));
    assert(port->owner->sim == sim);
    c->tap.saw = capture_saw;
    c->port = port;
    c->path = alloc_text("a capture file", path);
    c->temporary = alloc_print("a capture file", "%s.XXXXXX", path);
    c->pcap = pcap_open_dead_with_tstamp_precision(DLT_EN10MB, SNAPLEN, PCAP_TSTAMP_PRECISION_NANO);
    if (capture_prepare(c, filter, err, err_cap) != 0) {
        capture_free(c);
        return NULL;
    }
    c->tap.next = port->taps;
    port->taps = &c->tap;
    return c;
}

static void capture_untap(struct capture *c)
{
    for (struct tap **t = &c->port->taps; *t; t = &(*t)->next) {
        if (*t == &c->tap) {
            *t = c->tap.next;
            break;
        }
    }
}

void capture_abandon(struct capture *c)
{
    if (!c)
        return;
    capture_untap(c);
    unlink(c->temporary);
    capture_free(c);
}

int capture_check_filter(const char *filter, char *err, size_t err_cap)
{
    struct bpf_program program;
    pcap_t *pcap = pcap_open_dead(DLT_EN10MB, SNAPLEN);
    int error = 0;
    if (!pcap)
        alloc_failed("a filter", 0, ENOMEM);
    if (pcap_compile(pcap, &program, filter, 1, PCAP_NETMASK_UNKNOWN) == 0) {
        pcap_freecode(&program);
    } else {
        error = -EINVAL;
        snprintf(err, err_cap, "filter \"%s\": %s", filter, pcap_geterr(pcap));
    }
    pcap_close(pcap);
    return error;
}

/* pcap_dump_close() keeps for itself what close() says, which is where some file systems tell that they are full: a second
 * descriptor is closed first. */
static int close_copy(FILE *file)
{
    int fd = dup(fileno(file));
    return fd < 0 ? -1 : close(fd);
}

int capture_close(struct capture *c, char *err, size_t err_cap)
{
    if (!c)
        return 0;
    capture_untap(c);
    FILE *file = pcap_dump_file(c->dumper);
    errno = 0;
    int error = c->error;
    if (pcap_dump_flush(c->dumper) != 0 || ferror(file) || close_copy(file))
        error = error ? error : errno ? errno : EIO;
    pcap_dump_close(c->dumper);
    c->dumper = NULL;
    if (error == 0 && rename(c->temporary, c->path) != 0)
        error = errno;
    if (error) {
        snprintf(err, err_cap, "%s: %s", c->path, alloc_reason(error));
        unlink(c->temporary);
    }
    capture_free(c);
    return -error;
}

uint64_t capture_count(const struct capture *c) { return c->count; }
