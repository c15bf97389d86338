/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vm NAME … path WORD: how a VM's frames go, by one word, and whether its NIC can be gone by so. */
#include <string.h>

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
        scn_fail(c, vm->kernel.at,
                 "a VM with 'kernel %s' has a 'path vf', a 'path emulated' or a 'path npa', or a 'shell linux net npa', and no app "
                 "of ours",
                 vm->kernel.text);
    if (!path)
        vm->passthrough = 0;
    vm->npa = npa;
    if (!vm->ram_given)
        vm->ram = vm->kind->ram_bytes;
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

void verb__check_path(struct scenario *sc, const struct scn_vm *vm)
{
    const struct path_word *path = path_of(vm);
    const struct scn_nic *nic = path ? verb__uplink_of(sc, vm) : NULL;
    const struct nic_model *model = nic && nic->model ? nic_model_find(nic->model) : NULL;
    if (model && !path_fits(vm, path, nic, model))
        refuse_path(sc, vm, path, nic, model);
}
