/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A VM saved at any event goes on in another process to the same end, and nothing of the host is in its memory.
 *
 * Run with an argument this program is that other process: it restores the file, runs on and prints the hash of the
 * RAM.
 */
#include <fcntl.h>
#include <unistd.h>

#include "unit/vm_test.h"

static struct world w;
static const sim_time END = 3 * SIM_MS;

/* The same world each time: a counting VM, and one that waits for its device's answers again and again. */
static struct vm *build(bool boot)
{
    world_sim(&w);
    struct vm *counter = world_vm(&w, "counter", NULL);
    world_device(&w, 300 * SIM_NS, VM_MMIO_TRAPPED);
    struct vm *mmio = world_vm(&w, "mmio", &(struct vm_params){.name = "mmio", .slot = 5});
    ck_assert_int_eq(vm_map_mmio(mmio, MACHINE_MMIO_OFFSET, TEST_REGS, w.device.fn, 0, 0, VM_MMIO_TRAPPED), 0);
    if (boot) {
        vm_boot(counter);
        vm_boot(mmio);
    }
    return mmio;
}

static void finish(struct vm *mmio, char *out, size_t cap)
{
    sim_run_until(w.sim, END);
    struct vm_stats a, b;
    vm_get_stats(w.vm, &a);
    vm_get_stats(mmio, &b);
    snprintf(out, cap, "%016llx %016llx %llu %llu %llu events %llu", (unsigned long long)vm_ram_hash(w.vm),
             (unsigned long long)vm_ram_hash(mmio), (unsigned long long)a.cycles_charged, (unsigned long long)b.trapped_mmio,
             (unsigned long long)b.fault_exits, (unsigned long long)sim_event_count(w.sim));
    vm_destroy(mmio);
    world_end(&w);
}

static const char *stream; /* to restore; "-": none, the whole run */

START_TEST(other_process)
{
    char line[256], *bytes = malloc(64 << 20);
    bool is_whole_run = strcmp(stream, "-") == 0;
    struct vm *mmio = build(is_whole_run);
    if (!is_whole_run) {
        FILE *in = fopen(stream, "rb");
        ck_assert_ptr_nonnull(in);
        size_t len = fread(bytes, 1, 64 << 20, in);
        fclose(in);
        struct save s;
        save_init_reader(&s, bytes, len);
        sim_save(w.sim, &s);
        ck_assert_msg(s.err == 0, "%s", s.why);
        ck_assert_uint_eq(s.pos, s.len);
    }
    free(bytes);
    finish(mmio, line, sizeof(line));
    printf("%s\n", line);
}
END_TEST

static void ask_other(const char *path, char *line, size_t cap)
{
    char command[512];
    snprintf(command, sizeof(command), "/proc/%d/exe %s", (int)getpid(), path);
    FILE *pipe = popen(command, "r");
    ck_assert_ptr_nonnull(pipe);
    ck_assert_ptr_nonnull(fgets(line, (int)cap, pipe));
    line[strcspn(line, "\n")] = '\0';
    ck_assert_int_eq(pclose(pipe), 0);
}

START_TEST(goes_on_elsewhere)
{
    static const unsigned steps[] = {0, 1, 2, 3, 5, 8, 13, 40, 61, 100, 777, 1501};
    char path[] = "/tmp/vm_save.XXXXXX", here[256], there[256], whole[256];
    finish(build(true), whole, sizeof(whole));
    struct vm *mmio = build(true);
    for (unsigned i = 0; i < steps[_i]; i++)
        sim_step(w.sim);
    struct save s;
    save_init_writer(&s);
    sim_save(w.sim, &s);
    ck_assert_msg(s.err == 0, "%s", s.why);
    int fd = mkstemp(path);
    ck_assert_int_eq(write(fd, s.buf, s.len), (ssize_t)s.len);
    close(fd);
    save_fini(&s);
    finish(mmio, here, sizeof(here)); /* saving changes nothing */
    ck_assert_str_eq(here, whole);
    ask_other(path, there, sizeof(there));
    unlink(path);
    ck_assert_str_eq(there, whole);
}
END_TEST

START_TEST(no_host_address_in_memory)
{
    char first[256], second[256];
    ask_other("-", first, sizeof(first));
    ask_other("-", second, sizeof(second));
    ck_assert_str_eq(first, second);
}
END_TEST

