/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A chip from outside is made known: what is refused, in which words; loading one from an object. The chip is the example's. */
#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <vfsim/vfsim.h>

#include "docs/examples/chip/tern_chip.h"

static const char *text_of(struct vfsim_error *error)
{
    static char text[512];
    snprintf(text, sizeof(text), "%s", error ? error->message : "(none)");
    vfsim_error_free(error);
    return text;
}

static void ck_has(const char *text, const char *words)
{
    ck_assert_msg(strstr(text, words) != NULL, "no \"%s\" in: %s", words, text);
}

/* A chip that drives its rings itself, as far as anybody looks here. */
static void dma_read_done(struct vfsim_function *fn, uint64_t tag, const void *data, uint32_t length, enum vfsim_dma_status s) {}
static void dma_write_done(struct vfsim_function *fn, uint64_t tag, enum vfsim_dma_status status) {}
static void receive(struct vfsim_function *fn, vfsim_frame frame) {}
static void counts(struct vfsim_function *fn, struct vfsim_function_counts *out) {}
static bool send(struct vfsim_driver *d, vfsim_frame frame) { return false; }
static void kick(struct vfsim_driver *d) {}
static unsigned poll(struct vfsim_driver *d, unsigned budget) { return 0; }
static unsigned pending(struct vfsim_driver *d) { return 0; }

static void alone(struct vfsim_chip *c, struct vfsim_device_ops *d, struct vfsim_driver_ops *p)
{
    c->queue = NULL;
    c->pf.queues = c->vf.queues = 0;
    d->dma_read_done = dma_read_done;
    d->dma_write_done = dma_write_done;
    d->receive = receive;
    d->counts = counts;
    p->rings = NULL;
    p->send = send;
    p->kick = p->unmask = kick;
    p->poll = poll;
    p->pending = pending;
}

static uint64_t odd_memory(uint32_t rx, uint32_t tx) { return UINT32_C(1) << 24 | (rx + tx); }
static uint64_t little_memory(uint32_t rx, uint32_t tx) { return 4096; }

