/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Would the tests notice a save function that forgets something? One member of what is handed over is left out: loading leaves it
 * as a new world has it. The world then goes on, and its story, its report, or what can be read of its parts (dump.c) must become
 * another one.
 *
 *   left_out GUEST-IMAGE PLUGIN-STORE PLACES CUT…
 *
 * PLACES (tests/left_out.py makes it from debug information) begins with the address of left_out_anchor and has a line for
 * each member: file, line, expression, address of the place's record, bytes of an element, name, then offset:bytes of each
 * part of it; a - in front of one that is known not to be noticed: it is not tried, but with LEFT_OUT_ALL. A CUT is
 * SCENARIO@TIME: there the world is saved and loaded, and behind it everything that is loaded while it runs (a migration's
 * state, a snapshot) counts too; with + behind it the save goes through a file. Files behind it (below sim/, with *): only
 * their members are left out there.
 *
 * For each cut: the run without a cut is the reference; a cut with nothing left out must end like it, and tells which members have
 * another value than a new world's (one that has not can't be noticed). Each of those is then left out in a process of its own,
 * which ends at the first sentence that differs; a crash has noticed as well. What some cut has noticed is not tried again.
 *
 * The linker puts __wrap_save__bytes() in the place of save__bytes() (--wrap).
 */
#include <errno.h>
#include <fnmatch.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/save.h"
#include "left_out/left_out.h"
#include "scenario/outcome/outcome.h"
#include "scenario/world/world.h"

enum { MEMBERS_MAX = 8192, PARTS_MAX = 1 << 18, SITES_MAX = 1024, HANG_TIMES = 20, EVENTS_TIMES = 8 };
enum { SAME = 0, OTHERWISE = 10 }; /* exit status of a child */
enum mode { PLAIN, PROBE, OMIT };

struct part {
    uint32_t offset, bytes;
};
struct member {
    char file[64], what[96], name[96];
    uintptr_t site;
    unsigned line, element, first_part, parts;
    bool differs, exercised, written, noticed, listed;
    unsigned tries;
    char by[96];
};
static struct member members[MEMBERS_MAX];
static struct part all_parts[PARTS_MAX];
static unsigned member_count, part_count;

static struct {
    const void *site;
    unsigned first, count; /* members */
} sites[SITES_MAX];

static enum mode mode;
static unsigned tries_max = UINT32_MAX, listed_tries;
static const struct member *omitted;

__attribute__((noreturn, format(printf, 1, 2))) static void give_up(const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    vfprintf(stderr, fmt, ap);
    va_end(ap);
    fputc('\n', stderr);
    exit(3);
}

/* ---- members ---- */

extern const char left_out_anchor[]; /* as linked, GDB knows where it is; as loaded, it lies further on, as everything does */
const char left_out_anchor[] = "anchor";

static void read_places(const char *path)
{
    FILE *in = fopen(path, "re");
    char *line = NULL, *rest;
    size_t cap = 0;
    if (!in)
        give_up("%s: %s", path, strerror(errno));
    if (getline(&line, &cap, in) <= 0)
        give_up("%s is empty", path);
    uintptr_t moved = (uintptr_t)left_out_anchor - strtoul(line, NULL, 0);
    while (getline(&line, &cap, in) > 0) {
        struct member *m = &members[member_count++];
        if (member_count == MEMBERS_MAX)
            give_up("too many members");
        m->listed = line[0] == '-';
        snprintf(m->file, sizeof(m->file), "%s", strtok_r(line + m->listed, "\t\n", &rest));
        m->line = (unsigned)atoi(strtok_r(NULL, "\t\n", &rest));
        snprintf(m->what, sizeof(m->what), "%s", strtok_r(NULL, "\t\n", &rest));
        m->site = strtoul(strtok_r(NULL, "\t\n", &rest), NULL, 0) + moved;
        m->element = (unsigned)atoi(strtok_r(NULL, "\t\n", &rest));
        snprintf(m->name, sizeof(m->name), "%s", strtok_r(NULL, "\t\n", &rest));
        m->first_part = part_count;
        for (char *word; (word = strtok_r(NULL, "\t\n", &rest)); part_count++, m->parts++) {
            if (part_count == PARTS_MAX)
                give_up("too many parts of members");
            if (sscanf(word, "%" SCNu32 ":%" SCNu32, &all_parts[part_count].offset, &all_parts[part_count].bytes) != 2)
                give_up("%s: '%s' is no offset:bytes", path, word);
        }
    }
    free(line);
    fclose(in);
}