START_TEST(refuses_another_vm)
{
    struct save s, back;
    struct vm *mmio = build(true);
    sim_run_until(w.sim, SIM_US);
    save_init_writer(&s);
    sim_save(w.sim, &s);
    vm_destroy(mmio);
    world_end(&w);
    world_sim(&w);
    struct vm *counter = world_vm(&w, "irq", NULL); /* another image */
    world_device(&w, 300 * SIM_NS, VM_MMIO_TRAPPED);
    mmio = world_vm(&w, "mmio", &(struct vm_params){.name = "mmio", .slot = 5});
    save_init_reader(&back, s.buf, s.len);
    sim_save(w.sim, &back);
    ck_assert_int_eq(back.err, -EPROTO);
    ck_has(back.why, "the guest image's digest");
    (void)counter;
    save_fini(&s);
    vm_destroy(mmio);
    world_end(&w);
}
END_TEST

START_TEST(memory_comes_back_whole)
{
    struct save s, back;
    const struct mem_fragment fragment = {0x3000, 100};
    struct vm *mmio = build(true);
    struct sim_mem *mem = vm_mem(w.vm);
    mem_tag_received(mem, fragment.addr, fragment.len, frame_birth(vm_component(w.vm), 0, 100), 0);
    uint64_t hash = vm_ram_hash(w.vm);
    save_init_writer(&s);
    sim_save(w.sim, &s);
    *(uint8_t *)mem_at(mem, 8 << 20, 1) = 1; /* a page that was a hole */
    ck_assert_uint_ne(vm_ram_hash(w.vm), hash);
    ck_assert_uint_eq(mem_tag_clear(mem, 0, mem->size, FATE_overwritten), 1);
    save_init_reader(&back, s.buf, s.len);
    sim_save(w.sim, &back);
    ck_assert_msg(back.err == 0, "%s", back.why);
    ck_assert_uint_eq(vm_ram_hash(w.vm), hash);
    frame_ref ref = mem_tag_hand_over(mem, &fragment, 1);
    ck_assert_uint_ne(ref, 0);
    frame_end(vm_component(w.vm), ref, FATE_delivered_app);
    save_fini(&s);
    vm_destroy(mmio);
    world_end(&w);
}
END_TEST

START_TEST(images_are_kept)
{
    struct save s, back;
    static const char elf[] = "\177ELF, or nearly so";
    struct vm *mmio = build(true);
    vm_add_image(w.vm, "store/ixgbevf.so", elf, sizeof(elf), 0x200000300000);
    save_init_writer(&s);
    sim_save(w.sim, &s);
    vm_remove_image(w.vm, 0x200000300000);
    vm_add_image(w.vm, "store/other.so", elf, 3, 0x200000400000);
    save_init_reader(&back, s.buf, s.len);
    sim_save(w.sim, &back);
    ck_assert_msg(back.err == 0, "%s", back.why);
    struct save again;
    save_init_writer(&again);
    sim_save(w.sim, &again);
    ck_assert_uint_eq(again.len, s.len);
    ck_assert_int_eq(memcmp(again.buf, s.buf, s.len), 0);
    save_fini(&s);
    save_fini(&again);
    vm_destroy(mmio);
    world_end(&w);
}
END_TEST

int main(int argc, char **argv)
{
    Suite *suite = suite_create("vm_save");
    TCase *tc = tcase_create("all");
    suite_add_tcase(suite, tc);
    if (argc > 1) {
        stream = argv[1];
        tcase_add_test(tc, other_process);
        SRunner *runner = srunner_create(suite);
        srunner_run_all(runner, CK_SILENT);
        int failed = srunner_ntests_failed(runner);
        srunner_free(runner);
        return failed ? EXIT_FAILURE : EXIT_SUCCESS;
    }
    tcase_add_loop_test(tc, goes_on_elsewhere, 0, 12);
    tcase_add_test(tc, no_host_address_in_memory);
    tcase_add_test(tc, refuses_another_vm);
    tcase_add_test(tc, memory_comes_back_whole);
    tcase_add_test(tc, images_are_kept);
    return run_suite(suite);
}
