/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * NAS CG: the smallest eigenvalue of a sparse symmetric matrix by inverse power iteration, each
 * step solved approximately by conjugate gradients (RNR-94-007, section 2.4; shifts and classes of
 * NPB 3).
 */
#ifndef BENCH_NAS_CG_H
#define BENCH_NAS_CG_H

#include <stdbool.h>
#include <stdint.h>

struct cg_class {
	char name;
	unsigned order;      /* rows and columns */
	unsigned nonzeros;   /* of each random vector that the matrix is made of */
	unsigned iterations; /* of the power method */
	double shift;
	double zeta; /* the result */
};

/* rows of a sparse matrix, one after the other, each by ascending columns */
struct cg_matrix {
	unsigned order;
	uint64_t *row_start; /* order + 1 */
	uint32_t *column;
	double *value;
};

/* NULL when there is none of that name */
const struct cg_class *cg_class_find(const char *name);

/* makes the matrix; release it by cg_matrix_free */
struct cg_matrix cg_matrix_make(const struct cg_class *class);
void cg_matrix_free(struct cg_matrix *matrix);

/*
 * first and last + 1 of the rows of block `block`; the blocks are the same for any number of
 * threads
 */
#define CG_BLOCKS 256u
static inline unsigned cg_block_start(unsigned order, unsigned block)
{
	return (unsigned)((uint64_t)order * block / CG_BLOCKS);
}

struct cg_vectors {
	double *x, *z, *p, *q, *r;
};

struct cg_vectors cg_vectors_make(unsigned order);
void cg_vectors_free(struct cg_vectors *v);

/* x = 1 everywhere: where the power method starts */
void cg_start(const struct cg_matrix *matrix, const struct cg_vectors *v);

struct cg_step {
	double residual; /* ||x - A z|| of the solution z of A z = x */
	double zeta;
};

/* One step of the power method. The same to the last bit for any number of threads. */
struct cg_step cg_step(const struct cg_matrix *matrix, const struct cg_vectors *v, double shift);

/* to a relative error of 1e-10 */
bool cg_verify(const struct cg_class *class, double zeta);

/* floating-point operations of all steps, by the formula of NPB */
double cg_operations(const struct cg_class *class);

#endif
