/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the printing of operators' tools shares: one NIC, and lines into the report, as iproute2 has them [ip/ipaddress.c]. */
#include <inttypes.h>
#include <string.h>

#include "scenario/verbs/show.h"

const char *show__mac(const uint8_t mac[6], char buf[SHOW_MAC_LEN])
{
    snprintf(buf, SHOW_MAC_LEN, "%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1], mac[2], mac[3], mac[4], mac[5]);
    return buf;
}

struct show show__open(struct world *w, const struct scn_item *item, const char *nic_name, const char *command)
{
    char time[REPORT_TIME_LEN];
    const struct scn_name *name = scn_find(w->sc, nic_name, SCN_BIT(SCN_NIC));
    struct show s = {
        .w = w, .line = item->at.line, .number = name->index + 1, .said = &w->sc->nics[name->index], .nic = w->nics[name->index]};
    s.pf = host_find_pf(w->hosts[s.said->host], s.said->name.text);
    s.up = port_link_is_up(&s.nic->uplink);
    world__note(w, WORLD_SHOWN, s.line, "[%s] # %s", report_format_time(sim_now(w->sim) / SIM_NS, time), command);
    return s;
}

void show__vf(const struct show *s, unsigned vf)
{
    static const char *const link_states[] = {[PF_LINK_AUTO] = "auto", [PF_LINK_ENABLE] = "enable", [PF_LINK_DISABLE] = "disable"};
    struct pf_vf_admin admin;
    char mac[SHOW_MAC_LEN], vlan[32] = "", qos[16] = "", rate[64] = "";
    uint8_t address[6];
    pf_vf_get_admin(s->pf, vf, &admin);
    pf_vf_get_mac(s->pf, vf, address);
    if (admin.qos)
        snprintf(qos, sizeof(qos), ", qos %u", admin.qos);
    if (admin.vlan)
        snprintf(vlan, sizeof(vlan), ", vlan %u", admin.vlan);
    if (admin.max_tx_rate) /* said twice, for old and new tools */
        snprintf(rate, sizeof(rate), ", tx rate %u (Mbps), max_tx_rate %uMbps", admin.max_tx_rate, admin.max_tx_rate);
    world__note(s->w, WORLD_SHOWN, s->line,
                "    vf %u     link/ether %s brd ff:ff:ff:ff:ff:ff%s%s%s, spoof checking %s, link-state %s, trust %s, "
                "query_rss %s",
                vf, show__mac(address, mac), vlan, qos, rate, admin.spoofchk ? "on" : "off",
                link_states[admin.link_state >= 0 && admin.link_state < 3 ? admin.link_state : 0], admin.trust ? "on" : "off",
                admin.query_rss ? "on" : "off");
}

const char *show__flags(const struct show *s)
{
    if (s->w->nic_downs[s->number - 1])
        return "BROADCAST,MULTICAST";
    return s->up ? "BROADCAST,MULTICAST,UP,LOWER_UP" : "NO-CARRIER,BROADCAST,MULTICAST,UP";
}

void show__link(const struct show *s)
{
    char mac[SHOW_MAC_LEN];
    struct pf_netdev n = {.mtu = 1500};
    memcpy(n.mac, s->said->mac, 6);
    if (s->pf)
        pf_netdev_get(s->pf, &n);
    SAY(s, "%u: %s: <%s> mtu %u state %s", s->number, s->said->name.text, show__flags(s), n.mtu, s->up ? "UP" : "DOWN");
    SAY(s, "    link/ether %s brd ff:ff:ff:ff:ff:ff", show__mac(n.mac, mac));
}
