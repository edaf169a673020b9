/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What this kernel calls itself. C libraries refuse to start on kernels older than they know: the release is that of the interface
 * we follow.
 */
#ifndef LWK_UNAME_H
#define LWK_UNAME_H

#define UNAME_SYSTEM  "Linux"
#define UNAME_NODE    "bulkhead"
#define UNAME_RELEASE "6.1.0-bulkhead"
#define UNAME_VERSION "Bulkhead LWK"
#define UNAME_DOMAIN  "(none)"

#endif