/* The members of a place are next to each other in the list. */
static unsigned site_of(const void *site)
{
    unsigned i = (unsigned)((uintptr_t)site / 8 % SITES_MAX);
    for (; sites[i].site != site; i = (i + 1) % SITES_MAX)
        if (!sites[i].site) {
            sites[i].site = site;
            for (unsigned m = 0; m < member_count; m++)
                if (members[m].site == (uintptr_t)site) {
                    sites[i].first = sites[i].count ? sites[i].first : m;
                    sites[i].count++;
                }
            break;
        }
    return i;
}

static bool part_fits(const struct member *m, size_t at, size_t n, const struct part *part)
{
    return at * m->element + part->offset + part->bytes <= n;
}

static bool differs(const struct member *m, const uint8_t *a, const uint8_t *b, size_t n)
{
    for (size_t at = 0; at * m->element < n; at++)
        for (unsigned i = 0; i < m->parts; i++) {
            const struct part *part = &all_parts[m->first_part + i];
            size_t off = at * m->element + part->offset;
            if (part_fits(m, at, n, part) && memcmp(a + off, b + off, part->bytes))
                return true;
        }
    return false;
}

static void keep(const struct member *m, uint8_t *to, const uint8_t *old, size_t n)
{
    for (size_t at = 0; at * m->element < n; at++)
        for (unsigned i = 0; i < m->parts; i++) {
            const struct part *part = &all_parts[m->first_part + i];
            size_t off = at * m->element + part->offset;
            if (part_fits(m, at, n, part))
                memcpy(to + off, old + off, part->bytes);
        }
}

/* A place that only writes is no place of its own: another one reads what it wrote. */
static void note_written(const void *site)
{
    unsigned i = site_of(site);
    for (unsigned m = sites[i].first; m < sites[i].first + sites[i].count; m++)
        members[m].written = true;
}

void __real_save__bytes(struct save *s, void *p, size_t n, const void *site);
void __wrap_save__bytes(struct save *s, void *p, size_t n, const void *site);
void __wrap_save__bytes(struct save *s, void *p, size_t n, const void *site)
{
    if (mode == PROBE && !s->loading && !s->err)
        note_written(site);
    unsigned i = mode == PLAIN || !s->loading || s->err ? SITES_MAX : site_of(site);
    if (i == SITES_MAX || !n || !sites[i].count ||
        (mode == OMIT && (omitted < &members[sites[i].first] || omitted >= &members[sites[i].first + sites[i].count]))) {
        __real_save__bytes(s, p, n, site);
        return;
    }
    uint8_t *old = malloc(n);
    memcpy(old, p, n);
    __real_save__bytes(s, p, n, site);
    if (mode == OMIT)
        keep(omitted, p, old, n);
    for (unsigned m = sites[i].first; mode == PROBE && m < sites[i].first + sites[i].count; m++) {
        members[m].exercised = true;
        members[m].differs |= differs(&members[m], p, old, n);
    }
    free(old);
}

/* ---- worlds ---- */

struct story {
    struct trace_listener listener;
    uint64_t *hash; /* of each sentence */
    size_t count, cap;
    const struct story *as; /* must be the same, if not NULL */
    bool other;
};

static uint64_t fnv(uint64_t hash, const void *data, size_t len)
{
    for (const uint8_t *p = data, *end = p + len; p < end; p++)
        hash = (hash ^ *p) * UINT64_C(0x100000001b3);
    return hash;
}

static void hear(struct trace_listener *self, sim_time at, enum trace_category cat, const char *who, const char *text)
{
    struct story *s = (struct story *)self;
    uint64_t hash = fnv(fnv(fnv(UINT64_C(0xcbf29ce484222325), &at, sizeof(at)), who, strlen(who)), text, strlen(text));
    if (s->as && (s->count >= s->as->count || s->as->hash[s->count] != hash)) {
        s->other = true;
        if (mode == OMIT)
            _exit(OTHERWISE);
    }
    if (s->count == s->cap) {
        s->cap = s->cap ? 2 * s->cap : 4096;
        s->hash = realloc(s->hash, s->cap * sizeof(*s->hash));
    }
    s->hash[s->count++] = hash;
}

struct bounds {
    struct world_watch watch;
    struct world *w;
    uint64_t events_max;
};

static void look(struct world_watch *self, const struct world *w)
{
    const struct bounds *b = (const struct bounds *)self;
    if (mode == OMIT && sim_event_count(world_sim(b->w)) > b->events_max)
        _exit(OTHERWISE); /* it never ends */
}

