/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The suite's calls (guest/conformance/stand.h), carried out. */
#include <errno.h>
#include <linux/pci_regs.h>
#include <stdlib.h>
#include <string.h>

#include "conformance/conformance__.h"
#include "core/alloc.h"

static void text_of(struct stand *s, const struct stand_call *call, char text[CONFORMANCE_TEXT])
{
    size_t len = call->len < CONFORMANCE_TEXT - 1 ? call->len : CONFORMANCE_TEXT - 1;
    const char *from = mem_at(vm_mem(s->vm), call->gpa, len);
    memset(text, 0, CONFORMANCE_TEXT);
    if (from)
        memcpy(text, from, len);
}

static uint64_t over(struct stand *s, const struct stand_call *call)
{
    s->is_over = true;
    if (call->a == STAND_END_NOT_HERE && s->result->verdict == CONFORMANCE_HOLDS) {
        s->result->verdict = CONFORMANCE_NOT_HERE;
        text_of(s, call, s->result->why);
    }
    return 0;
}

static uint64_t broken(struct stand *s, const struct stand_call *call)
{
    char text[CONFORMANCE_TEXT];
    text_of(s, call, text);
    if (call->a < STAND_RULES)
        stand__broken(s, (enum stand_rule)call->a, "%s", text);
    return 0;
}

static uint64_t arrives(struct stand *s, const struct stand_call *call, struct port *at)
{
    const void *from = mem_at(vm_mem(s->vm), call->gpa, call->len);
    if (!s->nic || !from || call->len < 14 || call->len > FRAME_MAX_JUMBO)
        return EINVAL;
    frame_ref ref = frame_birth(at->owner, FLOW_NONE, (uint32_t)call->len);
    if (!ref)
        return ENOSPC;
    memcpy(frame_data(frame_get(s->sim, ref)), from, call->len);
    if (call->a & STAND_TAGGED)
        frame_vlan_push(frame_get(s->sim, ref), (uint16_t)call->a);
    if (!(call->a & STAND_HELD))
        port_send(at, ref);
    else if (s->held_count < STAND_HELD_MAX)
        s->held[s->held_count++] = ref;
    else
        frame_end(at->owner, ref, FATE_no_buffer);
    return 0;
}

static uint64_t left(struct stand *s, const struct stand_call *call)
{
    struct stand_box *box = &s->peer;
    if (box->taken == box->count)
        return 0;
    unsigned i = box->taken++ % STAND_KEPT;
    uint32_t length = box->length[i];
    uint64_t tag = (uint64_t)box->tag[i] << 32;
    void *to = mem_at(vm_mem(s->vm), call->gpa, call->len);
    if (to && length <= call->len)
        memcpy(to, box->kept[i], length);
    free(box->kept[i]);
    box->kept[i] = NULL;
    return tag | length;
}

static uint64_t spoof(struct stand *s, const struct stand_call *call)
{
    struct pf_args args = {.vf = (int32_t)s->vf, .enable = call->a != 0};
    stand__add(s, VMK_NETPTOP_VF_SET_ANTISPOOF, &args, NULL);
    stand__go(s);
    return s->answer;
}

/* ---- of a chip's cases ---- */

