/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The script by which zsh completes command lines of vfsim: a function for each kind of word, and _arguments for each verb. */
#include "vfsim_completion.h"

#include <string.h>

static const char quote[] = "'\\''";

static const char begin[] = "#compdef vfsim\n"
                            "# zsh completes command lines of vfsim; made by `vfsim completion zsh`.\n"
                            "\n"
                            "_vfsim_file() { _files }\n"
                            "_vfsim_folder() { _files -/ }\n"
                            "_vfsim_scenario() { _files -g '*.scn(-.)' }\n"
                            "_vfsim_image() { _files -g '*.so(-.)' }\n"
                            "\n"
                            "# name= of each line `set NAME …` of the scenarios on the command line.\n"
                            "_vfsim_variable()\n"
                            "{\n"
                            "    local -a names\n"
                            "    local file\n"
                            "    for file in ${(M)${(Q)words}:#*.scn}; do\n"
                            "        [[ -r $file ]] && names+=(${(f)\"$(sed -n "
                            "'s/^[[:blank:]]*set[[:blank:]]\\{1,\\}\\([^[:blank:]]*\\)[[:blank:]].*/\\1/p' "
                            "\"$file\")\"})\n"
                            "    done\n"
                            "    compadd -S = -- $names\n"
                            "}\n"
                            "\n";

static void define_words(FILE *out, enum vfsim_value what)
{
    struct vfsim_word words[VFSIM_WORDS_MAX];
    unsigned count = vfsim_words(what, words);
    const char *name = vfsim_value_name(what);
    if (!count)
        return;
    fprintf(out, "_vfsim_%s()\n{\n    local -a words=(\n", name);
    for (unsigned i = 0; i < count; i++) {
        fprintf(out, "        '%s", words[i].word);
        if (what != VALUE_TRACE && *words[i].sentence) {
            fputc(':', out);
            vfsim_completion_sentence(out, words[i].sentence, "\\", quote);
        }
        fputs("'\n", out);
    }
    if (what == VALUE_TRACE)
        fputs("    )\n    _values -s , 'what to trace' $words\n}\n\n", out);
    else
        fprintf(out, "    )\n    _describe '%s' words\n}\n\n", name);
}

/* ':FILE:_vfsim_file': what stands behind an option, or as an operand; what nobody can guess is only named. */
static void put_value(FILE *out, const char *value, enum vfsim_value what)
{
    vfsim_completion_sentence(out, value, "[]:\\", quote);
    if (what == VALUE_NONE || what == VALUE_FREE)
        fputs(": ", out);
    else
        fprintf(out, ":_vfsim_%s", vfsim_value_name(what));
}

static void put_option(FILE *out, const struct vfsim_option *option)
{
    const char *sign = option->kind == FLAG ? "" : option->kind == MAYBE_TEXT ? "=-" : "=";
    fputs("        ", out);
    if (option->kind == VARIABLE || option->kind == CHIPS)
        fputs("'*'", out);
    else if (option->letter)
        fprintf(out, "'(-%c --%s)'", option->letter, option->name);
    if (option->letter)
        fprintf(out, "{-%c%s,--%s%s}", option->letter, option->kind == FLAG ? "" : "+", option->name, sign);
    else
        fprintf(out, "--%s%s", option->name, sign);
    fputs("'[", out);
    vfsim_completion_sentence(out, option->sentence, "[]\\", quote);
    fputc(']', out);
    if (option->kind != FLAG) {
        fputs(option->kind == MAYBE_TEXT ? "::" : ":", out);
        put_value(out, option->value, option->what);
    }
    fputs("' \\\n", out);
}

static void put_verb(FILE *out, const struct vfsim_verb *verb)
{
    fprintf(out, "    %s)\n        _arguments -s -S \\\n", verb->name);
    for (unsigned i = 0; i < VFSIM_OPTIONS; i++)
        if (vfsim_verb_takes(verb, i))
            put_option(out, &vfsim_options[i]);
    if (verb->acts)
        fprintf(out, "        '1:act:(%s)' \\\n", verb->acts);
    if (*verb->operands) {
        fprintf(out, "        '%s:", strstr(verb->operands, "…") ? "*" : verb->acts ? "2" : "1");
        put_value(out, verb->operands, verb->what);
        fputs("'", out);
    }
    fputs(" ;;\n", out);
}

void vfsim_completion_zsh(FILE *out)
{
    fputs(begin, out);
    for (unsigned what = 0; what < VFSIM_VALUES; what++)
        define_words(out, (enum vfsim_value)what);
    fputs("_vfsim()\n{\n    local context curcontext=$curcontext state line\n    local -a state_descr verbs=(\n", out);
    for (unsigned i = 0; vfsim_verbs[i]; i++) {
        fprintf(out, "        '%s:", vfsim_verbs[i]->name);
        vfsim_completion_sentence(out, vfsim_verbs[i]->sentence, "\\", quote);
        fputs("'\n", out);
    }
    fputs("    )\n    _arguments -C \\\n", out);
    for (unsigned i = 0; i < VFSIM_OPTIONS; i++)
        if (vfsim_verb_takes(&vfsim_program, i))
            put_option(out, &vfsim_options[i]);
    fputs("        '1: :->verb' '*:: :->rest' && return\n"
          "    if [[ $state == verb ]]; then\n"
          "        _describe verb verbs\n"
          "        return\n"
          "    fi\n"
          "    case $line[1] in\n",
          out);
    for (unsigned i = 0; vfsim_verbs[i]; i++)
        put_verb(out, vfsim_verbs[i]);
    fputs("    esac\n}\n\n"
          "if [[ $funcstack[1] == _vfsim ]]; then\n"
          "    _vfsim \"$@\" # autoloaded\n"
          "else\n"
          "    compdef _vfsim vfsim # sourced\n"
          "fi\n",
          out);
}
