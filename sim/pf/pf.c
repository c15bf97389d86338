/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The public face of the PF drivers: making one for a NIC, by the family that drives it; its events; views. */
#include "pf/pf__.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "core/recycler.h"

static const char *const state_name[] = {"free", "acquired", "enabled", "active", "reset"};

void pf__vf_set_state(struct pf *pf, unsigned vf, enum pf_vf_state state)
{
    trace_pf_vf_state(&pf->c, vf, state_name[pf->s.vf[vf].state], state_name[state]);
    pf__say_state(pf, vf, state_name[state]);
    pf->s.vf[vf].state = state;
}

/* ---- the component ---- */

static void event(struct component *c, const struct event *ev)
{
    struct pf *pf = (struct pf *)c;
    switch ((enum pf_verb)ev->verb) {
    case PF_EV_GO:
    case PF_EV_READ:
    case PF_EV_WAKE:
        pf__op_event(pf, ev);
        break;
    case PF_EV_HANDLED:
        pf__handled(pf, (unsigned)ev->a);
        break;
    case PF_EV_POLL:
        pf->s.channel[ev->a].poll_pending = false;
        pf->family->poll(pf, (unsigned)ev->a);
        break;
    case PF_EV_KICK:
        pf->s.channel[ev->a].kick_pending = false;
        pf->family->kick(pf, (unsigned)ev->a);
        break;
    case PF_EV_MISC:
        pf->s.misc_queued = true;
        pf__enqueue_own(pf, PF_OP_MISC, PF_ANY_VF);
        break;
    case PF_EV_FLR_OVER:
        pf__vf_flr_over(pf, ev);
        break;
    case PF_EV_NUM_VFS:
        pf__num_vfs_over(pf, ev);
        break;
    }
}

static void save(struct component *c, struct save *s)
{
    struct pf *pf = (struct pf *)c;
    save_section(s, "pf", 8);
    save_expect_u64(s, "ring", pf->ring_len);
    save_expect_u64(s, "queues of a VF", pf->queues);
    save_expect_u64(s, "NetQueues", pf->netqueues);
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
    for (unsigned i = 0; i < pf__rings(pf); i++)
        save_bytes(s, pf->tx_rs[pf__ring(pf, i)], pf->s.ring_tx);
    procedure_save(&pf->procedure, s);
    pf__threads_save(pf, s);
    iommu_save(pf->domain, s);
    if (pf->family->save)
        pf->family->save(pf, s);
}

static const struct component_ops component_ops = {.kind = "pf", .event = event, .save = save};

static void uplink_receive(struct port *port, frame_ref ref)
{
    struct pf *pf = (struct pf *)port->owner;
    pf->family->send(pf, ref);
}

static const struct port_ops port_ops = {.receive = uplink_receive};

static void message(struct msi_sink *sink, struct pci_function *fn, uint64_t address, uint32_t data)
{
    struct pf *pf = (struct pf *)((char *)sink - offsetof(struct pf, sink));
    pf__message(pf, data);
}

/* ---- making one ---- */

/* The linker's names for both ends of the section that PF_FAMILY() fills. Its order is the linker's, so nobody sees it. */
extern const struct pf_family *const __start_pf_families[] __attribute__((visibility("hidden")));
extern const struct pf_family *const __stop_pf_families[] __attribute__((visibility("hidden")));

static struct pf_family_entry *added; /* those from outside */

static const struct pf_family *family_of(const struct pf_params *params)
{
    const char *name = params->outside ? PF_FAMILY_OUTSIDE : params->nic->model->pf_family;
    for (const struct pf_family *const *f = __start_pf_families; f < __stop_pf_families; f++)
        if (!strcmp((*f)->name, name))
            return *f;
    for (const struct pf_family_entry *e = added; e; e = e->next)
        if (!strcmp(e->family->name, name))
            return e->family;
    return NULL;
}

void pf_family_add(struct pf_family_entry *entry)
{
    entry->next = added;
    added = entry;
}

