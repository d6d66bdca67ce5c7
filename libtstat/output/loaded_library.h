// SPDX-License-Identifier: BSD-3-Clause
//
// A shared library that is loaded when it is asked for: librrd and those of networks bring dozens
// of others with them, and a program that does without is not to wait for, or to need, any of them.
//
//   const LoadedLibrary library("libcurl.so.4");
//   if (!library.Find("curl_easy_init", &init)) ...
#ifndef TSTAT_OUTPUT_LOADED_LIBRARY_H_
#define TSTAT_OUTPUT_LOADED_LIBRARY_H_

#include <dlfcn.h>

#include <string>
#include <string_view>

namespace tstat::internal {

// Stays loaded: such libraries keep threads and memory of their own.
class LoadedLibrary {
 public:
  explicit LoadedLibrary(const char* name) : library_(dlopen(name, RTLD_NOW | RTLD_LOCAL)) {}
  // The first that is there, of `names` with a ':' between them.
  static LoadedLibrary FirstOf(std::string_view names) {
    while (true) {
      const std::string_view name = names.substr(0, names.find(':'));
      LoadedLibrary library(std::string(name).c_str());
      if (library.library_ != nullptr || name.size() == names.size()) return library;
      names.remove_prefix(name.size() + 1);
    }
  }

  template <typename Function>
  bool Find(const char* name, Function* function) const {
    *function = library_ == nullptr ? nullptr : reinterpret_cast<Function>(dlsym(library_, name));
    return *function != nullptr;
  }

 private:
  void* library_;
};

}  // namespace tstat::internal

#endif  // TSTAT_OUTPUT_LOADED_LIBRARY_H_
