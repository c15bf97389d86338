/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Scenarios: what the calls are given goes to the one reader of the language. */
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "core/alloc.h"
#include "lib/lib__.h"

static const char who[] = "the scenario";

/* ---- options ---- */

struct vfsim_options lib__options(const struct vfsim_options *options)
{
    struct vfsim_options whole = {.size = sizeof(whole)};
    if (options && options->size)
        memcpy(&whole, options, options->size < sizeof(whole) ? options->size : sizeof(whole));
    return whole;
}

struct scenario_options lib__scenario_options(const struct vfsim_options *options, struct scenario_var **vars)
{
    *vars = alloc_zero(who, options->variable_count + 1, sizeof(**vars));
    for (size_t i = 0; i < options->variable_count; i++)
        (*vars)[i] = (struct scenario_var){options->variables[i].name, options->variables[i].value};
    return (struct scenario_options){
        .vars = *vars,
        .var_count = (unsigned)options->variable_count,
        .seed_given = options->seed,
        .seed = options->seed ? *options->seed : 0,
        .guest_image = options->guest_image,
        .plugin_store = options->plugin_store,
        .profiles = lib__profiles(),
        .snapshots = options->snapshots,
    };
}

struct world_options lib__world_options(const struct vfsim_scenario *scenario)
{
    return (struct world_options){.pcap_dir = scenario->pcap_dir, .strict_captures = scenario->strict_captures};
}

struct vfsim_scenario *lib__scenario(struct scenario *sc, const struct vfsim_options *options)
{
    struct vfsim_scenario *scenario = alloc_zero(who, 1, sizeof(*scenario));
    scenario->sc = sc;
    scenario->references = 1;
    scenario->pcap_dir = options->pcap_dir ? alloc_text(who, options->pcap_dir) : NULL;
    scenario->strict_captures = options->strict_captures;
    return scenario;
}

/* ---- three ways in ---- */

enum way { READ, BEGIN };

static struct vfsim_scenario *make(enum way way, const char *name, const char *folder, const struct vfsim_options *given)
{
    struct vfsim_options options = lib__options(given);
    struct scenario_var *vars;
    options.guest_image = options.guest_image ? options.guest_image : lib__guest_image();
    options.plugin_store = options.plugin_store ? options.plugin_store : lib__plugin_store();
    struct scenario_options inner = lib__scenario_options(&options, &vars);
    struct scenario *sc = way == READ ? scenario_read(name, &inner) : scenario_begin(name, folder, &inner);
    free(vars);
    struct vfsim_scenario *scenario = lib__scenario(sc, &options);
    if (given && !given->size)
        scn_error(&sc->file, (struct scn_pos){0},
                  "vfsim_options.size is 0: it says which of its members there are, sizeof(struct vfsim_options)");
    scenario->is_closed = way == READ;
    return scenario;
}

struct vfsim_scenario *vfsim_scenario_new(const char *name, const char *folder, const struct vfsim_options *options)
{
    return make(BEGIN, name ? name : "scenario", folder ? folder : ".", options);
}

struct vfsim_scenario *vfsim_scenario_parse(const char *name, const char *folder, const char *text, size_t length,
                                            const struct vfsim_options *options)
{
    struct vfsim_scenario *scenario = vfsim_scenario_new(name, folder, options);
    scenario_add(scenario->sc, text, length);
    return scenario;
}

struct vfsim_scenario *vfsim_scenario_read(const char *path, const struct vfsim_options *options)
{
    return make(READ, path ? path : "", NULL, options);
}

void vfsim_scenario_free(struct vfsim_scenario *scenario)
{
    if (!scenario || --scenario->references)
        return;
    scenario_destroy(scenario->sc);
    vfsim_error_free(scenario->errors);
    free(scenario->pcap_dir);
    free(scenario);
}

/* ---- lines ---- */

static const struct vfsim_error *tell(struct vfsim_scenario *scenario, unsigned from)
{
    vfsim_error_free(scenario->errors);
    return scenario->errors = lib__errors_of(scenario->sc, from);
}

const struct vfsim_error *vfsim_scenario_add(struct vfsim_scenario *scenario, const char *lines)
{
    unsigned before = scenario_error_count(scenario->sc);
    if (scenario->is_closed) {
        vfsim_error_free(scenario->errors);
        scenario->errors = NULL;
        lib__fail(&scenario->errors, EINVAL, "%s: it has been checked, and takes no more lines", scenario_path(scenario->sc));
        return scenario->errors;
    }
    if (before == SCENARIO_ERRORS_MAX) /* what is wrong with more could not be kept */
        return tell(scenario, 0);
    scenario_add(scenario->sc, lines ? lines : "", lines ? strlen(lines) : 0);
    return scenario_error_count(scenario->sc) > before ? tell(scenario, before) : NULL;
}