static uint32_t ring_of(const struct pf_params *params) { return params->ring_len_desc ? params->ring_len_desc : PF_RING_DEFAULT; }

static uint32_t ring_max_of(const struct pf_params *params)
{
    return params->ring_max_desc > ring_of(params) ? params->ring_max_desc : ring_of(params);
}

/* Memory and vectors are for so many: what the driver has, if more are asked for. */
static unsigned channels_of(const struct pf_params *params, const struct pf_limits *limits)
{
    unsigned asked = params->channels_max && !params->nic->own_pools ? params->channels_max : 1;
    return limits->channels_most && asked > limits->channels_most ? limits->channels_most : asked;
}

static unsigned netqueues_of(const struct nic *nic) { return nic->own_pools ? nic->own_pools - 1 : 0; }

static unsigned queues_of(const struct pf_params *params, const struct pf_limits *limits)
{
    return params->vf_queues ? params->vf_queues : limits->vf_queues;
}

uint64_t pf_memory_needed(const struct pf_params *params)
{
    const struct pf_family *family = family_of(params);
    return family ? (channels_of(params, family->limits) + netqueues_of(params->nic)) *
                        family->memory(ring_max_of(params), ring_max_of(params))
                  : 0;
}

static bool refuse(char *err, size_t err_cap, const char *format, ...) __attribute__((format(printf, 3, 4)));
static bool refuse(char *err, size_t err_cap, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    vsnprintf(err, err_cap, format, args);
    va_end(args);
    return false;
}

static bool queues_fit(const struct pf_params *params, const struct pf_limits *limits)
{
    unsigned queues = queues_of(params, limits);
    return queues == limits->vf_queues || (queues == limits->vf_queues_most && params->nic->vf_count <= limits->vfs_with_most);
}

static bool is_possible(const struct pf_family *family, const char *name, const struct pf_params *params, char *err, size_t err_cap)
{
    const struct pf_limits *limits = family->limits;
    uint32_t ring = ring_of(params);
    if (ring < PF_RING_MIN_DESC || ring_max_of(params) > PF_RING_MAX || ring % limits->ring_step)
        return refuse(err, err_cap, "a ring has %d to %d descriptors, a multiple of %u, not %u", PF_RING_MIN_DESC, PF_RING_MAX,
                      limits->ring_step, ring);
    if (channels_of(params, limits) > PF_CHANNELS_MAX)
        return refuse(err, err_cap, "a PF driver has 1 to %d channels, not %u", PF_CHANNELS_MAX, channels_of(params, limits));
    if (params->nic->own_pools && (!family->send_by || netqueues_of(params->nic) > PF_NETQUEUES_MAX))
        return refuse(err, err_cap, "the PF driver of model '%s' has %d NetQueues at most, not %u", params->nic->model->name,
                      family->send_by ? PF_NETQUEUES_MAX : 0, netqueues_of(params->nic));
    if (!queues_fit(params, limits)) {
        char more[64] = "";
        if (limits->vf_queues_most > limits->vf_queues)
            snprintf(more, sizeof(more), ", or %u with up to %u VFs", limits->vf_queues_most, limits->vfs_with_most);
        return refuse(err, err_cap, "a VF of model '%s' has %u queues%s, not %u with %u VFs", params->nic->model->name,
                      limits->vf_queues, more, queues_of(params, limits), params->nic->vf_count);
    }
    if (params->mem_base % 4096 || params->mem_len < pf_memory_needed(params) ||
        !mem_at(params->mem, params->mem_base, params->mem_len))
        return refuse(err, err_cap, "PF driver '%s' needs %llu bytes of host memory at a page's start", name,
                      (unsigned long long)pf_memory_needed(params));
    return true;
}

