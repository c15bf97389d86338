/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The public face of the PF drivers: requests one at a time in order of arrival, VF life, events, save and load. */
#include "pf/pf__.h"

#include <assert.h>
#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/alloc.h"

static const struct pf_chip *const chips[] = {&pf__ixgbe, &pf__ixgbe_regular, &pf__igb, &pf__upt};

static const char *const state_name[] = {"free", "acquired", "enabled", "active", "reset"};

const char *pf_op_name(enum vmk_netptop op)
{
    switch ((int)op) {
    case VMK_NETPTOP_IS_SUPPORTED: return "IS_SUPPORTED";
    case VMK_NETPTOP_VF_ACQUIRE: return "VF_ACQUIRE";
    case VMK_NETPTOP_VF_INIT: return "VF_INIT";
    case VMK_NETPTOP_VF_ACTIVATE: return "VF_ACTIVATE";
    case VMK_NETPTOP_VF_QUIESCE: return "VF_QUIESCE";
    case VMK_NETPTOP_VF_SAVE_STATE: return "VF_SAVE_STATE";
    case VMK_NETPTOP_VF_RELEASE: return "VF_RELEASE";
    case VMK_NETPTOP_VF_GET_INFO: return "VF_GET_INFO";
    case VMK_NETPTOP_VF_SET_RSS_IND_TABLE: return "VF_SET_RSS_IND_TABLE";
    case VMK_NETPTOP_VF_GET_QUEUE_STATS: return "VF_GET_QUEUE_STATS";
    case VMK_NETPTOP_VF_GET_QUEUE_STATUS: return "VF_GET_QUEUE_STATUS";
    case VMK_NETPTOP_VF_SET_MAC: return "VF_SET_MAC";
    case VMK_NETPTOP_VF_SET_MULTICAST: return "VF_SET_MULTICAST";
    case VMK_NETPTOP_VF_SET_RX_MODE: return "VF_SET_RX_MODE";
    case VMK_NETPTOP_VF_ADD_VLAN_RANGE: return "VF_ADD_VLAN_RANGE";
    case VMK_NETPTOP_VF_DEL_VLAN_RANGE: return "VF_DEL_VLAN_RANGE";
    case VMK_NETPTOP_VF_SET_DEFAULT_VLAN: return "VF_SET_DEFAULT_VLAN";
    case VMK_NETPTOP_VF_SET_ANTISPOOF: return "VF_SET_ANTISPOOF";
    case VMK_NETPTOP_VF_SET_IML: return "VF_SET_IML";
    case VMK_NETPTOP_PF_ADD_MAC_FILTER: return "PF_ADD_MAC_FILTER";
    case VMK_NETPTOP_PF_DEL_MAC_FILTER: return "PF_DEL_MAC_FILTER";
    case VMK_NETPTOP_PF_MIRROR_ALL: return "PF_MIRROR_ALL";
    case VMK_NETPTOP_VF_SET_MTU: return "VF_SET_MTU";
    case PF_OP_MOVE_MAC: return "MOVE_MAC";
    case PF_OP_RX_FENCE: return "RX_FENCE";
    case PF_OP_TX_FENCE: return "TX_FENCE";
    case PF_OP_PF_TX_FENCE: return "PF_TX_FENCE";
    case PF_OP_VF_FLR: return "VF_FLR";
    case PF_OP_PF_FLR: return "PF_FLR";
    case PF_OP_SET_MTU: return "SET_MTU";
    case PF_OP_SET_NUM_VFS: return "SET_NUM_VFS";
    case PF_OP_VF_SET_TX_RATE: return "VF_SET_TX_RATE";
    case PF_OP_NETDEV_RINGS: return "NETDEV_RINGS";
    case PF_OP_NETDEV_CHANNELS: return "NETDEV_CHANNELS";
    case PF_OP_NETDEV_FEATURES: return "NETDEV_FEATURES";
    case PF_OP_NETDEV_RSS: return "NETDEV_RSS";
    case PF_OP_NETDEV_ADDRESS: return "NETDEV_ADDRESS";
    case PF_OP_NETDEV_MTU: return "NETDEV_MTU";
    case PF_OP_NETDEV_DOWN: return "NETDEV_DOWN";
    case PF_OP_NETDEV_UP: return "NETDEV_UP";
    case PF_OP_NETDEV_REINIT: return "NETDEV_REINIT";
    case PF_OP_START: return "START";
    case PF_OP_MISC: return "MAILBOX";
    default: return "?";
    }
}

/* ---- services for the routines ---- */

