# Copyright (c) The websocksy authors
# SPDX-License-Identifier: BSD-2-Clause

# WS_PROG_CC_C11(EXTENSIONS)
# Adds the option for C11 to $CC if it needs one; stops if there is none. Unless EXTENSIONS is no, the default of the
# compiler is preferred if it is C11 or later, then the GNU dialect.
AC_DEFUN([WS_PROG_CC_C11], [
AC_REQUIRE([AC_PROG_CC])
AC_CACHE_CHECK([for the option that makes $CC accept C11], [ws_cv_cc_c11], [
	ws_cv_cc_c11=unsupported
	ws_save_CC=$CC
	AS_IF([test "x$1" != xno], [ws_std_list="'' -std=gnu11"], [ws_std_list=])
	eval "set X $ws_std_list -std=c11"
	shift
	for ws_std; do
		CC="$ws_save_CC $ws_std"
		AC_COMPILE_IFELSE([AC_LANG_PROGRAM([[
#if !defined __STDC_VERSION__ || __STDC_VERSION__ < 201112L
#error "older than C11"
#endif
#include <stdatomic.h>
#include <stdalign.h>
#include <stdnoreturn.h>
_Static_assert(sizeof(char) == 1, "C11");
static alignas(64) atomic_int counter;
]], [[return atomic_load(&counter);]])], [ws_cv_cc_c11="${ws_std:-none needed}"; break])
	done
	CC=$ws_save_CC
])
case $ws_cv_cc_c11 in
unsupported)
	AC_MSG_ERROR([websocksy needs a C11 compiler with <stdatomic.h>, and $CC is not one. Name another: ./configure CC=...])
	;;
-*)
	CC="$CC $ws_cv_cc_c11"
	;;
esac
])

# WS_TRY_CFLAG(VARIABLE, FLAG)
# Appends FLAG to VARIABLE if the compiler accepts it without a warning.
AC_DEFUN([WS_TRY_CFLAG], [
AS_VAR_PUSHDEF([ws_cv], [ws_cv_cflag_$2])
AC_CACHE_CHECK([whether $CC accepts $2], [ws_cv], [
	ws_save_CFLAGS=$CFLAGS
	CFLAGS="$CFLAGS -Werror $2"
	AC_COMPILE_IFELSE([AC_LANG_PROGRAM()], [AS_VAR_SET([ws_cv], [yes])], [AS_VAR_SET([ws_cv], [no])])
	CFLAGS=$ws_save_CFLAGS
])
AS_VAR_IF([ws_cv], [yes], [$1="${$1:+$$1 }$2"])
AS_VAR_POPDEF([ws_cv])
])

# WS_TRY_LDFLAG(VARIABLE, FLAG, [CFLAGS])
# Appends FLAG to VARIABLE if a program, compiled with CFLAGS, links with it without a warning.
AC_DEFUN([WS_TRY_LDFLAG], [
AS_VAR_PUSHDEF([ws_cv], [ws_cv_ldflag_$2])
AC_CACHE_CHECK([whether $CC links with $2], [ws_cv], [
	ws_save_CFLAGS=$CFLAGS
	ws_save_LDFLAGS=$LDFLAGS
	CFLAGS="$CFLAGS -Werror $3"
	LDFLAGS="$LDFLAGS $2"
	AC_LINK_IFELSE([AC_LANG_PROGRAM()], [AS_VAR_SET([ws_cv], [yes])], [AS_VAR_SET([ws_cv], [no])])
	CFLAGS=$ws_save_CFLAGS
	LDFLAGS=$ws_save_LDFLAGS
])
AS_VAR_IF([ws_cv], [yes], [$1="${$1:+$$1 }$2"])
AS_VAR_POPDEF([ws_cv])
])

# WS_VISIBILITY
# Sets VISIBILITY_CFLAGS: a function is visible outside of its program or shared object only if it is marked WS_EXPORT.
# Otherwise a function of the program would replace one of a module that has the same name.
AC_DEFUN([WS_VISIBILITY], [
VISIBILITY_CFLAGS=
WS_TRY_CFLAG([VISIBILITY_CFLAGS], [-fvisibility=hidden])
AC_SUBST([VISIBILITY_CFLAGS])
])

