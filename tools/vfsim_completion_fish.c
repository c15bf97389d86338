/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The script by which fish completes command lines of vfsim: a function for each kind of word, and a `complete` for each word. */
#include "vfsim_completion.h"

#include <string.h>

static const char quote[] = "\\'";

static const char begin[] = "# fish completes command lines of vfsim; made by `vfsim completion fish`.\n"
                            "\n"
                            "function __vfsim_file\n"
                            "    __fish_complete_path (commandline -ct | string replace -r '^--[a-z-]*=' '')\n"
                            "end\n"
                            "\n"
                            "function __vfsim_folder\n"
                            "    __vfsim_file | string match -re '/(?:\\t|$)'\n"
                            "end\n"
                            "\n"
                            "function __vfsim_scenario\n"
                            "    __vfsim_file | string match -re '(?:/|\\.scn)(?:\\t|$)'\n"
                            "end\n"
                            "\n"
                            "function __vfsim_image\n"
                            "    __vfsim_file | string match -re '(?:/|\\.so)(?:\\t|$)'\n"
                            "end\n"
                            "\n"
                            "# NAME= of each line `set NAME …` of the scenarios on the command line.\n"
                            "function __vfsim_variable\n"
                            "    for file in (commandline -op | string match '*.scn')\n"
                            "        if test -r $file\n"
                            "            string match -rg '^\\s*set\\s+(\\S+)\\s' <$file | string replace -r '$' '='\n"
                            "        end\n"
                            "    end\n"
                            "end\n"
                            "\n"
                            "# The verb is $argv[1], and the cursor behind it.\n"
                            "function __vfsim_verb\n"
                            "    set -l words (commandline -opc)\n"
                            "    test \"$words[2]\" = $argv[1]\n"
                            "end\n"
                            "\n"
                            "# The next operand of the verb is number $argv[1].\n"
                            "function __vfsim_place\n"
                            "    set -l words (commandline -opc | string match -v -- '-*')\n"
                            "    test (count $words) -eq (math $argv[1] + 1)\n"
                            "end\n"
                            "\n"
                            "complete -c vfsim -f\n";

static void define_words(FILE *out, enum vfsim_value what)
{
    struct vfsim_word words[VFSIM_WORDS_MAX];
    unsigned count = vfsim_words(what, words);
    if (!count)
        return;
    fprintf(out, "function __vfsim_%s\n", vfsim_value_name(what));
    if (what == VALUE_TRACE)
        fputs("    set -l others (commandline -ct | string replace -r '^--[a-z-]*=' '' | string replace -r '[^,]*$' '')\n", out);
    for (unsigned i = 0; i < count; i++) {
        fprintf(out, "    echo %s'%s", what == VALUE_TRACE ? "$others" : "", words[i].word);
        fputs(*words[i].sentence ? "'\\t'" : "'", out);
        if (*words[i].sentence) {
            vfsim_completion_sentence(out, words[i].sentence, "\\", quote);
            fputc('\'', out);
        }
        fputc('\n', out);
    }
    fputs("end\n\n", out);
}

static void put_option(FILE *out, const struct vfsim_option *option, const char *condition)
{
    fprintf(out, "complete -c vfsim -n '%s' -l %s", condition, option->name);
    if (option->letter)
        fprintf(out, " -s %c", option->letter);
    if (option->kind != FLAG && option->kind != MAYBE_TEXT)
        fputs(" -x", out);
    if (option->kind != FLAG && option->what != VALUE_FREE)
        fprintf(out, " -a '(__vfsim_%s)'", vfsim_value_name(option->what));
    fputs(" -d '", out);
    vfsim_completion_sentence(out, option->sentence, "\\", quote);
    fputs("'\n", out);
}

static void put_verb(FILE *out, const struct vfsim_verb *verb)
{
    char condition[64], operand[96];
    snprintf(condition, sizeof(condition), "__vfsim_verb %s", verb->name);
    fprintf(out, "\ncomplete -c vfsim -n '__vfsim_place 0' -a %s -d '", verb->name);
    vfsim_completion_sentence(out, verb->sentence, "\\", quote);
    fputs("'\n", out);
    for (unsigned i = 0; i < VFSIM_OPTIONS; i++)
        if (vfsim_verb_takes(verb, i))
            put_option(out, &vfsim_options[i], condition);
    if (verb->acts)
        fprintf(out, "complete -c vfsim -n '%s; and __vfsim_place 1' -a '%s'\n", condition, verb->acts);
    /* Files at any place: values of options are not told from operands here. */
    bool is_file = verb->what < VALUE_VARIABLE;
    snprintf(operand, sizeof(operand), is_file && !verb->acts ? "%s" : "%s; and %s__vfsim_place 1", condition,
             verb->acts ? "not " : "");
    fprintf(out, "complete -c vfsim -n '%s' -a '(__vfsim_%s)'\n", operand, vfsim_value_name(verb->what));
}

void vfsim_completion_fish(FILE *out)
{
    fputs(begin, out);
    for (unsigned what = 0; what < VFSIM_VALUES; what++)
        define_words(out, (enum vfsim_value)what);
    for (unsigned i = 0; i < VFSIM_OPTIONS; i++)
        if (vfsim_verb_takes(&vfsim_program, i))
            put_option(out, &vfsim_options[i], "__vfsim_place 0");
    for (unsigned i = 0; vfsim_verbs[i]; i++)
        put_verb(out, vfsim_verbs[i]);
}
