/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Doubly linked lists with the links inside the elements. A list head is a link that is no element;
 * an element that is in no list links to itself, so that list_remove may be called twice.
 */
#ifndef LWK_LIST_H
#define LWK_LIST_H

#include <stdbool.h>
#include <stddef.h>

struct list {
	struct list *next;
	struct list *prev;
};

#define LIST_INIT(name)                          \
	{                                        \
		.next = &(name), .prev = &(name) \
	}
#define list_entry(link, type, member) ((type *)(void *)((char *)(link)-offsetof(type, member)))
/* the element may be removed from within the body when `tmp` walks ahead */
#define list_for_each(link, head) \
	for (struct list *link = (head)->next; link != (head); link = link->next)
#define list_for_each_safe(link, tmp, head)                                       \
	for (struct list *link = (head)->next, *tmp = link->next; link != (head); \
	     link = tmp, tmp = link->next)

static inline void list_init(struct list *list)
{
	list->next = list;
	list->prev = list;
}

static inline bool list_is_empty(const struct list *list)
{
	return list->next == list;
}

/* puts `element` before `place`; with a list head as place: at the end */
static inline void list_add_before(struct list *place, struct list *element)
{
	element->prev = place->prev;
	element->next = place;
	place->prev->next = element;
	place->prev = element;
}

static inline void list_add_tail(struct list *head, struct list *element)
{
	list_add_before(head, element);
}

static inline void list_add_head(struct list *head, struct list *element)
{
	list_add_before(head->next, element);
}

static inline void list_remove(struct list *element)
{
	element->prev->next = element->next;
	element->next->prev = element->prev;
	list_init(element);
}

#endif