# WS_WARNINGS
# Sets WARN_CFLAGS: those warnings of the list that the compiler has; with --enable-werror they are errors.
# -Wlogical-op is left out: gcc reports "errno == EAGAIN || errno == EWOULDBLOCK" as a mistake.
AC_DEFUN([WS_WARNINGS], [
AC_ARG_ENABLE([werror],
	[AS_HELP_STRING([--enable-werror], [make every compiler warning an error])],
	[], [enable_werror=no])
WARN_CFLAGS=
m4_foreach_w([ws_flag], [
	-Wall -Wextra -Wpedantic
	-Wshadow -Wconversion -Wsign-conversion
	-Wstrict-prototypes -Wmissing-prototypes -Wmissing-declarations -Wold-style-definition
	-Wredundant-decls -Wnested-externs -Wmissing-variable-declarations
	-Wformat=2 -Wwrite-strings -Wpointer-arith -Wcast-qual -Wbad-function-cast
	-Wvla -Walloca -Wundef -Wdate-time
	-Wimplicit-fallthrough -Wnull-dereference -Wdouble-promotion -Wfloat-equal
	-Wduplicated-cond -Wduplicated-branches -Wshift-overflow=2 -Wtrampolines
	-Wconditional-uninitialized
], [WS_TRY_CFLAG([WARN_CFLAGS], ws_flag)])
AS_IF([test "x$enable_werror" != xno], [WARN_CFLAGS="$WARN_CFLAGS -Werror"])
AC_SUBST([WARN_CFLAGS])
])

# WS_SANITIZE
# Handles --enable-sanitize and --enable-fuzz. Sets SAN_CPPFLAGS, SAN_CFLAGS, SAN_LDFLAGS, FUZZ_LDFLAGS and the conditional
# FUZZ.
AC_DEFUN([WS_SANITIZE], [
AC_ARG_ENABLE([sanitize],
	[AS_HELP_STRING([--enable-sanitize@<:@=LIST@:>@],
		[build with these sanitizers, without recovery and without hardening @<:@address,undefined@:>@])],
	[], [enable_sanitize=no])
AC_ARG_ENABLE([fuzz],
	[AS_HELP_STRING([--enable-fuzz],
		[build t/fuzz with libFuzzer and the sanitizers (needs clang)])],
	[], [enable_fuzz=no])
SAN_CPPFLAGS= SAN_CFLAGS= SAN_LDFLAGS= FUZZ_LDFLAGS=
AS_IF([test "x$enable_fuzz" != xno && test "x$enable_sanitize" = xno], [enable_sanitize=yes])
AS_CASE([$enable_sanitize],
	[no], [ws_sanitizers=],
	[yes], [ws_sanitizers=address,undefined],
	[ws_sanitizers=$enable_sanitize])
AS_IF([test -n "$ws_sanitizers"], [
	SAN_CPPFLAGS=-U_FORTIFY_SOURCE
	SAN_LDFLAGS="-fsanitize=$ws_sanitizers"
	SAN_CFLAGS="-g $SAN_LDFLAGS -fno-sanitize-recover=all -fno-omit-frame-pointer"
	ws_ok=
	WS_TRY_LDFLAG([ws_ok], [$SAN_LDFLAGS], [$SAN_CFLAGS])
	AS_IF([test -z "$ws_ok"], [AC_MSG_ERROR([$CC cannot link a program with $SAN_LDFLAGS])])
])
AS_IF([test "x$enable_fuzz" != xno], [
	FUZZ_LDFLAGS=-fsanitize=fuzzer
	AC_MSG_CHECKING([whether $CC links with $FUZZ_LDFLAGS])
	ws_save_LDFLAGS=$LDFLAGS
	LDFLAGS="$LDFLAGS $FUZZ_LDFLAGS"
	AC_LINK_IFELSE([AC_LANG_SOURCE([[
#include <stddef.h>
int LLVMFuzzerTestOneInput(const unsigned char *, size_t);
int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size) { return size > 0 && *data == 'w'; }
]])], [ws_ok=yes], [ws_ok=no])
	LDFLAGS=$ws_save_LDFLAGS
	AC_MSG_RESULT([$ws_ok])
	AS_IF([test "$ws_ok" = no], [AC_MSG_ERROR([--enable-fuzz needs clang with libFuzzer: ./configure --enable-fuzz CC=clang])])
	SAN_CFLAGS="$SAN_CFLAGS -fsanitize=fuzzer-no-link"
	SAN_LDFLAGS="$SAN_LDFLAGS -fsanitize=fuzzer-no-link"
])
AC_SUBST([SAN_CPPFLAGS])
AC_SUBST([SAN_CFLAGS])
AC_SUBST([SAN_LDFLAGS])
AC_SUBST([FUZZ_LDFLAGS])
AM_CONDITIONAL([FUZZ], [test "x$enable_fuzz" != xno])
])

