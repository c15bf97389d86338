/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Symbols and lines of images lie where the images lie; run under GDB (tests/vm.cmake) a breakpoint in guest code
 * works. */
#include <elf.h>
#include <unistd.h>

#include "vm/image/gdb_jit.h"
#include "unit/vm_test.h"

static struct world w;

static void *read_image(const char *path, size_t *len)
{
    FILE *in = fopen(path, "rb");
    ck_assert_ptr_nonnull(in);
    void *bytes = malloc(1 << 20);
    *len = fread(bytes, 1, 1 << 20, in);
    fclose(in);
    return bytes;
}

static const Elf64_Shdr *find_section(const uint8_t *elf, const char *name)
{
    const Elf64_Ehdr *e = (const void *)elf;
    const Elf64_Shdr *s = (const void *)(elf + e->e_shoff);
    for (unsigned i = 0; i < e->e_shnum; i++)
        if (strcmp((const char *)elf + s[e->e_shstrndx].sh_offset + s[i].sh_name, name) == 0)
            return &s[i];
    return NULL;
}

START_TEST(moves_addresses)
{
    const uint64_t base = 0x200000100000;
    size_t len;
    uint8_t *before = read_image(GUEST_DIR "/counter", &len), *after = read_image(GUEST_DIR "/counter", &len);
    ck_assert_int_eq(gdb_jit_relocate(after, len, base), 0);
    ck_assert_uint_eq(find_section(after, ".text")->sh_addr, find_section(before, ".text")->sh_addr + base);
    ck_assert_uint_eq(find_section(after, ".debug_info")->sh_addr, 0);
    ck_assert_uint_eq(((Elf64_Ehdr *)(void *)after)->e_entry, ((Elf64_Ehdr *)(void *)before)->e_entry + base);
    /* The first address of .debug_aranges [DWARF 6.1.2]: behind a header of 12 bytes, aligned to 16. */
    const Elf64_Shdr *aranges = find_section(after, ".debug_aranges");
    uint64_t was, is;
    memcpy(&was, before + aranges->sh_offset + 16, 8);
    memcpy(&is, after + aranges->sh_offset + 16, 8);
    ck_assert_uint_eq(is, was + base);
    ck_assert_int_eq(gdb_jit_relocate(after, 40, base), -EINVAL);
    after[0] = 0;
    ck_assert_int_eq(gdb_jit_relocate(after, len, base), -EINVAL);
    free(before);
    free(after);
}
END_TEST

static void run_counter(void)
{
    vm_debugger_enabled = 1;
    world_sim(&w);
    world_vm(&w, "counter", NULL);
    vm_boot(w.vm);
    sim_run_until(w.sim, SIM_MS);
}

START_TEST(registers_and_unregisters)
{
    size_t len;
    void *elf = read_image(GUEST_DIR "/irq", &len);
    run_counter();
    vm_add_image(w.vm, "plugin", elf, len, 0x200000400000);
    vm_add_image(w.vm, "plugin again", elf, len, 0x200000400000);
    vm_remove_image(w.vm, 0x200000400000);
    vm_add_image(w.vm, "no image", "nothing", 7, 0x200000500000);
    ck_assert_int_eq(vm_get_state(w.vm), VM_RUNNING);
    world_end(&w);
    free(elf);
}
END_TEST

int main(int argc, char **argv)
{
    Suite *suite = suite_create("vm_gdb");
    TCase *tc = tcase_create("all");
    suite_add_tcase(suite, tc);
    tcase_add_test(tc, moves_addresses);
    tcase_add_test(tc, registers_and_unregisters);
    if (argc > 1)
        setenv("CK_FORK", "no", 1); /* for a debugger */
    return run_suite(suite);
}
