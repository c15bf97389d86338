/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A VM that moves into another memory goes on as one that was only stopped; in between it is nowhere, afterwards nothing
 * of it is left where it was.
 */
#include <errno.h>
#include <unistd.h>

#include "vm/vm__.h"
#include "vm/move.h"
#include "unit/vm_test.h"

static struct world w;
static const sim_time STOP = SIM_MS, GO = 2 * SIM_MS, END = 3 * SIM_MS;

enum way { ONLY_STOPPED, MOVED, RETURNED };

static void send_all(struct vm *vm, struct vm_ram *ram, bool all, unsigned *data, unsigned *zero)
{
    uint64_t size = vm_get_params(vm)->ram_bytes;
    enum vm_page_kind kind;

    *data = *zero = 0;
    for (uint64_t at = 0; (at = vm_ram_next(vm, ram, at, all, &kind)) < size; at += VM_MOVE_PAGE) {
        vm_ram_send(vm, ram, at, kind);
        *(kind == VM_PAGE_DATA ? data : zero) += 1;
    }
}

/* The kernel looks at the window as a guest would. */
static bool window_is_open(const struct vm *vm)
{
    int ends[2];
    ck_assert_int_eq(pipe(ends), 0);
    bool open = write(ends[1], (void *)(uintptr_t)vm->window, 1) == 1;
    ck_assert(open || errno == EFAULT);
    close(ends[0]);
    close(ends[1]);
    return open;
}

static void move(struct vm *vm, enum way way)
{
    char err[128];
    unsigned data, zero;
    struct save out, in;
    struct vm_ram *ram = vm_ram_create(vm, err, sizeof(err));
    uint64_t hash = vm_ram_hash(vm);
    int old = dup(vm->ram_fd);

    ck_assert_ptr_nonnull(ram);
    send_all(vm, ram, true, &data, &zero);
    ck_assert_uint_eq(data + zero, vm_get_params(vm)->ram_bytes / VM_MOVE_PAGE);
    save_init_writer(&out);
    vm_move_save(vm, &out);
    ck_assert_int_eq(out.err, 0);
    ck_assert(window_is_open(vm));
    vm_detach(vm);
    ck_assert(!window_is_open(vm));
    vm_irq(vm, 5); /* comes while it is nowhere */
    save_init_reader(&in, out.buf, out.len / 2);
    vm_move_load(vm, ram, &in);
    ck_assert_int_ne(in.err, 0);
    save_init_reader(&in, out.buf, out.len);
    if (way == MOVED) {
        vm_move_load(vm, ram, &in);
        ck_assert_msg(in.err == 0, "%s", in.why);
        ck_assert(vm_arrive(vm, ram));
        ck_assert_int_eq(lseek(old, 0, SEEK_DATA), -1); /* nothing is left */
    } else {
        vm_return(vm, &in);
        vm_ram_destroy(ram);
        ck_assert_int_ne(lseek(old, 0, SEEK_DATA), -1);
    }
    ck_assert(window_is_open(vm));
    ck_assert_uint_eq(vm_ram_hash(vm), hash);
    ck_assert_uint_ne(vm->vcpu[0].run.irq_pending & 1u << 5, 0);
    vm->vcpu[0].run.irq_pending &= ~(1u << 5);
    close(old);
    save_fini(&out);
}

static void run(enum way way, uint64_t *hash, uint64_t *cycles)
{
    world_sim(&w);
    struct vm *vm = world_vm(&w, "counter", NULL);
    vm_boot(vm);
    sim_run_until(w.sim, STOP);
    ck_assert_int_eq(vm_pause(vm), 0);
    uint64_t before = vm_ram_hash(vm);
    sim_run_until(w.sim, GO);
    ck_assert_uint_eq(vm_ram_hash(vm), before);
    if (way != ONLY_STOPPED)
        move(vm, way);
    vm_unpause(vm);
    sim_run_until(w.sim, END);
    ck_assert_uint_ne(vm_ram_hash(vm), before);
    *hash = vm_ram_hash(vm);
    *cycles = vm->vcpu[0].run.cycles;
    world_end(&w);
}

START_TEST(goes_on)
{
    uint64_t hash[2], cycles[2];
    run(ONLY_STOPPED, &hash[0], &cycles[0]);
    run(_i == 0 ? MOVED : RETURNED, &hash[1], &cycles[1]);
    ck_assert_uint_eq(hash[0], hash[1]);
    ck_assert_uint_eq(cycles[0], cycles[1]);
}
END_TEST

