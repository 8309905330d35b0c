/*
 * t_main.h: the main() of every Check program.
 *
 * Include it last, in a file that defines
 *
 *	static Suite *t_suite(void);
 *
 * It prints TAP on stdout, one line a test. The exit status says only whether that stream is complete:
 * what passed is for its reader (automake's tap-driver.sh) to judge. Check's environment is honoured:
 * CK_RUN_CASE and CK_RUN_SUITE choose, CK_FORK=no keeps all in one process, CK_DEFAULT_TIMEOUT and
 * CK_TIMEOUT_MULTIPLIER stretch the time limit.
 */
#ifndef T_MAIN_H
#define T_MAIN_H

#include <check.h>
#include <stdio.h>
#include <stdlib.h>

/* Tests whose common setup failed did not run, and Check's TAP does not say so. */
static int
t_main_failed_setup(SRunner *sr)
{
	int n = srunner_ntests_failed(sr), i, failed = 0;
	TestResult **results = srunner_failures(sr);

	for (i = 0; i < n; i++)
		failed |= tr_ctx(results[i]) == CK_CTX_SETUP;
	if (failed)
		printf("Bail out! a setup failed\n");
	free(results);
	return failed;
}

int
main(void)
{
	SRunner *sr;
	int run;

	/* Line by line even into a pipe, so that a crash loses no result and a forked test repeats none. */
	if (setvbuf(stdout, NULL, _IOLBF, 0) != 0)
		return 1;
	sr = srunner_create(t_suite());
	srunner_set_tap(sr, "-");
	srunner_run_all(sr, CK_SILENT);
	run = srunner_ntests_run(sr);
	if (t_main_failed_setup(sr))
		run = 0;
	srunner_free(sr);
	return run > 0 && fflush(stdout) == 0 && !ferror(stdout) ? 0 : 1;
}

#endif
