/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What only the whole text can tell: addresses given out once, and what each verb knows of its lines. */
#include <stdlib.h>
#include <string.h>

#include "scenario/verb.h"

static void check_overrides(struct scenario *sc)
{
    for (unsigned i = 0; i < sc->override_count; i++) {
        if (sc->overrides[i].used)
            continue;
        struct scn_suggest suggest;
        char near[80];
        scn_suggest_init(&suggest, sc->overrides[i].name);
        for (unsigned j = 0; j < sc->file.var_count; j++)
            scn_suggest_try(&suggest, sc->file.vars[j].name);
        scn_error(&sc->file, (struct scn_pos){0}, "--set %s: the scenario has no variable of this name%s", sc->overrides[i].name,
                  scn_suggest_text(&suggest, near, sizeof(near)));
    }
}

/* ---- addresses ---- */

enum { NO_VLAN_PARTS = -2 };

struct mac_owner {
    const uint8_t *mac;
    const struct scn_word *name;
    int vlan;       /* -1 none, -2 none that could part it from others */
    bool duplicate; /* on purpose */
};

struct macs {
    struct mac_owner *owner;
    unsigned count;
};

static const struct mac_owner *find_mac(const struct macs *macs, const uint8_t mac[6])
{
    for (unsigned i = 0; i < macs->count; i++)
        if (!memcmp(macs->owner[i].mac, mac, 6))
            return &macs->owner[i];
    return NULL;
}

/* Two stations in different VLANs never meet: they may have one address. In one VLAN it is a fault of the network, which wants
 * to be said. */
static void claim_mac(struct scenario *sc, struct macs *macs, const struct mac_owner *claim)
{
    for (unsigned i = 0; i < macs->count; i++) {
        const struct mac_owner *other = &macs->owner[i];
        bool apart = claim->vlan != other->vlan && claim->vlan != NO_VLAN_PARTS && other->vlan != NO_VLAN_PARTS;
        if (memcmp(other->mac, claim->mac, 6) || apart || claim->duplicate)
            continue;
        scn_error(&sc->file, claim->name->at, "'%s' has the MAC address of '%s' (line %u)%s", claim->name->text, other->name->text,
                  other->name->at.line,
                  claim->vlan == NO_VLAN_PARTS || other->vlan == NO_VLAN_PARTS
                      ? ""
                      : " in one VLAN; if that is the experiment, write 'mac MAC duplicate'");
        break;
    }
    *SCN_ADD(macs->owner, macs->count) = *claim;
}

/* 02:00:00:00:GROUP:NUMBER … for what was given none. */
static void choose_mac(struct macs *macs, uint8_t group, unsigned index, uint8_t *mac, const struct scn_word *name)
{
    for (unsigned n = index + 1;; n += SCN_VMS_MAX) {
        const uint8_t chosen[6] = {2, 0, 0, (uint8_t)(n >> 16 | group << 4), (uint8_t)(n >> 8), (uint8_t)n};
        memcpy(mac, chosen, 6);
        if (!find_mac(macs, mac))
            break;
    }
    *SCN_ADD(macs->owner, macs->count) = (struct mac_owner){mac, name, NO_VLAN_PARTS, false};
}

static void check_macs(struct scenario *sc)
{
    struct macs macs = {0};
    for (unsigned i = 0; i < sc->vm_count; i++) {
        const struct scn_vm *vm = &sc->vms[i];
        if (vm->mac_given)
            claim_mac(sc, &macs, &(struct mac_owner){vm->mac, &vm->name, vm->vlan, vm->mac_duplicate});
    }
    for (unsigned i = 0; i < sc->peer_count; i++) {
        const struct scn_peer *peer = &sc->peers[i];
        if (peer->mac_given)
            claim_mac(sc, &macs, &(struct mac_owner){peer->mac, &peer->name, peer->vlan, peer->mac_duplicate});
    }
    for (unsigned i = 0; i < sc->nic_count; i++)
        if (sc->nics[i].mac_given)
            claim_mac(sc, &macs, &(struct mac_owner){sc->nics[i].mac, &sc->nics[i].name, NO_VLAN_PARTS, false});
    for (unsigned i = 0; i < sc->vm_count; i++)
        if (!sc->vms[i].mac_given)
            choose_mac(&macs, 0, i, sc->vms[i].mac, &sc->vms[i].name);
    for (unsigned i = 0; i < sc->peer_count; i++)
        if (!sc->peers[i].mac_given)
            choose_mac(&macs, 1, i, sc->peers[i].mac, &sc->peers[i].name);
    for (unsigned i = 0; i < sc->nic_count; i++)
        if (!sc->nics[i].mac_given)
            choose_mac(&macs, 2, i, sc->nics[i].mac, &sc->nics[i].name);
    free(macs.owner);
}

void scn_check(struct scenario *sc)
{
    check_overrides(sc);
    for (unsigned i = 0; i < sc->verb_count; i++)
        if (sc->verbs[i]->check_all)
            sc->verbs[i]->check_all(sc);
    check_macs(sc);
    for (unsigned i = 0; i < sc->item_count; i++)
        if (sc->items[i].said && sc->items[i].verb->check)
            sc->items[i].verb->check(sc, &sc->items[i]);
    for (unsigned i = 0; i < sc->expect_count; i++)
        if (sc->expects[i].verb->check_expect)
            sc->expects[i].verb->check_expect(sc, &sc->expects[i]);
    if (sc->begin_at.line && sc->begin >= sc->limit_time)
        scn_error(&sc->file, sc->begin_at, "the run is over (limit time) before the timeline begins");
    if (!sc->file.error_count && !sc->vm_count && !sc->peer_count)
        scn_error(&sc->file, (struct scn_pos){0}, "nothing exists in this scenario: not even a peer or a VM");
}
