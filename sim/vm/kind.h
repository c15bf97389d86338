/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A kind of VM whose guest this program does not run: a kernel in a process of its own, whose clock is the engine's.
 *
 * A kind registers itself (VM_KIND() of vm/outside/outside.h). A VM of one (struct vm_params) has what a host gives any VM: RAM,
 * device registers, interrupts, a place in the world. The vCPU, the guest image and its calls (machine.h) are not there; what vm.c
 * would do with them is in the table `machine`. So such a VM can't be saved or asked to do a job.
 *
 * It moves between hosts of the world (vm/move.h) by its RAM, page by page, and by what its devices are; what else its guest is
 * made of stays where it is, in its process.
 */
#ifndef VFSIM_VM_KIND_H
#define VFSIM_VM_KIND_H

#include "vm/vm.h"

struct vm_ram;

/* What a VM does where it has no vCPU here; one for all kinds (vm/outside/outside.c). */
struct vm_machine {
    const struct component_ops *component;
    void (*message)(struct msi_sink *self, struct pci_function *fn, uint64_t address, uint32_t data);
    void (*line)(struct msi_sink *self, struct pci_function *fn, bool asserted);
    int (*init)(struct vm *vm, char *err, size_t err_cap); /* RAM, and its kind's part */
    int (*join)(struct vm *vm); /* it is a component now */
    void (*boot)(struct vm *vm);
    void (*fini)(struct vm *vm);
    void (*pause)(struct vm *vm);
    void (*unpause)(struct vm *vm);
    void (*arrive)(struct vm *vm, struct vm_ram *ram);
};

/*
 * What a VM's host can do with the function that the guest drives itself, besides giving it: let it stand still, and take its state
 * away or put another's in. Wiring.
 */
struct vm_keeper {
    bool (*can)(const struct vm_keeper *self); /* is there one, of a kind that can? */
    /* Begins to let it stand still, or go on; get_there() is asked again and again, until it is so. */
    void (*hold)(struct vm_keeper *self, bool still);
    bool (*get_there)(struct vm_keeper *self, bool still);
    /* Of one that stands still. Loading, into one that nobody has used since its reset; errors are the stream's, and then it is to
     * be reset. */
    void (*state)(struct vm_keeper *self, struct save *s);
};
void vm_set_keeper(struct vm *vm, struct vm_keeper *keeper);
struct vm_keeper *vm_keeper(const struct vm *vm); /* NULL: none */

struct vm_kind {
    const struct vm_machine *machine;
    const char *word; /* "uml" */
    uint64_t ram_bytes; /* that a VM has whose line says nothing of it */
    bool comes_later; /* its guest comes when it wants to, and goes: a device that is there at its boot waits for nobody */
    /* 0, or -errno with a message: what it needs is not on this machine. */
    int (*is_there)(const struct vm_params *params, char *err, size_t err_cap);
    void *(*create)(struct vm *vm); /* its own part; nothing runs yet */
    void (*destroy)(void *own); /* NULL is fine */
    int (*boot)(void *own, char *err, size_t err_cap); /* at the current time; 0 or -errno with a message: the VM ends */
    void (*event)(void *own, const struct event *ev); /* that it has posted to its VM's component */
    void (*message)(void *own, struct pci_function *fn, uint32_t data); /* an interrupt: it has come to the guest */
    void (*line)(void *own, struct pci_function *fn); /* INTA of a function is asserted, pci_intx_level() */
    int (*exec)(void *own, unsigned number, const char *command); /* 0 or -errno */
    /* Nothing of it runs or is told anything, until it goes on: then its devices may be others. */
    void (*pause)(void *own);
    void (*unpause)(void *own);
    /* Where the guest has put the window in which a VF's registers may appear, which for the host is at MACHINE_MEMIO_HOLE;
     * guest-physical, 0: nowhere. */
    uint64_t (*memio)(void *own);
};

bool vm_comes_later(const struct vm *vm);

#endif
