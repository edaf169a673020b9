/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The program `cg`: NAS CG of one class, and whether zeta is the one of the specification. Making
 * the matrix and one step to warm up are not timed. The rate counts floating-point operations as
 * NPB does, in 10^6 a second.
 */
#include <bench/common/options.h>
#include <bench/common/result.h>
#include <bench/nas/cg.h>
#include <inttypes.h>
#include <stdio.h>

#define NAME "cg"

static const char *class_name = "S";

static const struct option options[] = {
	{"CLASS", NULL, "S, W, A or B: a matrix of 1400, 7000, 14000 or 75000 rows (S)",
	 OPTION_TEXT, 0, 0, &class_name},
};

static const struct program program = {
	NAME,
	"CG of the NAS Parallel Benchmarks: conjugate gradients on a sparse matrix.\n",
	options,
	sizeof(options) / sizeof(*options),
};

/* all steps of the power method; returns the last zeta */
static double run(const struct cg_class *class, const struct cg_matrix *matrix,
		  const struct cg_vectors *v)
{
	struct cg_step step = {0};

	printf("Iteration  ||r||                  zeta\n");
	for (unsigned i = 1; i <= class->iterations; i++) {
		step = cg_step(matrix, v, class->shift);
		printf("%9u  %.14e  %.13f\n", i, step.residual, step.zeta);
	}
	return step.zeta;
}

int main(int argc, char **argv)
{
	const struct cg_class *class;
	struct cg_matrix matrix;
	struct cg_vectors v;
	double start, taken, zeta;
	int status = options_parse(&program, argc, argv);

	if (status != OPTIONS_RUN)
		return status;
	class = cg_class_find(class_name);
	if (class == NULL)
		return options_refuse(&program, "there is no class \"%s\"", class_name);
	printf("NAS CG, Bulkhead's own source\nClass: %c\n", class->name);
	matrix = cg_matrix_make(class);
	printf("Rows: %u\nNonzeros: %" PRIu64 "\nIterations: %u\nThreads: %d\n", class->order,
	       matrix.row_start[class->order], class->iterations, threads_count());
	v = cg_vectors_make(class->order);
	cg_start(&matrix, &v);
	cg_step(&matrix, &v, class->shift);
	cg_start(&matrix, &v);
	start = now_seconds();
	zeta = run(class, &matrix, &v);
	taken = now_seconds() - start;
	printf("Zeta: %.13f\nZeta wanted: %.13f\n", zeta, class->zeta);
	printf("Time: %.6f s\n", taken);
	printf("Rate: %.3f Mop/s\n", 1e-6 * cg_operations(class) / taken);
	cg_vectors_free(&v);
	cg_matrix_free(&matrix);
	return result_finish(NAME, cg_verify(class, zeta));
}
