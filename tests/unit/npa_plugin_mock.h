/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A shell in a few lines, for unit tests of plugins: slots with buffers, a log of what was indicated and completed.
 *
 * Device addresses are host addresses. The device itself is each test's own.
 */
#ifndef TESTS_NPA_PLUGIN_MOCK_H
#define TESTS_NPA_PLUGIN_MOCK_H

#include <check.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "guest/include/npa_plugin_api.h"

#ifndef MOCK_RING
#define MOCK_RING 96 /* descriptors each way */
#endif
enum { MOCK_BUFFER = 4096, MOCK_FRAMES = 4096 };

struct mock {
    Plugin_State ps;
    Plugin_Api api;
    uint8_t *slot[MOCK_RING]; /* buffer of a slot; NULL: none asked for since the last hand-up */
    unsigned alloc_small, alloc_large, indicated, completed, complete_calls;
    Shell_RecvFrame frame[MOCK_FRAMES];
    uint8_t first_byte[MOCK_FRAMES];
    uint32_t (*read)(struct mock *m, uint32_t offset);
    void (*write)(struct mock *m, uint32_t offset, uint32_t value);
};

static inline struct mock *mock_of_queue(void *handle) { return handle; }

static inline uint64 mock_alloc(struct mock *m, uint32 offset)
{
    ck_assert_uint_lt(offset, MOCK_RING);
    if (!m->slot[offset])
        m->slot[offset] = calloc(1, MOCK_BUFFER);
    return (uintptr_t)m->slot[offset];
}
static inline uint64 mock_alloc_small(struct Shell_RxQueueHandle *q, uint32 offset)
{
    mock_of_queue(q)->alloc_small++;
    return mock_alloc(mock_of_queue(q), offset);
}
static inline uint64 mock_alloc_large(struct Shell_RxQueueHandle *q, uint32 offset)
{
    mock_of_queue(q)->alloc_large++;
    return mock_alloc(mock_of_queue(q), offset);
}
static inline void mock_indicate(struct Shell_RxQueueHandle *q, Shell_RecvFrame *frame)
{
    struct mock *m = mock_of_queue(q);
    ck_assert_uint_lt(m->indicated, MOCK_FRAMES);
    ck_assert_uint_ge(frame->sgLength, 1);
    m->first_byte[m->indicated] = m->slot[frame->sg[0].ringOffset][0];
    m->frame[m->indicated++] = *frame;
    for (uint32_t k = 0; k < frame->sgLength; k++) {
        uint8_t **slot = &m->slot[frame->sg[k].ringOffset];
        ck_assert_ptr_nonnull(*slot); /* each slot handed up once */
        free(*slot);
        *slot = NULL;
    }
}
static inline void mock_complete(struct Shell_TxQueueHandle *q, uint32 count)
{
    mock_of_queue(q)->completed += count;
    mock_of_queue(q)->complete_calls++;
}
static inline void mock_log(int level, const char *format, ...) { (void)level, (void)format; }
static inline uint32 mock_read32(Plugin_State *ps, uint32 offset)
{
    struct mock *m = (struct mock *)ps;
    return m->read(m, offset);
}
static inline void mock_write32(Plugin_State *ps, uint32 offset, uint32 value)
{
    struct mock *m = (struct mock *)ps;
    m->write(m, offset, value);
}

/* One queue of MOCK_RING descriptors each way, one vector. */
static inline void mock_init(struct mock *m, uint32_t mtu)
{
    Plugin_State *ps = &m->ps;
    memset(m, 0, sizeof *m);
    ps->shellApi =
        (Shell_Api){mock_log, mock_alloc_small, mock_alloc_large, mock_indicate, mock_complete, mock_read32, mock_write32};
    ps->numRxQueues = ps->numTxQueues = ps->numIntrs = 1;
    ps->mtu = mtu;
    ps->apiVersion = 1;
    uint8_t *rx = aligned_alloc(4096, PLUGIN_RING_BYTES(MOCK_RING)), *tx = aligned_alloc(4096, PLUGIN_RING_BYTES(MOCK_RING));
    memset(rx, 0xee, PLUGIN_RING_BYTES(MOCK_RING));
    memset(tx, 0xee, PLUGIN_RING_BYTES(MOCK_RING));
    ps->rxQueues[0] = (Plugin_RxQueue){(void *)m, rx, (uintptr_t)rx, MOCK_RING};
    ps->txQueues[0] = (Plugin_TxQueue){(void *)m, tx, (uintptr_t)tx, MOCK_RING};
}

static inline void mock_fini(struct mock *m)
{
    for (unsigned i = 0; i < MOCK_RING; i++)
        free(m->slot[i]);
    free(m->ps.rxQueues[0].ringBaseVA);
    free(m->ps.txQueues[0].ringBaseVA);
}

static inline void mock_start(struct mock *m)
{
    ck_assert_uint_eq(m->api.swInit(&m->ps), PLUGIN_OK);
    ck_assert_uint_eq(m->api.reinitRxRing(&m->ps, 0), PLUGIN_OK);
    ck_assert_uint_eq(m->api.reinitTxRing(&m->ps, 0), PLUGIN_OK);
    ck_assert_uint_eq(m->api.addBuffersToRxRing(&m->ps, 0), PLUGIN_OK);
}

/* A frame of `fragments` pieces; piece k of frame n is at address n * 0x10000 + k * 0x1000. */
static inline uint32 mock_send(struct mock *m, uint32_t n, uint32_t fragments, const Plugin_SendInfo *info, Bool hint)
{
    static const Plugin_SendInfo plain = {.ipHeaderOffset = 14, .l4HeaderOffset = 34, .l4DataOffset = 42};
    static uint8_t first[100];
    Plugin_SgList sgl = {.numElements = fragments, .totalLength = fragments * 100, .firstSgVA = first};
    for (uint32_t k = 0; k < fragments; k++)
        sgl.elements[k] = (Plugin_SgElement){n * 0x10000ull + k * 0x1000, 100};
    return m->api.addFrameToTxRing(&m->ps, 0, info ? info : &plain, &sgl, hint);
}

#define MOCK_MAIN(name, ...)                                        \
    int main(void)                                                  \
    {                                                               \
        const TTest *const tests[] = {__VA_ARGS__};                 \
        Suite *s = suite_create(name);                              \
        TCase *t = tcase_create(name);                              \
        for (unsigned i = 0; i < sizeof tests / sizeof *tests; i++) \
            tcase_add_test(t, tests[i]);                            \
        suite_add_tcase(s, t);                                      \
        SRunner *r = srunner_create(s);                             \
        srunner_run_all(r, CK_NORMAL);                              \
        int failed = srunner_ntests_failed(r);                      \
        srunner_free(r);                                            \
        return failed ? EXIT_FAILURE : EXIT_SUCCESS;                \
    }

#endif