sim_time pf__cpu(struct pf *pf, uint64_t cycles)
{
    sim_time span = sim_rate_take(&pf->s.cpu, cycles);

    pf->s.cpu_ps += span;
    return span;
}

void pf__write(struct pf *pf, uint32_t off, uint32_t value)
{
    struct pf_op *op = &pf->op[pf->s.op_get % PF_OPS_MAX];
    op->wrote |= pf->s.op_running;
    pci_mmio_write(pf->nic->pf, &pf->c, sim_now(pf->c.sim), pf->chip->reg_bar, off, 4, value);
}

void pf__ask(struct pf *pf, uint32_t off)
{
    pci_mmio_read(pf->nic->pf, &pf->c, sim_now(pf->c.sim), pf->chip->reg_bar, off, 4, EV_HOST, PF_EV_READ,
                  ++pf->s.read_serial);
}

void pf__sleep(struct pf *pf, sim_time span)
{
    event_post(&pf->c, &pf->c, sim_time_add(sim_now(pf->c.sim), span), EV_HOST, PF_EV_WAKE, ++pf->s.read_serial, 0, 0);
}

void pf__vf_set_state(struct pf *pf, unsigned vf, enum pf_vf_state state)
{
    trace_pf_vf_state(&pf->c, vf, state_name[pf->s.vf[vf].state], state_name[state]);
    pf__say_state(pf, vf, state_name[state]);
    pf->s.vf[vf].state = state;
}

/* ---- the queue of operations ---- */

static void op_begin(struct pf *pf)
{
    if (pf->s.op_running || pf->s.op_get == pf->s.op_put)
        return;
    pf->s.op_running = true;
    struct pf_op *op = &pf->op[pf->s.op_get % PF_OPS_MAX];
    uint64_t cycles = op->op == PF_OP_START ? 0 : profile_get(&pf->c.sim->profile, PROFILE_pf_op_cycles);
    event_post(&pf->c, &pf->c, sim_now(pf->c.sim) + pf__cpu(pf, cycles), EV_HOST, PF_EV_GO, 0, 0, 0);
}

void pf__report(struct pf *pf, const struct pf_op *op, int status)
{
    struct component *from = op->from ? component_by_id(pf->c.sim, op->from) : NULL;
    trace_pf_op_done(&pf->c, pf_op_name((enum vmk_netptop)op->op), op->args.vf, pf_status_text((enum vmk_netptop)op->op, status));
    if (!from)
        return;
    pf__say_answered(pf, op, status);
    event_post(&pf->c, from, sim_now(pf->c.sim), EV_HOST, op->verb, op->cookie, (uint64_t)(int64_t)status,
                   (uint64_t)(int64_t)op->args.vf);
}

static void op_go_on(struct pf *pf)
{
    struct pf_op *op = &pf->op[pf->s.op_get % PF_OPS_MAX];
    int status = op->op == PF_OP_SET_NUM_VFS ? pf__set_num_vfs(pf, op) : pf__run(pf, op);
    if (status == PF_WAIT)
        return;
    pf__report(pf, op, status);
    pf->s.op_get++;
    pf->s.op_running = false;
    op_begin(pf);
}

static struct pf_op *op_append(struct pf *pf, uint32_t kind, bool from_outside)
{
    uint32_t limit = from_outside ? PF_OPS_MAX - PF_OPS_OWN : PF_OPS_MAX;
    if (pf->s.op_put - pf->s.op_get >= limit)
        return NULL;
    struct pf_op *op = &pf->op[pf->s.op_put++ % PF_OPS_MAX];
    memset(op, 0, sizeof(*op));
    op->op = kind;
    return op;
}

void pf__enqueue_own(struct pf *pf, uint32_t kind, int vf)
{
    struct pf_op *op = op_append(pf, kind, false);
    assert(op && "START and one MISC always find room");
    op->args.vf = vf;
    op_begin(pf);
}

static void request(struct pf *pf, enum vmk_netptop kind, const struct pf_args *args, struct component *from, uint16_t verb,
                    uint64_t cookie, bool admin)
{
    struct pf_op *op = op_append(pf, (uint32_t)kind, true), asked = {.op = (uint32_t)kind, .args = *args, .from = from->id,
                                                                 .verb = verb, .cookie = cookie};
    pf__say_asked(pf, &asked);
    if (!op) {
        pf__report(pf, &asked, -EBUSY);
        return;
    }
    memcpy(&op->args, args, offsetof(struct pf_args, multicast) + sizeof(args->multicast)); /* not the padding: it is saved */
    op->args.gap_ps = args->gap_ps;
    op->from = from->id;
    op->verb = verb;
    op->cookie = cookie;
    op->admin = admin;
    op_begin(pf);
}