/* A chip `c`, its device `d`, its queues `q`, its driver `p` and the rings `r` of that, each with one thing wrong. */
#define MISTAKES(X)                                                                                                            \
    X(c.abi = 99, "a chip of ABI 99, and this vfsim has 1: build it against this one's headers")                               \
    X(c.size = 8, "a struct vfsim_chip of 8 bytes, and this vfsim's has ")                                                     \
    X(c.name = NULL, "a name has 1 to 31 lower-case letters")                                                                  \
    X(c.name = "", "a name has 1 to 31 lower-case letters")                                                                    \
    X(c.name = "Tern", "a name has 1 to 31 lower-case letters")                                                                \
    X(c.name = "a-name-that-is-longer-than-anybody", "a name has 1 to 31 lower-case letters")                                  \
    X(c.sentence = NULL, "`sentence` says what it is")                                                                         \
    X(c.max_vfs = 0, "`max_vfs` is 0: it is to be 1 to 63")                                                                    \
    X(c.max_vfs = 64, "`max_vfs` is 64: it is to be 1 to 63")                                                                  \
    X(c.vf_queues = 9, "`vf_queues` is 9: it is to be 1 to 8")                                                                 \
    X(c.addresses = 1, "`addresses` is 1: it is to be 2 to 128")                                                               \
    X(c.vlans = 65, "`vlans` is 65: it is to be 1 to 64")                                                                      \
    X(c.ring_step = 65, "`ring_step` is 65: it is to be 0 to 64")                                                              \
    X(c.rate_bps = 1500, "`rate_bps` is 1500: it is to be whole Mb/s")                                                         \
    X(c.rate_bps = 0, "`rate_bps` is 0: it is to be 1000000 to ")                                                              \
    X(c.pcie_gen = 6, "`pcie_gen` is 6: it is to be 1 to 5")                                                                   \
    X(c.pcie_lanes = 3, "`pcie_lanes` is 3: it is to be 1, 2, 4, 8 or 16")                                                     \
    X(c.pcie_lanes = 32, "`pcie_lanes` is 32: it is to be 1 to 16")                                                            \
    X(c.nic_state = (size_t)1 << 30, "`nic_state` is 1073741824: it is to be 0 to 16777216")                                   \
    X(c.pf.state = (size_t)1 << 30, "`pf.state` is 1073741824: at most 16777216 bytes")                                        \
    X(c.vf_plugin = NULL, "`vf_plugin` is the name of a plugin image, without a folder")                                       \
    X(c.vf_plugin = "a/b.so", "`vf_plugin` is the name of a plugin image, without a folder")                                   \
    X(c.registers = NULL, "`registers` is NULL")                                                                               \
    X((c.registers = outside, c.register_count = 1), "`registers[0]`, FAR of the PF, ends at 0x2004: `pf.bar[0]` has 0x2000 ") \
    X((c.registers = outside + 1, c.register_count = 1), "`registers[0]`, FAR of the VF, ends at 0x1004: `vf.bar[0]` has")     \
    X((c.registers = outside + 2, c.register_count = 1), "`registers[0]` has a name, and is of \"PF\" or of \"VF\"")           \
    X(c.pf.bar[0].bytes = 5000, "`pf.bar[0]` has 5000 bytes: a power of two from 4096 to 1G")                                  \
    X(c.pf.bar[1].bytes = 4096, "`pf.bar[0]` is one of 64 bits: the next BAR is its upper half")                               \
    X(c.vf.bar[0].bytes = 0, "`vf.bar[0]` has the registers that a guest gets, and nothing else")                              \
    X(c.vf.msix_bar = 0, "`vf.bar[0]` has the registers that a guest gets, and nothing else")                                  \
    X(c.vf.vectors = 0, "`vf.vectors` is 0: it is to be 1 to 64")                                                              \
    X(c.pf.vectors = 1, "`pf.vectors` is 1: it is to be 2 to 64")                                                              \
    X(c.pf.msix_bar = 5, "`pf`: the MSI-X table and its pending bits lie in `msix_bar`")                                       \
    X(c.pf.msix_pending = 8192, "`pf`: the MSI-X table and its pending bits lie in `msix_bar`")                                \
    X(c.pf.msix_pending = 16, "`pf`: the MSI-X table of 2 vectors runs into its pending bits")                                 \
    X(c.pf.at.pcie = 0x42, "`pf.at.pcie` is 0x42: a multiple of 4 from 0x40 on, below 0x100")                                  \
    X(c.pf.at.pcie = 0x74, "`pf.at`: msix runs into pcie")                                                                     \
    X(c.vf.at.aer = 0x200, "`vf.at`: the first extended capability is at 0x100")                                               \
    X(c.device = NULL, "`device` is NULL")                                                                                     \
    X(d.read = NULL, "`device->read` is NULL")                                                                                 \
    X(d.write = NULL, "`device->write` is NULL")                                                                               \
    X((alone(&c, &d, &p), d.dma_read_done = NULL), "`device->dma_read_done` is NULL")                                          \
    X((alone(&c, &d, &p), d.dma_write_done = NULL), "`device->dma_write_done` is NULL")                                        \
    X(d.reset = NULL, "`device->reset` is NULL")                                                                               \
    X(d.arrive = NULL, "`device->arrive` is NULL")                                                                             \
    X((alone(&c, &d, &p), d.receive = NULL), "`device->receive` is NULL")                                                      \
    X((alone(&c, &d, &p), d.counts = NULL), "`device->counts` is NULL")                                                        \
    X(c.queue = NULL, "`pf.queues` is 1, and `queue` is NULL")                                                                 \
    X((c.queue = NULL, c.pf.queues = 0), "`vf.queues` is 1, and `queue` is NULL")                                              \
    X(c.pf.queues = 0, "`pf.queues` is 0: it is to be 1 to 8")                                                                 \
    X(c.vf.queues = 9, "`vf.queues` is 9: it is to be 1 to 8")                                                                 \
    X(q.descriptor = 20, "`queue->descriptor` is 20: a multiple of 8")                                                         \
    X(q.descriptor = 40, "`queue->descriptor` is 40: it is to be 8 to 32")                                                     \
    X(q.fragments = 0, "`queue->fragments` is 0: it is to be 1 to 40")                                                         \
    X(q.buffer = NULL, "`queue->buffer` is NULL")                                                                              \
    X(q.received = NULL, "`queue->received` is NULL")                                                                          \
    X(q.sent = NULL, "`queue->sent` is NULL")                                                                                  \
    X(q.written = NULL, "`queue->written` is NULL")                                                                            \
    X(r.post = NULL, "`driver->rings->post` is NULL")                                                                          \
    X(r.received = NULL, "`driver->rings->received` is NULL")                                                                  \
    X(r.send = NULL, "`driver->rings->send` is NULL")                                                                          \
    X(r.sent = NULL, "`driver->rings->sent` is NULL")                                                                          \
    X(r.mask = NULL, "`driver->rings->mask` is NULL")                                                                          \
    X(r.descriptor = 0, "`driver->rings->descriptor` is 0: it is to be 8 to 4096")                                             \
    X(r.descriptor = 12, "`driver->rings->descriptor` is to be a multiple of 8")                                               \
    X(r.buffer = 2048, "`driver->rings->buffer` is 2048: it is to be 9728 to 65536")                                           \
    X(p.memory = little_memory, "`driver->memory` of rings of 64 descriptors is 4096 bytes, and `rings` need 1318912")         \
    X(c.driver = NULL, "`driver` is NULL")                                                                                     \
    X(p.start = NULL, "`driver->start` is NULL")                                                                               \
    X(p.address = NULL, "`driver->address` is NULL")                                                                           \
    X(p.vlan = NULL, "`driver->vlan` is NULL")                                                                                 \
    X(p.groups = NULL, "`driver->groups` is NULL")                                                                             \
    X(p.port = NULL, "`driver->port` is NULL")                                                                                 \
    X(p.longest = NULL, "`driver->longest` is NULL")                                                                           \
    X(p.loopback = NULL, "`driver->loopback` is NULL")                                                                         \
    X(p.info = NULL, "`driver->info` is NULL")                                                                                 \
    X(p.drain = NULL, "`driver->drain` is NULL")                                                                               \
    X((alone(&c, &d, &p), p.send = NULL), "`driver->send` is NULL")                                                            \
    X((alone(&c, &d, &p), p.kick = NULL), "`driver->kick` is NULL")                                                            \
    X((alone(&c, &d, &p), p.poll = NULL), "`driver->poll` is NULL")                                                            \
    X((alone(&c, &d, &p), p.unmask = NULL), "`driver->unmask` is NULL")                                                        \
    X((alone(&c, &d, &p), p.pending = NULL), "`driver->pending` is NULL")                                                      \
    X(p.memory = NULL, "`driver->memory` is NULL")                                                                             \
    X(p.cause_read = NULL, "`driver->cause_read` is NULL")                                                                     \
    X(p.memory = odd_memory, "`driver->memory` of rings of 64 descriptors is 16777344 bytes: whole pages of 4096")             \
    X(p.bar = 3, "`driver->bar` is 3: the PF has no such BAR")                                                                 \
    X(p.state = (size_t)1 << 30, "`driver->state` is 1073741824: at most 16777216 bytes")

