/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The matrix of NAS CG: the sum over i of w_i * v_i * v_i^T, with v_i a sparse random vector whose
 * element i is 0.5 and weights w_i that fall geometrically from 1 to 0.1, plus 0.1 - shift on the
 * diagonal. The elements of row r come from the vectors that have an element r: they are put there
 * in the order of the vectors, sorted by column (stably, so that equal columns are added up in that
 * order), and added up.
 */
#include <bench/nas/cg.h>
#include <bench/common/result.h>
#include <bench/nas/lcg.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define SEED         UINT64_C(314159265)
#define CONDITION    0.1 /* reciprocal condition number */
#define OWN_ELEMENT  0.5
#define NONZEROS_MAX 16u

/* the last element is the vector's own unless a random one fell on its place */
struct sparse_vector {
	unsigned count;
	uint32_t index[NONZEROS_MAX];
	double value[NONZEROS_MAX];
};

struct element {
	uint32_t column;
	double value;
};

/* elements of each row before equal columns are added up */
struct elements {
	uint64_t *row_start;
	struct element *element;
};

static unsigned find_index(const struct sparse_vector *vector, uint32_t index)
{
	unsigned i = 0;

	while (i < vector->count && vector->index[i] != index)
		i++;
	return i;
}

static void set_element(struct sparse_vector *vector, uint32_t index, double value)
{
	unsigned at = find_index(vector, index);

	vector->index[at] = index;
	vector->value[at] = value;
	if (at == vector->count)
		vector->count++;
}

/* a value and a place are drawn until `wanted` places below `order` are found that differ */
static void draw_vector(struct sparse_vector *vector, unsigned wanted, unsigned order,
			uint64_t *random)
{
	double places = 1.0; /* smallest power of two that is not below the order */

	while (places < order)
		places *= 2.0;
	vector->count = 0;
	while (vector->count < wanted) {
		double value = lcg_next(random);
		uint32_t index = (uint32_t)(places * lcg_next(random));

		if (index < order && find_index(vector, index) == vector->count)
			set_element(vector, index, value);
	}
}

static struct sparse_vector *make_vectors(const struct cg_class *class)
{
	struct sparse_vector *vectors = memory_take("cg", class->order, sizeof(*vectors));
	uint64_t random = SEED;

	lcg_next(&random); /* the specification leaves one out */
	for (unsigned i = 0; i < class->order; i++) {
		draw_vector(&vectors[i], class->nonzeros, class->order, &random);
		set_element(&vectors[i], i, OWN_ELEMENT);
	}
	return vectors;
}

/* row_start[r + 1] holds a count of row r before, and the end of row r afterwards */
static void counts_to_starts(uint64_t *row_start, unsigned order)
{
	row_start[0] = 0;
	for (unsigned row = 0; row < order; row++)
		row_start[row + 1] += row_start[row];
}

static void count_elements(const struct cg_class *class, const struct sparse_vector *vectors,
			   uint64_t *row_start)
{
	memset(row_start, 0, (class->order + 1) * sizeof(*row_start));
	for (unsigned i = 0; i < class->order; i++)
		for (unsigned k = 0; k < vectors[i].count; k++)
			row_start[vectors[i].index[k] + 1] += vectors[i].count;
	counts_to_starts(row_start, class->order);
}

/* adds weight * v * v^T; `fill` holds where the next element of each row goes */
static void add_product(const struct cg_class *class, const struct sparse_vector *v, unsigned own,
			double weight, struct element *element, uint64_t *fill)
{
	for (unsigned i = 0; i < v->count; i++) {
		uint32_t row = v->index[i];
		double scale = weight * v->value[i];

		for (unsigned j = 0; j < v->count; j++) {
			double value = v->value[j] * scale;

			if (row == own && v->index[j] == own)
				value += CONDITION - class->shift;
			element[fill[row]++] = (struct element){v->index[j], value};
		}
	}
}

static struct elements make_elements(const struct cg_class *class)
{
	struct sparse_vector *vectors = make_vectors(class);
	double ratio = pow(CONDITION, 1.0 / class->order);
	double weight = 1.0;
	struct elements all;
	uint64_t *fill;

	all.row_start = memory_take("cg", class->order + 1, sizeof(*all.row_start));
	count_elements(class, vectors, all.row_start);
	all.element = memory_take("cg", all.row_start[class->order], sizeof(*all.element));
	fill = memory_take("cg", class->order, sizeof(*fill));
	memcpy(fill, all.row_start, class->order * sizeof(*fill));
	for (unsigned i = 0; i < class->order; i++) {
		add_product(class, &vectors[i], i, weight, all.element, fill);
		weight *= ratio;
	}
	free(fill);
	free(vectors);
	return all;
}

/* sorts by column, stably; rows are short */
static void sort_row(struct element *row, uint64_t count)
{
	for (uint64_t i = 1; i < count; i++) {
		struct element element = row[i];
		uint64_t at = i;

		while (at > 0 && row[at - 1].column > element.column) {
			row[at] = row[at - 1];
			at--;
		}
		row[at] = element;
	}
}

/* adds up equal columns of a sorted row; returns how many are left */
static uint64_t merge_row(struct element *row, uint64_t count)
{
	uint64_t last = 0;

	for (uint64_t i = 1; i < count; i++)
		if (row[i].column == row[last].column)
			row[last].value += row[i].value;
		else
			row[++last] = row[i];
	return last + 1;
}

/* fills in the matrix by the threads that will use it, for first-touch placement */
static void copy_rows(const struct elements *all, const struct cg_matrix *matrix)
{
#pragma omp parallel for schedule(static)
	for (unsigned block = 0; block < CG_BLOCKS; block++)
		for (unsigned row = cg_block_start(matrix->order, block);
		     row < cg_block_start(matrix->order, block + 1); row++) {
			const struct element *from = &all->element[all->row_start[row]];

			for (uint64_t to = matrix->row_start[row]; to < matrix->row_start[row + 1];
			     to++, from++) {
				matrix->column[to] = from->column;
				matrix->value[to] = from->value;
			}
		}
}

struct cg_matrix cg_matrix_make(const struct cg_class *class)
{
	struct elements all = make_elements(class);
	struct cg_matrix matrix = {.order = class->order};

	matrix.row_start = memory_take("cg", class->order + 1, sizeof(*matrix.row_start));
#pragma omp parallel for schedule(static)
	for (unsigned row = 0; row < class->order; row++) {
		struct element *elements = &all.element[all.row_start[row]];
		uint64_t count = all.row_start[row + 1] - all.row_start[row];

		sort_row(elements, count);
		matrix.row_start[row + 1] = merge_row(elements, count);
	}
	counts_to_starts(matrix.row_start, class->order);
	matrix.column = memory_take("cg", matrix.row_start[class->order], sizeof(*matrix.column));
	matrix.value = memory_take("cg", matrix.row_start[class->order], sizeof(*matrix.value));
	copy_rows(&all, &matrix);
	free(all.element);
	free(all.row_start);
	return matrix;
}

void cg_matrix_free(struct cg_matrix *matrix)
{
	free(matrix->row_start);
	free(matrix->column);
	free(matrix->value);
}
