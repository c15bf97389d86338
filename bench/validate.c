/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * validate: the validation page on stdout, or one configuration by hand.
 *
 *   validate [--check]                      the page; --check prints nothing but bounds that are exceeded
 *   validate link KEY VALUE … size N …      a NIC's link, all operations at once: write, read, both
 *   validate nfp KEY VALUE … size N …       pcie-bench on another host: bandwidth and latency
 *
 * Both begin with what the slot of that `gen` and `lanes` has, as a NIC's line does: gen2 x8 for link, gen3 x8, the measured one,
 * for nfp. KEY: gen lanes mps mrrs rcb tags posted header (64, 32, 0: by address) dllp (0 published, 1 counted) rcb-chunks ecrc
 * latency memory walk (ns) iotlb walkers; nfp also: superpages window (bytes). The IOMMU is off until iotlb says otherwise.
 * Exit: 0, 1 a bound is exceeded, 2 usage.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "bench/validate.h"

static const char page_head[] =
    "# Validation: published, modelled, error\n"
    "\n"
    "Written by `tools/validate`; do not edit. Tables 1.2 to 1.8 drive `sim/pcie`, table 3 `sim/net` with the published\n"
    "transaction pattern and no virtual machine. Marks: *formula*, the published figure is itself computed and the model\n"
    "must agree to rounding; *calibrated*, a constant was chosen for this very row; *predicted*, none was; *shown*,\n"
    "predicted but claimed by no bound. Bounds are judged over formula and predicted rows. Tables with a column *rests on*\n"
    "are of whole machines: *held* is within 10 %, *near* within 30 %, *magnitude* within a factor of 3, *missed* further\n"
    "away; a row that is missed stays.\n"
    "\n"
    "What the constants are and which row each was taken from stands at the head of `bench/validate_nfp.c`; the link's are\n"
    "those of every NIC in a slot of generation 3 (`sim/pcie/link.c`). No constant is taken from a row that it is quoted\n"
    "for. Published figures: pcie-model and pcie-bench (Neugebauer et al., SIGCOMM\n"
    "2018), RFC 2544.\n";

static int page(bool check)
{
    FILE *out = check ? fopen("/dev/null", "w") : stdout;
    bool good = true;

    if (!out)
        return 2;
    fputs(page_head, out);
    good &= v_links(out);
    good &= v_sizes(out);
    good &= v_nics(out);
    good &= v_nfp_bandwidth(out);
    good &= v_nfp_latency(out);
    good &= v_nfp_iommu(out);
    good &= v_nfp_hosts(out);
    v_forward(out);
    v_latency(out);
    v_queue_limits(out);
    good &= v_wire(out);
    if (check)
        fclose(out);
    return good ? 0 : 1;
}

static bool set(struct v_nfp *n, const char *key, uint64_t v)
{
    struct pci_link_params *p = &n->link;
    unsigned *const numbers[] = {&p->gen,  &p->lanes,  &p->mps,         &p->mrrs,         &p->rcb,
                                 &p->tags, &p->posted, &p->iommu.iotlb, &p->iommu.walkers};
    static const char *const number_names[] = {"gen", "lanes", "mps", "mrrs", "rcb", "tags", "posted", "iotlb", "walkers"};
    sim_time *const times[] = {&p->latency_ps, &p->memory_ps, &p->iommu.walk_ps};
    static const char *const time_names[] = {"latency", "memory", "walk"};

    for (unsigned i = 0; i < 9; i++)
        if (!strcmp(key, number_names[i])) {
            *numbers[i] = (unsigned)v;
            return true;
        }
    for (unsigned i = 0; i < 3; i++)
        if (!strcmp(key, time_names[i])) {
            *times[i] = v * SIM_NS;
            return true;
        }
    if (!strcmp(key, "header"))
        p->header = v == 64 ? PCI_HEADER_64 : v == 32 ? PCI_HEADER_32 : PCI_HEADER_BY_ADDRESS;
    else if (!strcmp(key, "dllp"))
        p->dllp = v ? PCI_DLLP_COUNTED : PCI_DLLP_PUBLISHED;
    else if (!strcmp(key, "rcb-chunks"))
        p->rcb_chunks = v;
    else if (!strcmp(key, "ecrc"))
        p->ecrc = v;
    else if (!strcmp(key, "superpages"))
        n->superpages = v;
    else if (!strcmp(key, "window"))
        n->window = v;
    else
        return false;
    return true;
}

static void line(const struct v_nfp *n, bool nfp, uint32_t size)
{
    printf("%8" PRIu32, size);
    for (unsigned op = 0; op < 3; op++) {
        uint64_t mb = nfp ? v_nfp_rate(n, size, (enum v_op)op) : v_bandwidth(&n->link, size, (enum v_op)op);
        printf(" %7" PRIu64 ".%03" PRIu64, mb / 1000, mb % 1000);
    }
    if (nfp)
        printf(" %9" PRIu64 " %9" PRIu64, v_nfp_read_latency(n, size) / SIM_NS, v_nfp_write_read_latency(n, size) / SIM_NS);
    putchar('\n');
}

/* The slot comes first, wherever it stands: the other keys change what it has. */
static void by_slot(struct v_nfp *n, int argc, char **argv, bool nfp)
{
    unsigned gen = nfp ? 3 : 2, lanes = 8;

    for (int i = 0; i + 1 < argc; i += 2) {
        if (!strcmp(argv[i], "gen"))
            gen = (unsigned)strtoul(argv[i + 1], NULL, 0);
        if (!strcmp(argv[i], "lanes"))
            lanes = (unsigned)strtoul(argv[i + 1], NULL, 0);
    }
    v_nfp_default(n);
    if (nfp) {
        v_nfp_slot(n, gen, lanes);
        return;
    }
    pci_link_params_slot(&n->link, gen, lanes);
    n->link.iommu.iotlb = 0;
}

static int by_hand(int argc, char **argv, bool nfp)
{
    struct v_nfp n;

    by_slot(&n, argc, argv, nfp);
    printf("    size       write        read        both (Gb/s each way)%s\n", nfp ? "  LAT ns  WRRD ns" : "");
    for (int i = 0; i + 1 < argc; i += 2) {
        char *end;
        uint64_t v = strtoull(argv[i + 1], &end, 0);
        if (*end || end == argv[i + 1]) {
            fprintf(stderr, "validate: %s: not a number: %s\n", argv[i], argv[i + 1]);
            return 2;
        }
        if (!strcmp(argv[i], "size") && v >= 1 && v <= V_FRAME) {
            line(&n, nfp, (uint32_t)v);
        } else if (!set(&n, argv[i], v)) {
            fprintf(stderr, "validate: no such property: %s %s\n", argv[i], argv[i + 1]);
            return 2;
        }
    }
    return 0;
}

int main(int argc, char **argv)
{
    if (argc == 1)
        return page(false);
    if (argc == 2 && !strcmp(argv[1], "--check"))
        return page(true);
    if (argc > 3 && (argc & 1) == 0 && (!strcmp(argv[1], "link") || !strcmp(argv[1], "nfp")))
        return by_hand(argc - 2, argv + 2, !strcmp(argv[1], "nfp"));
    fprintf(stderr, "usage: validate [--check]\n       validate link|nfp [KEY VALUE]… size BYTES…\n");
    return 2;
}
