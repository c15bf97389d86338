/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The witness on the model: an 82576 with seven VFs under its PF driver, set up as tools/witness sets up QEMU's. Speaks
 * protocol.md. */
#include "unit/nic82599_world.h"

enum { VFS = 7, LAST = 6, PORT_VLAN = 100, OTHER_VLAN = 200, GUEST_VLAN = 5 };

static void vf_prepare(struct nw *w, int vf)
{
    struct pf_args args = {.vf = vf};
    memcpy(args.mac, mac_of((uint8_t)(vf + 1)), 6);
    w->s.answered = false;
    pf_admin_request(w->pf, VMK_NETPTOP_VF_SET_MAC, &args, &w->c, NW_EV_OP, 1); /* ip link set … vf N mac … */
    nw_wait(w);
    if (vf == 2 || vf == 3 || vf == 5) {
        args = (struct pf_args){.vf = vf, .enable = 1, .first_vlan = vf == 5 ? OTHER_VLAN : PORT_VLAN};
        w->s.answered = false;
        pf_admin_request(w->pf, VMK_NETPTOP_VF_SET_DEFAULT_VLAN, &args, &w->c, NW_EV_OP, 1);
        nw_wait(w);
    }
}

static struct nw *set_up(void)
{
    nw_has_fixture = true; /* no test: main() ends the world */
    struct nw *w = nw_create("82576", VFS, VFS);
    pf_start(w->pf);
    nw_run(w, SIM_MS);
    for (int vf = 0; vf < VFS; vf++)
        vf_prepare(w, vf);
    for (unsigned vf = 0; vf < LAST; vf++)
        nw_vf_up(w, vf, NW_RING);
    struct pf_args vlan = {.vf = 4, .first_vlan = GUEST_VLAN, .last_vlan = GUEST_VLAN};
    nw_op(w, VMK_NETPTOP_VF_ADD_VLAN_RANGE, &vlan);
    struct pf_args group = {.vf = 4, .multicast_count = 1, .multicast = {{0x01, 0, 0x5e, 1, 2, 3}}};
    nw_op(w, VMK_NETPTOP_VF_SET_MULTICAST, &group);
    nw_vf_op(w, VMK_NETPTOP_VF_ACQUIRE, LAST);
    nw_vf_op(w, VMK_NETPTOP_VF_INIT, LAST);
    return w;
}

/* ---- frames ---- */

static void print_box(const struct box *box, unsigned before, const char *who)
{
    for (unsigned i = before; i < box->count; i++) {
        const uint8_t *h = box->seen[i].head;
        bool tagged = h[12] == 0x81 && h[13] == 0;
        printf("R %s %u %d\n", who, box->seen[i].len - (tagged ? 4 : 0), tagged ? (h[14] << 8 | h[15]) & 0xfff : -1);
    }
}

static void arrive(struct nw *w, unsigned peer, unsigned host, const uint32_t *got)
{
    nw_run(w, 5 * SIM_MS);
    print_box(w->host, host, "pf");
    for (unsigned vf = 0; vf < LAST; vf++)
        for (uint32_t n = got[vf]; n < w->vf[vf].s.got; n++)
            printf("R %u %u %d\n", vf, w->vf[vf].s.last_len,
                   w->vf[vf].s.last_status & IXGBE_RXD_STAT_VP ? w->vf[vf].s.last_vlan & 0xfff : -1);
    print_box(w->peer, peer, "wire");
}

static void frame(struct nw *w, const char *who, const char *hex)
{
    uint8_t bytes[1600];
    uint32_t len = 0, got[VFS];
    unsigned peer = w->peer->count, host = w->host->count;
    for (unsigned byte; len < sizeof(bytes) && sscanf(hex + 2 * len, "%2x", &byte) == 1; len++)
        bytes[len] = (uint8_t)byte;
    for (unsigned vf = 0; vf < VFS; vf++)
        got[vf] = w->vf[vf].s.got;
    if (!strcmp(who, "wire") || !strcmp(who, "pf")) {
        struct box *box = strcmp(who, "pf") ? w->peer : w->host;
        frame_ref ref = frame_birth(&box->comp, w->flow, len);
        memcpy(frame_data(frame_get(w->sim, ref)), bytes, len);
        port_send(&box->port, ref);
    } else if (atoi(who) >= 0 && atoi(who) < LAST) {
        vfd_put(&w->vf[atoi(who)], w->flow, bytes, len, 0, 0);
        vfd_bell(&w->vf[atoi(who)]);
    }
    arrive(w, peer, host, got);
}

