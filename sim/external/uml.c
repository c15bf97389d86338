/* SPDX-License-Identifier: GPL-2.0-or-later */
/* `kernel uml`: a Linux kernel in a process of its own, in simulated time. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/alloc.h"
#include "external/uml__.h"

enum { RAM_DEFAULT = 64 << 20 };

static int is_there(const struct vm_params *params, char *err, size_t err_cap)
{
    char folder[UML_PATH_MAX];
    return uml__kernel_find(folder, params->npa, err, err_cap);
}

static void *create(struct vm *vm)
{
    struct uml *uml = alloc_zero("a guest's process", 1, sizeof(*uml));
    uml->vm = vm;
    uml->calendar.listener = uml->calendar.socket = uml->pidfd = uml->owner = -1;
    return uml;
}

static void close_all(struct uml *uml)
{
    uml__calendar_close(uml);
    for (unsigned i = 0; i < uml->functions; i++)
        uml__device_close(&uml->pci[i].dev);
    uml->functions = 0;
    uml__console_close(&uml->console);
    uml__process_end(uml);
    loop_destroy(uml->loop);
    uml->loop = NULL;
}

static void destroy(void *own)
{
    if (own)
        close_all(own);
    free(own);
}

/* ---- what is waited for ---- */

void uml__set_state(struct uml *uml, enum uml_state state)
{
    uml->state = state;
    uml->waits = state != UML_RUNS;
    if (uml->waits)
        loop_stop(uml->loop);
}

void uml__over(struct uml *uml, const char *fmt, ...)
{
    va_list ap;
    if (uml->state == UML_OVER)
        return;
    va_start(ap, fmt);
    vsnprintf(uml->why, sizeof(uml->why), fmt, ap);
    va_end(ap);
    uml__set_state(uml, UML_OVER);
}

void uml__serve(struct uml *uml, const bool *done)
{
    while (!*done && uml->state != UML_OVER) {
        int rc = loop_serve(uml->loop, UML_SECONDS_MAX);
        if (rc == -ETIMEDOUT)
            uml__over(uml, "its process has not answered for %d s", UML_SECONDS_MAX);
        else if (rc)
            uml__over(uml, "its process cannot be waited for: %s", alloc_reason(-rc));
    }
}

/* ---- what the VM does ---- */

static struct uml_device *device_at(struct uml *uml, unsigned i)
{
    return i < uml->functions ? &uml->pci[i].dev : &uml->console.dev;
}

/* Who was to be called while it ran. */
static void call_later(struct uml *uml)
{
    for (unsigned i = 0; i <= uml->functions; i++)
        for (unsigned q = 0; q < UML_QUEUES; q++)
            if (device_at(uml, i)->wants_call[q] && uml->state == UML_WAITS)
                uml__call(device_at(uml, i), q);
}

/* At the end of whatever made it run or interrupted it. */
static void settle(struct uml *uml)
{
    char words[128];
    if (uml->state != UML_OVER)
        return;
    uml__last_words(uml, words, sizeof(words));
    close_all(uml);
    vm_fail(uml->vm, "%s%s%s", uml->why, words[0] ? "; it said: " : "", words);
}

static void run(struct uml *uml)
{
    uml__serve(uml, &uml->waits);
    call_later(uml);
    settle(uml);
}

static int open_all(struct uml *uml, char *err, size_t err_cap)
{
    struct pci_function *fn[VM_FUNCTIONS_MAX];
    unsigned count = vm_functions(uml->vm, fn);
    int rc = uml__process_prepare(uml, err, err_cap);
    if (rc)
        return rc;
    uml->loop = loop_create();
    rc = uml->loop ? uml__calendar_open(uml) : -ENOMEM;
    for (unsigned i = 0; i < count && !rc; i++)
        rc = uml__pci_open(&uml->pci[uml->functions++], uml, i, fn[i]);
    if (!rc)
        rc = uml__console_open(&uml->console, uml);
    if (rc)
        snprintf(err, err_cap, "cannot make sockets for its kernel: %s", alloc_reason(-rc));
    return rc ? rc : uml__process_start(uml, err, err_cap);
}

static int boot(void *own, char *err, size_t err_cap)
{
    struct uml *uml = own;
    int rc = open_all(uml, err, err_cap);
    if (rc) {
        close_all(uml);
        return rc;
    }
    uml__set_state(uml, UML_RUNS);
    run(uml);
    return 0;
}

static void event(void *own, const struct event *ev)
{
    (void)ev; /* UML_EV_RUN, the only one */
    uml__calendar_run(own);
    run(own);
}

/* The device that may have a VF's registers, and its vectors' interrupts. */
static struct uml_pci *with_hole(struct uml *uml)
{
    for (unsigned i = 0; i < uml->functions; i++)
        if (uml->pci[i].function.has_hole)
            return &uml->pci[i];
    return NULL;
}

/* A function that is none of the guest's own is a VF behind its vmxnet3, whose vector i is that device's [npa_load.h]. */
static void message(void *own, struct pci_function *fn, uint32_t data)
{
    struct uml *uml = own;
    struct uml_pci *in_front = with_hole(uml);
    for (unsigned i = 0; i < uml->functions; i++)
        if (uml->pci[i].function.fn == fn) {
            uml__pci_message(&uml->pci[i], data);
            in_front = NULL;
        }
    if (in_front)
        uml__pci_raise(in_front, data);
    settle(uml);
}

static void line(void *own, struct pci_function *fn)
{
    struct uml *uml = own;
    for (unsigned i = 0; i < uml->functions; i++)
        if (uml->pci[i].function.fn == fn)
            uml__pci_line(&uml->pci[i]);
    settle(uml);
}

/* A pause is between two of its runs, which take no time. */
static void stand_still(void *own)
{
    struct uml *uml = own;
    uml->paused = true;
    uml__calendar_stop(uml);
}

/* The functions it has now are in the order of those it had; a VF behind its vmxnet3 is none of them. */
static void go_on(void *own)
{
    struct uml *uml = own;
    struct pci_function *fn[VM_FUNCTIONS_MAX];
    unsigned count = vm_functions(uml->vm, fn);
    uml->paused = false;
    uml__calendar_go_on(uml);
    for (unsigned i = 0; i < uml->functions && i < count; i++)
        uml__pci_go_on(&uml->pci[i], fn[i]);
    uml__console_go_on(&uml->console);
    settle(uml);
}

static uint64_t memio(void *own)
{
    const struct uml_pci *pci = with_hole(own);
    return pci ? guest_function_hole(&pci->function) : 0;
}

static int exec(void *own, unsigned number, const char *command)
{
    struct uml *uml = own;
    char *line = alloc_print("a command", "%u %s\n", number, command);
    uml__console_write(&uml->console, line);
    free(line);
    settle(uml);
    return 0;
}

static const struct vm_kind uml = {
    .machine = &vm_outside,
    .word = "uml",
    .ram_bytes = RAM_DEFAULT,
    .is_there = is_there,
    .create = create,
    .destroy = destroy,
    .boot = boot,
    .event = event,
    .message = message,
    .line = line,
    .exec = exec,
    .pause = stand_still,
    .unpause = go_on,
    .memio = memio,
};
VM_KIND(uml);
