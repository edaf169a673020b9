/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The one file tree: names, and what changes them. Paths are NUL-terminated kernel memory; a relative one is seen from `start`.
 * Errors are Linux errno, negated.
 */
#ifndef LWK_FS_TREE_H
#define LWK_FS_TREE_H

#include <lwk/fs_node.h>

#define PATH_LENGTH_MAX 4096u /* with the NUL */

/* Guards all names, directories, link counts and parents. */
void tree_lock(void);
void tree_unlock(void);
/* Takes over a reference, and gives it back at tree_unlock. Caller holds tree_lock. */
void tree_keep(struct node *node);
struct file_dir *tree_root(void);

/* how a path ended */
enum path_last { PATH_NAME, PATH_DOT, PATH_DOT_DOT, PATH_ROOT };

/* Where a path leads, as long as tree_lock is held; nothing in it is referred to. */
struct path_end {
	enum path_last last;
	bool slash;           /* slashes behind the last component: it must be a directory */
	struct file_dir *dir; /* that holds the last component */
	const char *name; /* the last component (PATH_NAME); in the path, or in a link's target */
	size_t length;
	struct dir_entry
		*entry;    /* NULL: no such name, last is not PATH_NAME, or nobody made the name */
	struct node *node; /* NULL: there is no such name */
};

/*
 * Flags of a walk. FOLLOW: go through a symbolic link that comes last; LINK_SLASH: only when slashes come behind it, as when a file is
 * looked for. CREATE: -EISDIR when slashes come behind the last component, since no file can be created so.
 */
#define PATH_FOLLOW     1u
#define PATH_LINK_SLASH 2u
#define PATH_CREATE     4u

/* 0 even when only the last component is missing. -ENOENT, -ENOTDIR, -EISDIR, -ELOOP, -ENAMETOOLONG. Caller holds tree_lock. */
int path_walk(struct file_dir *start, const char *path, unsigned flags, struct path_end *end);
/* What the path names, referred to. -ENOENT and more. */
int tree_find(struct file_dir *start, const char *path, bool follow, struct node **node);

struct tree_open {
	unsigned mode;  /* permission bits of a new file */
	bool create;    /* when it does not exist */
	bool exclusive; /* with create: it must not exist */
	bool follow;
	bool directory; /* must be one */
	bool unnamed;   /* a new file without a name, in what must be a directory */
	bool linkable;  /* with unnamed: may get a name later */
};
/* Finds or makes a file, referred to; *made says which. */
int tree_open(struct file_dir *start, const char *path, const struct tree_open *how,
	      struct node **node, bool *made);
int tree_make_directory(struct file_dir *start, const char *path, unsigned mode);
int tree_make_link(struct file_dir *start, const char *path, const char *target);
int tree_add_name(struct file_dir *start, const char *path, struct node *node);
int tree_remove_name(struct file_dir *start, const char *path);
int tree_remove_directory(struct file_dir *start, const char *path);

struct tree_place {
	struct file_dir *start;
	const char *path;
};
/* Flags as in renameat2(2). */
#define RENAME_NOREPLACE 1u
#define RENAME_EXCHANGE  2u
int tree_rename(const struct tree_place *from, const struct tree_place *to, unsigned flags);

/*
 * Gives `node` the absolute path, making directories on the way; for the initial tree and registrations. Takes over the caller's
 * reference in any case. -EEXIST, -ENOTDIR, -ENAMETOOLONG, -ENOMEM.
 */
int tree_plant(const char *path, struct node *node);
int tree_init(void); /* makes the root; 0 or -ENOMEM */
/* The absolute path of a node that has a name, as directory_path; caller holds tree_lock. NULL: none, or it does not fit. */
char *tree_name_of(const struct node *node, char *out, size_t size);
/* Makes the directory `path` that belongs to file system `fs`, as everything planted below it. 0 or -errno. */
int tree_plant_root(const char *path, enum node_fs fs, const struct dir_source *source);
int proc_files_init(void); /* /proc and /sys; 0 or -errno */

#endif
