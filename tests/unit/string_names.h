/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The names under which lib/string.c is tested, so that it does not take the place of the host's C
 * library (and of the sanitizers' interceptors).
 */
#define memcpy  lib_memcpy
#define memmove lib_memmove
#define memset  lib_memset
#define memcmp  lib_memcmp
#define memchr  lib_memchr
#define strlen  lib_strlen
#define strnlen lib_strnlen
#define strcmp  lib_strcmp
#define strncmp lib_strncmp
#define strchr  lib_strchr
#define strrchr lib_strrchr
#define strtoul lib_strtoul
