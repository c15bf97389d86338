/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Private to sim/external: a User-Mode Linux guest, part by part.
 *
 *   uml.c       the kind of VM: boots, runs when its time has come, ends
 *   process.c   its process: folder, sockets, how it is started and ended
 *   folder.c    where that is
 *   calendar.c  its clock: it asks for times, and runs when the engine has come to them [um_timetravel.h of Linux]
 *   vhost.c     its devices' sockets and queues [vhost-user], guest memory
 *   pcidev.c    a PCI function as its kernel's virt-pci driver sees it [virtio_pcidev.h of Linux]
 *   console.c   the way of commands and what they print: a virtio console
 *   kernel.c    which kernel
 *   loop.c      waiting for it
 *
 * The process runs only while this one waits for it, in one of the VM's events, and for as long as no simulated time passes: it
 * either runs, and everything it asks is answered, or it waits, and its devices may interrupt it.
 */
#ifndef VFSIM_EXTERNAL_UML__H
#define VFSIM_EXTERNAL_UML__H

#include <sys/types.h>

#include "external/function.h"
#include "external/loop.h"

enum {
    UML_SECONDS_MAX = 300, /* of wall time without a word: its process hangs */
    UML_QUEUES = 2,
    UML_QUEUE_MAX = 1024,
    UML_PARTS_MAX = 8,
    UML_PATH_MAX = 256,
    UML_FOLDER_MAX = 32, /* of a guest, whose sockets' paths are short */
    UML_CONSOLE_ID = 3, /* virtio's number of a console */
    UML_PCI_ID = 1234,  /* CONFIG_UML_PCI_OVER_VIRTIO_DEVICE_ID of tools/uml/kernel.config */
};

enum uml_event { UML_EV_RUN = 1 /* the time it has asked for has come */ };

struct uml;

/* ---- vhost.c ---- */

/* A queue of descriptors in guest memory [virtio 2.7]. */
struct uml_queue {
    uint32_t size;
    uint64_t desc, avail, used; /* guest-physical */
    uint16_t taken, given;
};

/* What one entry is made of: bytes from the guest, then bytes for it. */
struct uml_chain {
    uint16_t head;
    unsigned parts;
    struct {
        uint8_t *at;
        uint32_t len;
        bool for_guest;
    } part[UML_PARTS_MAX];
};

struct uml_device {
    struct uml *uml;
    void (*kicked)(struct uml_device *self, unsigned queue);
    int listener, socket, caller; /* where it comes, its requests, ours */
    struct loop_watch *comes, *asks, *answers;
    struct uml_queue queue[UML_QUEUES];
    bool called; /* it has answered our call */
    bool wants_call[UML_QUEUES]; /* when it waits */
};

int uml__device_open(struct uml_device *dev, struct uml *uml, const char *path,
                     void (*kicked)(struct uml_device *self, unsigned queue));
void uml__device_close(struct uml_device *dev);
bool uml__take(struct uml_device *dev, unsigned queue, struct uml_chain *out); /* the next entry; false: there is none */
void uml__give(struct uml_device *dev, unsigned queue, const struct uml_chain *chain,
               uint32_t len); /* back, with so many bytes for it */
void uml__call(struct uml_device *dev, unsigned queue); /* the guest is to look at it: now if it waits, else when it does */

/* ---- pcidev.c ---- */

struct uml_pci {
    struct uml_device dev; /* first */
    struct guest_function function;
    unsigned unreaped; /* writes given back that it may not have looked at */
    /* interrupts for which it has given no buffer yet */
    uint32_t message[PCI_MSIX_MAX];
    unsigned messages;
    bool line; /* … of which INTA is one */
};

int uml__pci_open(struct uml_pci *pci, struct uml *uml, unsigned slot, struct pci_function *fn);
void uml__pci_message(struct uml_pci *pci, uint32_t data);
void uml__pci_line(struct uml_pci *pci); /* INTA has been asserted: its kernel takes that as a message, too */
void uml__pci_go_on(struct uml_pci *pci, struct pci_function *fn); /* after a pause: another function of the same kind, perhaps */
void uml__pci_raise(struct uml_pci *pci, unsigned vector); /* the message that the guest's driver has put there */