void pf_request(struct pf *pf, enum vmk_netptop op, const struct pf_args *args, struct component *from, uint16_t verb,
                uint64_t cookie)
{
    request(pf, op, args, from, verb, cookie, false);
}

void pf_admin_request(struct pf *pf, enum vmk_netptop op, const struct pf_args *args, struct component *from, uint16_t verb,
                      uint64_t cookie)
{
    request(pf, op, args, from, verb, cookie, true);
}

/* ---- the component ---- */

/* A function-level reset that PF_OP_VF_FLR began is over; the VF's driver may go on. The requester's name travels in a, b, the
 * conversation in c. */
static void flr_over(struct pf *pf, const struct event *ev)
{
    unsigned vf = (unsigned)(ev->a & 0xffff);
    struct pf_op op = {.op = PF_OP_VF_FLR,
                       .args = {.vf = (int32_t)vf, .talk = (uint32_t)ev->c, .talker = (uint16_t)(ev->c >> 32)},
                       .from = (uint16_t)(ev->a >> 16),
                       .verb = (uint16_t)(ev->a >> 32), .cookie = ev->b};
    pf->s.vf[vf].flr_under_way = false;
    pf__report(pf, &op, 0);
}

static void event(struct component *c, const struct event *ev)
{
    struct pf *pf = (struct pf *)c;
    switch ((enum pf_verb)ev->verb) {
    case PF_EV_GO:
        pf__say_begun(pf, &pf->op[pf->s.op_get % PF_OPS_MAX]);
        op_go_on(pf);
        break;
    case PF_EV_READ:
        assert(ev->a == pf->s.read_serial && "an answer nobody waits for");
        pf->s.value = (uint32_t)ev->b;
        op_go_on(pf);
        break;
    case PF_EV_WAKE: op_go_on(pf); break;
    case PF_EV_POLL:
        pf->s.channel[ev->a].poll_pending = false;
        pf->chip->poll(pf, (unsigned)ev->a);
        break;
    case PF_EV_KICK:
        pf->s.channel[ev->a].kick_pending = false;
        pf->chip->kick(pf, (unsigned)ev->a);
        break;
    case PF_EV_MISC:
        pf->s.misc_queued = true;
        pf__enqueue_own(pf, PF_OP_MISC, PF_ANY_VF);
        break;
    case PF_EV_FLR_OVER: flr_over(pf, ev); break;
    case PF_EV_NUM_VFS: pf__num_vfs_over(pf, ev); break;
    }
}

static void save(struct component *c, struct save *s)
{
    struct pf *pf = (struct pf *)c;
    save_section(s, "pf", 5);
    save_expect_u64(s, "ring", pf->ring_len);
    save_expect_u64(s, "queues of a VF", pf->queues);
    save_field(s, pf->s);
    if (pf->s.op_put - pf->s.op_get > PF_OPS_MAX) {
        save_fail(s, -EPROTO, "%u operations waiting", pf->s.op_put - pf->s.op_get);
        return;
    }
    for (uint32_t i = pf->s.op_get; i != pf->s.op_put && !s->err; i++)
        save_field(s, pf->op[i % PF_OPS_MAX]);
    if (pf->s.channels > pf->channels_max || pf->s.ring_rx > pf->ring_max || pf->s.ring_tx > pf->ring_max) {
        save_fail(s, -EPROTO, "a PF of %u channels", pf->s.channels);
        return;
    }
    for (unsigned q = 0; q < pf->s.channels; q++)
        save_bytes(s, pf->tx_rs[q], pf->s.ring_tx);
    iommu_save(pf->domain, s);
    if (pf->chip->save)
        pf->chip->save(pf, s);
}

static const struct component_ops component_ops = {.kind = "pf", .event = event, .save = save};

static void uplink_receive(struct port *port, frame_ref ref)
{
    struct pf *pf = (struct pf *)port->owner;
    pf->chip->send(pf, ref);
}

static const struct port_ops port_ops = {.receive = uplink_receive};

static void message(struct msi_sink *sink, struct pci_function *fn, uint64_t address, uint32_t data)
{
    struct pf *pf = (struct pf *)((char *)sink - offsetof(struct pf, sink));
    pf->chip->message(pf, data);
}

static const struct pf_chip *chip_find(const char *model)
{
    for (unsigned i = 0; i < sizeof(chips) / sizeof(chips[0]); i++)
        if (!strcmp(chips[i]->model, model))
            return chips[i];
    return NULL;
}

