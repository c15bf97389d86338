/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vm NAME … path WORD: how a VM's frames go, by one word, and whether its NIC can be gone by so. */
#include <string.h>

#include "nic/vmxnet3/vmxnet3_defs.h"
#include "scenario/verbs/verbs__.h"
#include "vm/kind.h"

/* What each word of `path` stands for. */
static const struct path_word {
    const char *word;
    enum machine_net net;
    int passthrough;
    uint32_t needs, mustnt; /* of its NIC: enum nic_capability */
    bool needs_driver;      /* a guest's kernel has one for its VFs */
    bool needs_netqueues;
} path_words[] = {
    {"emulated", MACHINE_NET_VMXNET3, 0, 0, 0, false, false},
    {"netqueue", MACHINE_NET_VMXNET3, 0, 0, 0, false, true},
    {"npa", MACHINE_NET_VMXNET3, 1, NIC_SRIOV, NIC_VF_IS_VMXNET3, false, false},
    {"upt", MACHINE_NET_VMXNET3, 1, NIC_VF_IS_VMXNET3, 0, false, false},
    {"vf", MACHINE_NET_VF, -1, 0, NIC_VF_IS_VMXNET3, true, false},
    {"vfio", MACHINE_NET_VF, -1, 0, NIC_VF_IS_VMXNET3, true, false},
    {"bond", MACHINE_NET_BOND, -1, 0, NIC_VF_IS_VMXNET3, true, false},
    {"pf", MACHINE_NET_VF, -1, NIC_SRIOV, NIC_VF_IS_VMXNET3, true, false},
};
enum { PATH_WORDS = sizeof(path_words) / sizeof(path_words[0]) };

void verb__vm_path(struct scn_cursor *c, void *into)
{
    const char *words[PATH_WORDS + 1] = {NULL};
    struct scn_vm *vm = into;
    for (unsigned i = 0; i < PATH_WORDS; i++)
        words[i] = path_words[i].word;
    if (scn_peek(c))
        vm->path = *scn_peek(c);
    scn_choice(c, "path of a VM", words);
}

/* "rev 3", "intr msi", "mask active": in any order, each once. */
void verb__vm_vnic(struct scn_cursor *c, void *into)
{
    static const char *const words[] = {"rev", "intr", "mask", NULL};
    static const struct scn_named intr[] = {
        {"msix", VMXNET3_IT_MSIX}, {"msi", VMXNET3_IT_MSI}, {"intx", VMXNET3_IT_INTX}, {NULL, 0}};
    static const struct scn_named mask[] = {
        {"auto", VMXNET3_IMM_AUTO}, {"active", VMXNET3_IMM_ACTIVE}, {"lazy", VMXNET3_IMM_LAZY}, {NULL, 0}};
    struct host_vnic *vnic = &((struct scn_vm *)into)->vnic;
    uint32_t seen = 0;
    uint64_t n;
    int value;
    struct scn_pos at = scn_peek(c) ? scn_peek(c)->at : (struct scn_pos){0};
    for (int which; (which = scn_accept_one(c, words, &seen)) >= 0;) {
        if (which == 0 && scn_number(c, "a revision of vmxnet3", 1, VMXNET3_REV_MAX, &n))
            vnic->rev = (unsigned)n;
        else if (which == 1 && scn_pick(c, "kind of interrupt", intr, &value))
            vnic->intr = (unsigned)value;
        else if (which == 2 && scn_pick(c, "way to mask interrupts", mask, &value))
            vnic->mask = (unsigned)value;
    }
    if (!seen)
        scn_choice(c, "property of a vmxnet3 device", words);
    if (!c->failed) /* else the rest of the line, which says whose driver it is, has not been read */
        ((struct scn_vm *)into)->vnic_at = at;
}

static const struct path_word *path_of(const struct scn_vm *vm)
{
    for (unsigned i = 0; vm->path.text && i < PATH_WORDS; i++)
        if (!strcmp(vm->path.text, path_words[i].word))
            return &path_words[i];
    return NULL;
}