START_TEST(pages)
{
    char err[128];
    unsigned data, zero;
    uint64_t differ, full;
    enum vm_page_kind kind;

    world_sim(&w);
    struct vm *vm = world_vm(&w, "counter", NULL);
    struct vm_ram *ram = vm_ram_create(vm, err, sizeof(err));
    uint8_t *page = vm_mem(vm)->base + (8 << 20);
    vm_ram_count(vm, ram, &differ, &full);
    ck_assert_uint_eq(differ, full); /* the image; pages of zeros differ from nothing */
    send_all(vm, ram, false, &data, &zero);
    ck_assert_uint_eq(data, full);
    ck_assert_uint_eq(zero, 0);
    vm_ram_count(vm, ram, &differ, &full);
    ck_assert_uint_eq(differ, 0);
    page[100] = 1;
    ck_assert_uint_eq(vm_ram_next(vm, ram, 0, false, &kind), 8 << 20);
    ck_assert_int_eq(kind, VM_PAGE_DATA);
    send_all(vm, ram, false, &data, &zero);
    ck_assert_uint_eq(data, 1);
    page[100] = 0; /* a page of zeros is sent when the destination has something else */
    send_all(vm, ram, false, &data, &zero);
    ck_assert_uint_eq(data, 0);
    ck_assert_uint_eq(zero, 1);
    vm_ram_count(vm, ram, &differ, &full);
    ck_assert_uint_eq(differ, 0);
    vm_ram_destroy(ram);
    world_end(&w);
}
END_TEST

/* ---- post-copy ---- */

struct asked {
    struct mem_pager base;
    uint64_t page[64];
    unsigned pages;
};

static void want(struct mem_pager *self, uint64_t page)
{
    struct asked *asked = (struct asked *)self;
    if (self->missing[page] != 1)
        return;
    self->missing[page] = 2;
    ck_assert_uint_lt(asked->pages, 64);
    asked->page[asked->pages++] = page;
}

/* The guest's access to a page that is not there is tried again when it has come, and only then; it has lost nothing but the
 * time it waited. */
START_TEST(waits_for_pages)
{
    char err[128];
    struct save out, in;
    static uint8_t missing[VM_RAM_DEFAULT / VM_MOVE_PAGE];
    struct asked asked = {.base = {.missing = missing, .left = sizeof(missing), .want = want}};
    unsigned came = 0;

    world_sim(&w);
    struct vm *vm = world_vm(&w, "counter", NULL);
    vm_boot(vm);
    sim_run_until(w.sim, STOP);
    ck_assert_int_eq(vm_pause(vm), 0);
    uint64_t hash = vm_ram_hash(vm), before = vm->run.stats.calls[MACHINE_OP_WAIT];
    save_init_writer(&out);
    vm_move_save(vm, &out);
    vm_detach(vm);
    struct vm_ram *ram = vm_ram_create(vm, err, sizeof(err));
    save_init_reader(&in, out.buf, out.len);
    vm_move_load(vm, ram, &in);
    struct vm_ram *rest = vm_arrive_partly(vm, ram);
    ck_assert_ptr_nonnull(rest);
    memset(missing, 1, sizeof(missing));
    vm_set_pager(vm, &asked.base);
    vm_unpause(vm);
    for (sim_time at = GO; at < 10 * SIM_MS; at += 50 * SIM_US) { /* each page when the guest has waited for a while */
        sim_run_until(w.sim, at);
        ck_assert_uint_le(asked.pages, came + 1);
        if (asked.pages == came)
            continue;
        ck_assert_uint_eq(vm->vcpu[0].run.phase, VM_PHASE_PAGE);
        vm_pages_came(vm, rest, asked.page[came++], 1);
    }
    ck_assert_uint_gt(came, 3);
    ck_assert_uint_eq(vm->vcpu[0].page_wait.waits, came);
    ck_assert_uint_ge(vm->vcpu[0].page_wait.wait_ps, came * 20 * SIM_US);
    ck_assert_msg(vm_get_state(vm) == VM_RUNNING, "%s", vm_end_text(vm));
    ck_assert_uint_gt(vm->run.stats.calls[MACHINE_OP_WAIT], before + 100);
    ck_assert_int_eq(vm_pause(vm), 0);
    vm_pages_came(vm, rest, 0, sizeof(missing));
    ck_assert_uint_eq(asked.base.left, 0);
    vm_set_pager(vm, NULL);
    ck_assert_uint_ne(vm_ram_hash(vm), hash);
    vm_unpause(vm);
    sim_run_until(w.sim, 11 * SIM_MS);
    ck_assert_msg(vm_get_state(vm) == VM_RUNNING, "%s", vm_end_text(vm));
    vm_ram_destroy(rest);
    save_fini(&out);
    world_end(&w);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("migrate_pages");
    TCase *tcase = tcase_create("pages");
    tcase_add_test(tcase, pages);
    tcase_add_loop_test(tcase, goes_on, 0, 2);
    tcase_add_test(tcase, waits_for_pages);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
