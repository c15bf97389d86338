/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the tests of net/ share: a box that records what comes out of its port, and frames by address. */
#ifndef VFSIM_TESTS_NET_WORLD_H
#define VFSIM_TESTS_NET_WORLD_H

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "net/peer.h"
#include "net/traffic/flow_source.h"
#include "net/traffic/replay.h"
#include "net/xswitch.h"
#include "net/wire.h"

enum { BOX_SEEN_MAX = 16384 };

struct box {
    struct component comp;
    struct port port;
    unsigned count, ups, downs;
    struct {
        sim_time at;
        uint32_t len;
        uint8_t head[18];
    } seen[BOX_SEEN_MAX];
};

static inline void box_receive(struct port *port, frame_ref ref)
{
    struct box *box = (struct box *)port->owner;
    struct frame *f = frame_get(box->comp.sim, ref);
    if (box->count < BOX_SEEN_MAX) {
        box->seen[box->count].at = sim_now(box->comp.sim);
        box->seen[box->count].len = f->len;
        memcpy(box->seen[box->count].head, frame_data(f), f->len < 18 ? f->len : 18);
    }
    box->count++;
    frame_end(&box->comp, ref, FATE_delivered_peer);
}

static inline void box_link_changed(struct port *port, bool up)
{
    struct box *box = (struct box *)port->owner;
    box->ups += up;
    box->downs += !up;
}

static inline struct box *box_create(struct sim *sim, const char *name)
{
    static const struct component_ops ops = {.kind = "box"};
    static const struct port_ops port_ops = {box_receive, box_link_changed};
    struct box *box = calloc(1, sizeof(*box));
    component_init(&box->comp, sim, &ops, name);
    ck_assert_int_eq(port_init(&box->port, &box->comp, 0, name, &port_ops), 0);
    return box;
}

static inline void box_destroy(struct box *box)
{
    port_fini(&box->port);
    free(box);
}

/* Station number n's address, as 02:00:00:00:00:n. */
static inline const uint8_t *mac_of(uint8_t n)
{
    static uint8_t mac[256][6];
    mac[n][0] = 2;
    mac[n][5] = n;
    return mac[n];
}
static const uint8_t broadcast_mac[6] __attribute__((unused)) = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};

static inline frame_ref make_frame(struct component *at, const uint8_t *dst, const uint8_t *src, int tci, uint32_t len)
{
    frame_ref ref = frame_birth(at, 0, len);
    struct frame *f = frame_get(at->sim, ref);
    memset(frame_data(f), 0, len);
    if (len >= 14) {
        memcpy(frame_data(f), dst, 6);
        memcpy(frame_data(f) + 6, src, 6);
        frame_data(f)[12] = 0x88;
        frame_data(f)[13] = 0xb5; /* local experiment */
    }
    if (tci >= 0)
        frame_vlan_push(f, (uint16_t)tci);
    return ref;
}

static inline void box_send(struct box *box, const uint8_t *dst, const uint8_t *src, int tci)
{
    port_send(&box->port, make_frame(&box->comp, dst, src, tci, 60));
}

static inline void assert_balanced(struct sim *sim)
{
    struct books_report r;
    books_get_report(sim, &r);
    ck_assert(r.balanced);
    ck_assert_uint_eq(r.in_flight, 0);
}

static inline int run_suite(const char *name, TCase *tcase)
{
    Suite *suite = suite_create(name);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

#endif
