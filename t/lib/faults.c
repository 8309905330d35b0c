/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "config.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "faults.h"
#include "harness.h"

static char switch_file[600];

int
faults_wrap(const char *kind, const char *file)
{
	char lines[2000];

	if (getenv("VALGRIND_PROGRAM") != NULL)
		return 0;
	snprintf(switch_file, sizeof(switch_file), "%s", harness_scratch("error"));
	snprintf(lines, sizeof(lines), "LD_PRELOAD='%s/t/modules/" LT_OBJDIR "preload_faults.so'; "
	    "%s='%s'; WS_WRITE_TO='%s'; "
	    "ASAN_OPTIONS=\"$ASAN_OPTIONS:verify_asan_link_order=0\"; "
	    "export LD_PRELOAD %s WS_WRITE_TO ASAN_OPTIONS", harness_build_directory(),
	    kind, switch_file, file, kind);
	harness_wrap(lines, "", "");
	return 1;
}

void
faults_begin(int number)
{
	FILE *f = fopen(switch_file, "w");

	ck_assert_ptr_nonnull(f);
	fprintf(f, "%d\n", number);
	ck_assert_int_eq(fclose(f), 0);
}

void
faults_end(void)
{
	ck_assert_int_eq(unlink(switch_file), 0);
}