/* A register where none can be. */
static const struct vfsim_register outside[] = {
    {.name = "FAR", .offset = 0x1ffc, .stride = 4, .count = 2, .access = "RW", .function = "PF", .sentence = "the last is outside"},
    {.name = "FAR", .offset = 0x1000, .access = "RW", .function = "VF", .sentence = "right behind the end"},
    {.name = "FAR", .offset = 0x10, .access = "RW", .function = "both", .sentence = "of whom?"},
};

START_TEST(each_mistake_is_told)
{
    unsigned mistakes = 0;
#define TRY(mistake, words)                                                                      \
    {                                                                                            \
        struct vfsim_chip c = tern_chip;                                                         \
        struct vfsim_device_ops d = *tern_chip.device;                                           \
        struct vfsim_queue_ops q = *tern_chip.queue;                                             \
        struct vfsim_driver_ops p = tern_driver;                                                 \
        struct vfsim_driver_rings r = *tern_driver.rings;                                        \
        struct vfsim_error *error = NULL;                                                        \
        c.name = "wrong";                                                                        \
        c.device = &d;                                                                           \
        c.queue = &q;                                                                            \
        p.rings = &r;                                                                            \
        c.driver = &p;                                                                           \
        mistake;                                                                                 \
        ck_assert_msg(vfsim_chip_register(&c, &error) == -EINVAL, "%s is taken", #mistake);      \
        ck_has(text_of(error), words);                                                           \
        ck_assert_int_eq(vfsim_chip_register(&c, NULL), -EINVAL); /* nobody wants to know why */ \
        mistakes++;                                                                              \
    }
    MISTAKES(TRY)
    ck_assert_uint_gt(mistakes, 80);
    struct vfsim_error *error = NULL;
    ck_assert_int_eq(vfsim_chip_register(NULL, &error), -EINVAL);
    ck_has(text_of(error), "no chip: it is NULL");
}
END_TEST

/* What the library chooses where a chip says nothing is what a chip may say. */
START_TEST(a_sound_one_is_taken_once)
{
    struct vfsim_error *error = NULL;
    static struct vfsim_chip other;
    ck_assert_int_eq(vfsim_chip_register(&tern_chip, &error), 0);
    ck_assert_ptr_null(error);
    ck_assert_int_eq(vfsim_chip_register(&tern_chip, &error), -EEXIST);
    ck_has(text_of(error), "chip 'tern': there is a model of that name already");
    other = tern_chip;
    other.name = "82599";
    error = NULL;
    ck_assert_int_eq(vfsim_chip_register(&other, &error), -EEXIST);
    ck_has(text_of(error), "chip '82599': there is a model of that name already");
    other.name = "tern2";
    other.pf.at = (struct vfsim_capabilities){
        .pm = 0x44, .msi = 0x50, .msix = 0x70, .pcie = 0xb0, .aer = 0x100, .ari = 0x148, .sriov = 0x200};
    ck_assert_int_eq(vfsim_chip_register(&other, NULL), 0);
}
END_TEST

static void runs(const char *model)
{
    struct vfsim_error *error = NULL;
    char text[512];
    snprintf(text, sizeof(text),
             "host h\nnic h.n model %s vfs 2\nswitch tor\nlink h.n tor\npeer a on tor\npeer b on tor\n"
             "0 flow f from a to b size 100 rate 10K pps count 10\nend expect f lost 0\n",
             model);
    struct vfsim_scenario *scenario = vfsim_scenario_parse("x.scn", NULL, text, strlen(text), NULL);
    struct vfsim_world *world = vfsim_world_new(scenario, &error);
    ck_assert_msg(world != NULL, "%s", text_of(error));
    ck_assert_int_eq(vfsim_world_run(world, &error), 1);
    uint64_t value = 0;
    ck_assert_int_eq(vfsim_register_read(world, "h.n", VFSIM_PF, 0, TERN_LONGEST, 4, &value, &error), 0);
    ck_assert_uint_eq(value, 1518);
    uint32_t offset = 0;
    ck_assert_int_eq(vfsim_register_find(world, "h.n", VFSIM_PF, "PORT", 2, &offset, &error), 0);
    ck_assert_uint_eq(offset, TERN_PORT + 8);
    ck_assert_int_eq(vfsim_world_verdict(world), VFSIM_PASS);
    vfsim_world_free(world);
    vfsim_scenario_free(scenario);
}

START_TEST(its_name_is_a_word)
{
    struct vfsim_error *error = NULL;
    static const char wrong[] = "host h\nnic h.n model tren vfs 2\n";
    ck_assert_int_eq(vfsim_chip_register(&tern_chip, &error), 0);
    runs("tern");
    struct vfsim_scenario *scenario = vfsim_scenario_parse("x.scn", NULL, wrong, strlen(wrong), NULL);
    ck_assert_ptr_null(vfsim_world_new(scenario, &error));
    ck_has(text_of(error), "'tern'");
    vfsim_scenario_free(scenario);
}
END_TEST

/* Nonsense in its registers is its driver's, and no crash of ours: neither of the example nor of what asks it. */
START_TEST(nonsense_in_registers)
{
    static const char text[] = "host h\nnic h.n model tern vfs 3\nswitch tor\nlink h.n tor\npeer a on tor\npeer b on tor\n"
                               "0 flow f from a to b size 700 rate 100K pps count 3000\n"
                               "end expect drops total >= 0\n";
    static const uint8_t shout[400] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2, 0, 0, 0, 0, 9, 8, 0};
    uint64_t random = 12345;
    struct vfsim_error *error = NULL;
    ck_assert_int_eq(vfsim_chip_register(&tern_chip, NULL), 0);
    struct vfsim_scenario *scenario = vfsim_scenario_parse("x.scn", NULL, text, strlen(text), NULL);
    struct vfsim_world *world = vfsim_world_new(scenario, &error);
    ck_assert_msg(world != NULL, "%s", text_of(error));
    for (unsigned i = 0; i < 20000; i++) {
        random = random * UINT64_C(6364136223846793005) + 1442695040888963407;
        uint32_t value = (uint32_t)(random >> 32), what = (uint32_t)(random >> 20);
        bool own = what & 4; /* of its rings, or anywhere */
        uint32_t offset = own ? what >> 3 & 0x3c : what >> 3 & 0x1ffc;
        vfsim_register_write(world, "h.n", (int)(what % 4) - 1, 0, offset, 4, value >> (value & 31), NULL);
        if (i % 7 == 0)
            ck_assert_int_eq(vfsim_receive(world, "h.n", shout, sizeof(shout), NULL, NULL), 0);
        if (i % 3 == 0 && vfsim_world_step(world, &error) < 0)
            ck_abort_msg("%s", text_of(error));
    }
    ck_assert_msg(vfsim_world_run(world, &error) == 1, "%s", text_of(error));
    vfsim_world_free(world);
    vfsim_scenario_free(scenario);
}
END_TEST

