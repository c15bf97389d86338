/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * All that could still be read of a world that has ended: config space and registers of every function, what every part has
 * counted. Of counters word for word, a line each; whoever finds two of them different looks at the structure. Reading
 * registers has its effects: the world is good for nothing afterwards.
 */
#include <inttypes.h>
#include <string.h>

#include "left_out/left_out.h"
#include "nic/upt/regs.h"
#include "nic/vmxnet3/rings_image.h"
#include "nic/vmxnet3/vmxnet3.h"
#include "pf/netdev.h"
#include "pf/pf.h"
#include "scenario/world/world__.h"

enum { CONFIG_BYTES = 4096 };

static void put_words(FILE *out, const char *name, const char *what, const void *data, size_t len)
{
    fprintf(out, "%s %s", name, what);
    for (size_t i = 0; i < len; i += sizeof(uint32_t)) {
        uint32_t word = 0;
        memcpy(&word, (const uint8_t *)data + i, len - i < sizeof(word) ? len - i : sizeof(word));
        fprintf(out, " %" PRIx32, word);
    }
    fputc('\n', out);
}

static void put_function(FILE *out, const struct nic *nic, struct pci_function *fn, int vf)
{
    const struct nic_model *model = nic->model;
    unsigned bar = !nic_model_can(model, NIC_VF_IS_VMXNET3) ? 0 : vf < 0 ? UPT_CONTROL_BAR : UPT_PAGE_BAR;
    struct nic_function_stats carried;
    struct pci_function_stats bus;
    char name[96];
    snprintf(name, sizeof(name), "%s vf %d", nic->c.name, vf);
    nic->ops->function_stats(nic, vf, &carried);
    put_words(out, name, "carried", &carried, sizeof(carried));
    pci_function_get_stats(fn, &bus);
    put_words(out, name, "bus", &bus, sizeof(bus));
    for (uint16_t at = 0; at < CONFIG_BYTES; at += 4) {
        uint32_t word = pci_config_read(fn, at, 4);
        if (word)
            fprintf(out, "%s config %03x %" PRIx32 "\n", name, at, word);
    }
    for (unsigned r = 0; r < model->reg_count; r++) {
        const struct nic_reg *reg = &model->regs[r];
        if (strcmp(reg->function, vf < 0 ? "PF" : "VF"))
            continue;
        for (uint32_t i = 0; i < reg->count; i++) {
            uint32_t value = (uint32_t)pci_mmio_peek(fn, bar, reg->offset + i * reg->stride, 4);
            if (value != reg->reset)
                fprintf(out, "%s %s %u %" PRIx32 "\n", name, reg->name, i, value);
        }
    }
}

/* What its PF's driver and operators see. */
static void put_pf(FILE *out, const struct pf *pf, const char *name, unsigned vfs)
{
    struct pf_netdev_stats stats;
    struct pf_vf_stats of_vf;
    uint8_t mac[6];
    uint64_t pools;
    pf_get_netdev_stats(pf, &stats);
    put_words(out, name, "interface", &stats, sizeof(stats));
    for (unsigned i = 0; pf_get_filter(pf, i, mac, &pools); i++)
        fprintf(out, "%s address %" PRIx64 " %" PRIx64 "\n", name, mac_key(mac), pools);
    for (unsigned vf = 0; vf < vfs; vf++)
        if (!pf_vf_stats(pf, vf, &of_vf))
            put_words(out, name, "queues of a VF", &of_vf, sizeof(of_vf));
}

static void put_nic(FILE *out, const struct nic *nic)
{
    struct pci_link_stats link;
    const char *counter;
    uint64_t value;
    for (unsigned i = 0; nic->ops->counter(nic, i, &counter, &value); i++)
        fprintf(out, "%s counter %s %" PRIu64 "\n", nic->c.name, counter, value);
    pci_link_get_stats(nic->link, &link);
    put_words(out, nic->c.name, "link", &link, sizeof(link));
    for (unsigned vf = 0; vf < nic->vf_count; vf++)
        put_function(out, nic, nic->vf[vf], (int)vf);
    put_function(out, nic, nic->pf, -1);
}

static void put_vmxnet3(FILE *out, const char *name, struct vmxnet3 *dev)
{
    static const uint32_t control[] = {VMXNET3_REG_VRRS, VMXNET3_REG_UVRS, VMXNET3_REG_DSAL, VMXNET3_REG_DSAH, VMXNET3_REG_MACL,
                                       VMXNET3_REG_MACH, VMXNET3_REG_ICR,  VMXNET3_REG_ECR,  VMXNET3_REG_CMD};
    struct vmxnet3_stats stats;
    vmxnet3_get_stats(dev, &stats);
    put_words(out, name, "vmxnet3", &stats, sizeof(stats));
    for (unsigned q = 0; q < VMXNET3_IMAGE_QUEUES; q++) {
        put_words(out, name, "transmitted", vmxnet3_tx_stats(dev, q), sizeof(struct UPT1_TxStats));
        put_words(out, name, "received", vmxnet3_rx_stats(dev, q), sizeof(struct UPT1_RxStats));
    }
    for (unsigned i = 0; i < sizeof(control) / sizeof(control[0]); i++)
        fprintf(out, "%s register %x %" PRIx64 "\n", name, control[i], pci_mmio_peek(vmxnet3_function(dev), 1, control[i], 4));
}

static void put_vm(FILE *out, const struct world *w, struct vm *vm)
{
    struct vm_stats stats;
    vm_get_stats(vm, &stats);
    put_words(out, vm_name(vm), "machine", &stats, sizeof(stats));
    for (unsigned h = 0; h < w->sc->host_count; h++)
        for (unsigned i = 0; host_vm_at(w->hosts[h], i); i++)
            if (host_vm_at(w->hosts[h], i) == vm && host_vm_device(w->hosts[h], vm))
                put_vmxnet3(out, vm_name(vm), host_vm_device(w->hosts[h], vm));
}

void left_out_dump(struct world *w, FILE *out)
{
    for (unsigned i = 0; i < w->sc->link_count; i++) {
        struct wire_stats stats;
        wire_get_stats(w->wires[i], &stats);
        put_words(out, "link", "frames", &stats, sizeof(stats));
    }
    for (uint32_t flow = 1; flow <= flow_count(w->sim); flow++) {
        struct flow_report report;
        flow_get_report(w->sim, flow, &report);
        report.name = NULL; /* a host address */
        put_words(out, "flow", "report", &report, sizeof(report));
    }
    for (unsigned i = 0; i < w->sc->vm_count; i++)
        if (w->vms[i])
            put_vm(out, w, w->vms[i]);
    for (unsigned i = 0; i < w->sc->nic_count; i++) {
        for (unsigned h = 0; h < w->sc->host_count; h++) {
            const struct pf *pf = host_find_pf(w->hosts[h], w->nics[i]->c.name);
            if (pf)
                put_pf(out, pf, w->nics[i]->c.name, w->nics[i]->vf_count);
        }
        put_nic(out, w->nics[i]);
    }
}