/* The word says what `shell` and `passthrough` would. */
void verb__take_path(struct scn_cursor *c, struct scn_vm *vm)
{
    const struct path_word *path = path_of(vm);
    if (!path || c->failed)
        return;
    if (vm->shell_said || vm->passthrough >= 0)
        scn_fail(c, vm->path.at, "'path %s' says what '%s' says: one of them", path->word,
                 vm->shell_said ? "shell" : "passthrough");
    vm->net = path->net;
    vm->drives_pf = !strcmp(path->word, "pf");
    if (vm->drives_pf && vm->boot_vf_given)
        scn_fail(c, vm->boot_vf_at, "a VM with 'path pf' has the VFs of its NIC that no other VM has: leave out 'vf'");
    if (vm->drives_pf && !vm->kind)
        scn_fail(c, vm->path.at, "'path pf' is for a kernel that has a driver of a PF: add 'kernel uml'");
    if (vm->drives_pf)
        vm->boot_vf = HOST_VF_NONE;
    vm->passthrough = path->passthrough;
}

/* Its own kernel has drivers of its own: a VF that it drives itself, the plain vmxnet3, or our shell as a module of it. */
void verb__take_kernel(struct scn_cursor *c, struct scn_vm *vm)
{
    if (!vm->kind || c->failed)
        return;
    const struct path_word *path = path_of(vm);
    bool npa = vm->shell_said ? vm->npa : path && path->net == MACHINE_NET_VMXNET3 && path->needs == NIC_SRIOV;
    bool path_good = !path || vm->net == MACHINE_NET_VF || path->passthrough == 0 || npa;
    bool shell_good = vm->face == MACHINE_FACE_LINUX && (!vm->shell_said || vm->net == MACHINE_NET_VMXNET3);
    if (!path_good || !shell_good || vm->app_word.text)
        scn_fail(
            c, vm->kernel.at,
            "a VM with 'kernel %s' has a 'path vf', a 'path pf', a 'path emulated' or a 'path npa', or a 'shell linux net npa', "
            "and no app of ours",
            vm->kernel.text);
    if (!path)
        vm->passthrough = 0;
    vm->npa = npa;
    if (!vm->ram_given)
        vm->ram = vm->kind->ram_bytes;
}

/* Our shell knows the first revision only. */
unsigned verb__vnic_rev(const struct scn_vm *vm)
{
    bool ours = !vm->kind || vm->npa;
    return vm->vnic.rev ? vm->vnic.rev : ours ? 1 : VMXNET3_REV_MAX;
}

void verb__check_vnic(struct scenario *sc, const struct scn_vm *vm)
{
    bool ours = !vm->kind || vm->npa;
    if (!vm->vnic_at.line)
        return;
    if (vm->net == MACHINE_NET_VF)
        scn_error(&sc->file, vm->vnic_at, "'%s' has no vmxnet3 device", vm->name.text);
    else if (ours && (vm->vnic.intr || vm->vnic.mask))
        scn_error(&sc->file, vm->vnic_at,
                  "the shell of '%s' has its interrupts by MSI-X, which the device masks: 'intr' and 'mask' "
                  "are for a driver of its own ('kernel uml' or 'kernel vfio-user')",
                  vm->name.text);
}

const struct scn_nic *verb__uplink_of(const struct scenario *sc, const struct scn_vm *vm)
{
    for (unsigned i = 0; i < sc->nic_count; i++)
        if (vm->via.text ? !strcmp(sc->nics[i].name.text, vm->via.text) : sc->nics[i].host == vm->host_index)
            return &sc->nics[i];
    return NULL;
}

/* Can its path go by that NIC? A VM that begins without a VF may be given another NIC's. */
static bool path_fits(const struct scn_vm *vm, const struct path_word *path, const struct scn_nic *nic,
                      const struct nic_model *model)
{
    bool needs_driver = path->needs_driver && vm->boot_vf != HOST_VF_NONE;
    if (path->needs_driver && !needs_driver)
        return true;
    return (model->can & path->needs) == path->needs && !(model->can & path->mustnt) && (!needs_driver || model->vf_driver) &&
           (!path->needs_netqueues || nic->own_pools > 1);
}

