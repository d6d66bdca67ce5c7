/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Tests of tstat.h that are C programs themselves (tstat_calls.c, tstat_settings.c,
 * tstat_misuse.c): each returns NULL, or what went wrong and where. `traces` is the folder of the
 * bundled traces, `scratch` an empty one.
 */
#ifndef TSTAT_TESTS_BINDINGS_TSTAT_CALLS_H_
#define TSTAT_TESTS_BINDINGS_TSTAT_CALLS_H_

#ifdef __cplusplus
extern "C" {
#endif

struct call_test {
  const char* name;
  const char* (*run)(const char* traces, const char* scratch);
};

extern const struct call_test kCallTests[];
extern const unsigned kCallTestCount;
extern const struct call_test kSettingTests[];
extern const unsigned kSettingTestCount;
extern const struct call_test kMisuseTests[];
extern const unsigned kMisuseTestCount;

#ifdef __cplusplus
}
#endif

#define CALL_TEXT_OF(x) #x
#define CALL_TEXT(x) CALL_TEXT_OF(x)
/* In a test: ends it when `condition` does not hold. */
#define CHECK(condition)                                                       \
  do {                                                                         \
    if (!(condition)) return __FILE__ ":" CALL_TEXT(__LINE__) ": " #condition; \
  } while (0)

#endif /* TSTAT_TESTS_BINDINGS_TSTAT_CALLS_H_ */
