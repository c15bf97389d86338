/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vfsim completion SHELL; and the script for bash. */
#include "vfsim_completion.h"

#include <string.h>

void vfsim_completion_sentence(FILE *out, const char *text, const char *escaped, const char *quote)
{
    for (const char *p = text; *p && *p != ';'; p++)
        if (*p == '\'')
            fputs(quote, out);
        else if (*p != '`')
            fprintf(out, "%s%c", strchr(escaped, *p) ? "\\" : "", *p);
}

/* ---- bash: lists of words, and functions that find the one for the cursor's place ---- */

static const char bash_files[] =
    "# Folders, and files whose names end in $2; those that begin with $1.\n"
    "_vfsim_files()\n"
    "{\n"
    "    local path\n"
    "    compopt -o filenames 2>/dev/null\n"
    "    while IFS= read -r path; do\n"
    "        if [[ -d $path || $path == *\"$2\" ]]; then\n"
    "            COMPREPLY+=(\"$path\")\n"
    "        fi\n"
    "    done < <(compgen -f -- \"$1\")\n"
    "}\n"
    "\n"
    "# NAME= of each line `set NAME …` of the scenarios on the command line.\n"
    "_vfsim_variables()\n"
    "{\n"
    "    local file\n"
    "    for file in \"${COMP_WORDS[@]:2}\"; do\n"
    "        if [[ $file == *.scn && -r $file ]]; then\n"
    "            sed -n 's/^[[:blank:]]*set[[:blank:]]\\{1,\\}\\([^[:blank:]]*\\)[[:blank:]].*/\\1=/p' \"$file\"\n"
    "        fi\n"
    "    done\n"
    "}\n"
    "\n";

static const char bash_value[] = "# A value of kind $1 that begins with $2.\n"
                                 "_vfsim_value()\n"
                                 "{\n"
                                 "    case $1 in\n"
                                 "    none | free) ;;\n"
                                 "    file) _vfsim_files \"$2\" '' ;;\n"
                                 "    folder) _vfsim_files \"$2\" / ;;\n"
                                 "    scenario) _vfsim_files \"$2\" .scn ;;\n"
                                 "    image) _vfsim_files \"$2\" .so ;;\n"
                                 "    variable)\n"
                                 "        compopt -o nospace 2>/dev/null\n"
                                 "        COMPREPLY=($(compgen -W \"$(_vfsim_variables)\" -- \"$2\")) ;;\n"
                                 "    trace) # several with commas between them: the last one\n"
                                 "        local others=\n"
                                 "        if [[ $2 == *,* ]]; then\n"
                                 "            others=${2%,*},\n"
                                 "        fi\n"
                                 "        COMPREPLY=($(compgen -P \"$others\" -W \"$(_vfsim_words trace)\" -- \"${2##*,}\")) ;;\n"
                                 "    *) COMPREPLY=($(compgen -W \"$(_vfsim_words \"$1\")\" -- \"$2\")) ;;\n"
                                 "    esac\n"
                                 "}\n"
                                 "\n";

static const char bash_begin[] = "_vfsim()\n"
                                 "{\n"
                                 "    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]}\n"
                                 "    local options='' operand=none act='' value=''\n"
                                 "    COMPREPLY=()\n"
                                 "    if ((COMP_CWORD == 1)); then\n"
                                 "        COMPREPLY=($(compgen -W \"$(_vfsim_words verb)\" -- \"$word\"))\n"
                                 "        return\n"
                                 "    fi\n"
                                 "    case ${COMP_WORDS[1]} in\n";

static const char bash_middle[] = "    esac\n"
                                  "    # To bash `--name=value` is three words, and only what stands behind `=` is completed.\n"
                                  "    if [[ $word == = ]]; then\n"
                                  "        before=$before= word=\n"
                                  "    elif [[ $before == = ]]; then\n"
                                  "        before=${COMP_WORDS[COMP_CWORD - 2]}=\n"
                                  "    fi\n"
                                  "    case $before in\n";

static const char bash_end[] = "    esac\n"
                               "    if [[ -n $value ]]; then\n"
                               "        _vfsim_value \"$value\" \"$word\"\n"
                               "    elif [[ $word == -* ]]; then\n"
                               "        COMPREPLY=($(compgen -W \"$options\" -- \"$word\"))\n"
                               "        if [[ ${#COMPREPLY[@]} -eq 1 && ${COMPREPLY[0]} == *= ]]; then\n"
                               "            compopt -o nospace 2>/dev/null\n"
                               "        fi\n"
                               "    elif [[ -n $act && $COMP_CWORD -eq 2 ]]; then\n"
                               "        COMPREPLY=($(compgen -W \"$act\" -- \"$word\"))\n"
                               "    else\n"
                               "        _vfsim_value \"$operand\" \"$word\"\n"
                               "    fi\n"
                               "}\n"
                               "\n"
                               "complete -F _vfsim vfsim\n";

