/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the PF's driver asks for [virtio 1.3 2.13, desc.h]: the command in its function's state, answered at once or by a fence. */
#include <string.h>

#include "nic/virtio/vio__.h"

struct command {
    struct virtio_admin_cmd_hdr hdr;
    const uint8_t *data;
    uint32_t len;
    struct vio_function *fn; /* the VF that it is of; NULL: of the device itself */
};

static void answer(struct vio *v, uint16_t status, uint16_t qualifier, const void *result, uint32_t len)
{
    uint8_t out[sizeof(struct virtio_admin_cmd_status) + VIO_COMMAND_BYTES];
    struct virtio_admin_cmd_status head = {.status = status, .status_qualifier = qualifier};

    memcpy(out, &head, sizeof(head));
    if (len)
        memcpy(out + sizeof(head), result, len);
    vio__command_answer(vio_pf(v), out, (uint32_t)sizeof(head) + len);
}

static void good(struct vio *v, const void *result, uint32_t len)
{
    answer(v, VIRTIO_ADMIN_STATUS_OK, VIRTIO_ADMIN_STATUS_Q_OK, result, len);
}

static void bad(struct vio *v, uint16_t qualifier) { answer(v, VIRTIO_ADMIN_STATUS_EINVAL, qualifier, NULL, 0); }

/* ---- of a VF ---- */

static bool provision(struct vio_function *fn, const struct vio_provision *set)
{
    if (!set->pairs || set->pairs > VIO_PAIRS_MAX || (fn->s.status & VIRTIO_STATUS_DRIVER_OK))
        return false;
    fn->s.set = *set;
    vio__config_changed(fn);
    return true;
}

static bool set_rss(struct vio_function *fn, const struct vio_rss *rss)
{
    bool fits = rss->pairs && rss->pairs <= VIO_PAIRS_MAX && !(rss->types & ~VIRTIO_NET_HASH_TYPES_ALL);

    for (unsigned i = 0; fits && i < sizeof(rss->table); i++)
        fits = rss->table[i] < rss->pairs;
    if (fits)
        fn->s.rss = *rss;
    return fits;
}

static void run(struct vio_function *fn, uint32_t what)
{
    fn->s.run = what;
    for (unsigned n = 0; n + 1 < vio_queues(fn); n++) {
        if (vio_is_rx(n) && (what & (VIO_RUN_RX | VIO_RUN_LRO)) != (VIO_RUN_RX | VIO_RUN_LRO))
            vio__lro_close(fn, &fn->queue[n]);
        if (fn->queue[n].enabled)
            vio__ready(fn, &fn->queue[n]);
    }
}

static uint32_t waiting(const struct vio_function *fn)
{
    uint32_t n = 0;

    for (unsigned i = 0; i < vio_queues(fn); i += 2)
        n += fn->queue[i].waits.count;
    return n;
}

bool vio__function_is_busy(struct vio *v, unsigned f)
{
    for (uint64_t i = v->s.tx_got; i != v->s.tx_put; i++)
        if (v->s.tx[i % VIO_TX_ENTRIES].function == f && !v->s.tx[i % VIO_TX_ENTRIES].over)
            return true;
    for (unsigned s = 0; s < VIO_WRITES; s++)
        if (!(v->s.write_free >> s & 1) && v->s.write[s].function == f)
            return true;
    return false;
}

static void status(struct vio_function *fn)
{
    struct vio_status out = {.waiting = waiting(fn)};

    out.flags |= vio__function_is_busy(fn->chip, fn->vport) ? VIO_IS_BUSY : 0;
    out.flags |= fn->s.status & VIRTIO_STATUS_NEEDS_RESET ? VIO_IS_BROKEN : 0;
    out.flags |= fn->s.status & VIRTIO_STATUS_DRIVER_OK ? VIO_IS_RUNNING : 0;
    good(fn->chip, &out, sizeof(out));
}

static void stats(struct vio_function *fn)
{
    struct vports_counts out = {.rx_multicast = fn->s.rx_multicast};

    for (unsigned p = 0; p < VIO_PAIRS_MAX; p++) {
        out.queue[p].rx_frames = fn->queue[2 * p].rx_frames;
        out.queue[p].rx_bytes = fn->queue[2 * p].rx_bytes;
        out.queue[p].rx_no_buffer = fn->queue[2 * p].rx_no_buffer;
        out.queue[p].tx_frames = fn->queue[2 * p + 1].tx_frames;
        out.queue[p].tx_bytes = fn->queue[2 * p + 1].tx_bytes;
    }
    good(fn->chip, &out, sizeof(out));
}