static uint64_t fence_of(struct vfsim_world *world)
{
    uint64_t value = 0;
    ck_assert_int_eq(vfsim_register_read(world, "h.n", VFSIM_PF, 0, TERN_FENCE, 4, &value, NULL), 0);
    return value;
}

/* A fence waits for the frame that is on its way to memory, and for nothing that came after it. */
START_TEST(a_fence_waits)
{
    static const char text[] = "host h\nnic h.n model tern vfs 1\nswitch tor\nlink h.n tor\npeer a on tor\npeer b on tor\n"
                               "50ms flow f from a to b size 100 rate 10K pps count 1\n";
    static const uint8_t shout[400] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2, 0, 0, 0, 0, 9, 8, 0};
    struct vfsim_error *error = NULL;
    unsigned waited = 0;
    ck_assert_int_eq(vfsim_chip_register(&tern_chip, NULL), 0);
    struct vfsim_scenario *scenario = vfsim_scenario_parse("x.scn", NULL, text, strlen(text), NULL);
    struct vfsim_world *world = vfsim_world_new(scenario, &error);
    ck_assert_msg(world != NULL, "%s", text_of(error));
    ck_assert_int_ge(vfsim_world_run_until(world, UINT64_C(40000000000), &error), 0); /* the chip is up */
    ck_assert_int_eq(vfsim_receive(world, "h.n", shout, sizeof(shout), NULL, NULL), 0);
    ck_assert_uint_eq(fence_of(world), 0); /* nobody has begun one */
    while (!waited && vfsim_world_step(world, &error) == 0) {
        vfsim_register_write(world, "h.n", VFSIM_PF, 0, TERN_FENCE, 4, 1, NULL);
        waited = fence_of(world) == TERN_FENCE_RX;
    }
    ck_assert_uint_eq(waited, 1);
    ck_assert_int_eq(vfsim_receive(world, "h.n", shout, sizeof(shout), NULL, NULL), 0);
    ck_assert_int_eq(vfsim_world_run(world, &error), 1);
    ck_assert_uint_eq(fence_of(world), 0);
    vfsim_world_free(world);
    vfsim_scenario_free(scenario);
}
END_TEST