static void bash_words(FILE *out)
{
    struct vfsim_word words[VFSIM_WORDS_MAX];
    fputs("# Words of kind $1.\n_vfsim_words()\n{\n    case $1 in\n    verb) echo '", out);
    for (unsigned i = 0; vfsim_verbs[i]; i++)
        fprintf(out, "%s ", vfsim_verbs[i]->name);
    fputs("--help --version' ;;\n", out);
    for (unsigned what = 0; what < VFSIM_VALUES; what++) {
        unsigned count = vfsim_words((enum vfsim_value)what, words);
        if (count)
            fprintf(out, "    %s) echo '", vfsim_value_name((enum vfsim_value)what));
        for (unsigned i = 0; i < count; i++)
            fprintf(out, "%s%s", words[i].word, i + 1 < count ? " " : "' ;;\n");
    }
    fputs("    esac\n}\n\n", out);
}

/* An option whose value may be left out is there twice, with `=` and without. */
static void bash_verb(FILE *out, const struct vfsim_verb *verb)
{
    fprintf(out, "    %s) operand=%s act='%s' options='", verb->name, vfsim_value_name(verb->what), verb->acts ? verb->acts : "");
    for (unsigned i = 0; i < VFSIM_OPTIONS; i++) {
        const struct vfsim_option *option = &vfsim_options[i];
        if (!vfsim_verb_takes(verb, i))
            continue;
        if (option->letter)
            fprintf(out, "-%c ", option->letter);
        fprintf(out, "--%s ", option->name);
        if (option->kind == MAYBE_TEXT)
            fprintf(out, "--%s= ", option->name);
    }
    fputs("' ;;\n", out);
}

static void bash_option(FILE *out, const struct vfsim_option *option)
{
    if (option->what == VALUE_NONE)
        return;
    fputs("    ", out);
    if (option->letter)
        fprintf(out, "-%c | ", option->letter);
    if (option->kind != MAYBE_TEXT)
        fprintf(out, "--%s | ", option->name);
    fprintf(out, "--%s=) value='%s' ;;\n", option->name, vfsim_value_name(option->what));
}

void vfsim_completion_bash(FILE *out)
{
    fputs("# shellcheck shell=bash disable=SC2207 # no word holds a blank\n"
          "# bash completes command lines of vfsim; made by `vfsim completion bash`.\n\n",
          out);
    bash_words(out);
    fputs(bash_files, out);
    fputs(bash_value, out);
    fputs(bash_begin, out);
    for (unsigned i = 0; vfsim_verbs[i]; i++)
        bash_verb(out, vfsim_verbs[i]);
    fputs(bash_middle, out);
    for (unsigned i = 0; i < VFSIM_OPTIONS; i++)
        bash_option(out, &vfsim_options[i]);
    fputs(bash_end, out);
}

/* ---- the verb ---- */

static const struct {
    const char *name;
    void (*write)(FILE *out);
} shells[] = {{"bash", vfsim_completion_bash}, {"zsh", vfsim_completion_zsh}, {"fish", vfsim_completion_fish}};
enum { SHELLS = sizeof(shells) / sizeof(shells[0]) };

static int completion(const struct vfsim_args *args)
{
    const char *names[SHELLS + 1] = {0};
    char near[80];
    if (args->operand_count != 1) {
        vfsim_complain("for which shell? vfsim completion bash|zsh|fish");
        return EXIT_USER;
    }
    for (unsigned i = 0; i < SHELLS; i++) {
        names[i] = shells[i].name;
        if (!strcmp(args->operands[0], shells[i].name)) {
            shells[i].write(stdout);
            return EXIT_PASS;
        }
    }
    vfsim_complain("there is no completion for '%s'%s (bash, zsh or fish)", args->operands[0],
                   vfsim_near(args->operands[0], names, near, sizeof(near)));
    return EXIT_USER;
}

const struct vfsim_verb vfsim_verb_completion = {
    .name = "completion",
    .sentence = "print a script by which a shell completes command lines of vfsim",
    .operands = "SHELL",
    .what = VALUE_SHELL,
    .about =
        "For bash, zsh or fish. An installed vfsim has them where these shells look; this is for who runs it from somewhere "
        "else. Verbs, options, models of NICs, reasons of drops and what may be traced are of this very program.\n"
        "bash: put the first example into ~/.bashrc. zsh: write the script to a file _vfsim in a folder of $fpath. fish: write "
        "it to ~/.config/fish/completions/vfsim.fish.",
    .examples = "source <(vfsim completion bash)\n"
                "vfsim completion zsh >~/.zfunc/_vfsim\n"
                "vfsim completion fish >~/.config/fish/completions/vfsim.fish\n",
    .run = completion,
};
