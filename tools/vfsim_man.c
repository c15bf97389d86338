/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vfsim man PAGE [FILE]: a man page in Markdown, from the table of verbs and options and the prose of docs/man/. For the build. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "vfsim.h"

/* What Markdown would take for its own is text. */
static void put_text(const char *text, const char *also)
{
    bool code = false;
    for (const char *p = text; *p; p++) {
        code ^= *p == '`';
        printf("%s%c", !code && (strchr("*_<[\\", *p) || strchr(also, *p)) ? "\\" : "", *p);
    }
}

/* "[*FILE*]", "*FILE…*" of "[FILE]", "FILE…": values in italics. */
static void put_value(const char *text)
{
    bool is_value = false;
    for (const char *p = text; *p; p++) {
        bool is_part = !strchr("[] ", *p);
        printf("%s%c", is_part != is_value ? "*" : "", *p);
        is_value = is_part;
    }
    if (is_value)
        fputc('*', stdout);
}

static void put_option(const struct vfsim_option *option)
{
    if (option->letter)
        printf("**-%c**, ", option->letter);
    printf("**--%s**", option->name);
    if (*option->value)
        printf("%s*%s*%s", option->kind == MAYBE_TEXT ? "[=" : " ", option->value, option->kind == MAYBE_TEXT ? "]" : "");
    printf("\n:   %c", option->sentence[0] - ('a' <= option->sentence[0] && option->sentence[0] <= 'z' ? 'a' - 'A' : 0));
    put_text(option->sentence + 1, "");
    printf(".%s%s\n\n", *option->more ? " " : "", option->more);
}

static void put_options(const struct vfsim_verb *verb)
{
    printf("# OPTIONS\n\n");
    for (unsigned i = 0; i < VFSIM_OPTIONS; i++)
        if (vfsim_verb_takes(verb, i))
            put_option(&vfsim_options[i]);
}

static void put_about(const char *about)
{
    for (const char *p = about; *p; p++) {
        char text[2] = {*p, 0};
        if (*p == '\n')
            fputs("\n\n", stdout);
        else
            put_text(text, "");
    }
    fputs("\n\n", stdout);
}

static void put_title(const char *page, const char *section, const char *sentence)
{
    printf("%% %s %s \"\" \"vfsim %s\" \"%s\"\n\n# NAME\n\n%s - %s\n\n", page, section, vfsim_version(),
           *section == '1' ? "User commands" : "File formats", page, sentence);
}

/* Prose; of `first` only what stands in front of the first heading, else what stands from there. */
static void put_prose(FILE *in, bool first)
{
    char line[4096];
    bool is_code = false, is_first = true;
    if (!in || fseek(in, 0, SEEK_SET))
        return;
    while (fgets(line, sizeof(line), in)) {
        is_code ^= !strncmp(line, "```", 3);
        is_first &= is_code || line[0] != '#';
        if (is_first == first)
            fputs(line, stdout);
    }
    fputs("\n", stdout);
}

static void put_examples(const struct vfsim_verb *verb)
{
    printf("# EXAMPLES\n\n");
    for (const char *p = verb->examples; *p;) {
        size_t len = strcspn(p, "\n") + 1;
        printf("    %.*s", (int)len, p);
        p += len;
    }
    printf("\n");
}

static void put_verb(const struct vfsim_verb *verb, FILE *prose)
{
    char page[64], acts[64];
    snprintf(page, sizeof(page), "vfsim-%s", verb->name);
    put_title(page, "1", verb->sentence);
    printf("# SYNOPSIS\n\n**vfsim %s%s** ", verb->name, vfsim_acts(verb, acts, sizeof(acts)));
    if (*verb->operands)
        put_value(verb->operands);
    printf("%s\n\n# DESCRIPTION\n\n", verb->options ? " [*OPTION…*]" : "");
    put_about(verb->about);
    put_prose(prose, true);
    put_options(verb);
    put_prose(prose, false);
    put_examples(verb);
    printf("# SEE ALSO\n\n**vfsim**(1), **vfsim-scenario**(5)\n");
}

static void put_program(FILE *prose)
{
    put_title("vfsim", "1", vfsim_program.sentence);
    printf("# SYNOPSIS\n\n**vfsim** *VERB …*\n\n# DESCRIPTION\n\n");
    put_prose(prose, true);
    printf("# VERBS\n\n");
    for (unsigned i = 0; vfsim_verbs[i]; i++) {
        const struct vfsim_verb *verb = vfsim_verbs[i];
        char acts[64];
        printf("**%s%s** ", verb->name, vfsim_acts(verb, acts, sizeof(acts)));
        if (*verb->operands)
            put_value(verb->operands);
        printf("\n:   %c", verb->sentence[0] - ('a' - 'A'));
        put_text(verb->sentence + 1, "");
        printf(": **vfsim-%s**(1).\n\n", verb->name);
    }
    put_options(&vfsim_program);
    put_prose(prose, false);
    put_examples(&vfsim_program);
    printf("# SEE ALSO\n\n");
    for (unsigned i = 0; vfsim_verbs[i]; i++)
        printf("**vfsim-%s**(1), ", vfsim_verbs[i]->name);
    printf("**vfsim-scenario**(5)\n");
}

/* The page of the language is its document; the heading in front of it names it. */
static void put_language(FILE *prose)
{
    char line[4096];
    put_title("vfsim-scenario", "5", "the language of scenarios");
    printf("# DESCRIPTION\n\n");
    for (bool is_first = true; prose && fgets(line, sizeof(line), prose); is_first = false)
        if (!is_first)
            fputs(line, stdout);
    printf("\n# SEE ALSO\n\n**vfsim**(1), **vfsim-run**(1), **vfsim-check**(1)\n");
}

static int man(const struct vfsim_args *args)
{
    const char *page = args->operand_count ? args->operands[0] : "", *path = args->operand_count > 1 ? args->operands[1] : NULL;
    const struct vfsim_verb *verb = vfsim_find_verb(page);
    if (args->operand_count > 2 || (!verb && strcmp(page, "vfsim") && strcmp(page, "scenario"))) {
        vfsim_complain("which page? vfsim man vfsim|VERB|scenario [FILE]");
        return EXIT_USER;
    }
    FILE *prose = path ? fopen(path, "r") : NULL;
    if (path && !prose) {
        vfsim_complain("%s: %s", path, vfsim_why(errno));
        return EXIT_USER;
    }
    if (verb)
        put_verb(verb, prose);
    else if (!strcmp(page, "vfsim"))
        put_program(prose);
    else
        put_language(prose);
    bool failed = prose && ferror(prose);
    if (prose)
        fclose(prose);
    if (failed)
        vfsim_complain("%s: it can't be read", path);
    return failed ? EXIT_USER : EXIT_PASS;
}

const struct vfsim_verb vfsim_verb_man = {
    .name = "man",
    .sentence = "print a man page in Markdown",
    .operands = "PAGE [FILE]",
    .what = VALUE_FILE,
    .about = "The page of `vfsim`, of a verb, or of the language (`scenario`), for a converter to make a man page of. FILE is its "
             "prose, which docs/man/ has. For the build of vfsim: what is installed has the pages.",
    .examples = "vfsim man run docs/man/run.md | packaging/page.sh go-md2man | man -l -\n",
    .run = man,
};
