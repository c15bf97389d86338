/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Cases of frames that are sent. */
#include "guest/conformance/cases.h"

enum { LONG_US = 4000 };

static void all_must_leave(enum stand_rule rule, const char *when)
{
    if (kit_settle(kit.sent, kit.handed_up, LONG_US))
        return;
    uint32_t completed = kit.sent - kit.tx[0].count;
    kit_broken(kit.left < kit.sent ? rule : STAND_RULE_T4, "%s, of %u frames that were taken %u have left, and %u are completed",
               when, kit.sent, kit.left, completed);
    kit_over();
}

/* Waits where there is no room. */
static bool put_patiently(uint32_t length, uint32_t pieces)
{
    while (pieces > 1 && length / pieces < 20)
        pieces--;
    for (uint32_t tries = 0; tries < 200; tries++) {
        uint32_t value = frame_put(0, length, pieces, FRAME_PLAIN, true);
        if (value == PLUGIN_OK)
            return true;
        if (value == PLUGIN_BAD_FRAME) {
            if (pieces <= 4)
                kit_broken(STAND_RULE_T2, "a frame of %u bytes in %u pieces was refused as bad", length, pieces);
            return false;
        }
        kit_poll(0);
        frames_fetch();
        kit_wait_us(20);
    }
    kit_broken(STAND_RULE_T1, "there is no room for a frame of %u pieces, though all others are completed", pieces);
    kit_over();
}

void case_send(void)
{
    kit_begin();
    for (uint32_t i = 0; i < 5 * kit.config->ring; i++) {
        put_patiently(60 + i * 97 % 1455, 1 + i % 12);
        if (i % 16 == 15) {
            kit_poll(0);
            frames_fetch();
        }
    }
    all_must_leave(STAND_RULE_T1, "five times around the ring");
}

/* ---- full ---- */

static uint32_t fill_ring(bool hint, uint32_t pieces)
{
    uint32_t taken = 0;
    while (taken < STAND_TX_SLOTS && frame_put(0, 200 + taken, pieces, FRAME_PLAIN, hint) == PLUGIN_OK)
        taken++;
    return taken;
}

void case_ring_full(void)
{
    kit_begin();
    for (uint32_t round = 0; round < 6; round++) {
        if (!fill_ring(true, 1 + round % 3)) {
            kit_broken(STAND_RULE_T1, "there is no room in an empty ring, in round %u", round);
            return;
        }
        frame_put(0, 1514, 4, FRAME_PLAIN, true); /* refused again, or taken: as it may be */
        all_must_leave(STAND_RULE_T1, "with a ring that was filled to its brim");
    }
}

static bool takes_batches(void) { return kit.api.flags & PLUGIN_FLAG_BATCH; }

static void expect_announced(const char *by)
{
    kit_wait_us(LONG_US); /* nothing is called: what left had been announced by then */
    frames_fetch();
    if (kit.left < kit.sent)
        kit_broken(STAND_RULE_T3, "of frames before %s only %u of %u have left", by, kit.left, kit.sent);
    kit_settle(kit.sent, 0, LONG_US);
}

static uint32_t put_bad(const Plugin_SendInfo *info, const Plugin_SgList *sgl) { return kit_add_frame(0, info, sgl, true); }

void case_refused_batch(void)
{
    static const Plugin_SendInfo plain;
    static const Plugin_SgList nothing;
    if (kit_life(), !takes_batches())
        kit_not_here("the plugin is told of no batches: it has no PLUGIN_FLAG_BATCH");
    kit_rings();
    kit_active();
    for (uint32_t round = 0; round < 3; round++) {
        if (fill_ring(false, 1 + round) < STAND_TX_SLOTS)
            expect_announced("one that found no room");
        if (kit.left < kit.sent)
            return;
        for (uint32_t i = 0; i < 3; i++)
            frame_put(0, 300, 1, FRAME_PLAIN, false);
        if (put_bad(&plain, &nothing) != PLUGIN_OK)
            expect_announced("a bad one");
    }
}

/* ---- bad frames ---- */

enum { BAD_SIZE = 600 };

struct bad_frame {
    const char *what;
    Plugin_SendInfo info;
    uint32_t elements, length, total;
};

static const struct bad_frame bad_frames[] = {
    {"a frame of no pieces", {0}, 0, 0, 0},
    {"a frame of more pieces than there may be", {0}, PLUGIN_MAX_SEND_FRAGMENTS + 1, 60, 60 * (PLUGIN_MAX_SEND_FRAGMENTS + 1)},
    {"a burst whose headers end behind its end",
     {.ipv4 = 1, .tso = 1, .xsumTcpOrUdp = 1, .tsoMss = 500, .ipHeaderOffset = 14, .l4HeaderOffset = 34, .l4DataOffset = 9000},
     1,
     BAD_SIZE,
     BAD_SIZE},
    {"a burst to be cut into segments of no bytes",
     {.ipv4 = 1, .tso = 1, .xsumTcpOrUdp = 1, .ipHeaderOffset = 14, .l4HeaderOffset = 34, .l4DataOffset = 54},
     1,
     BAD_SIZE,
     BAD_SIZE},
    {"a checksum whose header ends before it begins",
     {.ipv4 = 1, .xsumTcpOrUdp = 1, .ipHeaderOffset = 14, .l4HeaderOffset = 34, .l4DataOffset = 20},
     1,
     BAD_SIZE,
     BAD_SIZE},
    {"a frame of 65,536 bytes", {0}, PLUGIN_MAX_SEND_FRAGMENTS, 4096, 65536},
};