static struct pf_args as_asked(const struct stand *s, const struct stand_op *op)
{
    const struct stand_config *c = &s->config;
    unsigned vf = op->on_other ? 1 - s->vf : s->vf;
    struct pf_args args = {.vf = op->on_pf ? PF_ANY_VF : (int32_t)vf,
                           .enable = (uint8_t)op->enable,
                           .first_vlan = (uint16_t)op->vlan,
                           .last_vlan = (uint16_t)op->vlan,
                           .rate = op->rate,
                           .level = (uint8_t)op->level,
                           .num_tx = (uint8_t)c->queues,
                           .num_rx = (uint8_t)c->queues,
                           .num_intrs = (uint8_t)c->vectors,
                           .mtu = (uint16_t)c->mtu,
                           .rx_unicast = !!(op->modes & STAND_HEARS_UNICAST),
                           .rx_broadcast = !!(op->modes & STAND_HEARS_BROADCAST),
                           .rx_multicast = !!(op->modes & STAND_HEARS_GROUPS),
                           .rx_allmulti = !!(op->modes & STAND_HEARS_ALL_GROUPS),
                           .rss_count = PF_RSS_TABLE_MAX,
                           .multicast_count = 1,
                           .giver = (uint16_t)(op->gives ? s->vf + 1 : 0)};
    memcpy(args.mac, op->mac, sizeof(args.mac));
    memcpy(args.multicast[0], op->mac, sizeof(args.mac));
    memset(args.rss_table, (int)op->queue, sizeof(args.rss_table));
    return args;
}

static uint64_t operate(struct stand *s, const struct stand_call *call)
{
    struct stand_op op;
    const void *from = mem_at(vm_mem(s->vm), call->gpa, sizeof(op));
    if (!from || !s->pf || s->steps)
        return EINVAL;
    memcpy(&op, from, sizeof(op));
    struct pf_args args = as_asked(s, &op);
    if (op.on_other && op.op == VMK_NETPTOP_VF_INIT)
        stand__offer_memory(s, (unsigned)args.vf);
    stand__add(s, (int)op.op, &args, NULL);
    stand__go(s);
    return s->answer;
}

static uint64_t set_deaf(struct stand *s, bool on)
{
    pci_config_write(s->nic->pf, PCI_COMMAND, 2, on ? PCI_COMMAND_MEMORY : PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER);
    pci_msix_enable(s->nic->pf, !on);
    return 0;
}

static uint64_t release(struct stand *s)
{
    for (unsigned i = 0; i < s->held_count; i++)
        port_put_in(&s->nic->uplink, s->held[i]);
    s->held_count = 0;
    return 0;
}

static uint64_t host_has(struct stand *s)
{
    unsigned count = s->host.seen;
    s->host.seen = 0;
    return count;
}

static uint64_t set_mask(struct stand *s, bool masked)
{
    pci_msix_program(s->nic->vf[s->vf], 0, MACHINE_MSI_ADDRESS, 0, masked);
    return 0;
}

static uint64_t set_master(struct stand *s, bool on)
{
    pci_config_write(s->nic->vf[s->vf], 4, 2, on ? 4 : 0);
    return 0;
}

static uint64_t is_on(struct stand *s)
{
    struct pci_function *fn = s->nic->vf[s->vf];
    uint16_t msix = pci_find_capability(fn, 0x11);
    return (pci_config_read(fn, 4, 2) & 4) || (msix && (pci_config_read(fn, msix + 2, 2) & 0x8000));
}

static uint64_t faults(struct stand *s)
{
    s->expects_faults = true;
    return iommu_fault_count(s->domain);
}

static uint64_t counted(struct stand *s)
{
    struct pf_vf_stats stats;
    uint32_t rx = 0, tx = 0;
    if (pf_vf_stats(s->pf, s->vf, &stats))
        return 0;
    for (unsigned q = 0; q < stats.queues; q++) {
        rx += (uint32_t)stats.queue[q].rx_packets;
        tx += (uint32_t)stats.queue[q].tx_packets;
    }
    return (uint64_t)rx << 32 | tx;
}

static int take_counters(struct stand *s)
{
    s->counters = counted(s);
    return 0;
}

static uint64_t ask_for_stats(struct stand *s)
{
    struct pf_args args = {.vf = (int32_t)s->vf};
    s->answers_counters = true;
    stand__add(s, VMK_NETPTOP_VF_GET_QUEUE_STATS, &args, take_counters);
    stand__go(s);
    return s->answer;
}

