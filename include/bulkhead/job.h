/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * /job in an LWK's initial file tree: what init starts. A sequence of NUL-terminated strings, each with a letter in front:
 *   a  an argument of the program, the first is its path;   e  an environment string K=V;   d  the working directory
 *   o  "1": send back files created or changed in the working directory, over WIRE_FILES
 *   i  the file that is standard input, instead of the wire
 *   r  "1": once init runs, send the report {"event":"ready"}: from then on input reaches the job (a kernel that owns the
 *           UART only; the control task reports for its VMs)
 *   p  a file whose lines are reports, too, once the job has ended
 */
#ifndef BULKHEAD_JOB_H
#define BULKHEAD_JOB_H

#define JOB_PATH     "/job"
#define JOB_ARG      'a'
#define JOB_ENV      'e'
#define JOB_DIR      'd'
#define JOB_OUT      'o'
#define JOB_STDIN    'i'
#define JOB_ANNOUNCE 'r'
#define JOB_REPORTS  'p'

/*
 * The LWK's own system call, beside Linux's: starts a program in a new process and returns its pid. wait4(2) collects it.
 *   spawn(const char *path, char *const argv[], char *const envp[])
 * The child gets the caller's working directory and descriptors 0 to 2. Errors: ENOENT, EACCES, ENOEXEC, ENOMEM, EFAULT, E2BIG.
 */
#define LWK_NR_SPAWN 1000

#endif
