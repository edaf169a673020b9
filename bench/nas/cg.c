/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * NAS CG: conjugate gradients and the power method. A step is one parallel region, with one barrier
 * after each work on all rows. Sums over the rows are made in blocks, which do not depend on the
 * threads, and each thread adds up the blocks' sums in order: zeta does not depend on the number of
 * threads, and no thread waits for another one's sum.
 */
#include <bench/nas/cg.h>
#include <bench/common/result.h>
#include <math.h>
#include <stdlib.h>

#define INNER_STEPS 25u /* of conjugate gradients */
#define TOLERANCE   1e-10

static const struct cg_class classes[] = {
	{'S', 1400, 7, 15, 10.0, 8.5971775078648},
	{'W', 7000, 8, 15, 12.0, 10.362595087124},
	{'A', 14000, 11, 15, 20.0, 17.130235054029},
	{'B', 75000, 13, 75, 60.0, 22.712745482631},
};

const struct cg_class *cg_class_find(const char *name)
{
	for (size_t i = 0; i < sizeof(classes) / sizeof(*classes); i++)
		if (name[0] == classes[i].name && name[1] == '\0')
			return &classes[i];
	return NULL;
}

struct cg_vectors cg_vectors_make(unsigned order)
{
	return (struct cg_vectors){
		.x = memory_take("cg", order, sizeof(double)),
		.z = memory_take("cg", order, sizeof(double)),
		.p = memory_take("cg", order, sizeof(double)),
		.q = memory_take("cg", order, sizeof(double)),
		.r = memory_take("cg", order, sizeof(double)),
	};
}

void cg_vectors_free(struct cg_vectors *v)
{
	free(v->x);
	free(v->z);
	free(v->p);
	free(v->q);
	free(v->r);
}

/* what a thread works with inside a parallel region */
struct share {
	const struct cg_matrix *a;
	const struct cg_vectors *v;
	double (*sums)[CG_BLOCKS]; /* two, for all threads; used in turn */
	unsigned turn;
};

/* works on the rows from `first` to before `end`; returns their share of a sum */
typedef double rows_work(const struct cg_matrix *a, const struct cg_vectors *v, double factor,
			 unsigned first, unsigned end);

/*
 * All rows, by all threads; each of them returns the sum. A thread may still add up while another
 * one is at the next work but not while it is at the one after that: hence two arrays.
 */
static double rows_run(struct share *share, rows_work *work, double factor)
{
	double *sums = share->sums[share->turn];
	unsigned order = share->a->order;
	double sum = 0.0;

	share->turn ^= 1;
#pragma omp for schedule(static)
	for (unsigned block = 0; block < CG_BLOCKS; block++)
		sums[block] = work(share->a, share->v, factor, cg_block_start(order, block),
				   cg_block_start(order, block + 1));
	for (unsigned block = 0; block < CG_BLOCKS; block++)
		sum += sums[block];
	return sum;
}

static double row_product(const struct cg_matrix *a, unsigned row, const double *vector)
{
	double sum = 0.0;

	for (uint64_t i = a->row_start[row]; i < a->row_start[row + 1]; i++)
		sum += a->value[i] * vector[a->column[i]];
	return sum;
}

/* x = 1 */
static double rows_one(const struct cg_matrix *a, const struct cg_vectors *v, double factor,
		       unsigned first, unsigned end)
{
	(void)a;
	(void)factor;
	for (unsigned i = first; i < end; i++)
		v->x[i] = 1.0;
	return 0.0;
}

/* z = 0, r = p = x; r.r */
static double rows_begin(const struct cg_matrix *a, const struct cg_vectors *v, double factor,
			 unsigned first, unsigned end)
{
	double sum = 0.0;

	(void)a;
	(void)factor;
	for (unsigned i = first; i < end; i++) {
		v->z[i] = 0.0;
		v->r[i] = v->x[i];
		v->p[i] = v->x[i];
		sum += v->x[i] * v->x[i];
	}
	return sum;
}

