/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What VFs' drivers ask of their control virtqueues. The chip hands each command here and gives its driver the answer.
 *
 * Under NPA a guest's control goes through its emulated device to the hypervisor: addresses, receive modes and VLANs are refused
 * here. How many of its queue pairs it uses is the driver's own.
 */
#include "pf/virtio/virtio.h"

#include <string.h>

static int read_causes(void *owner)
{
    ((struct pf *)owner)->s.misc_queued = false;
    return pf__read(owner, VIO_ICR);
}

static int note_causes(void *owner)
{
    struct pf *pf = owner;
    pf_virtio(pf)->causes = pf->s.value;
    return PROCEDURE_NEXT;
}

static int read_link(void *owner) { return pf__read(owner, VIO_STATUS); }

static int note_link(void *owner)
{
    struct pf *pf = owner;
    pf->s.link_up = pf->s.value & 1;
    return pf_virtio(pf)->causes & VIO_ICR_CONTROL ? PROCEDURE_NEXT : PROCEDURE_LEAVE;
}

static int call_control(void *owner) { return pf__virtio_call(owner, VIO_ADMIN_CONTROL, PF_ANY_VF, 0); }

static bool is_allowed(const struct pf *pf, const struct vio_control *c)
{
    uint16_t pairs;
    if (c->class != VIRTIO_NET_CTRL_MQ || c->command != VIRTIO_NET_CTRL_MQ_VQ_PAIRS_SET || c->len < sizeof(pairs))
        return false;
    memcpy(&pairs, c->data, sizeof(pairs));
    return pairs && pairs <= pf->queues;
}

static int judge(void *owner)
{
    struct pf *pf = owner;
    struct vio_control c;
    memcpy(&c, pf__virtio_answer(pf), sizeof(c));
    if (c.vf >= pf->nic->vf_count)
        return PROCEDURE_LEAVE;
    pf_virtio(pf)->asks = c.vf;
    pf_virtio(pf)->ack = is_allowed(pf, &c) ? VIRTIO_NET_OK : VIRTIO_NET_ERR;
    return PROCEDURE_NEXT;
}

static int call_answer(void *owner)
{
    return pf__virtio_call_word(owner, VIO_ADMIN_ANSWER, (int)pf_virtio(owner)->asks, pf_virtio(owner)->ack);
}

static int and_the_next(void *owner) { return pf__jump(owner, "see who asks"); }

/* One that was reset meanwhile has no answer to get: that is forgiven, and others may ask. */
static const struct procedure_step misc_steps[] = {
    {"clear the causes", read_causes, .done = note_causes},
    {"see the link", read_link, .done = note_link},
    {"see who asks", call_control, .sub = &pf__virtio_admin, .done = judge},
    {"answer it", call_answer, .sub = &pf__virtio_admin, .own = PF_STEP_FORGIVEN},
    {"and the next", and_the_next},
};
const struct procedure_table pf__virtio_misc = PROCEDURE_TABLE("serve causes", misc_steps);
