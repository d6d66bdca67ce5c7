// SPDX-License-Identifier: BSD-3-Clause
//
// What a shared libtstat exports: the public API, and nothing else (docs/embedding.md). The library
// is compiled with hidden visibility; functions and classes that are defined in it are marked.
#ifndef TSTAT_EXPORT_H_
#define TSTAT_EXPORT_H_

#if defined(__GNUC__)
#define TSTAT_EXPORT __attribute__((visibility("default")))
// Of what is inside an exported class.
#define TSTAT_NO_EXPORT __attribute__((visibility("hidden")))
#else
#define TSTAT_EXPORT
#define TSTAT_NO_EXPORT
#endif

#endif  // TSTAT_EXPORT_H_