/* What it begins with: nothing that can fail. */
static void init(struct pf *pf, const struct pf_family *family, const struct pf_params *params)
{
    const struct nic_model *model = params->nic->model;
    assert(params->nic->vf_count <= PF_VFS_MAX && model->addresses <= PF_FILTERS_MAX && model->vlans <= PF_VLANS_MAX &&
           family->limits->flow_tuples + family->limits->flow_types <= PF_FLOW_RULES_MAX);
    pf->family = family;
    pf->nic = params->nic;
    pf->outside = params->outside;
    pf->mem = params->mem;
    pf->mem_base = params->mem_base;
    pf->mem_len = params->mem_len & ~UINT64_C(4095);
    pf->ring_len = ring_of(params);
    pf->ring_max = ring_max_of(params);
    pf->channels_max = channels_of(params, family->limits);
    pf->netqueues = netqueues_of(pf->nic);
    if (pf->nic->symmetric) {
        pf->own_vf = pf->nic->vf[pf->nic->vf_count - 1];
        pf->channels_max = 1;
        pf->s.tx_stopped = true; /* until it is up */
    }
    pf__procedures_init(pf);
    pf__netdev_init(pf);
    pf->queues = queues_of(params, family->limits);
    pf->sink.message = message;
    pf__threads_init(pf, params->cores);
    for (unsigned v = 0; v < pf__vfs(pf); v++)
        pf->s.vf[v].admin.spoofchk = true; /* as Linux does */
    pf->s.num_vfs = pf->nic->vf_count;
    pf->s.moderation = family->limits->moderation_first;
}

static void dispose(struct pf *pf)
{
    pf__threads_fini(pf);
    if (pf->family->destroy)
        pf->family->destroy(pf);
    iommu_domain_destroy(pf->domain);
    recycler_give(pf->c.sim->recycler, pf, sizeof(*pf), RECYCLER_ZEROED);
}

static void plug_in(struct pf *pf, struct pci_function *fn)
{
    pci_function_set_domain(fn, pf->domain);
    pci_function_set_sink(fn, &pf->sink);
}

struct pf *pf_create(struct sim *sim, const char *name, const struct pf_params *params, char *err, size_t err_cap)
{
    const struct pf_family *family = family_of(params);
    char domain_name[64];
    int status = 0;
    if (!family) {
        refuse(err, err_cap, "no PF driver for NIC model '%s'", params->nic->model->name);
        return NULL;
    }
    if (!is_possible(family, name, params, err, err_cap))
        return NULL;
    struct pf *pf = recycler_take(sim->recycler, "a PF driver", sizeof(*pf), RECYCLER_ZEROED);
    component_init(&pf->c, sim, &component_ops, name);
    init(pf, family, params);
    snprintf(domain_name, sizeof(domain_name), "%s.dma", name);
    pf->domain = iommu_domain_create(&pf->c, domain_name, params->mem_base + params->mem_len);
    if (!pf->domain) {
        refuse(err, err_cap, "PF driver '%s': no IOMMU domain of %" PRIu64 " bytes", name, params->mem_base + params->mem_len);
        goto fail;
    }
    if (family->create)
        status = family->create(pf);
    if (!status)
        status = port_init(&pf->uplink, &pf->c, 0, name, &port_ops);
    if (!status && pf->netqueues)
        status = pf__queues_create(pf, name);
    if (status) {
        refuse(err, err_cap, "port '%s': %s", name, pf_status_text((enum vmk_netptop)0, status));
        goto fail;
    }
    status = pf__use_memory(pf);
    assert(status == 0);
    plug_in(pf, pf->nic->pf);
    if (pf->own_vf)
        plug_in(pf, pf->own_vf);
    return pf;
fail:
    dispose(pf);
    return NULL;
}

