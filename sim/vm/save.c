/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A VM's state to and from a save stream: run state, registers, images, RAM, tags. */
#include <errno.h>

#include "vm/vm__.h"

bool vm__run_is_sound(const struct vm_run *run)
{
    return run->state <= VM_ENDED && run->phase <= VM_PHASE_END && run->job_head < VM_JOBS_MAX && run->job_count <= VM_JOBS_MAX &&
           run->line_len < VM_LINE_MAX && run->op.access.reg < 16;
}

void vm__save(struct component *self, struct save *s)
{
    struct vm *vm = (struct vm *)self;
    save_section(s, "vm", 5);
    save_expect_u64(s, "the VM's slot", vm->params.slot);
    save_expect_u64(s, "cpu_khz", vm->khz);
    save_field(s, vm->run);
    save_field(s, vm->page_wait);
    save_field(s, vm->spin);
    save_field(s, vm->exits);
    save_field(s, vm->cpu.regs);
    save_field(s, vm->station.mac);
    if (!s->err && !vm__run_is_sound(&vm->run))
        save_fail(s, -EPROTO, "the vCPU's state is impossible");
    vm->run.end_text[sizeof(vm->run.end_text) - 1] = '\0';
    vm__image_save(vm, s);
    vm__ram_save(vm, s);
    mem_save(&vm->mem, s);
    if (!save_is_loading(s))
        return;
    vm__publish_irq(vm);
    if (vm->run.detached)
        vm__window_close(vm);
}
