// SPDX-License-Identifier: BSD-3-Clause
//
// A shared library that a program loads when it needs it: librrd brings fifty others with it. (The
// library has the same for its own use, which programs do not see.)
//
//   const LoadedLibrary library("librrd.so.8");
//   if (!library.Find("rrd_info_r", &info)) ...
#ifndef TSTAT_LOADED_LIBRARY_LOADED_LIBRARY_H_
#define TSTAT_LOADED_LIBRARY_LOADED_LIBRARY_H_

#include <dlfcn.h>

#include <string>
#include <string_view>

namespace tstat {

// Stays loaded: such libraries keep memory of their own.
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

}  // namespace tstat

#endif  // TSTAT_LOADED_LIBRARY_LOADED_LIBRARY_H_
