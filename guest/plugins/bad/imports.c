/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Makes a plugin image that wants a symbol of its surroundings. */
int printk(const char *format, ...);
int npa_bad_import(void);

__attribute__((used)) int npa_bad_import(void) { return printk("plugin"); }