static uint32_t ring_of(const struct pf_params *params)
{
    return params->ring_len_desc ? params->ring_len_desc : PF_RING_DEFAULT;
}

static uint32_t ring_max_of(const struct pf_params *params)
{
    return params->ring_max_desc > ring_of(params) ? params->ring_max_desc : ring_of(params);
}

static unsigned channels_of(const struct pf_params *params) { return params->channels_max ? params->channels_max : 1; }

uint64_t pf_memory_needed(const struct pf_params *params)
{
    const struct pf_chip *chip = chip_find(params->nic->model->name);
    return chip ? channels_of(params) * chip->memory(ring_max_of(params), ring_max_of(params)) : 0;
}

struct pf *pf_create(struct sim *sim, const char *name, const struct pf_params *params, char *err, size_t err_cap)
{
    const struct pf_chip *chip = chip_find(params->nic->model->name);
    uint32_t ring = ring_of(params);
    if (!chip) {
        snprintf(err, err_cap, "no PF driver for NIC model '%s'", params->nic->model->name);
        return NULL;
    }
    if (ring < PF_RING_MIN_DESC || ring_max_of(params) > PF_RING_MAX || ring % chip->ring_step) {
        snprintf(err, err_cap, "a ring has %d to %d descriptors, a multiple of %u, not %u", PF_RING_MIN_DESC, PF_RING_MAX,
                 chip->ring_step, ring);
        return NULL;
    }
    if (channels_of(params) > PF_CHANNELS_MAX) {
        snprintf(err, err_cap, "a PF driver has 1 to %d channels, not %u", PF_CHANNELS_MAX, channels_of(params));
        return NULL;
    }
    unsigned queues = params->vf_queues ? params->vf_queues : chip->vf_queues;
    if (chip->passthru != PF_PASSTHRU_UPT && ((queues != 2 && queues != 4) || queues > chip->hw->vf_queues_max ||
                                              (queues == 4 && params->nic->vf_count > 31))) {
        snprintf(err, err_cap, "a VF of model '%s' has 2 queues%s, not %u with %u VFs", chip->model,
                 chip->hw->vf_queues_max > 2 ? ", or 4 with up to 31 VFs" : "", queues, params->nic->vf_count);
        return NULL;
    }
    if (params->mem_base % 4096 || params->mem_len < pf_memory_needed(params) ||
        !mem_at(params->mem, params->mem_base, params->mem_len)) {
        snprintf(err, err_cap, "PF driver '%s' needs %llu bytes of host memory at a page's start", name,
                 (unsigned long long)pf_memory_needed(params));
        return NULL;
    }
    struct pf *pf = recycler_take(sim->recycler, "a PF driver", sizeof(*pf), RECYCLER_ZEROED);
    component_init(&pf->c, sim, &component_ops, name);
    pf->chip = chip;
    pf->nic = params->nic;
    pf->mem = params->mem;
    pf->mem_base = params->mem_base;
    pf->mem_len = params->mem_len & ~UINT64_C(4095);
    pf->ring_len = ring;
    pf->ring_max = ring_max_of(params);
    pf->channels_max = channels_of(params);
    if (pf->nic->symmetric) {
        pf->own_vf = pf->nic->vf[pf->nic->vf_count - 1];
        pf->channels_max = 1;
        pf->s.tx_stopped = true; /* until it is up */
    }
    pf__ixgbe_netdev_init(pf);
    pf->queues = queues;
    pf->sink.message = message;
    pf->s.cpu = sim_rate_cycles(profile_get(&sim->profile, PROFILE_cpu_khz));
    for (unsigned v = 0; v < pf__vfs(pf); v++)
        pf->s.vf[v].admin.spoofchk = true; /* as Linux does */
    pf->s.num_vfs = pf->nic->vf_count;
    pf->s.eitr_count = chip->hw->pf_eitr_count;
    char domain_name[64];
    snprintf(domain_name, sizeof(domain_name), "%s.dma", name);
    pf->domain = iommu_domain_create(&pf->c, domain_name, params->mem_base + params->mem_len);
    if (!pf->domain) {
        snprintf(err, err_cap, "PF driver '%s': no IOMMU domain of %llu bytes", name,
                 (unsigned long long)(params->mem_base + params->mem_len));
        recycler_give(sim->recycler, pf, sizeof(*pf), RECYCLER_ZEROED);
        return NULL;
    }
    int status = chip->create ? chip->create(pf) : 0;
    if (!status)
        status = port_init(&pf->uplink, &pf->c, 0, name, &port_ops);
    if (status) {
        snprintf(err, err_cap, "port '%s': %s", name, pf_status_text((enum vmk_netptop)0, status));
        if (chip->destroy)
            chip->destroy(pf);
        iommu_domain_destroy(pf->domain);
        recycler_give(sim->recycler, pf, sizeof(*pf), RECYCLER_ZEROED);
        return NULL;
    }
    status = pf__use_memory(pf);
    assert(status == 0);
    pci_function_set_domain(pf->nic->pf, pf->domain);
    pci_function_set_sink(pf->nic->pf, &pf->sink);
    if (pf->own_vf) {
        pci_function_set_domain(pf->own_vf, pf->domain);
        pci_function_set_sink(pf->own_vf, &pf->sink);
    }
    return pf;
}

