// SPDX-License-Identifier: BSD-3-Clause
//
// What is read of a database before it is drawn.
#ifndef TSTAT_RRD_CGI_DATABASES_H_
#define TSTAT_RRD_CGI_DATABASES_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "tstat-rrd-cgi/database_form.h"

namespace tstat::viewer {

class DatabaseReader {
 public:
  virtual ~DatabaseReader() = default;
  // Unix time of the last update; nothing if the file is no RRD database that holds the data
  // source.
  [[nodiscard]] virtual std::optional<int64_t> LastUpdate(const std::string& path,
                                                          const std::string& source) const = 0;
  // The whole steps of the span that ends there, of the finest archive that reaches back so far;
  // null if the file is no such database.
  [[nodiscard]] virtual std::shared_ptr<const Readings> Read(const std::string& /*path*/,
                                                             const std::string& /*source*/,
                                                             int64_t /*end*/,
                                                             int64_t /*span*/) const {
    return nullptr;
  }
};

// Of files. What it read of one is kept as long as the file does not change: a page asks for some
// hundred of them, and a FastCGI responder answers many pages.
class RrdReader : public DatabaseReader {
 public:
  [[nodiscard]] std::optional<int64_t> LastUpdate(const std::string& path,
                                                  const std::string& source) const override;
  [[nodiscard]] std::shared_ptr<const Readings> Read(const std::string& path,
                                                     const std::string& source, int64_t end,
                                                     int64_t span) const override;

 private:
  struct Contents {
    std::array<int64_t, 5> stamp{};  // of the file when it was read
    std::vector<std::string> sources;
    std::optional<int64_t> last_update;
  };
  struct KeptReadings {
    std::array<int64_t, 5> stamp{};
    std::shared_ptr<const Readings> readings;
  };
  // Some kilobytes each, so far fewer of them.
  static constexpr size_t kMostKept = 20000, kMostReadings = 4000;
  mutable std::unordered_map<std::string, Contents> kept_;
  mutable std::unordered_map<std::string, KeptReadings> readings_;
};

}  // namespace tstat::viewer

#endif  // TSTAT_RRD_CGI_DATABASES_H_
