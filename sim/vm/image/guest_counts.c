/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vm/image/guest_counts.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "core/alloc.h"

/* Part of what a call is: `each` of it, and what it does for a frame. */
static const struct {
    const char *call;
    size_t each, frame;
} parts[] = {
#define PART(member) offsetof(struct guest_counts, member)
    {"enableInterrupt", PART(interrupt), PART(interrupt)},
    {"disableInterrupt", PART(interrupt), PART(interrupt)},
    {"addFrameToTxRing", PART(tx), PART(tx)},
    {"checkTxRing", PART(poll), PART(tx)},
    {"checkRxRing", PART(poll), PART(rx)},
    {"addBuffersToRxRing", PART(poll), PART(rx)},
    {"postFrame", PART(tx), PART(tx)},
    {"completeSend", PART(poll), PART(tx)},
    {"allocBuffer", PART(rx), PART(rx)},
    {"indicateRecv", PART(rx), PART(rx)},
#undef PART
};
enum { PARTS = sizeof(parts) / sizeof(parts[0]), INSTRUCTIONS_MAX = 1000000 };

static bool add(struct guest_counts *out, size_t part, unsigned long instructions)
{
    uint32_t *sum = (uint32_t *)(void *)((char *)out + part);
    *sum += (uint32_t)instructions;
    return instructions <= INSTRUCTIONS_MAX;
}

/* False: it is none of such a file's. */
static bool take_line(const char *line, const char *owner, struct guest_counts *out)
{
    char whose[32], call[32];
    unsigned long each, frame;
    if (line[strspn(line, " \t\n")] == '\0' || *line == '#')
        return true;
    if (sscanf(line, "%31s %31s %lu %lu", whose, call, &each, &frame) != 4)
        return false;
    for (unsigned i = 0; i < PARTS; i++) {
        if (strcmp(parts[i].call, call))
            continue;
        if (owner && strcmp(owner, whose))
            return true;
        out->is_counted = true;
        return add(out, parts[i].each, each) && add(out, parts[i].frame, frame);
    }
    return false;
}

int guest_counts_read(const char *image, const char *owner, struct guest_counts *out, char *err, size_t err_cap)
{
    const char *name = strrchr(image, '/'), *suffix = strrchr(name ? name : image, '.');
    char path[4096], line[256];
    int rc = 0;
    *out = (struct guest_counts){0};
    int len = suffix ? (int)(suffix - image) : (int)strlen(image);
    if ((size_t)snprintf(path, sizeof(path), "%.*s.counts", len, image) >= sizeof(path))
        return 0;
    FILE *f = fopen(path, "r");
    if (!f && alloc_is_lack(errno)) /* ours: what guests cost does not depend on it */
        alloc_failed("what a guest's image costs", 0, errno);
    if (!f)
        return 0;
    for (unsigned n = 1; rc == 0 && fgets(line, sizeof(line), f); n++)
        if (!take_line(line, owner, out)) {
            snprintf(err, err_cap, "%s:%u: not a line of counts: whose, call, instructions of each, instructions a frame", path, n);
            rc = -EINVAL;
        }
    if (ferror(f)) {
        snprintf(err, err_cap, "%s: %s", path, alloc_reason(errno ? errno : EIO));
        rc = -EINVAL;
    }
    fclose(f);
    return rc;
}
