/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Verdicts that were given before. What a verdict follows from, but for the tables, stands in a frame's first 18 bytes:
 * addresses, tag, type, and the type behind a tag. A frame with the same ones from the same source gets the same verdict until a
 * table changes.
 */
#include <string.h>

#include "eswitch/eswitch__.h"

enum { KEY_BYTES = 18 };

void eswitch_forward_known(struct eswitch *sw, struct eswitch_known *known, uint32_t source, const struct frame *f,
                           struct eswitch_verdict *out)
{
    const uint8_t *p = f->buf + f->head;
    uint64_t word[2];
    uint16_t last;

#ifdef VFSIM_PLAIN
    eswitch_forward(sw, source, f, out);
    return;
#endif
    if (f->len < KEY_BYTES || sw->index.state != 2) {
        eswitch_forward(sw, source, f, out);
        return;
    }
    memcpy(word, p, sizeof(word));
    memcpy(&last, p + sizeof(word), sizeof(last));
    uint64_t mix = (word[0] ^ word[1] * 3 ^ source) * UINT64_C(0x9e3779b97f4a7c15);
    struct eswitch_known_entry *e = &known->entry[mix >> 58];
    if (e->word[0] == word[0] && e->word[1] == word[1] && e->last == last && e->source == source &&
        e->version == sw->index.version) {
        *out = e->verdict;
        eswitch__count(sw, source, f, out);
        return;
    }
    eswitch_forward(sw, source, f, out);
    *e = (struct eswitch_known_entry){{word[0], word[1]}, sw->index.version, last, (uint16_t)source, *out};
}