/* ---- the mailbox of the last VF ---- */

static uint32_t last_read(struct nw *w, uint32_t off) { return nw_read(w, w->nic->vf[LAST], off); }

static uint32_t wait_for(struct nw *w, uint32_t bits)
{
    uint32_t seen = 0;
    for (unsigned tries = 0; tries < 2000 && (seen & bits) != bits; tries++) {
        seen |= last_read(w, E1000_V2PMAILBOX);
        nw_run(w, SIM_US);
    }
    return seen;
}

static void reset(struct nw *w)
{
    vfd_write(&w->vf[LAST], E1000_VTCTRL, E1000_CTRL_RST);
    printf("X %02x\n", wait_for(w, IXGBE_VFMAILBOX_RSTD) & IXGBE_VFMAILBOX_RSTD);
}

static void message(struct nw *w, const char *line)
{
    const uint32_t both = IXGBE_VFMAILBOX_PFSTS | IXGBE_VFMAILBOX_PFACK;
    unsigned n = 0;
    int used;
    vfd_write(&w->vf[LAST], E1000_V2PMAILBOX, IXGBE_VFMAILBOX_VFU);
    for (unsigned word; sscanf(line, "%x%n", &word, &used) == 1 && n < 16; line += used)
        vfd_write(&w->vf[LAST], E1000_VFMBMEM(n++), word);
    vfd_write(&w->vf[LAST], E1000_V2PMAILBOX, IXGBE_VFMAILBOX_REQ);
    if ((wait_for(w, both) & both) != both) {
        printf("M none\n");
        return;
    }
    printf("M");
    for (unsigned i = 0; i < 4; i++)
        printf(" %08x", last_read(w, E1000_VFMBMEM(i)));
    printf("\n");
    vfd_write(&w->vf[LAST], E1000_V2PMAILBOX, IXGBE_VFMAILBOX_ACK);
    nw_run(w, SIM_MS);
}

static void show_config(struct nw *w, const char *who)
{
    struct pci_function *fn = strncmp(who, "pf", 2) ? w->nic->vf[atoi(who) % VFS] : w->nic->pf;
    printf("C ");
    for (unsigned b = 0; b < PCI_CONFIG_SIZE; b++)
        printf("%02x", pci_config_read(fn, (uint16_t)b, 1));
    printf("\n");
}

static void spoof_check(struct nw *w, bool on)
{
    for (int vf = 0; vf < LAST; vf++) {
        struct pf_args args = {.vf = vf, .enable = on};
        w->s.answered = false;
        pf_admin_request(w->pf, VMK_NETPTOP_VF_SET_ANTISPOOF, &args, &w->c, NW_EV_OP, 1);
        nw_wait(w);
    }
    printf("O %s\n", on ? "on" : "off");
}

/* The world's helpers assert as tests do, so this is one. */
START_TEST(witness)
{
    static char line[4096], who[16], hex[3300];
    struct nw *w = set_up();
    printf("PROBE READY\n.\n");
    fflush(stdout);
    while (fgets(line, sizeof(line), stdin)) {
        if (sscanf(line, "s %15s %3299s", who, hex) == 2)
            frame(w, who, hex);
        else if (sscanf(line, "w %3299s", hex) == 1)
            frame(w, "wire", hex);
        else if (line[0] == 'x')
            reset(w);
        else if (line[0] == 'm')
            message(w, line + 1);
        else if (line[0] == 'g')
            printf("G %08x\n", last_read(w, (uint32_t)strtoul(line + 1, NULL, 0)));
        else if (line[0] == 'p')
            printf("G %08x\n", nw_read(w, w->nic->pf, (uint32_t)strtoul(line + 1, NULL, 0)));
        else if (line[0] == 'c')
            show_config(w, line + 2);
        else if (line[0] == 'o')
            spoof_check(w, !strncmp(line, "o on", 4));
        printf(".\n");
        fflush(stdout);
    }
    nw_destroy(w);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("witness");
    TCase *t = tcase_create("all");
    tcase_add_test(t, witness);
    suite_add_tcase(s, t);
    SRunner *r = srunner_create(s);
    srunner_set_fork_status(r, CK_NOFORK);
    srunner_run_all(r, CK_SILENT);
    int failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}
