/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vfsim: the verbs, the help, and what happens when an assertion of ours fails or memory is lacking. */
#include "vfsim.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/alloc.h"
#include "core/build.h"

static const struct vfsim_verb *const verbs[] = {&vfsim_verb_run,  &vfsim_verb_check,  &vfsim_verb_save,   &vfsim_verb_restore,
                                                 &vfsim_verb_regs, &vfsim_verb_plugin, &vfsim_verb_models, &vfsim_verb_reasons};
enum { VERBS = sizeof(verbs) / sizeof(verbs[0]) };

static void print_help(FILE *out)
{
    fputs("vfsim simulates SR-IOV NICs, their virtual functions and the virtual machines that use them.\n\n"
          "usage: vfsim VERB …\n\n",
          out);
    for (unsigned i = 0; i < VERBS; i++)
        fprintf(out, "  %-9s %s\n", verbs[i]->name, verbs[i]->sentence);
    fputs("\n`vfsim VERB --help` tells more. Exit status: 0 pass, 1 an expectation failed, 2 a mistake in what was given,\n"
          "3 a mistake in vfsim, 130 and 143 interrupted (SIGINT, SIGTERM): what there is by then is told, marked as partial.\n\n"
          "example: vfsim run scenarios/01-midflow-switch.scn\n",
          out);
}

/* Whatever was being built or written is worth nothing now, so nothing of it is finished: what stdout has not been given yet
 * stays unsaid, and no verdict comes last. */
static void out_of_memory(const char *who, size_t bytes, int err)
{
    char text[256];
    vfsim_complain("%s", alloc_describe(text, sizeof(text), who, bytes, err));
    fflush(stderr);
    vfsim_last_words();
    _exit(EXIT_USER);
}

static const struct vfsim_verb *find_verb(const char *name)
{
    const char *names[VERBS + 4] = {[VERBS] = "help", "--help", "--version"};
    char near[80];
    for (unsigned i = 0; i < VERBS; i++) {
        names[i] = verbs[i]->name;
        if (!strcmp(name, names[i]))
            return verbs[i];
    }
    vfsim_complain("there is no verb '%s'%s (vfsim --help lists them)", name, vfsim_near(name, names, near, sizeof(near)));
    return NULL;
}

/* Standard streams that are closed would be the next files we open: a VM's RAM, say, and the report in it. Here reads
 * find nothing and writes fail. */
static void open_standard_streams(void)
{
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
        if (fcntl(fd, F_GETFD) < 0 && errno == EBADF && open("/dev/null", O_RDONLY) != fd) {
            vfsim_complain("stream %d is closed, and nothing can be put there: %s", fd, strerror(errno));
            _exit(EXIT_USER);
        }
}

/* `vfsim help WORD`: of a verb of the command, and of the lines of a scenario that begin with it. */
static int help_with(const char *word)
{
    const char *names[VERBS + SCENARIO_WORDS_MAX];
    const struct vfsim_verb *verb = NULL;
    char near[80];
    for (unsigned i = 0; i < VERBS; i++) {
        names[i] = verbs[i]->name;
        verb = strcmp(word, names[i]) ? verb : verbs[i];
    }
    if (verb)
        fputs(verb->usage, stdout);
    scenario_help_words(names + VERBS);
    for (unsigned i = VERBS; verb && names[i]; i++)
        if (!strcmp(word, names[i])) {
            fputs("\nIn a scenario:\n\n", stdout);
            break;
        }
    if (scenario_help_word(word, stdout) || verb)
        return EXIT_PASS;
    vfsim_complain("there is no verb '%s'%s (vfsim help lists them)", word, vfsim_near(word, names, near, sizeof(near)));
    return EXIT_USER;
}

static int run_verb(int argc, char **argv)
{
    if (argc < 2) {
        print_help(stderr);
        return EXIT_USER;
    }
    bool help = !strcmp(argv[1], "--help") || !strcmp(argv[1], "-h") || !strcmp(argv[1], "help");
    if (help && argc < 3) {
        print_help(stdout);
        if (!strcmp(argv[1], "help")) {
            fputs("\nLines of a scenario (`vfsim help WORD` tells more, docs/scenario-language.md tells all):\n\n", stdout);
            scenario_help(stdout);
        }
        return EXIT_PASS;
    }
    if (help)
        return help_with(argv[2]);
    if (!strcmp(argv[1], "--version")) {
        struct build_id id = build_id();
        char text[BUILD_TEXT_LEN];
        printf("vfsim %s, build %.12s\n", build_release(), build_text(&id, text));
        return EXIT_PASS;
    }
    const struct vfsim_verb *verb = find_verb(argv[1]);
    struct vfsim_args args = {0};
    if (!verb || !vfsim_args_parse(verb, argc - 2, argv + 2, &args))
        return EXIT_USER;
    if (args.help) {
        fputs(verb->usage, stdout);
        return EXIT_PASS;
    }
    return verb->run(&args);
}

static bool is_over; /* main() has its status, and stdout all that was said */

/* Whoever else ends the program, by whatever way, ends no run: nobody is to take its status for a verdict. */
static void ended_by_others(void)
{
    static const char text[] = "vfsim: the program was ended in the middle of its work: this is a mistake in vfsim\n";
    if (is_over)
        return;
    ssize_t written = write(STDERR_FILENO, text, sizeof(text) - 1);
    (void)written;
    vfsim_last_words();
    _exit(EXIT_OURS);
}

int main(int argc, char **argv)
{
    alloc_set_handler(out_of_memory);
    if (atexit(ended_by_others) || at_quick_exit(ended_by_others))
        vfsim_complain("no function can be called at the end of the program"); /* the others hold */
    open_standard_streams();
    errno = 0;
    int code = EXIT_USER;
    if (vfsim_signals_init() && vfsim_limits_suffice())
        code = run_verb(argc, argv);
    int failed = vfsim_stdout_flush();
    is_over = true;
    return failed > code ? failed : code;
}