/* q = A p; p.q */
static double rows_multiply(const struct cg_matrix *a, const struct cg_vectors *v, double factor,
			    unsigned first, unsigned end)
{
	double sum = 0.0;

	(void)factor;
	for (unsigned i = first; i < end; i++) {
		v->q[i] = row_product(a, i, v->p);
		sum += v->p[i] * v->q[i];
	}
	return sum;
}

/* z += alpha p, r -= alpha q; r.r */
static double rows_improve(const struct cg_matrix *a, const struct cg_vectors *v, double alpha,
			   unsigned first, unsigned end)
{
	double sum = 0.0;

	(void)a;
	for (unsigned i = first; i < end; i++) {
		v->z[i] += alpha * v->p[i];
		v->r[i] -= alpha * v->q[i];
		sum += v->r[i] * v->r[i];
	}
	return sum;
}

/* p = r + beta p */
static double rows_direct(const struct cg_matrix *a, const struct cg_vectors *v, double beta,
			  unsigned first, unsigned end)
{
	(void)a;
	for (unsigned i = first; i < end; i++)
		v->p[i] = v->r[i] + beta * v->p[i];
	return 0.0;
}

/* |x - A z|^2 */
static double rows_residual(const struct cg_matrix *a, const struct cg_vectors *v, double factor,
			    unsigned first, unsigned end)
{
	double sum = 0.0;

	(void)factor;
	for (unsigned i = first; i < end; i++) {
		double error = v->x[i] - row_product(a, i, v->z);

		sum += error * error;
	}
	return sum;
}

/* x.z */
static double rows_product(const struct cg_matrix *a, const struct cg_vectors *v, double factor,
			   unsigned first, unsigned end)
{
	double sum = 0.0;

	(void)a;
	(void)factor;
	for (unsigned i = first; i < end; i++)
		sum += v->x[i] * v->z[i];
	return sum;
}

/* z.z */
static double rows_norm(const struct cg_matrix *a, const struct cg_vectors *v, double factor,
			unsigned first, unsigned end)
{
	double sum = 0.0;

	(void)a;
	(void)factor;
	for (unsigned i = first; i < end; i++)
		sum += v->z[i] * v->z[i];
	return sum;
}

/* x = factor z */
static double rows_scale(const struct cg_matrix *a, const struct cg_vectors *v, double factor,
			 unsigned first, unsigned end)
{
	(void)a;
	for (unsigned i = first; i < end; i++)
		v->x[i] = factor * v->z[i];
	return 0.0;
}

void cg_start(const struct cg_matrix *matrix, const struct cg_vectors *v)
{
	double sums[2][CG_BLOCKS];

#pragma omp parallel
	rows_run(&(struct share){matrix, v, sums, 0}, rows_one, 0.0);
}

/* z, an approximate solution of A z = x; returns ||x - A z|| */
static double solve(struct share *share)
{
	double rho = rows_run(share, rows_begin, 0.0);

	for (unsigned step = 0; step < INNER_STEPS; step++) {
		double alpha = rho / rows_run(share, rows_multiply, 0.0);
		double before = rho;

		rho = rows_run(share, rows_improve, alpha);
		rows_run(share, rows_direct, rho / before);
	}
	return sqrt(rows_run(share, rows_residual, 0.0));
}

struct cg_step cg_step(const struct cg_matrix *matrix, const struct cg_vectors *v, double shift)
{
	double sums[2][CG_BLOCKS];
	struct cg_step step;

#pragma omp parallel
	{
		struct share share = {matrix, v, sums, 0};
		double residual = solve(&share);
		double product = rows_run(&share, rows_product, 0.0);

		rows_run(&share, rows_scale, 1.0 / sqrt(rows_run(&share, rows_norm, 0.0)));
#pragma omp master
		step = (struct cg_step){residual, shift + 1.0 / product};
	}
	return step;
}

bool cg_verify(const struct cg_class *class, double zeta)
{
	return fabs(zeta - class->zeta) / class->zeta <= TOLERANCE;
}

double cg_operations(const struct cg_class *class)
{
	double row = class->nonzeros * (class->nonzeros + 1.0);

	return 2.0 * class->iterations * class->order *
	       (3.0 + row + INNER_STEPS * (5.0 + row) + 3.0);
}
