/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Registers are reached by call and by plain loads and stores, trapped and passed through, at the right time. */
#include "vm/vm__.h"
#include "unit/vm_test.h"

static struct world w;

/* What tests/guest_vm/mmio.c tells whichever way its accesses go. */
static const char accesses[] = "console > read 0x11223344\n"
                               "read of registers at 0xe0100000 > nothing is mapped there -> all ones or dropped\n"
                               "console > nothing there 0xffff\n"
                               "asks for nonsense > a register access of bytes 0x3 -> refused\n"
                               "read of registers at 0xe0000000 > nothing is mapped there -> all ones or dropped\n"
                               "console > no such size 0xffffff\n"
                               "read of registers at 0xe0000ffc > nothing is mapped there -> all ones or dropped\n"
                               "console > over the end 0xffffffffffffffff\n"
                               "write of registers at 0xe0100000 > nothing is mapped there -> all ones or dropped\n"
                               "console > q 0x8877665544332211\n"
                               "console > l 0x99999999\n"
                               "console > w 0xffffffffffff7777\n"
                               "console > b 0xffffffffffffff66\n"
                               "console > ah 0xffffffffffff55ff\n"
                               "console > zbl 0xef\n"
                               "console > sbq 0xffffffffffffffef\n"
                               "console > zwl 0xbeef\n"
                               "console > swl 0xffffbeef\n"
                               "console > slq 0xffffffffdeadbeef\n"
                               "console > minus two 0xfffffffffffffffe\n"
                               "console > disturbed 0x0\n"
                               "console > left behind 0x0\n"
                               "console > done\n";

static void run(sim_time latency, enum vm_mmio_kind kind)
{
    world_sim(&w);
    world_vm(&w, "mmio", NULL);
    world_device(&w, latency, kind);
    vm_boot(w.vm);
    sim_run_until(w.sim, 10 * SIM_MS);
}

/* The trace without the sentences about trapped accesses. */
static void check_accesses(void)
{
    char seen[TEST_TEXT_MAX] = "";
    for (char *save, *line = strtok_r(w.text, "\n", &save); line; line = strtok_r(NULL, "\n", &save))
        if (strncmp(line, "exit >", 6) != 0 && !strstr(line, "took") && !strstr(line, "boots")) {
            strcat(seen, line);
            strcat(seen, "\n");
        }
    ck_assert_str_eq(seen, accesses);
    ck_has(w.device.log, "w 20 8 8877665544332211 @");
    ck_has(w.device.log, "w 28 4 99999999 @");
    ck_has(w.device.log, "w 2c 2 7777 @");
    ck_has(w.device.log, "w 2e 1 66 @");
    ck_has(w.device.log, "w 2f 1 55 @");
    ck_has(w.device.log, "w 30 4 deadbeef @");
    ck_has(w.device.log, "w 38 8 fffffffffffffffe @");
    ck_has(w.device.log, "w 40 4 5a5a @");
}

/* What faults left in registers that a call does not keep is nowhere in a VM that waits: a saved world must not tell when the
 * watchdog's ticks were. By number: rax, rcx, rdx, rsi, rdi, r8 to r11, the flags. */
static void check_registers(void)
{
    static const unsigned clobbered[] = {0, 1, 2, 6, 7, 8, 9, 10, 11, 17};
    const struct vcpu_regs *regs = &w.vm->context.regs;
    ck_assert_uint_eq(regs->full, 0);
    for (unsigned i = 0; i < sizeof(clobbered) / sizeof(*clobbered); i++)
        ck_assert_uint_eq(regs->word[clobbered[i]], 0);
}