/* To its end; the report, as JSON, and what could still be read of it. */
static char *finish(struct world *w, struct story *story, uint64_t events_max)
{
    struct bounds bounds = {{look}, w, events_max};
    struct report *r = report_create();
    char *text = NULL;
    size_t len;
    FILE *mem = open_memstream(&text, &len);
    while (!world_run(w, SIM_NEVER, &bounds.watch))
        ;
    world_finish(w);
    trace_unlisten(world_sim(w), &story->listener);
    world_report(w, r);
    report_write_json(r, mem);
    left_out_dump(w, mem);
    fclose(mem);
    report_destroy(r);
    return text;
}

static uint32_t told_categories(void) /* those of tests/paranoid.sh */
{
    uint32_t mask = 0;
    const char *bad;
    if (trace_parse_mask("switch,control,scenario,host,guest,pf,nic,eswitch", &mask, &bad))
        give_up("no such category: %s", bad);
    return mask;
}

static struct world *build(struct scenario *sc)
{
    struct world *w = world_build(sc, NULL);
    if (!w) {
        scenario_print_errors(sc, stderr);
        exit(3);
    }
    return w;
}

/* ---- one cut ---- */

struct cut {
    char name[96], files[1024];
    struct scenario_options options;
    struct scenario *sc;
    bool by_file;
    char file[64];
    struct save saved;
    struct story reference;
    char *report;
    uint64_t events;
    rlim_t hang_s; /* of CPU: many times what a load and the rest of the run take */
};

static struct world *load(struct cut *c, struct scenario **sc)
{
    char err[512] = "";
    *sc = c->sc;
    if (c->by_file) {
        struct world *w = world_restore(c->file, NULL, &c->options, sc, err, sizeof(err));
        if (!w && mode == OMIT)
            _exit(OTHERWISE);
        if (!w)
            give_up("%s: %s", c->name, err);
        return w;
    }
    struct world *w = build(c->sc);
    struct save s;
    save_init_reader(&s, c->saved.buf, c->saved.len);
    sim_save(world_sim(w), &s);
    if (s.err && mode == OMIT)
        _exit(OTHERWISE);
    if (s.err || s.pos != s.len)
        give_up("%s: the saved world can't be loaded: %s", c->name, s.why);
    save_fini(&s);
    return w;
}

/* What comes of the world that was saved, with what `mode` leaves out. True: the same. */
static bool goes_on_alike(struct cut *c)
{
    struct scenario *sc;
    struct world *w = load(c, &sc);
    struct story story = {.listener = {.mask = told_categories(), .sentence = hear}, .as = &c->reference};
    trace_listen(world_sim(w), &story.listener);
    char *report = finish(w, &story, EVENTS_TIMES * c->events);
    bool same = !story.other && story.count == c->reference.count && !strcmp(report, c->report);
    if (mode == OMIT)
        _exit(same ? SAME : OTHERWISE);
    world_destroy(w);
    if (sc != c->sc)
        scenario_destroy(sc);
    free(report);
    free(story.hash);
    return same;
}

static void take_reference(struct cut *c, sim_time at)
{
    char err[512];
    struct world *w = build(c->sc);
    if (world_run(w, at, NULL))
        give_up("%s: the run is over by then", c->name);
    save_init_writer(&c->saved);
    sim_save(world_sim(w), &c->saved);
    if (c->saved.err)
        give_up("%s: %s", c->name, c->saved.why);
    if (c->by_file && world_save(w, c->file, err, sizeof(err)))
        give_up("%s: %s", c->name, err);
    c->reference.listener = (struct trace_listener){.mask = told_categories(), .sentence = hear};
    trace_listen(world_sim(w), &c->reference.listener);
    c->report = finish(w, &c->reference, 0);
    c->events = sim_event_count(world_sim(w));
    world_destroy(w);
}

static void child(struct cut *c, const struct member *m)
{
    struct rlimit hang = {c->hang_s, c->hang_s + 5}, no_core = {0, 0};
    setrlimit(RLIMIT_CPU, &hang);
    setrlimit(RLIMIT_CORE, &no_core);
    if (!getenv("LEFT_OUT_LOUD") && !freopen("/dev/null", "w", stderr))
        _exit(OTHERWISE);
    omitted = m;
    mode = OMIT;
    goes_on_alike(c);
    _exit(SAME);
}

static bool is_noticed(struct cut *c, const struct member *m)
{
    int status;
    fflush(NULL);
    pid_t pid = fork();
    if (pid < 0)
        give_up("fork: %s", strerror(errno));
    if (!pid)
        child(c, m);
    while (waitpid(pid, &status, 0) < 0)
        ;
    return !WIFEXITED(status) || WEXITSTATUS(status) != SAME;
}