static const struct vfsim_error *add(struct vfsim_scenario *scenario, char *line)
{
    const struct vfsim_error *errors = vfsim_scenario_add(scenario, line);
    free(line);
    return errors;
}

const struct vfsim_error *vfsim_scenario_addf(struct vfsim_scenario *scenario, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    char *line = alloc_vprint(who, format, args);
    va_end(args);
    return add(scenario, line);
}

const struct vfsim_error *vfsim_scenario_host(struct vfsim_scenario *scenario, const char *name, unsigned cores, const char *more)
{
    if (!cores)
        return vfsim_scenario_addf(scenario, "host %s %s", name, more ? more : "");
    return vfsim_scenario_addf(scenario, "host %s cores %u %s", name, cores, more ? more : "");
}

const struct vfsim_error *vfsim_scenario_nic(struct vfsim_scenario *scenario, const char *name, const char *model, unsigned vfs,
                                             const char *more)
{
    if (!vfs)
        return vfsim_scenario_addf(scenario, "nic %s model %s %s", name, model, more ? more : "");
    return vfsim_scenario_addf(scenario, "nic %s model %s vfs %u %s", name, model, vfs, more ? more : "");
}

const struct vfsim_error *vfsim_scenario_peer(struct vfsim_scenario *scenario, const char *name, const char *on, const char *more)
{
    return vfsim_scenario_addf(scenario, "peer %s%s%s %s", name, on ? " on " : "", on ? on : "", more ? more : "");
}

const struct vfsim_error *vfsim_scenario_vm(struct vfsim_scenario *scenario, const char *name, const char *host, const char *via,
                                            const char *more)
{
    return vfsim_scenario_addf(scenario, "vm %s on %s%s%s %s", name, host, via ? " via " : "", via ? via : "", more ? more : "");
}

const struct vfsim_error *vfsim_scenario_flow(struct vfsim_scenario *scenario, uint64_t start_ps, const char *name,
                                              const char *from, const char *to, uint32_t bytes, uint64_t per_second, uint64_t count)
{
    char frames[40] = "";
    if (count)
        snprintf(frames, sizeof(frames), " count %" PRIu64, count);
    return vfsim_scenario_addf(scenario, "%" PRIu64 "ps flow %s from %s to %s size %" PRIu32 " rate %" PRIu64 " pps%s", start_ps,
                               name, from, to, bytes, per_second, frames);
}

const struct vfsim_error *vfsim_scenario_check(struct vfsim_scenario *scenario)
{
    scenario->is_closed = true;
    scenario_close(scenario->sc);
    return scenario_error_count(scenario->sc) ? tell(scenario, 0) : NULL;
}

bool vfsim_scenario_has_more(const struct vfsim_scenario *scenario) { return scenario_has_more_errors(scenario->sc); }

/* ---- what it is ---- */

const char *vfsim_scenario_name(const struct vfsim_scenario *scenario) { return scenario_path(scenario->sc); }
const char *vfsim_scenario_variable(const struct vfsim_scenario *scenario, const char *name)
{
    const struct scn_file *file = &scenario->sc->file;
    for (unsigned i = 0; i < file->var_count; i++)
        if (!strcmp(file->vars[i].name, name))
            return file->vars[i].value;
    return NULL;
}

const char *vfsim_scenario_title(const struct vfsim_scenario *scenario) { return scenario_title(scenario->sc); }

char *vfsim_scenario_summary(const struct vfsim_scenario *scenario)
{
    char text[256];
    scenario_summary(scenario->sc, text, sizeof(text));
    return alloc_text(who, text);
}

uint64_t vfsim_scenario_seed(const struct vfsim_scenario *scenario) { return scenario->sc->seed; }

bool vfsim_scenario_sweep(const struct vfsim_scenario *scenario, unsigned index, struct vfsim_sweep *out)
{
    if (index >= scenario->sc->sweep_count)
        return false;
    const struct scn_sweep *sweep = &scenario->sc->sweeps[index];
    *out = (struct vfsim_sweep){sweep->name.text, sweep->values.text, sweep->seeds};
    if (sweep->seeds)
        out->values = NULL;
    return true;
}

size_t vfsim_list_each(const char *list, vfsim_value_fn *value, void *user, char *why, size_t size)
{
    return scn_list_each(list, value, user, why, size);
}

void vfsim_scenario_inputs(const struct vfsim_scenario *scenario, vfsim_file_fn *file, void *user)
{
    scenario_each_input(scenario->sc, file, user);
}

void vfsim_scenario_outputs(const struct vfsim_scenario *scenario, vfsim_file_fn *file, void *user)
{
    scenario_each_output(scenario->sc, scenario->pcap_dir, file, user);
}
