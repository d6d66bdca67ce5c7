// SPDX-License-Identifier: BSD-3-Clause
//
// With the address sanitizer: what librrd and the libraries that it draws with keep until the end
// is no fault of the viewer. Its own leaks are reported.
// Seen by the sanitizer's library, which asks for it by its name.
extern "C" __attribute__((visibility("default"))) const char*
__lsan_default_suppressions();  // NOLINT(bugprone-reserved-identifier)

extern "C" const char* __lsan_default_suppressions() {  // NOLINT(bugprone-reserved-identifier)
  return "leak:libfontconfig\nleak:librrd\nleak:libpango\nleak:libcairo\nleak:vasprintf\n";
}