void pf_destroy(struct pf *pf)
{
    if (!pf)
        return;
    port_fini(&pf->uplink);
    iommu_domain_destroy(pf->domain);
    if (pf->chip->destroy)
        pf->chip->destroy(pf);
    recycler_give(pf->c.sim->recycler, pf, sizeof(*pf), RECYCLER_ZEROED);
}

void pf_start(struct pf *pf)
{
    assert(!pf->s.started);
    pf->s.started = true;
    pf__enqueue_own(pf, PF_OP_START, PF_ANY_VF);
}

/* ---- views ---- */

int pf_vf_info(const struct pf *pf, unsigned vf, struct pf_vf_info *out)
{
    if (vf >= pf__vfs(pf) || pf->s.vf[vf].state == PF_VF_FREE)
        return -EINVAL;
    memset(out, 0, sizeof(*out));
    pf->chip->vf_info(pf, vf, out);
    return 0;
}

int pf_vf_stats(const struct pf *pf, unsigned vf, struct pf_vf_stats *out)
{
    if (vf >= pf__vfs(pf) || pf->s.vf[vf].state == PF_VF_FREE)
        return -EINVAL;
    *out = pf->s.vf[vf].stats;
    return 0;
}

int pf_vf_queue_status(const struct pf *pf, unsigned vf, unsigned queue, struct pf_queue_status *out)
{
    if (vf >= pf__vfs(pf) || queue >= PF_QUEUES_MAX || pf->s.vf[vf].state == PF_VF_FREE)
        return -EINVAL;
    *out = pf->s.vf[vf].status[queue];
    return 0;
}

enum pf_vf_state pf_vf_get_state(const struct pf *pf, unsigned vf)
{
    return vf < pf__vfs(pf) ? pf->s.vf[vf].state : PF_VF_FREE;
}

unsigned pf_vf_count(const struct pf *pf) { return pf__vfs(pf); }
unsigned pf_num_vfs(const struct pf *pf) { return pf->s.num_vfs < pf__vfs(pf) ? pf->s.num_vfs : pf__vfs(pf); }
unsigned pf_vf_free(const struct pf *pf)
{
    unsigned free = 0;
    for (unsigned v = 0; v < pf_num_vfs(pf); v++)
        free += pf->s.vf[v].state == PF_VF_FREE;
    return free;
}
unsigned pf_vf_vectors(const struct pf *pf) { return pf__hw(pf)->vf_vectors; }
enum pf_passthru pf_passthru(const struct pf *pf) { return pf__is_sriov(pf) ? pf->chip->passthru : PF_PASSTHRU_NONE; }
unsigned pf_vf_queues(const struct pf *pf) { return pf->queues; }
struct nic *pf_nic(const struct pf *pf) { return pf->nic; }
struct port *pf_uplink(struct pf *pf) { return &pf->uplink; }
const uint8_t *pf_mac(const struct pf *pf) { return pf->s.filter[0].mac; }

void pf_listen(struct pf *pf, struct component *to, uint16_t verb, uint32_t cookie)
{
    pf->listener = to;
    pf->listener_verb = verb;
    pf->listener_cookie = cookie;
}

uint64_t pf_cpu_ps(const struct pf *pf) { return pf->s.cpu_ps; }

void pf_vf_get_mac(const struct pf *pf, unsigned vf, uint8_t mac[6])
{
    const struct pf_vf *v = vf < pf__vfs(pf) ? &pf->s.vf[vf] : NULL;
    memset(mac, 0, 6);
    if (v)
        memcpy(mac, v->has_mac ? v->mac : v->admin.mac, 6);
}

void pf_vf_get_admin(const struct pf *pf, unsigned vf, struct pf_vf_admin *out)
{
    if (vf < pf__vfs(pf))
        *out = pf->s.vf[vf].admin, out->spoofchk = pf__spoof_is_checked(&pf->s.vf[vf]);
    else
        memset(out, 0, sizeof(*out));
}
