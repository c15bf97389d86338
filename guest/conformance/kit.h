/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The suite of the conformance kit: a shell that trusts no plugin. It runs in a machine of its own, one case each, holds what
 * the plugin does against the rules, and tells the test stand of each that was broken.
 *
 *   main.c     the machine, the stand's calls, which case
 *   call.c     a call of a plugin's function, and what is looked at behind each
 *   shell.c    what the shell offers: buffers, frames handed up, completions, registers
 *   frames.c   frames: made, sent, fetched from the wire, held against what was sent
 *   cases_*.c  the cases
 */
#ifndef GUEST_CONFORMANCE_KIT_H
#define GUEST_CONFORMANCE_KIT_H

#include <stdbool.h>
#include <stddef.h>

#include "guest/conformance/stand.h"
#include "guest/include/npa_load.h"
#include "guest/include/npa_plugin_api.h"

void *memset(void *to, int byte, size_t n);
void *memcpy(void *to, const void *from, size_t n);
int memcmp(const void *a, const void *b, size_t n);

enum slot_kind { SLOT_NONE, SLOT_SMALL, SLOT_LARGE };

struct slot {
    uint32_t gpa;
    enum slot_kind kind;
};

struct Shell_RxQueueHandle {
    uint32_t index, held;     /* slots that have a buffer */
    uint32_t last;            /* number of the latest frame + 1 */
    struct slot slot[STAND_RING_MAX];
};

struct Shell_TxQueueHandle {
    uint32_t index, first, count; /* slots whose frame the plugin has, the oldest first */
    uint32_t number[STAND_TX_SLOTS];
};

/* What a frame is beyond its number and length. */
enum frame_kind { FRAME_PLAIN, FRAME_UDP, FRAME_TCP, FRAME_UDP_BAD, FRAME_TCP_BAD, FRAME_IP_BAD, FRAME_KINDS };
enum { FRAMES_MAX = 8192, FRAME_BYTES_MAX = 9216 };

struct told {
    uint16_t length;
    uint8_t kind, seen;
};

struct kit {
    uint64_t window;
    const struct stand_config *config;
    Plugin_State ps;
    Plugin_State before; /* but for the private area, as it was before a call */
    Plugin_Api api;
    struct Shell_RxQueueHandle rx[STAND_QUEUES];
    struct Shell_TxQueueHandle tx[STAND_QUEUES];
    uint32_t free_buffer[STAND_RX_BUFFERS], free_buffers;
    bool no_buffers;             /* the shell has none now */
    uint32_t lines;              /* interrupts that came */
    /* of the call under way */
    const char *calling;
    uint32_t indicated, completions, completed, given;
    uint32_t accesses, writes;
    bool watches_ring;
    uint64_t ring_sum;           /* of the transmit ring, when a register was written last */
    /* what was sent and came, by number */
    struct told out[FRAMES_MAX], in[FRAMES_MAX];
    uint32_t sent, left, arrived, handed_up;
    uint32_t wire_last;          /* number of the latest frame that left + 1 */
    uint32_t tag;                /* of the VF's frames on the wire; 0: none */
    uint32_t forged_left;        /* frames without a number of theirs that have left */
    bool at_once;                /* frames that arrive wait for STAND_RELEASE */
    uint8_t twist;               /* of the bytes of plain frames behind their middle */
    bool lies;                   /* the device does: frames say nothing of the plugin */
    uint8_t frame[FRAME_BYTES_MAX], other[FRAME_BYTES_MAX];
    struct stand_call call;
    char text[STAND_TEXT];
};
extern struct kit kit;

/* ---- main.c ---- */
uint64_t kit_exit(uint64_t op, uint64_t a, uint64_t b, uint64_t c);
static inline uint8_t *kit_va(uint64_t gpa) { return (uint8_t *)(kit.window + gpa); }
static inline uint32_t kit_gpa(const void *va) { return (uint32_t)((uint64_t)va - kit.window); }
uint64_t kit_stand(enum stand_what what, uint32_t a, uint64_t gpa, uint64_t len);
bool kit_is_busy(void); /* with what kit_ask() began */
void kit_ask(const struct stand_op *op);
uint32_t kit_answer(void);  /* of it, when it is over: 0, or a positive errno */
uint32_t kit_op(const struct stand_op *op); /* begins and waits: likewise */
void kit_broken(enum stand_rule rule, const char *format, ...); /* %u and %s, %x */
void kit_over(void) __attribute__((noreturn));
void kit_not_here(const char *why) __attribute__((noreturn));
void kit_wait_us(uint32_t us);

/* ---- call.c: each plugin function, watched ---- */
uint32_t kit_entry(void);
uint32_t kit_sw_init(void);
uint32_t kit_reinit_rx(uint32_t queue);
uint32_t kit_reinit_tx(uint32_t queue);
uint32_t kit_enable(uint32_t vector);
uint32_t kit_disable(uint32_t vector);
uint32_t kit_add_frame(uint32_t queue, const Plugin_SendInfo *info, const Plugin_SgList *sgl, bool hint);
uint32_t kit_check_tx(uint32_t queue);
uint32_t kit_check_rx(uint32_t queue, uint32_t budget);
uint32_t kit_reset_device(void); /* which the plugin offers */
uint32_t kit_add_buffers(uint32_t queue);

/* ---- shell.c ---- */
void kit_provide(void);       /* a Plugin_State for a new life: nothing is out */
void kit_take_back(void);     /* what the plugin still has */
uint64_t kit_ring_sum(uint32_t queue);

/* ---- frames.c ---- */
uint32_t frame_make(uint8_t *to, uint32_t number, uint32_t length, enum frame_kind kind, const uint8_t *dst, const uint8_t *src);
uint32_t frame_put(uint32_t queue, uint32_t length, uint32_t pieces, enum frame_kind kind, bool hint); /* as addFrameToTxRing */
uint32_t frame_put_forged(uint32_t queue, uint32_t length); /* with another's source, and no number */
uint32_t frame_put_to(uint32_t queue, const uint8_t *dst, uint32_t length); /* to somebody, and no number */
/* What is to be done to it is the device's; it has no number. */
uint32_t frame_put_as(uint32_t queue, const uint8_t *frame, uint32_t length, uint32_t pieces, const Plugin_SendInfo *info);
uint32_t frame_sum(const uint8_t *p, uint32_t bytes, uint32_t sum); /* of 16-bit words, to 16 bits, not inverted */
void frames_fetch(void);      /* those that have left */
void frames_arrive(uint32_t count, uint32_t length, enum frame_kind kind);
void frame_handed_up(struct Shell_RxQueueHandle *queue, const Shell_RecvFrame *frame);

/* ---- cases.c: what several begin or end with ---- */
void kit_begin(void);         /* entry, swInit, rings, and the VF is active */
void kit_rings(void);         /* L3 of all queues */
void kit_active(void);
void kit_poll(uint32_t queue);
/* Polls until so many have left and gone up, and all that was sent is completed: at most so long. */
bool kit_settle(uint32_t left, uint32_t handed_up, uint32_t us);
bool kit_moves(uint32_t frames, enum stand_rule rule, const char *when); /* both ways; false after telling that they do not */

typedef void kit_case(void);
extern kit_case *const kit_cases[STAND_CASES];

#endif