/* Of a NIC that it can't go by: why, and what would do. */
static void refuse_path(struct scenario *sc, const struct scn_vm *vm, const struct path_word *path, const struct scn_nic *nic,
                        const struct nic_model *model)
{
    const struct scn_pos at = vm->path.at;
    if (path->needs_netqueues)
        scn_error(&sc->file, at, "'%s' has no NetQueues: 'path netqueue' needs 'nic %s … netqueues N'", nic->name.text,
                  nic->name.text);
    else if (!nic_model_can(model, NIC_SRIOV))
        scn_error(&sc->file, at,
                  "'%s', a NIC of model %s, has no VFs, which 'path %s' goes by: add 'via NIC', or say 'path emulated'",
                  nic->name.text, nic->model, path->word);
    else if (path->needs_driver)
        scn_error(&sc->file, at,
                  "a guest's own kernel has no driver for the VFs of '%s', a NIC of model %s: add 'via NIC', or say 'path %s'",
                  nic->name.text, nic->model, nic_model_can(model, NIC_VF_IS_VMXNET3) ? "upt" : "npa");
    else
        scn_error(&sc->file, at, "the VFs of '%s', a NIC of model %s, are none for '%s': add 'via NIC', or say 'path %s'",
                  nic->name.text, nic->model, path->word, nic_model_can(model, NIC_VF_IS_VMXNET3) ? "upt" : "npa");
}

/* ---- a PF that a VM drives ---- */

enum { GIVEN_VFS_MAX = 7 }; /* its kernel has a bus of eight devices */

const struct scn_vm *verb__pf_owner(const struct scenario *sc, const struct scn_nic *nic)
{
    for (unsigned i = 0; i < sc->vm_count; i++)
        if (sc->vms[i].drives_pf && verb__uplink_of(sc, &sc->vms[i]) == nic)
            return &sc->vms[i];
    return NULL;
}

void verb__check_operated(struct scenario *sc, const struct scn_word *nic)
{
    const struct scn_name *name = nic->text ? scn_find(sc, nic->text, SCN_BIT(SCN_NIC)) : NULL;
    const struct scn_vm *owner = name ? verb__pf_owner(sc, &sc->nics[name->index]) : NULL;
    if (owner)
        scn_error(&sc->file, nic->at, "the PF of '%s' is driven by '%s' (path pf): say it there, with 'exec %s \"…\"'", nic->text,
                  owner->name.text, owner->name.text);
}

static void check_owner(struct scenario *sc, const struct scn_vm *vm, const struct scn_nic *nic)
{
    if (verb__pf_owner(sc, nic) != vm)
        scn_error(&sc->file, vm->path.at, "the PF of '%s' is driven by '%s' already", nic->name.text,
                  verb__pf_owner(sc, nic)->name.text);
    else if (nic->vfs > GIVEN_VFS_MAX)
        scn_error(&sc->file, vm->path.at, "a guest that drives a PF sees %d VFs at most, and '%s' has %u: say 'vfs %d' there",
                  GIVEN_VFS_MAX, nic->name.text, nic->vfs, GIVEN_VFS_MAX);
    else if (nic->symmetric || nic->own_pools)
        scn_error(&sc->file, vm->path.at, "'%s' has '%s', which is for a PF driver of ours", nic->name.text,
                  nic->symmetric ? "view symmetric" : "netqueues");
}

/* Who is beside it goes by a VF: of a kernel that looks for it, or given later. */
static void check_beside_owner(struct scenario *sc, const struct scn_vm *vm, const struct scn_nic *nic, const struct scn_vm *owner)
{
    if (vm->net == MACHINE_NET_VF && (vm->kind || vm->boot_vf == HOST_VF_NONE))
        return;
    scn_error(&sc->file, vm->path.text ? vm->path.at : vm->name.at,
              "the PF of '%s' is driven by '%s': beside it a VM has a 'path vf', with 'kernel uml', or 'vf none' and an 'attach' "
              "once the VF is there",
              nic->name.text, owner->name.text);
}

static void check_given(struct scenario *sc, const struct scn_vm *vm)
{
    const struct scn_nic *nic = verb__uplink_of(sc, vm);
    const struct scn_vm *owner = nic ? verb__pf_owner(sc, nic) : NULL;
    if (vm->drives_pf && owner)
        check_owner(sc, vm, nic);
    else if (owner)
        check_beside_owner(sc, vm, nic, owner);
}

void verb__check_path(struct scenario *sc, const struct scn_vm *vm)
{
    check_given(sc, vm);
    const struct path_word *path = path_of(vm);
    const struct scn_nic *nic = path ? verb__uplink_of(sc, vm) : NULL;
    const struct nic_model *model = nic && nic->model ? nic_model_find(nic->model) : NULL;
    if (model && !path_fits(vm, path, nic, model))
        refuse_path(sc, vm, path, nic, model);
}
