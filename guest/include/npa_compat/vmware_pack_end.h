/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Plugin sources bracket packed structures with this file and its twin; with this compiler they need nothing. */