static long cpu_ms(int who)
{
    struct rusage u;
    getrusage(who, &u);
    return 1000 * (u.ru_utime.tv_sec + u.ru_stime.tv_sec) + (u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1000;
}

/* A cut is for the files behind its name; without one for all. */
static bool is_wanted(const struct cut *c, const struct member *m)
{
    char words[sizeof(c->files)], *rest, *word;
    snprintf(words, sizeof(words), "%s", c->files);
    word = strtok_r(words, " ", &rest);
    for (; word; word = strtok_r(NULL, " ", &rest))
        if (!fnmatch(word, m->file + strlen("sim/"), 0))
            return true;
    return !c->files[0];
}

static bool may_be_left_out(const struct cut *c, const struct member *m)
{
    return !m->noticed && m->tries < (m->listed ? listed_tries : tries_max) && is_wanted(c, m);
}

static void try_cut(struct cut *c, sim_time at)
{
    unsigned tried = 0, noticed = 0, left = 0;
    for (unsigned m = 0; m < member_count; m++)
        left += may_be_left_out(c, &members[m]);
    if (!left)
        return; /* the others have noticed everything */
    take_reference(c, at);
    long before = cpu_ms(RUSAGE_SELF);
    mode = PROBE;
    for (unsigned m = 0; m < member_count; m++)
        members[m].differs = false;
    if (!goes_on_alike(c))
        give_up("%s: with nothing left out the world ends otherwise than without a cut", c->name);
    mode = PLAIN;
    c->hang_s = 2 + (rlim_t)(HANG_TIMES * (cpu_ms(RUSAGE_SELF) - before)) / 1000;
    for (unsigned i = 0; i < member_count; i++) {
        struct member *m = &members[i];
        if (!m->differs || !may_be_left_out(c, m))
            continue;
        tried++;
        m->tries++;
        if (is_noticed(c, m)) {
            noticed++;
            m->noticed = true;
            snprintf(m->by, sizeof(m->by), "%s", c->name);
        }
    }
    printf("%s: %u tried, %u noticed (%ld s of CPU so far)\n", c->name, tried, noticed,
           (cpu_ms(RUSAGE_SELF) + cpu_ms(RUSAGE_CHILDREN)) / 1000);
    fflush(stdout);
}

/* "scenarios/01-midflow-switch.scn@500ms+ host/switch*" */
static void run_cut(const char *word, const struct scenario_options *options)
{
    struct cut c = {.options = *options};
    char path[96], unit[8] = "";
    unsigned long long value;
    size_t name = strcspn(word, " ");
    snprintf(c.name, sizeof(c.name), "%.*s", (int)name, word);
    snprintf(c.files, sizeof(c.files), "%s", word + name);
    snprintf(path, sizeof(path), "%.*s", (int)strcspn(word, "@"), word);
    c.by_file = strchr(c.name, '+');
    if (sscanf(word + strcspn(word, "@"), "@%llu%7[a-z]", &value, unit) != 2)
        give_up("%s: no SCENARIO@TIME", word);
    sim_time at = value * (!strcmp(unit, "ms") ? SIM_MS : !strcmp(unit, "us") ? SIM_US : SIM_NS);
    c.sc = scenario_read(path, options);
    if (scenario_error_count(c.sc)) {
        scenario_print_errors(c.sc, stderr);
        exit(3);
    }
    snprintf(c.file, sizeof(c.file), "/tmp/left_out.XXXXXX");
    int fd = c.by_file ? mkstemp(c.file) : -1;
    try_cut(&c, at);
    if (fd >= 0) {
        close(fd);
        unlink(c.file);
    }
    scenario_destroy(c.sc);
    save_fini(&c.saved);
    free(c.reference.hash);
    free(c.report);
}

int main(int argc, char **argv)
{
    if (argc < 5)
        give_up("left_out GUEST-IMAGE PLUGIN-STORE PLACES CUT…");
    struct scenario_options options = {.guest_image = argv[1], .plugin_store = argv[2]};
    read_places(argv[3]);
    if (getenv("LEFT_OUT_TRIES"))
        tries_max = (unsigned)atoi(getenv("LEFT_OUT_TRIES"));
    if (getenv("LEFT_OUT_ALL"))
        listed_tries = UINT32_MAX;
    for (int i = 4; i < argc; i++)
        run_cut(argv[i], &options);
    for (unsigned i = 0; i < member_count; i++) {
        const struct member *m = &members[i];
        const char *verdict = m->noticed     ? "noticed"
                              : m->tries     ? "unnoticed"
                              : m->exercised ? "alike"
                              : m->written   ? "written"
                                             : "never";
        printf("%s\t%s\t%s\t%s\t%u\t%s\n", verdict, m->file, m->what, m->name, m->line, m->by);
    }
    return 0;
}
