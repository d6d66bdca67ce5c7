// SPDX-License-Identifier: BSD-3-Clause
//
// librrd, loaded when the first picture is drawn: it brings fifty libraries with it, which take
// longer to load than a page, or a picture that was drawn before, to answer.
#ifndef TSTAT_RRD_CGI_RRD_LIBRARY_H_
#define TSTAT_RRD_CGI_RRD_LIBRARY_H_

#include <rrd.h>

#include <span>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace tstat::viewer {

// The functions used.
struct RrdLibrary {
  decltype(&rrd_graph_v) graph_v = nullptr;
  decltype(&rrd_xport) xport = nullptr;
  decltype(&rrd_info_free) info_free = nullptr;
  decltype(&rrd_freemem) freemem = nullptr;
  decltype(&rrd_get_error) get_error = nullptr;
  decltype(&rrd_clear_error) clear_error = nullptr;
};

// UNAVAILABLE, with a message for the log, if it cannot be loaded: it has to be before the sandbox
// is closed (sandbox.h). Pictures that are drawn with it are compressed in a third of the time that
// cairo would take, and are a fifth larger.
[[nodiscard]] absl::StatusOr<const RrdLibrary*> LoadRrd();

// The words of a command for librrd, which changes what it is given: anew for each call.
class RrdWords {
 public:
  explicit RrdWords(std::span<const std::string> words) : copies_(words.begin(), words.end()) {
    for (std::string& copy : copies_) words_.push_back(copy.data());
    words_.push_back(nullptr);
  }
  RrdWords(const RrdWords&) = delete;
  RrdWords& operator=(const RrdWords&) = delete;
  int count() const { return static_cast<int>(copies_.size()); }
  char** words() { return words_.data(); }

 private:
  std::vector<std::string> copies_;
  std::vector<char*> words_;
};

// From now on `act` is called in place of loading it. It does not return.
void InPlaceOfLoadingRrd(void (*act)());

}  // namespace tstat::viewer

#endif  // TSTAT_RRD_CGI_RRD_LIBRARY_H_
