/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Floating point: the FP registers are the program's own, rounding modes work, double and quad-precision long double print
 * and compute to the last bit. Inputs are volatile so that the compiler does not do the work.
 */
#include <fenv.h>
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdint.h>

static void print_functions(volatile double x)
{
	printf("x %.17g %a\n", x, x);
	printf("sqrt %.17g cbrt %.17g\n", sqrt(x), cbrt(x));
	printf("sin %.17g cos %.17g tan %.17g\n", sin(x), cos(x), tan(x));
	printf("exp %.17g log %.17g pow %.17g\n", exp(-x), log(x), pow(x, 1.7));
	printf("fma %a floor %g ceil %g rint %g\n", fma(x, x, -x), floor(x), ceil(x), rint(x));
	printf("float %.9g %a\n", (double)sinf((float)x), (double)(float)x);
}

static void print_special(void)
{
	volatile double zero = 0, one = 1, huge = DBL_MAX, tiny = DBL_MIN;

	printf("inf %f -inf %f nan %d\n", one / zero, -one / zero, isnan(zero / zero));
	printf("overflow %f subnormal %a zero %d\n", huge * 2, tiny / 4, signbit(-zero) != 0);
	printf("int %d %d %lld\n", (int)(one * 2.9), (int)(one * -2.9), (long long)(huge / 1e300));
	feclearexcept(FE_ALL_EXCEPT);
	one = one / zero;
	printf("divide by zero flag %d\n", fetestexcept(FE_DIVBYZERO) != 0);
}

static void print_rounding(void)
{
	static const int modes[] = {FE_TONEAREST, FE_UPWARD, FE_DOWNWARD, FE_TOWARDZERO};
	volatile double one = 1, three = 3;

	for (unsigned i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
		int refused = fesetround(modes[i]);
		volatile double third = one / three;
		fesetround(FE_TONEAREST);
		printf("round %u: %d %a\n", i, refused, third);
	}
}

static void print_long_double(void)
{
	volatile long double x = 2;

	for (int i = 0; i < 5; i++)
		x = x * x / 3 + 1;
	printf("long double %.33Lg %La\n", x, x);
	printf("sqrtl %.33Lg expl %.30Lg\n", sqrtl(x), expl(-x / 1000));
}

static void print_sum(void)
{
	double sum = 0, product = 1;

	for (int i = 1; i <= 1000000; i++) {
		sum += 1.0 / ((double)i * i);
		product *= 1.0 + 1e-9 * (i % 7);
	}
	printf("sum %.17g product %.17g\n", sum, product);
}

int main(void)
{
	print_functions(0.5);
	print_functions(3.14159265358979);
	print_functions(12345.678);
	print_special();
	print_rounding();
	print_long_double();
	print_sum();
	return 0;
}
