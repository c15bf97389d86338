/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The shell's interrupt lines, beside paths that only remember which of their vectors were masked. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "guest/shell/shell.h"

struct shell shell;
static struct machine page;
static unsigned masked[PATHS];

/* What guest/shell/irq.c and machine/lines.c call beyond themselves. */
uint32_t device_event(void) { return 0; }
void jobs_run(void) {}
void face_interrupt(uint32_t vector) { irq_schedule(vector); }
void face_scheduled(uint32_t vector) { (void)vector; }
uint64_t path_interrupt_cycles(uint32_t lines) { return lines & 1 ? 36 : 0; }
void native_irq(uint32_t lines) { (void)lines; }

static uint32 mask(Plugin_State *ps, uint32 vector)
{
    for (unsigned i = 0; i < PATHS; i++)
        if (ps == &shell.path[i].ps)
            masked[i] |= 1u << vector;
    return 0;
}

static void begin(uint32_t emulated, uint32_t vf)
{
    memset(&shell, 0, sizeof(shell));
    memset(masked, 0, sizeof(masked));
    page = (struct machine){.horizon = UINT64_MAX};
    shell.window = (uint64_t)(uintptr_t)&page - MACHINE_PAGE_OFFSET;
    shell.queues = 4;
    shell.cpus = 1;
    for (unsigned i = 0; i < PATHS; i++)
        shell.path[i] =
            (struct path){.alive = true, .irq_on = true, .vectors = i == PATH_VF ? vf : emulated, .api.disableInterrupt = mask};
}

/* A path is told of the vectors it has: one more would be another function's register. */
START_TEST(masks_the_vectors_of_each_path)
{
    for (uint32_t emulated = 0; emulated <= 4; emulated++)
        for (uint32_t vf = 0; vf <= 4; vf++) {
            begin(emulated, vf);
            irq_schedule_all();
            ck_assert_uint_eq(shell.cpu[0].scheduled, 0xf);
            ck_assert_uint_eq(masked[PATH_EMULATED], (1u << emulated) - 1);
            ck_assert_uint_eq(masked[PATH_VF], (1u << vf) - 1);
        }
}
END_TEST

/* Lines of queues only, each once, and not on a path whose device masks by itself. */
START_TEST(polls_what_its_lines_say)
{
    begin(4, 4);
    shell.path[PATH_VF].auto_mask = true;
    shell.path[PATH_EMULATED].vectors = 3;
    shell.cpu[0].lines = 0x1c; /* 2, 3, and one that is no queue's */
    irq_dispatch();
    ck_assert_uint_eq(shell.cpu[0].lines, 0);
    ck_assert_uint_eq(shell.cpu[0].scheduled, 0xc);
    ck_assert_uint_eq(masked[PATH_EMULATED], 0x4);
    ck_assert_uint_eq(masked[PATH_VF], 0);
    masked[PATH_EMULATED] = 0;
    irq_schedule(2);
    ck_assert_uint_eq(masked[PATH_EMULATED], 0);
    uint64_t before = page.cycles;
    irq_dispatch(); /* no line: nothing is looked at */
    ck_assert_uint_eq(page.cycles, before);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("shell_irq");
    TCase *t = tcase_create("lines");
    tcase_add_test(t, masks_the_vectors_of_each_path);
    tcase_add_test(t, polls_what_its_lines_say);
    suite_add_tcase(s, t);
    SRunner *r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    int failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
