/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A scenario: what exists, what happens, and what must be seen, in the language that docs/scenario-language.md describes.
 *
 * It comes from a file, from a text, or line by line from calls; all three are read by the same reader. Reading never fails as a
 * call: what is wrong is kept (up to 20 mistakes, each with its place), and a scenario with mistakes builds no world (world.h).
 */
#ifndef VFSIM_SCENARIO_H
#define VFSIM_SCENARIO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <vfsim/error.h>

VFSIM_BEGIN_DECLS

struct vfsim_scenario;

struct vfsim_variable {
    const char *name, *value;
};

/* How scenarios are read and their worlds built; what is zero is as the library has it. It is copied. */
struct vfsim_options {
    size_t size;                            /* sizeof(struct vfsim_options); 0 is a mistake of the scenario, or of the load */
    const struct vfsim_variable *variables; /* other values for what the text declares by `set` */
    size_t variable_count;
    const uint64_t *seed;     /* another seed than the scenario's; NULL: its own */
    const char *guest_image;  /* of VMs; NULL: the one that lies beside the library */
    const char *plugin_store; /* folder of plugins, of hosts that name none; NULL: the one beside the library */
    const char *snapshots;    /* folder that VMs' snapshots are written to and looked for in; NULL: none are written */
    const char *pcap_dir;     /* folder that captures are written to, when a world is finished; NULL: none are written */
    bool strict_captures;     /* refuse a replay's file that holds a record that is not whole, instead of playing the others */
};

/* An empty one, for vfsim_scenario_add(). `name` stands in messages and reports ("generated"; NULL: "scenario"); files that lines
 * name are looked for from `folder` (NULL: the working folder). `options` may be NULL, here and below. */
VFSIM_API struct vfsim_scenario *vfsim_scenario_new(const char *name, const char *folder, const struct vfsim_options *options);
/* The same, with this text. */
VFSIM_API struct vfsim_scenario *vfsim_scenario_parse(const char *name, const char *folder, const char *text, size_t length,
                                                      const struct vfsim_options *options);
/* From a file; "-" is standard input. Files that it names are looked for from its folder. */
VFSIM_API struct vfsim_scenario *vfsim_scenario_read(const char *path, const struct vfsim_options *options);
VFSIM_API void vfsim_scenario_free(struct vfsim_scenario *scenario); /* its worlds keep what they need of it; NULL is fine */

/* One line more, or several. NULL: they are well formed; else what is wrong with them, which belongs to the scenario as all its
 * mistakes do. That every name means something is found out by vfsim_scenario_check(). */
VFSIM_API const struct vfsim_error *vfsim_scenario_add(struct vfsim_scenario *scenario, const char *lines);
VFSIM_API const struct vfsim_error *vfsim_scenario_addf(struct vfsim_scenario *scenario, const char *format, ...)
    VFSIM_PRINTF(2, 3);

/* Typed calls for the lines that one writes most. `more` is the rest of the line in the language's words ("vfs 8 mac …"), NULL:
 * nothing; `on` and `via` NULL: the line does without. `cores` 0: one for each vCPU and each thread of the host. */
VFSIM_API const struct vfsim_error *vfsim_scenario_host(struct vfsim_scenario *scenario, const char *name, unsigned cores,
                                                        const char *more);
VFSIM_API const struct vfsim_error *vfsim_scenario_nic(struct vfsim_scenario *scenario, const char *name, const char *model,
                                                       unsigned vfs, const char *more);
VFSIM_API const struct vfsim_error *vfsim_scenario_peer(struct vfsim_scenario *scenario, const char *name, const char *on,
                                                        const char *more);
VFSIM_API const struct vfsim_error *vfsim_scenario_vm(struct vfsim_scenario *scenario, const char *name, const char *host,
                                                      const char *via, const char *more);
VFSIM_API const struct vfsim_error *vfsim_scenario_flow(struct vfsim_scenario *scenario, uint64_t start_ps, const char *name,
                                                        const char *from, const char *to, uint32_t bytes, uint64_t per_second,
                                                        uint64_t count); /* 0: until the run's end */

/* Nothing is added any more; names, addresses and what only the whole tells are checked. All that is wrong; NULL: nothing. */
VFSIM_API const struct vfsim_error *vfsim_scenario_check(struct vfsim_scenario *scenario);

VFSIM_API bool vfsim_scenario_has_more(const struct vfsim_scenario *scenario); /* mistakes than are kept */

VFSIM_API const char *vfsim_scenario_name(const struct vfsim_scenario *scenario);
VFSIM_API const char *vfsim_scenario_title(const struct vfsim_scenario *scenario); /* "" if it has none */
/* What $NAME stands for: what a `set` line of it declares, or `options` said instead. NULL: nothing declares it. */
VFSIM_API const char *vfsim_scenario_variable(const struct vfsim_scenario *scenario, const char *name);
/* "2 hosts, 2 NICs, 1 VM, 5 acts, …"; vfsim_free() it. */
VFSIM_API char *vfsim_scenario_summary(const struct vfsim_scenario *scenario);

VFSIM_API uint64_t vfsim_scenario_seed(const struct vfsim_scenario *scenario); /* its own, or the options' */

/* What its `sweep` lines say, one after the other from 0: false past the last one. */
struct vfsim_sweep {
    const char *name, *values; /* a variable, and a list of values; NULL: it is `seeds` */
    uint64_t seeds;            /* how many; 0: it is a variable */
};
VFSIM_API bool vfsim_scenario_sweep(const struct vfsim_scenario *scenario, unsigned index, struct vfsim_sweep *out);

/* Each value of a list in order, as `sweep` lines write lists ("1,2,4", whole numbers "1..8" and "64..1518..256"): how many; 0 with
 * a sentence in `why`, of at most `size` bytes. */
typedef void vfsim_value_fn(void *user, const char *value);
VFSIM_API size_t vfsim_list_each(const char *list, vfsim_value_fn *value, void *user, char *why, size_t size);

/* The files that it reads beside its own, and those that a run of it writes: `what` says what one is. */
typedef void vfsim_file_fn(void *user, const char *path, const char *what);
VFSIM_API void vfsim_scenario_inputs(const struct vfsim_scenario *scenario, vfsim_file_fn *file, void *user);
VFSIM_API void vfsim_scenario_outputs(const struct vfsim_scenario *scenario, vfsim_file_fn *file, void *user);

VFSIM_END_DECLS

#endif