START_TEST(objects_that_are_none)
{
    struct vfsim_error *error = NULL;
    ck_assert_int_eq(vfsim_chip_load("/nowhere/at.so", &error), -ENOENT);
    ck_has(text_of(error), "/nowhere/at.so: No such file or directory");
    error = NULL;
    ck_assert_int_eq(vfsim_chip_load("/etc/passwd", &error), -ENOEXEC);
    ck_has(text_of(error), "/etc/passwd: no chip can be loaded from it: ");
    error = NULL;
    ck_assert_int_eq(vfsim_chip_load("README.md/x", &error), -ENOENT);
    vfsim_error_free(error);
    error = NULL;
    ck_assert_int_eq(vfsim_chip_load(NO_CHIP, &error), -ENOEXEC);
    ck_has(text_of(error), "it has no chip: vfsim_chip_init() is not there");
    ck_assert_int_eq(vfsim_chip_load(NO_CHIP, NULL), -ENOEXEC);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("chip");
    TCase *t = tcase_create("chip");
    tcase_set_timeout(t, 60);
    tcase_add_test(t, each_mistake_is_told);
    tcase_add_test(t, a_sound_one_is_taken_once);
    tcase_add_test(t, its_name_is_a_word);
    tcase_add_test(t, nonsense_in_registers);
    tcase_add_test(t, a_fence_waits);
    tcase_add_test(t, objects_that_are_none);
    suite_add_tcase(s, t);
    SRunner *runner = srunner_create(s);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
