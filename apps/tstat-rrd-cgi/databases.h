// SPDX-License-Identifier: BSD-3-Clause
//
// What is read of a database before it is drawn.
#ifndef TSTAT_RRD_CGI_DATABASES_H_
#define TSTAT_RRD_CGI_DATABASES_H_

#include <cstdint>
#include <optional>
#include <string>

namespace tstat::viewer {

class DatabaseReader {
 public:
  virtual ~DatabaseReader() = default;
  // Unix time of the last update; nothing if the file is no RRD database that holds the data
  // source.
  [[nodiscard]] virtual std::optional<int64_t> LastUpdate(const std::string& path,
                                                          const std::string& source) const = 0;
};

// By librrd.
class RrdReader : public DatabaseReader {
 public:
  [[nodiscard]] std::optional<int64_t> LastUpdate(const std::string& path,
                                                  const std::string& source) const override;
};

}  // namespace tstat::viewer

#endif  // TSTAT_RRD_CGI_DATABASES_H_