void pf_destroy(struct pf *pf)
{
    if (!pf)
        return;
    port_fini(&pf->uplink);
    pf__queues_destroy(pf);
    dispose(pf);
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
    pf->family->vf_info(pf, vf, out);
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

enum pf_vf_state pf_vf_get_state(const struct pf *pf, unsigned vf) { return vf < pf__vfs(pf) ? pf->s.vf[vf].state : PF_VF_FREE; }

unsigned pf_vf_count(const struct pf *pf) { return pf__vfs(pf); }
unsigned pf_num_vfs(const struct pf *pf) { return pf->s.num_vfs < pf__vfs(pf) ? pf->s.num_vfs : pf__vfs(pf); }
unsigned pf_vf_free(const struct pf *pf)
{
    unsigned free = 0;
    for (unsigned v = 0; v < pf_num_vfs(pf); v++)
        free += pf->s.vf[v].state == PF_VF_FREE;
    return free;
}
unsigned pf_vf_vectors(const struct pf *pf) { return pf__limits(pf)->vf_vectors; }
enum pf_passthru pf_passthru(const struct pf *pf) { return pf__is_sriov(pf) ? pf->family->passthru : PF_PASSTHRU_NONE; }
int pf_own_vf(const struct pf *pf) { return pf->own_vf ? (int)pf__pool(pf) : -1; }
bool pf_is_outside(const struct pf *pf) { return pf->outside; }
bool pf_is_down(const struct pf *pf) { return pf->s.is_down; }
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

void pf__news(struct pf *pf, enum pf_news news, unsigned vf, int status, uint64_t mac)
{
    if (pf->listener)
        event_post(&pf->c, pf->listener, sim_now(pf->c.sim), EV_HOST, pf->listener_verb,
                   pf_news_word(pf->listener_cookie, news, vf), (uint64_t)(int64_t)status, mac);
}

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

/* ---- what only some families have ---- */

int pf_vf_set_rings(struct pf *pf, unsigned vf, const struct vmxnet3_rings_image *rings)
{
    if (!pf->family->rings)
        return -ENOTSUP;
    if (vf >= pf->nic->vf_count)
        return -EINVAL;
    *pf->family->rings(pf, vf) = *rings;
    return 0;
}

int pf_vf_get_rings(const struct pf *pf, unsigned vf, struct vmxnet3_rings_image *out)
{
    if (!pf->family->rings)
        return -ENOTSUP;
    if (vf >= pf->nic->vf_count)
        return -EINVAL;
    *out = *pf->family->rings((struct pf *)pf, vf);
    return 0;
}

const char *pf_vf_set_memory(struct pf *pf, unsigned vf, const struct pf_vf_memory *memory)
{
    return pf->family->vf_memory ? pf->family->vf_memory(pf, vf, memory) : NULL;
}

void pf_vf_share(struct pf *pf, unsigned vf, struct sim_mem *guest)
{
    if (pf->family->vf_share)
        pf->family->vf_share(pf, vf, guest);
}

bool pf_vf_has_state(const struct pf *pf) { return pf__is_sriov(pf) && pf->family->vf_state; }
void pf_vf_state(struct pf *pf, unsigned vf, struct save *s) { pf->family->vf_state(pf, vf, s); }

void pf_vf_enable_again(struct pf *pf, unsigned vf)
{
    if (vf < pf__vfs(pf) && pf->s.vf[vf].state == PF_VF_RESET)
        pf__vf_set_state(pf, vf, PF_VF_ENABLED);
}

/* Nothing is on its way from its driver, either: a message that has come is answered before. */
bool pf_vf_is_still(const struct pf *pf, unsigned vf)
{
    const struct pf_op *op = &pf->op[pf->s.op_get % PF_OPS_MAX];
    bool serving = pf->s.misc_queued || (pf->s.op_running && op->op == PF_OP_MISC);
    return vf < pf__vfs(pf) && pf->s.vf[vf].state == PF_VF_ENABLED && !serving && pf->nic->ops->vf_is_still(pf->nic, vf);
}

int pf_set_mdd(struct pf *pf, bool on)
{
    if (!pf__is_sriov(pf) || !pf->family->set_mdd)
        return -ENOTSUP;
    if (on != pf->s.mdd)
        pf->family->set_mdd(pf, on);
    return 0;
}

uint64_t pf_vf_mdd_events(const struct pf *pf, unsigned vf) { return pf->s.vf[vf].mdd_events; }
