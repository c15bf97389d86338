/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a chip from outside uses: time, memory, interrupts, frames, the wire, words. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "lib/chip__.h"
#include "net/inet.h"

/* ---- time ---- */

vfsim_time vfsim_now(const struct vfsim_nic *nic) { return sim_now(nic->nic.c.sim); }

struct vfsim_timer vfsim_timer_start(struct vfsim_nic *nic, vfsim_time at, uint16_t verb, uint64_t a, uint64_t b)
{
    struct component *c = chip_component(nic);
    assert(nic->chip->device->timer && "a chip that starts timers has an upcall for them");
    assert(at >= sim_now(c->sim) && "a timer goes off now, or later");
    assert(verb != CHIP_TIMER_WIRE && "this one is the library's");
    struct event_id id = event_post(c, c, at, EV_HW, verb, a, b, 0);
    return (struct vfsim_timer){{id.slot, id.gen}};
}

bool vfsim_timer_stop(struct vfsim_nic *nic, struct vfsim_timer *timer)
{
    struct event_id id = {timer->word[0], timer->word[1]};
    *timer = (struct vfsim_timer){{0, 0}};
    return event_cancel(nic->nic.c.sim, &id);
}

/* ---- memory and interrupts ---- */

_Static_assert((int)VFSIM_DMA_WRITE_MAX == PCI_DMA_INLINE_MAX, "as pcie has it");

void vfsim_dma_read(struct vfsim_function *fn, uint64_t address, uint32_t length, uint64_t tag)
{
    assert(length >= 1 && length <= VFSIM_DMA_READ_MAX && !(tag & CHIP_TAG_OURS));
    pci_dma_read(fn->pci, address, length, tag);
}

void vfsim_dma_write(struct vfsim_function *fn, uint64_t address, const void *data, uint32_t length, uint64_t tag)
{
    assert(length >= 1 && length <= VFSIM_DMA_WRITE_MAX && !(tag & CHIP_TAG_OURS));
    pci_dma_write(fn->pci, address, data, length, tag);
}

void vfsim_dma_write_frame(struct vfsim_function *fn, uint64_t address, vfsim_frame frame, uint32_t from, uint32_t length,
                           bool gives, uint64_t tag)
{
    assert(!(tag & CHIP_TAG_OURS) && "a tag has 63 bits");
    pci_dma_write_frame(fn->pci, address, frame, from, length, gives, tag);
}

void vfsim_dma_drop(struct vfsim_function *fn)
{
    pci_function_drop_dma(fn->pci);
    chip__queues_reset(fn);
}

void vfsim_interrupt(struct vfsim_function *fn, unsigned vector) { pci_msix_raise(fn->pci, vector); }
bool vfsim_bus_master(const struct vfsim_function *fn) { return pci_bus_master(fn->pci); }
uint32_t vfsim_config(struct vfsim_function *fn, uint16_t offset, unsigned size) { return pci_config_read(fn->pci, offset, size); }

/* ---- frames ---- */

static struct frame *get(struct vfsim_nic *nic, vfsim_frame frame) { return frame_get(nic->nic.c.sim, frame); }

vfsim_frame vfsim_frame_from_memory(struct vfsim_function *fn, uint64_t address, uint32_t length, const void *data,
                                    uint32_t data_length)
{
    struct component *c = chip_component(fn->nic);
    assert(length >= 14 && length <= FRAME_MAX_JUMBO && data_length <= length);
    frame_ref ref = pci_frame_made_at(fn->pci, address);
    if (!ref)
        ref = frame_birth(c, FLOW_NONE, length);
    if (!ref)
        return 0;
    struct frame *f = frame_get(c->sim, ref);
    if (length > frame_cap(f) - f->head) { /* longer than what was made there */
        vfsim_function_drop(fn, ref, FATE_tx_bad_descriptor);
        return 0;
    }
    f->len = length;
    f->flags &= (uint16_t)~FRAME_IN_MEMORY;
    memcpy(frame_data(f), data, data_length);
    trace_nic_fetched(c, f->id, fn->port, length);
    return ref;
}

void vfsim_frame_fill(struct vfsim_nic *nic, vfsim_frame frame, uint32_t from, const void *data, uint32_t length)
{
    struct frame *f = get(nic, frame);
    assert(from <= f->len && length <= f->len - from);
    memcpy(frame_data(f) + from, data, length);
}

const uint8_t *vfsim_frame_bytes(struct vfsim_nic *nic, vfsim_frame frame, uint32_t *length)
{
    struct frame *f = get(nic, frame);
    *length = f->len;
    return frame_data(f);
}

