#include "tests/unit/synthetic.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

/* Apart and last: it needs the ones above. */
#include <cmocka.h>

#define NORMAL_UPPER_QUARTILE 0.6744897501960817
#define PARETO_EXPONENT       1.5

const char *const synthetic_noise_names[NOISES + 1] = {
    [NOISE_NORMAL] = "normal",
    [NOISE_LOGNORMAL] = "lognormal",
    [NOISE_PARETO] = "Pareto",
    [NOISE_CONTAMINATED] = "contaminated",
    [NOISE_TWO_MODES] = "two-mode",
};

static double allowance(size_t runs, double share)
{
    return SYNTHETIC_ALLOWED * sqrt(share * (1 - share) / (double)runs);
}

void synthetic_at_most(size_t hits, size_t runs, double share)
{
    assert_true((double)hits / (double)runs <= share + allowance(runs, share));
}

void synthetic_at_least(size_t hits, size_t runs, double share)
{
    assert_true((double)hits / (double)runs >= share - allowance(runs, share));
}

double synthetic_normal(struct random *random)
{
    double radius = sqrt(-2 * log(random_unit(random)));
    return radius * cos(2 * M_PI * random_unit(random));
}

static double pareto_quantile(double p)
{
    return pow(1 - p, -1 / PARETO_EXPONENT);
}

double synthetic_noise(struct random *random, enum synthetic_noise noise, double scale)
{
    double upper = NORMAL_UPPER_QUARTILE;
    double middle_half = 0;
    switch (noise) {
    case NOISE_LOGNORMAL:
        middle_half = (exp(upper) - exp(-upper)) / (2 * upper);
        return scale * expm1(synthetic_normal(random)) / middle_half;
    case NOISE_PARETO:
        middle_half = (pareto_quantile(0.75) - pareto_quantile(0.25)) / (2 * upper);
        return scale * (pareto_quantile(1 - random_unit(random)) - pareto_quantile(0.5)) /
               middle_half;
    case NOISE_CONTAMINATED: scale *= random_below(random, 10) == 0 ? 10 : 1; break;
    case NOISE_TWO_MODES:
        scale *= random_below(random, 2) == 0 ? -1 : 1;
        return scale * (0.8 + 0.2 * random_unit(random));
    case NOISE_NORMAL: break;
    }
    return scale * synthetic_normal(random);
}

void synthetic_series(
    struct random *random, double scale, double memory, size_t count, double *values)
{
    double value = synthetic_normal(random);
    for (size_t i = 0; i < count; i++) {
        values[i] = scale * value;
        value = memory * value + sqrt(1 - memory * memory) * synthetic_normal(random);
    }
}
