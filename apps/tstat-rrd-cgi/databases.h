// SPDX-License-Identifier: BSD-3-Clause
//
// What is read of a database before it is drawn.
#ifndef TSTAT_RRD_CGI_DATABASES_H_
#define TSTAT_RRD_CGI_DATABASES_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace tstat::viewer {

class DatabaseReader {
 public:
  virtual ~DatabaseReader() = default;
  // Unix time of the last update; nothing if the file is no RRD database that holds the data
  // source.
  [[nodiscard]] virtual std::optional<int64_t> LastUpdate(const std::string& path,
                                                          const std::string& source) const = 0;
};

// By librrd. What it read of a file is kept as long as the file does not change: a page asks for
// some hundred of them, and a FastCGI responder answers many pages.
class RrdReader : public DatabaseReader {
 public:
  [[nodiscard]] std::optional<int64_t> LastUpdate(const std::string& path,
                                                  const std::string& source) const override;

 private:
  struct Contents {
    std::array<int64_t, 5> stamp{};  // of the file when it was read
    std::vector<std::string> sources;
    std::optional<int64_t> last_update;
  };
  static Contents Read(const std::string& path);

  static constexpr size_t kMostKept = 20000;
  mutable std::unordered_map<std::string, Contents> kept_;
};

}  // namespace tstat::viewer

#endif  // TSTAT_RRD_CGI_DATABASES_H_
