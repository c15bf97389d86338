/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Capture files of every kind that comes along, and captures written at a port. */
#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "unit/net_world.h"

static char dir[] = "/tmp/vfsim-net-capture-XXXXXX";
static char path[128];
static char err[700];

static void setup(void)
{
    strcpy(dir + strlen(dir) - 6, "XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(dir));
    snprintf(path, sizeof(path), "%s/odd.pcap", dir);
}

static void teardown(void)
{
    unlink(path);
    ck_assert_int_eq(rmdir(dir), 0); /* and no temporary is left */
}

/* ---- files of odd kinds, byte by byte ---- */

struct bytes {
    uint8_t b[1024];
    size_t len;
    bool big;
};

static void put(struct bytes *f, uint32_t value, unsigned n)
{
    for (unsigned i = 0; i < n; i++)
        f->b[f->len++] = (uint8_t)(value >> 8 * (f->big ? n - 1 - i : i));
}

static void put_header(struct bytes *f, bool nano, uint32_t link)
{
    put(f, nano ? 0xa1b23c4d : 0xa1b2c3d4, 4);
    put(f, 2, 2);
    put(f, 4, 2);
    put(f, 0, 4);
    put(f, 0, 4);
    put(f, 65535, 4);
    put(f, link, 4);
}

static void put_packet(struct bytes *f, uint32_t sec, uint32_t frac, uint32_t caplen, uint32_t len)
{
    put(f, sec, 4);
    put(f, frac, 4);
    put(f, caplen, 4);
    put(f, len, 4);
    for (uint32_t i = 0; i < caplen; i++)
        f->b[f->len++] = (uint8_t)i;
}

static void put_file(const struct bytes *f)
{
    FILE *file = fopen(path, "wb");
    ck_assert_uint_eq(fwrite(f->b, 1, f->len, file), f->len);
    fclose(file);
}

static void refused(const struct bytes *f, const char *why)
{
    char want[300];
    put_file(f);
    ck_assert_ptr_null(pcap_file_read(path, false, err, sizeof(err)));
    snprintf(want, sizeof(want), "%s: %s", path, why);
    ck_assert_msg(strncmp(err, want, strlen(want)) == 0, "%s", err);
}

START_TEST(every_byte_order_and_precision_reads)
{
    struct bytes f = {.big = _i & 1};
    bool nano = _i & 2;
    put_header(&f, nano, 1);
    put_packet(&f, 1700000000, nano ? 123456789 : 123456, 60, 60);
    put_packet(&f, 1700000001, 0, 20, 1514); /* snapped */
    put_file(&f);
    struct pcap_file *file = pcap_file_read(path, false, err, sizeof(err));
    ck_assert_msg(file, "%s", err);
    ck_assert_str_eq(file->path, path);
    ck_assert_uint_eq(file->count, 2);
    ck_assert_uint_eq(file->packets[0].time_ns, nano ? 1700000000123456789 : 1700000000123456000);
    ck_assert(file->packets[0].len == 60 && file->packets[0].caplen == 60 && file->packets[0].data[59] == 59);
    ck_assert(file->packets[1].len == 1514 && file->packets[1].caplen == 20 && file->packets[1].data[19] == 19);
    uint64_t digest = file->digest;
    pcap_file_destroy(file);
    f.b[f.len - 1] ^= 1;
    put_file(&f);
    file = pcap_file_read(path, false, err, sizeof(err));
    ck_assert_uint_ne(file->digest, digest);
    pcap_file_destroy(file);
}
END_TEST

START_TEST(pcapng_reads)
{
    struct bytes f = {0};
    put(&f, 0x0a0d0d0a, 4); /* section header */
    put(&f, 28, 4);
    put(&f, 0x1a2b3c4d, 4);
    put(&f, 1, 2);
    put(&f, 0, 2);
    put(&f, UINT32_MAX, 4);
    put(&f, UINT32_MAX, 4);
    put(&f, 28, 4);
    put(&f, 1, 4); /* interface: Ethernet, nanoseconds */
    put(&f, 32, 4);
    put(&f, 1, 2);
    put(&f, 0, 2);
    put(&f, 65535, 4);
    put(&f, 9, 2); /* if_tsresol */
    put(&f, 1, 2);
    put(&f, 9, 4);
    put(&f, 0, 4);
    put(&f, 32, 4);
    put(&f, 6, 4); /* enhanced packet */
    put(&f, 32 + 60, 4);
    put(&f, 0, 4);
    int64_t ns = 1700000000123456789;
    put(&f, (uint32_t)((uint64_t)ns >> 32), 4);
    put(&f, (uint32_t)ns, 4);
    put(&f, 60, 4);
    put(&f, 60, 4);
    for (unsigned i = 0; i < 60; i++)
        put(&f, i, 1);
    put(&f, 32 + 60, 4);
    put_file(&f);
    struct pcap_file *file = pcap_file_read(path, false, err, sizeof(err));
    ck_assert_msg(file, "%s", err);
    ck_assert(file->count == 1 && file->packets[0].time_ns == ns && file->packets[0].data[59] == 59);
    pcap_file_destroy(file);
}
END_TEST

START_TEST(empty_capture_reads)
{
    struct bytes f = {0};
    put_header(&f, true, 1);
    put_file(&f);
    struct pcap_file *file = pcap_file_read(path, false, err, sizeof(err));
    ck_assert(file && file->count == 0);
    pcap_file_destroy(file);
}
END_TEST

static void refused_link(uint32_t link, const char *what, const char *works)
{
    struct bytes f = {0};
    put_header(&f, true, link);
    put_packet(&f, 1, 0, 60, 60);
    refused(&f, what);
    ck_assert_msg(strstr(err, works), "link type %u: %s", link, err);
}

/* Each says what would work, not only what does not. */
START_TEST(other_link_types_say_what_would_work)
{
    refused_link(105, "a capture of link type IEEE802_11 (", "in managed mode, which gives Ethernet");
    refused_link(127, "a capture of link type IEEE802_11_RADIO (", "in managed mode, which gives Ethernet");
    refused_link(51, "a capture of link type PPP_ETHER", "capture at the Ethernet interface below it");
    refused_link(240, "a capture of link type NETANALYZER", "editcap -C 0:4 -L -T ether");
    refused_link(147, "a capture of link type USER0", "editcap -T ether");
    refused_link(9999, "a capture of link type 9999, not Ethernet", "capture at an Ethernet interface (tcpdump -i eth0)");
    refused_link(113, "a capture of link type LINUX_SLL (interface 'any'), without an IP packet", "to make a frame of");
    struct bytes f = {0};
    put_header(&f, true, 127); /* without a packet, too */
    refused(&f, "a capture of link type IEEE802_11_RADIO");
}
END_TEST

START_TEST(other_files_are_refused)
{
    struct bytes f = {0};
    refused(&f, "the file is empty");
    put_header(&f, true, 1);
    f.len = 10;
    refused(&f, "10 bytes are no capture");
    memset(f.b, 'x', 100);
    f.len = 100;
    refused(&f, "unknown file format: neither pcap nor pcapng; Wireshark's `editcap -F pcap IN OUT`");
    memcpy(f.b, "snoop\0\0\0", 8);
    refused(&f, "a capture of snoop: neither pcap nor pcapng");
    unlink(path);
    ck_assert_ptr_null(pcap_file_read(path, false, err, sizeof(err)));
    ck_assert_ptr_nonnull(strstr(err, "odd.pcap: No such file"));
    ck_assert_ptr_null(pcap_file_read(dir, false, err, sizeof(err)));
    ck_assert_ptr_nonnull(strstr(err, ": Is a directory"));
    ck_assert_ptr_null(pcap_file_read("/dev/null", false, err, sizeof(err)));
    ck_assert_str_eq(err, "/dev/null: the file is empty");
}
END_TEST

/* Written by a program that knows the link's check sequence: 4 bytes in the file's header, cut off each packet. */
START_TEST(declared_check_sequences_are_cut_off)
{
    struct bytes f = {0};
    put_header(&f, true, 1 | 1u << 26 | 2u << 28);
    put_packet(&f, 1, 0, 64, 64);
    put_packet(&f, 1, 0, 62, 64); /* captured in part */
    put_packet(&f, 1, 0, 16, 16); /* no room for one */
    put_file(&f);
    struct pcap_file *file = pcap_file_read(path, true, err, sizeof(err));
    ck_assert_msg(file, "%s", err);
    ck_assert(file->count == 3 && file->packets[0].len == 60 && file->packets[0].caplen == 60);
    ck_assert(file->packets[1].len == 60 && file->packets[1].caplen == 60);
    ck_assert(file->packets[2].len == 16 && file->packets[2].caplen == 16);
    pcap_file_destroy(file);
}
END_TEST

/* ---- writing ---- */

static struct sim *sim;
static struct box *a, *b;

static void world(void)
{
    sim = sim_create(1, NULL);
    a = box_create(sim, "a");
    b = box_create(sim, "b");
    port_join(&a->port, &b->port);
}

static void world_gone(void)
{
    assert_balanced(sim);
    box_destroy(a);
    box_destroy(b);
    sim_destroy(sim);
}

START_TEST(capture_writes_what_passes)
{
    struct stat st;
    world();
    struct capture *c = capture_open(sim, &a->port, path, NULL, err, sizeof(err));
    struct capture *filtered = capture_open(sim, &a->port, path, "ether src 02:00:00:00:00:02", err, sizeof(err));
    ck_assert_msg(c && filtered, "%s", err);
    box_send(a, mac_of(2), mac_of(1), -1);
    sim_run_until(sim, 3 * SIM_S + 123456789 * SIM_NS + 999);
    box_send(b, mac_of(1), mac_of(2), 7);
    ck_assert_uint_eq(capture_count(c), 2);
    ck_assert_uint_eq(capture_count(filtered), 1);
    ck_assert_int_ne(stat(path, &st), 0); /* not before it is whole */
    ck_assert_int_eq(capture_close(filtered, err, sizeof(err)), 0);
    ck_assert_int_eq(capture_close(c, err, sizeof(err)), 0);
    ck_assert_ptr_null(a->port.taps);
    box_send(a, mac_of(2), mac_of(1), -1);
    struct pcap_file *file = pcap_file_read(path, false, err, sizeof(err));
    ck_assert_msg(file, "%s", err);
    ck_assert_uint_eq(file->count, 2);
    ck_assert(file->packets[0].time_ns == 0 && file->packets[0].len == 60);
    ck_assert(file->packets[1].time_ns == 3123456789 && file->packets[1].len == 64 && file->packets[1].caplen == 64);
    ck_assert_mem_eq(file->packets[1].data, mac_of(1), 6);
    pcap_file_destroy(file);
    world_gone();
}
END_TEST

START_TEST(capture_errors_say_what)
{
    world();
    ck_assert_ptr_null(capture_open(sim, &a->port, path, "no such filter", err, sizeof(err)));
    ck_assert_ptr_nonnull(strstr(err, "filter \"no such filter\": "));
    ck_assert_ptr_null(capture_open(sim, &a->port, "/nonexistent/x.pcap", NULL, err, sizeof(err)));
    ck_assert_str_eq(err, "/nonexistent/x.pcap: No such file or directory");
    ck_assert_ptr_null(a->port.taps);
    struct capture *c = capture_open(sim, &a->port, path, NULL, err, sizeof(err));
    ck_assert_int_eq(mkdir(path, 0700), 0); /* in the way */
    ck_assert_int_eq(capture_close(c, err, sizeof(err)), -EISDIR);
    ck_assert_int_eq(rmdir(path), 0);
    world_gone();
}
END_TEST

int main(void)
{
    TCase *t = tcase_create("capture");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_loop_test(t, every_byte_order_and_precision_reads, 0, 4);
    tcase_add_test(t, pcapng_reads);
    tcase_add_test(t, empty_capture_reads);
    tcase_add_test(t, other_link_types_say_what_would_work);
    tcase_add_test(t, other_files_are_refused);
    tcase_add_test(t, declared_check_sequences_are_cut_off);
    tcase_add_test(t, capture_writes_what_passes);
    tcase_add_test(t, capture_errors_say_what);
    return run_suite("net_capture", t);
}