# WS_HARDENING
# Sets HARDEN_CPPFLAGS, HARDEN_CFLAGS, HARDEN_LDFLAGS, and PIE_LDFLAGS, which is for programs only. They are empty with
# sanitizers, which have checks of their own and do not work with _FORTIFY_SOURCE.
AC_DEFUN([WS_HARDENING], [
AC_REQUIRE([WS_SANITIZE])
AC_ARG_ENABLE([hardening],
	[AS_HELP_STRING([--disable-hardening],
		[leave out PIE, RELRO, the stack protector, _FORTIFY_SOURCE and the like])],
	[], [enable_hardening=yes])
HARDEN_CPPFLAGS= HARDEN_CFLAGS= HARDEN_LDFLAGS= PIE_LDFLAGS=
AS_IF([test -n "$ws_sanitizers"], [enable_hardening=no])
AS_IF([test "x$enable_hardening" != xno], [
	enable_hardening=yes
	WS_TRY_LDFLAG([PIE_LDFLAGS], [-pie], [-fPIE])
	AS_IF([test -n "$PIE_LDFLAGS"], [WS_TRY_CFLAG([HARDEN_CFLAGS], [-fPIE])])
	m4_foreach_w([ws_flag], [-fstack-protector-strong -fstack-clash-protection -fcf-protection],
		[WS_TRY_CFLAG([HARDEN_CFLAGS], ws_flag)])
	WS_TRY_LDFLAG([HARDEN_LDFLAGS], [-Wl,-z,relro])
	WS_TRY_LDFLAG([HARDEN_LDFLAGS], [-Wl,-z,now])
	WS_TRY_LDFLAG([HARDEN_LDFLAGS], [-Wl,-z,noexecstack])
	WS_TRY_LDFLAG([HARDEN_LDFLAGS], [-Wl,--as-needed])
	AC_CACHE_CHECK([whether to define _FORTIFY_SOURCE], [ws_cv_fortify], [
		AC_LINK_IFELSE([AC_LANG_SOURCE([[
#if defined _FORTIFY_SOURCE || !defined __OPTIMIZE__
#error "defined already, or without effect"
#endif
/* A C library without checked functions, such as musl, ignores the macro. */
char __memcpy_chk(void);
int main(void) { return __memcpy_chk(); }
]])], [ws_cv_fortify=yes], [ws_cv_fortify=no])
	])
	AS_IF([test "$ws_cv_fortify" = yes], [HARDEN_CPPFLAGS=-D_FORTIFY_SOURCE=2])
])
AC_SUBST([enable_hardening])
AC_SUBST([HARDEN_CPPFLAGS])
AC_SUBST([HARDEN_CFLAGS])
AC_SUBST([HARDEN_LDFLAGS])
AC_SUBST([PIE_LDFLAGS])
])

# WS_CHECK_LIBRARY
# Finds the library Check, which only `make check` needs. Sets CHECK_CFLAGS, CHECK_LIBS and the conditional HAVE_CHECK.
AC_DEFUN([WS_CHECK_LIBRARY], [
AC_ARG_WITH([check],
	[AS_HELP_STRING([--without-check], [do not build the tests that use the Check library])],
	[], [with_check=yes])
AC_ARG_VAR([CHECK_CFLAGS], [compiler flags for the headers of Check, overriding pkg-config])
AC_ARG_VAR([CHECK_LIBS], [linker flags for Check, overriding pkg-config])
AC_CHECK_TOOL([WS_PKG_CONFIG], [pkg-config], [false])
AS_IF([test "x$with_check" != xno], [
	AS_IF([test -z "$CHECK_LIBS" && $WS_PKG_CONFIG --exists 'check >= 0.10' >&AS_MESSAGE_LOG_FD 2>&1], [
		# Only the directories: -pthread is for the linker, and the objects of the program are compiled without it.
		CHECK_CFLAGS=$($WS_PKG_CONFIG --cflags-only-I check)
		CHECK_LIBS=$($WS_PKG_CONFIG --libs check)
	])
	ws_save_LIBS=$LIBS
	AC_MSG_CHECKING([for the Check library])
	ws_found=no
	for ws_libs in "$CHECK_LIBS" -lcheck '-lcheck -lsubunit -lrt -lm -lpthread' '-lcheck -lrt -lm -lpthread'; do
		LIBS="$ws_libs $ws_save_LIBS"
		ws_save_CPPFLAGS=$CPPFLAGS
		CPPFLAGS="$CPPFLAGS $CHECK_CFLAGS"
		AC_LINK_IFELSE([AC_LANG_PROGRAM([[#include <check.h>]],
			[[SRunner *sr = srunner_create((Suite *)0); srunner_set_tap(sr, "-");]])],
			[ws_found=yes])
		CPPFLAGS=$ws_save_CPPFLAGS
		AS_IF([test $ws_found = yes], [CHECK_LIBS=$ws_libs; break])
	done
	LIBS=$ws_save_LIBS
	with_check=$ws_found
	AC_MSG_RESULT([$with_check])
])
AC_SUBST([with_check])
AM_CONDITIONAL([HAVE_CHECK], [test "x$with_check" != xno])
])