START_TEST(trapped)
{
    run(10 * SIM_NS, VM_MMIO_TRAPPED);
    /* An exit of 1300 cycles and 1100 of emulation after the call's one, then the link: 1000.416 ns and 10. */
    ck_has(w.device.log, "w 10 4 11223344 @ 1010416;");
    ck_has(w.text, "exit > write of 4 bytes at 0xe0000010 -> emulated\n");
    ck_has(w.text, "console > write took 0x961\n");
    ck_has(w.text, "console > read took 0x991\n"); /* 2401 cycles and 20 ns */
    check_accesses();
    check_registers();
    struct vm_stats stats;
    vm_get_stats(w.vm, &stats);
    ck_assert_uint_eq(stats.trapped_mmio, 2 + 7 + 11 + 1);
    ck_assert_uint_eq(stats.direct_mmio, 0);
    ck_assert_uint_eq(stats.fault_exits, 7 + 11 + 1);
    ck_assert_uint_eq(stats.unmapped_mmio, 4);
    world_end(&w);
}
END_TEST

START_TEST(passed_through)
{
    run(400 * SIM_NS, VM_MMIO_DIRECT);
    ck_has(w.device.log, "w 10 4 11223344 @ 400416;");
    ck_has(w.text, "console > write took 0x1\n");  /* posted: the guest goes on */
    ck_has(w.text, "console > read took 0x781\n"); /* 800 ns and the call */
    check_accesses();
    struct vm_stats stats;
    vm_get_stats(w.vm, &stats);
    ck_assert_uint_eq(stats.trapped_mmio, 0);
    ck_assert_uint_eq(stats.direct_mmio, 2 + 7 + 11 + 1);
    world_end(&w);
}
END_TEST

START_TEST(without_any_latency)
{
    run(0, VM_MMIO_TRAPPED);
    check_accesses();
    world_end(&w);
    run(0, VM_MMIO_DIRECT);
    check_accesses();
    world_end(&w);
}
END_TEST

START_TEST(ranges)
{
    world_sim(&w);
    world_vm(&w, "mmio", NULL);
    world_device(&w, 0, VM_MMIO_TRAPPED);
    struct pci_function *fn = w.device.fn;
    const uint64_t base = MACHINE_MMIO_OFFSET;
    ck_assert_int_eq(vm_map_mmio(w.vm, base, 4096, fn, 0, 0, VM_MMIO_DIRECT), -EEXIST);
    ck_assert_int_eq(vm_map_mmio(w.vm, base - 4096, 4096, fn, 0, 0, VM_MMIO_DIRECT), -EINVAL);
    ck_assert_int_eq(vm_map_mmio(w.vm, base + 8192, 100, fn, 0, 0, VM_MMIO_DIRECT), -EINVAL);
    ck_assert_int_eq(vm_map_mmio(w.vm, base + 8200, 4096, fn, 0, 0, VM_MMIO_DIRECT), -EINVAL);
    ck_assert_int_eq(vm_map_mmio(w.vm, base + 8192, 0, fn, 0, 0, VM_MMIO_DIRECT), -EINVAL);
    ck_assert_int_eq(vm_map_mmio(w.vm, base + MACHINE_MMIO_SIZE - 4096, 8192, fn, 0, 0, VM_MMIO_DIRECT), -EINVAL);
    ck_assert_int_eq(vm_map_mmio(w.vm, UINT64_MAX - 4095, 4096, fn, 0, 0, VM_MMIO_DIRECT), -EINVAL);
    for (unsigned i = 1; i < 16; i++)
        ck_assert_int_eq(vm_map_mmio(w.vm, base + i * 8192, 4096, fn, 0, 0, VM_MMIO_DIRECT), 0);
    ck_assert_int_eq(vm_map_mmio(w.vm, base + 16 * 8192, 4096, fn, 0, 0, VM_MMIO_DIRECT), -ENOSPC);
    ck_assert_int_eq(vm_unmap_mmio(w.vm, base + 8192), 0);
    ck_assert_int_eq(vm_unmap_mmio(w.vm, base + 8192), -ENOENT);
    ck_assert_int_eq(vm_map_mmio(w.vm, base + 16 * 8192, 4096, fn, 0, 0, VM_MMIO_DIRECT), 0);
    world_end(&w);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("vm_mmio");
    TCase *tc = tcase_create("all");
    suite_add_tcase(suite, tc);
    tcase_add_test(tc, trapped);
    tcase_add_test(tc, passed_through);
    tcase_add_test(tc, without_any_latency);
    tcase_add_test(tc, ranges);
    return run_suite(suite);
}