static uint64_t accesses(struct stand *s)
{
    struct vm_stats stats;
    vm_get_stats(s->vm, &stats);
    return s->config.has_chip ? stats.direct_mmio : s->mock_accesses;
}

static uint64_t carry_out(struct stand *s, const struct stand_call *call)
{
    switch ((enum stand_what)call->what) {
    case STAND_OVER:
        return over(s, call);
    case STAND_BROKEN:
        return broken(s, call);
    case STAND_ARRIVES:
        return arrives(s, call, &s->peer.port);
    case STAND_HOST_SENDS:
        return arrives(s, call, &s->host.port);
    case STAND_OP:
        return operate(s, call);
    case STAND_RELEASE:
        return release(s);
    case STAND_HOST:
        return host_has(s);
    case STAND_MASK:
        return set_mask(s, call->a);
    case STAND_MASTER:
        return set_master(s, call->a);
    case STAND_IS_ON:
        return is_on(s);
    case STAND_FAULTS:
        return faults(s);
    case STAND_STATS:
        return ask_for_stats(s);
    case STAND_LEFT:
        return left(s, call);
    case STAND_ACTIVATE:
        stand__activate(s);
        return s->answer;
    case STAND_LEAVE:
        stand__leave(s, call->a);
        return s->answer;
    case STAND_CARRY:
        stand__carry(s);
        return s->answer;
    case STAND_DEAF:
        return set_deaf(s, call->a);
    case STAND_SPOOF:
        return spoof(s, call);
    case STAND_ACCESSES:
        return accesses(s);
    case STAND_MODE:
        s->mode = call->a < STAND_MODES ? (enum stand_mode)call->a : STAND_MODE_ECHO;
        return 0;
    }
    return EINVAL;
}

/* ---- its registers ---- */

static uint64_t read_register(struct pci_function *fn, unsigned bar, uint32_t off, unsigned size)
{
    struct stand *s = pci_function_data(fn);
    switch (off) {
    case STAND_ANSWER:
        return s->awaits ? s->answer : s->said;
    case STAND_BUSY_NOW:
        return s->answer == STAND_BUSY;
    case STAND_LAST:
        return s->answer;
    }
    return 0;
}

static void write_register(struct pci_function *fn, unsigned bar, uint32_t off, unsigned size, uint64_t value)
{
    struct stand *s = pci_function_data(fn);
    struct stand_call call;
    mem_settle(vm_mem(s->vm));
    const void *from = mem_at(vm_mem(s->vm), value, sizeof(call));
    if (off != STAND_CALL || !from)
        return;
    memcpy(&call, from, sizeof(call));
    s->calls++;
    s->awaits = false;
    s->said = carry_out(s, &call);
}

static void nothing_read(struct pci_function *fn, uint64_t tag, const void *data, uint32_t len, enum pci_status status) {}
static void nothing_written(struct pci_function *fn, uint64_t tag, enum pci_status status) {}
static void reset(struct pci_function *fn, enum pci_reset kind) {}

void stand__calls_create(struct stand *s)
{
    static const struct pci_function_ops ops = {.mmio_read = read_register,
                                                .mmio_write = write_register,
                                                .dma_read_done = nothing_read,
                                                .dma_write_done = nothing_written,
                                                .reset = reset};
    struct pci_function_params params = {
        .vendor = 0x1af4, .device = 0x10fe, .class_code = 0xff0000, .rid = 0x208, .bar_size = {STAND_REGISTER_BYTES}};
    struct pci_link_params link;
    pci_link_params_default(&link);
    link.emulated = true;
    link.latency_ps = link.memory_ps = 0;
    s->link = pci_link_create(s->sim, "stand link", &link);
    s->registers = pci_function_create(s->link, &s->comp, s, &ops, &params);
    pci_config_write(s->registers, 4, 2, 6);
    vm_map_mmio(s->vm, STAND_REGISTERS, STAND_REGISTER_BYTES, s->registers, 0, 0, VM_MMIO_TRAPPED);
}