/* ---- what VFs' drivers ask for ---- */

static void next_control(struct vio *v)
{
    struct vio_control out = {.vf = VIO_NOBODY};
    const struct vio_function *first = NULL;

    for (unsigned i = 0; i < v->nic.vf_count; i++) {
        const struct vio_function *fn = &v->fn[i];
        if (fn->s.command.phase == VIO_COMMAND_WAITS && (!first || fn->s.command.since < first->s.command.since))
            first = fn;
    }
    v->s.admin.asked = first ? first->vport + 1 : 0;
    if (first) {
        const struct vio_command_state *c = &first->s.command;
        out.vf = first->vport;
        out.class = c->data[0];
        out.command = c->data[1];
        out.len = (uint16_t)(c->len - 2);
        memcpy(out.data, c->data + 2, sizeof(out.data));
    }
    good(v, &out, sizeof(out));
}

/* What the driver has allowed of the device's own. */
static void carry_out(struct vio_function *fn)
{
    const struct vio_command_state *c = &fn->s.command;
    uint16_t pairs;

    if (c->data[0] != VIRTIO_NET_CTRL_MQ || c->data[1] != VIRTIO_NET_CTRL_MQ_VQ_PAIRS_SET || c->len < 4)
        return;
    memcpy(&pairs, c->data + 2, sizeof(pairs));
    if (pairs && pairs <= fn->s.set.pairs)
        fn->s.pairs = pairs;
}

static bool give_answer(struct vio *v, struct vio_function *fn, uint32_t ack)
{
    uint8_t byte = ack == VIRTIO_NET_OK ? VIRTIO_NET_OK : VIRTIO_NET_ERR;

    if (v->s.admin.asked != fn->vport + 1 || fn->s.command.phase != VIO_COMMAND_WAITS)
        return false; /* it was reset meanwhile */
    v->s.admin.asked = 0;
    if (byte == VIRTIO_NET_OK)
        carry_out(fn);
    vio__command_answer(fn, &byte, 1);
    for (unsigned n = 1; n < vio_queues(fn); n += 2)
        if (fn->queue[n].enabled && !vio_is_command_queue(fn, n))
            vio__tx_kick(fn, n);
    return true;
}

/* ---- fences ---- */

static void fence(struct vio *v, uint32_t opcode)
{
    for (unsigned f = 0; f <= v->nic.vf_count; f++)
        for (unsigned n = 0; n < vio_queues(&v->fn[f]); n += 2) {
            struct vio_queue_state *q = &v->fn[f].queue[n];
            if (!q->lives)
                continue;
            if (opcode == VIO_ADMIN_RX_FENCE)
                vio__lro_close(&v->fn[f], q);
            q->rx_target = q->rx_taken;
        }
    v->s.admin.tx_target = v->s.tx_put;
    v->s.admin.opcode = opcode;
    vio__admin_look(v);
}

static bool rx_has_passed(const struct vio *v)
{
    for (unsigned f = 0; f <= v->nic.vf_count; f++)
        for (unsigned n = 0; n < vio_queues(&v->fn[f]); n += 2)
            if (v->fn[f].queue[n].rx_passed < v->fn[f].queue[n].rx_target)
                return false;
    return true;
}

void vio__admin_look(struct vio *v)
{
    if (!v->s.admin.opcode || (v->s.admin.opcode == VIO_ADMIN_RX_FENCE ? !rx_has_passed(v) : v->s.tx_got < v->s.admin.tx_target))
        return;
    v->s.admin.opcode = 0;
    good(v, NULL, 0);
}

/* ---- which is which ---- */