static uint32_t put_bad_frame(const struct bad_frame *bad)
{
    static struct { /* with room for what there may not be */
        Plugin_SgList list;
        Plugin_SgElement more[2];
    } sgl;
    Plugin_SgElement *element = sgl.list.elements;
    sgl.list.numElements = bad->elements;
    sgl.list.totalLength = bad->total;
    sgl.list.firstSgVA = kit_va(STAND_TX_BUFFER(0, 0));
    for (uint32_t k = 0; k < bad->elements; k++, element++)
        *element = (Plugin_SgElement){STAND_TX_BUFFER(0, 0), bad->length};
    return put_bad(&bad->info, &sgl.list);
}

void case_bad_frames(void)
{
    kit_begin();
    for (uint32_t i = 0; i < sizeof(bad_frames) / sizeof(bad_frames[0]); i++) {
        uint32_t value = put_bad_frame(&bad_frames[i]);
        if (value != PLUGIN_BAD_FRAME)
            kit_broken(STAND_RULE_T2, "%s is answered with %u", bad_frames[i].what, value);
        if (value == PLUGIN_OK || !kit_moves(4, STAND_RULE_T2, "behind a bad frame"))
            return;
    }
}

/* ---- what is in a frame ---- */

enum { CONTENTS = 24, LIVES = 2 };

/* What a call did to the ring, and what it returned: [FNV-1a], of the bytes that it has changed. */
static uint64_t put_and_sum(uint32_t length, uint32_t pieces)
{
    static uint8_t before[STAND_RING_BYTES];
    const uint8_t *ring = kit_va(STAND_RING_TX(0));
    uint32_t bytes = PLUGIN_RING_BYTES(kit.config->ring);
    memcpy(before, ring, bytes);
    uint64_t sum = 0xcbf29ce484222325ull ^ frame_put(0, length, pieces, FRAME_PLAIN, true);
    for (uint32_t i = 0; i < bytes; i++)
        if (ring[i] != before[i])
            sum = (sum ^ ring[i] ^ (uint64_t)i << 8) * 0x100000001b3ull;
    return sum ^ (uint64_t)kit.writes << 56;
}

/* The same calls in two lives, of frames in pieces that are not the same behind the first one, which alone may be read. */
void case_contents(void)
{
    uint64_t sum[CONTENTS] = {0};
    for (uint32_t life = 0; life < LIVES; life++) {
        kit.twist = life ? 0x5a : 0;
        memset(kit_va(STAND_RING_TX(0)), 0, PLUGIN_RING_BYTES(kit.config->ring));
        kit_begin();
        for (uint32_t i = 0; i < CONTENTS; i++) {
            uint64_t now = put_and_sum(400 + 13 * i, 2 + i % 3);
            if (life && now != sum[i])
                kit_broken(STAND_RULE_M3, "frame %u, of other bytes behind its first piece, was put into the ring otherwise", i);
            sum[i] = now;
            kit_wait_us(20);
        }
        all_must_leave(STAND_RULE_T4, "in pieces");
        if (life + 1 == LIVES)
            return;
        kit_leave(false);
        kit.tx[0].first = 0; /* the same buffers again */
    }
}

/* ---- announced ---- */

void case_hints(void)
{
    kit_begin();
    for (uint32_t i = 0; i < 8; i++) {
        frame_put(0, 100 + i, 1 + i % 3, FRAME_PLAIN, true);
        kit_wait_us(200);
        frames_fetch();
        if (kit.left < kit.sent) {
            kit_broken(STAND_RULE_T5, "a frame that was said to be the last has not left");
            return;
        }
    }
    all_must_leave(STAND_RULE_T5, "one by one");
    for (uint32_t i = 0; takes_batches() && i < 40; i++)
        if (frame_put(0, 100 + i, 1 + i % 3, FRAME_PLAIN, i % 4 == 3) != PLUGIN_OK)
            break;
    kit_wait_us(LONG_US);
    frames_fetch();
    if (kit.left < kit.sent)
        kit_broken(STAND_RULE_T5, "of batches whose last frame was said to be the last %u of %u frames have left", kit.left,
                   kit.sent);
    all_must_leave(STAND_RULE_T5, "in batches");
}

void case_doorbell(void)
{
    uint32_t bells = 0;
    kit_begin();
    kit_check_tx(0);
    kit.watches_ring = true;
    for (uint32_t i = 0; i < 40; i++) {
        frame_put(0, 100 + 20 * i, 1 + i % 4, FRAME_PLAIN, true);
        bells += kit.writes;
    }
    kit.watches_ring = false;
    all_must_leave(STAND_RULE_T5, "with frames one by one");
    if (!bells)
        kit_not_here("no store to a register went by write32");
}

void case_forged(void)
{
    kit_begin();
    if (kit_stand(STAND_SPOOF, 1, 0, 0))
        kit_not_here("the PF's driver has no check of sources");
    for (uint32_t i = 0; i < 40; i++)
        if (i % 3 == 1)
            frame_put_forged(0, 100);
        else
            frame_put(0, 100 + i, 1, FRAME_PLAIN, true);
    if (!kit_settle(kit.sent, 0, LONG_US))
        kit_broken(STAND_RULE_T7, "with forged frames among them %u of %u good ones have left, and %u frames are not completed",
                   kit.left, kit.sent, kit.tx[0].count);
}