uint32_t vfsim_frame_kind(struct vfsim_nic *nic, vfsim_frame frame)
{
    struct frame *f = get(nic, frame);
    struct inet_view v;
    if (!inet_look(&v, frame_data(f), f->len, f->len) || v.tags > 1)
        return 0;
    uint32_t kind = v.ip6 ? VFSIM_FRAME_IPV6 : 0;
    if (v.ip4) {
        const uint8_t *ip = v.data + v.l3;
        bool right = inet_fold(inet_sum(ip, (ip[0] & 15u) * 4)) == 0xffff;
        kind = VFSIM_FRAME_IPV4 | (right ? VFSIM_FRAME_IP_RIGHT : VFSIM_FRAME_IP_WRONG);
    }
    bool l4 = kind && !v.fragment && (v.proto == INET_PROTO_TCP || v.proto == INET_PROTO_UDP);
    if (!l4)
        return kind;
    kind |= v.proto == INET_PROTO_TCP ? VFSIM_FRAME_TCP : VFSIM_FRAME_UDP;
    if (!v.l4_csum || v.routed || v.l3_end > v.len)
        return kind;
    bool right = inet_fold(inet_transport_sum(&v)) == 0xffff;
    return kind | (right ? VFSIM_FRAME_L4_RIGHT : VFSIM_FRAME_L4_WRONG);
}

bool vfsim_frame_has_bad_crc(struct vfsim_nic *nic, vfsim_frame frame) { return get(nic, frame)->flags & FRAME_BAD_FCS; }
vfsim_frame vfsim_frame_copy(struct vfsim_nic *nic, vfsim_frame frame) { return frame_clone(chip_component(nic), frame); }
void vfsim_frame_push_vlan(struct vfsim_nic *nic, vfsim_frame frame, uint16_t tci) { frame_vlan_push(get(nic, frame), tci); }
bool vfsim_frame_pop_vlan(struct vfsim_nic *nic, vfsim_frame frame, uint16_t *tci) { return frame_vlan_pop(get(nic, frame), tci); }
uint32_t *vfsim_frame_mark(struct vfsim_nic *nic, vfsim_frame frame) { return &get(nic, frame)->mark; }

int vfsim_reason(const char *name)
{
    for (int f = 0; f < FATE_COUNT; f++)
        if (!strcmp(fate_name((enum fate)f), name))
            return fate_is_delivery((enum fate)f) ? -1 : f;
    return -1;
}

static enum fate fate_of(int reason)
{
    assert(reason >= 0 && reason < FATE_COUNT && !fate_is_delivery((enum fate)reason) && "a reason is one of vfsim_reason()");
    return (enum fate)reason;
}

void vfsim_nic_drop(struct vfsim_nic *nic, vfsim_frame frame, int reason)
{
    frame_end(chip_component(nic), frame, fate_of(reason));
}

void vfsim_function_drop(struct vfsim_function *fn, vfsim_frame frame, int reason)
{
    struct component *c = chip_component(fn->nic);
    if (fn->number < 0)
        frame_end_sub(c, frame, fate_of(reason), "pf", -1);
    else
        frame_end_sub(c, frame, fate_of(reason), "vf %d", fn->number);
}

/* ---- the wire ---- */

vfsim_time vfsim_wire_free_at(const struct vfsim_nic *nic) { return port_free_at(&nic->nic.uplink); }
void vfsim_wire_send(struct vfsim_nic *nic, vfsim_frame frame) { port_send(&nic->nic.uplink, frame); }
bool vfsim_link_is_up(const struct vfsim_nic *nic) { return port_link_is_up(&nic->nic.uplink); }

/* ---- words ---- */

void vfsim_trace(struct vfsim_nic *nic, const char *format, ...)
{
    char text[256];
    va_list args;
    if (!trace_wanted(chip_component(nic), TRACE_nic))
        return;
    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    trace_chip_says(chip_component(nic), text);
}

/* ---- saving what is no state ---- */

bool vfsim_save_is_loading(const struct vfsim_save *save) { return save_is_loading((const struct save *)save); }

void vfsim_save_bytes(struct vfsim_save *save, void *bytes, size_t length)
{
    save_bytes((struct save *)save, (uint8_t *)bytes, length);
}

void vfsim_save_refuse(struct vfsim_save *save, const char *format, ...)
{
    char text[160];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    save_fail((struct save *)save, -EPROTO, "%s", text);
}
