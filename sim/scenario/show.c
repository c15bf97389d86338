/* SPDX-License-Identifier: GPL-2.0-or-later */
/* `ip link show NIC` as iproute2 prints it, into the report. */
#include <inttypes.h>
#include <string.h>

#include "scenario/world__.h"

enum { MAC_LEN = 18 };

static const char *mac_text(const uint8_t mac[6], char buf[MAC_LEN])
{
    snprintf(buf, MAC_LEN, "%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1], mac[2], mac[3], mac[4], mac[5]);
    return buf;
}

static void show_vf(struct world *w, uint32_t line, const struct pf *pf, unsigned vf)
{
    static const char *const link_states[] = {"auto", "enable", "disable"};
    struct pf_vf_admin admin;
    char mac[MAC_LEN], vlan[32] = "", qos[16] = "";
    pf_vf_get_admin(pf, vf, &admin);
    if (admin.qos)
        snprintf(qos, sizeof(qos), ", qos %u", admin.qos);
    if (admin.vlan)
        snprintf(vlan, sizeof(vlan), ", vlan %u%s", admin.vlan, qos);
    world__note(w, WORLD_SHOWN, line,
                "    vf %-3u link/ether %s brd ff:ff:ff:ff:ff:ff%s, spoof checking %s, link-state %s, trust %s", vf,
                mac_text(admin.mac, mac), vlan, admin.spoofchk ? "on" : "off",
                link_states[admin.link_state >= 0 && admin.link_state < 3 ? admin.link_state : 0],
                admin.trust ? "on" : "off");
}

void world__show(struct world *w, const struct scn_item *item)
{
    const struct scn_name *name = scn_find(w->sc, item->act.name.text, SCN_BIT(SCN_NIC));
    const struct scn_nic *said = &w->sc->nics[name->index];
    const struct nic *nic = w->nics[name->index];
    struct pf *pf = host_find_pf(w->hosts[said->host], said->name.text);
    bool up = port_link_is_up(&nic->uplink);
    uint32_t line = item->at.line;
    char mac[MAC_LEN];
    world__note(w, WORLD_SHOWN, line, "%u: %s: <%s> mtu 1500 state %s", name->index + 1, said->name.text,
                up ? "BROADCAST,MULTICAST,UP,LOWER_UP" : "NO-CARRIER,BROADCAST,MULTICAST,UP", up ? "UP" : "DOWN");
    world__note(w, WORLD_SHOWN, line, "    link/ether %s brd ff:ff:ff:ff:ff:ff", mac_text(said->mac, mac));
    for (unsigned vf = 0; pf && vf < pf_vf_count(pf); vf++)
        show_vf(w, line, pf, vf);
}
