/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * The main() of every Check program. Include it last, in a file that defines
 *
 *	static Suite *check_suite(void);
 *
 * The program prints TAP on standard output, one line for each test. The exit status is 0 if this
 * stream is complete, even if tests have failed: automake's tap-driver.sh reads the results from
 * the stream. The environment variables of Check apply: CK_RUN_CASE and CK_RUN_SUITE choose tests,
 * CK_FORK=no runs all tests in one process, CK_DEFAULT_TIMEOUT and CK_TIMEOUT_MULTIPLIER change
 * the time limit.
 */
#ifndef CHECK_MAIN_H
#define CHECK_MAIN_H

#include <check.h>
#include <stdio.h>
#include <stdlib.h>

/*
 * Returns 1 if a set-up function failed: Check's TAP output does not show the tests that
 * therefore did not run.
 */
static int
check_main_failed_setup(SRunner *sr)
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

	/*
	 * Flush each line, also into a pipe: after a crash no result is lost, and a fork repeats
	 * none.
	 */
	if (setvbuf(stdout, NULL, _IOLBF, 0) != 0)
		return 1;
	sr = srunner_create(check_suite());
	srunner_set_tap(sr, "-");
	srunner_run_all(sr, CK_SILENT);
	run = srunner_ntests_run(sr);
	if (check_main_failed_setup(sr))
		run = 0;
	srunner_free(sr);
	return run > 0 && fflush(stdout) == 0 && !ferror(stdout) ? 0 : 1;
}

#endif