/* ---- console.c ---- */

struct uml_console {
    struct uml_device dev; /* first */
    char *out; /* for the guest, out_len bytes of it */
    size_t out_len;
    char *in; /* from it */
    size_t in_len;
};

int uml__console_open(struct uml_console *console, struct uml *uml);
void uml__console_close(struct uml_console *console);
void uml__console_write(struct uml_console *console, const char *text);
void uml__console_go_on(struct uml_console *console);

/* ---- calendar.c ---- */

enum uml_state {
    UML_OFF,
    UML_RUNS,
    UML_WAITS, /* for the time it has asked for */
    UML_OVER,  /* its process is gone, or does what nobody understands */
};

struct uml_calendar {
    int listener, socket;
    struct loop_watch *comes, *asks;
    uint64_t wanted_ns; /* UINT64_MAX: none */
    struct event_id run;
    uint32_t seq;
};

int uml__calendar_open(struct uml *uml);
void uml__calendar_close(struct uml *uml);
void uml__calendar_stop(struct uml *uml); /* its time does not come */
void uml__calendar_go_on(struct uml *uml);
void uml__calendar_run(struct uml *uml); /* its time has come: it runs from now on */

/* ---- process.c ---- */

int uml__process_prepare(struct uml *uml, char *err, size_t err_cap); /* its folder */
int uml__process_start(struct uml *uml, char *err, size_t err_cap);
void uml__last_words(const struct uml *uml, char *text, size_t cap); /* of its log, "" if it has none */
void uml__process_end(struct uml *uml); /* and what it leaves behind; fine if there is none */
int uml__listen(const struct uml *uml, const char *name); /* a socket in its folder: fd or -errno */
int uml__accept(int listener); /* fd or -errno */
/* Exactly so many bytes; fds: what came with them (-1: none). 0, or -errno (-ECONNRESET: the other end is closed). */
int uml__receive(int socket, void *to, size_t len, int *fds, unsigned fd_count);
int uml__send(int socket, const void *from, size_t len);

/* ---- folder.c ---- */

int uml__folder_make(struct uml *uml); /* uml->folder: 0 or -errno; those that a killed simulator has left are gone then */
void uml__folder_remove(struct uml *uml); /* fine if there is none */

/* ---- uml.c ---- */

struct uml {
    struct vm *vm;
    struct loop *loop;
    enum uml_state state;
    bool waits; /* it no longer runs */
    bool paused; /* … and is told nothing */
    char folder[UML_FOLDER_MAX];
    int owner; /* its lock; -1 */
    pid_t pid;
    int pidfd; /* readable when it has ended */
    struct loop_watch *ends;
    struct uml_calendar calendar;
    struct uml_pci pci[VM_FUNCTIONS_MAX];
    unsigned functions;
    struct uml_console console;
    char why[128];
};

static inline struct component *uml__comp(const struct uml *uml) { return vm_component(uml->vm); }
static inline sim_time uml__now(const struct uml *uml) { return sim_now(uml__comp(uml)->sim); }
void uml__over(struct uml *uml, const char *fmt, ...) __attribute__((format(printf, 2, 3))); /* it can't go on: why */
void uml__set_state(struct uml *uml, enum uml_state state);
/* Answers it until *done, or it is over. */
void uml__serve(struct uml *uml, const bool *done);

/* ---- kernel.c ---- */
#define UML_INITRAMFS "initramfs"
#define UML_INITRAMFS_NPA "initramfs-npa" /* with our shell as a module */
/* The folder of kernel and initramfs (npa: that one); -ENOENT with a message that says how to get them. */
int uml__kernel_find(char folder[UML_PATH_MAX], bool npa, char *err, size_t err_cap);

/* seed.S: a library that answers the kernel's getrandom() from a seed */
extern const uint8_t uml__seed_library[], uml__seed_library_end[];

#endif