/* Bytes of its data; whether it is of a VF. */
static const struct {
    uint16_t opcode;
    uint16_t bytes;
    bool of_vf;
} commands[] = {
    {VIRTIO_ADMIN_CMD_LIST_QUERY, 0, false},
    {VIRTIO_ADMIN_CMD_LIST_USE, 8, false},
    {VIO_ADMIN_PROVISION, sizeof(struct vio_provision), true},
    {VIO_ADMIN_RSS, sizeof(struct vio_rss), true},
    {VIO_ADMIN_RUN, 4, true},
    {VIO_ADMIN_STATUS, 0, true},
    {VIO_ADMIN_STATS, 0, true},
    {VIO_ADMIN_RX_FENCE, 0, false},
    {VIO_ADMIN_TX_FENCE, 0, false},
    {VIO_ADMIN_CONTROL, 0, false},
    {VIO_ADMIN_ANSWER, 4, true},
};

/* Why it can't be, VIRTIO_ADMIN_STATUS_Q_*. */
static uint16_t judge(struct vio *v, struct command *c)
{
    unsigned i = 0;

    if (c->len < sizeof(c->hdr) || vio_pf(v)->s.command.faulty)
        return VIRTIO_ADMIN_STATUS_Q_INVALID_COMMAND;
    memcpy(&c->hdr, c->data, sizeof(c->hdr));
    c->data += sizeof(c->hdr);
    c->len -= (uint32_t)sizeof(c->hdr);
    while (i < sizeof(commands) / sizeof(commands[0]) && commands[i].opcode != c->hdr.opcode)
        i++;
    if (i == sizeof(commands) / sizeof(commands[0]))
        return VIRTIO_ADMIN_STATUS_Q_INVALID_OPCODE;
    if (c->hdr.group_type > VIRTIO_ADMIN_GROUP_TYPE_SRIOV ||
        (commands[i].of_vf && c->hdr.group_type != VIRTIO_ADMIN_GROUP_TYPE_SRIOV))
        return VIRTIO_ADMIN_STATUS_Q_INVALID_GROUP;
    if (commands[i].of_vf && (!c->hdr.group_member_id || c->hdr.group_member_id > v->nic.vf_count))
        return VIRTIO_ADMIN_STATUS_Q_INVALID_MEMBER;
    c->fn = commands[i].of_vf ? &v->fn[c->hdr.group_member_id - 1] : NULL;
    return c->len < commands[i].bytes ? VIRTIO_ADMIN_STATUS_Q_INVALID_FIELD : VIRTIO_ADMIN_STATUS_Q_OK;
}

static void of_device(struct vio *v, const struct command *c)
{
    uint64_t known = VIRTIO_BIT(VIRTIO_ADMIN_CMD_LIST_QUERY) | VIRTIO_BIT(VIRTIO_ADMIN_CMD_LIST_USE);

    if (c->hdr.opcode == VIRTIO_ADMIN_CMD_LIST_QUERY)
        good(v, &known, sizeof(known));
    else if (c->hdr.opcode == VIRTIO_ADMIN_CMD_LIST_USE)
        good(v, NULL, 0);
    else if (c->hdr.opcode == VIO_ADMIN_CONTROL)
        next_control(v);
    else
        fence(v, c->hdr.opcode);
}

static void of_vf(struct vio *v, const struct command *c)
{
    struct vio_provision set;
    struct vio_rss rss;
    uint32_t word = 0;
    bool taken = true;

    if (c->len >= sizeof(word))
        memcpy(&word, c->data, sizeof(word));
    switch (c->hdr.opcode) {
    case VIO_ADMIN_PROVISION:
        memcpy(&set, c->data, sizeof(set));
        taken = provision(c->fn, &set);
        break;
    case VIO_ADMIN_RSS:
        memcpy(&rss, c->data, sizeof(rss));
        taken = set_rss(c->fn, &rss);
        break;
    case VIO_ADMIN_RUN:
        run(c->fn, word);
        break;
    case VIO_ADMIN_STATUS:
        status(c->fn);
        return;
    case VIO_ADMIN_STATS:
        stats(c->fn);
        return;
    default:
        taken = give_answer(v, c->fn, word);
    }
    if (taken)
        good(v, NULL, 0);
    else
        bad(v, VIRTIO_ADMIN_STATUS_Q_INVALID_FIELD);
}

void vio__admin(struct vio *v)
{
    struct vio_function *pf = vio_pf(v);
    struct command c = {.data = pf->s.command.data, .len = pf->s.command.len};
    uint16_t why = judge(v, &c);

    if (why != VIRTIO_ADMIN_STATUS_Q_OK)
        bad(v, why);
    else if (c.fn)
        of_vf(v, &c);
    else
        of_device(v, &c);
}
